//! The page a visitor chats in.

mod api;
mod chat;
mod json;
mod theme;

fn main() {}
