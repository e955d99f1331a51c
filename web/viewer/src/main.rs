//! The page a visitor chats in.

fn main() {}
