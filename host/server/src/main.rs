//! The Talkloom server and command line.

fn main() {}
