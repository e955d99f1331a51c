//! Build, run, test: the only build tool.

fn main() {}
