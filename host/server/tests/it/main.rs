//! The server as its visitors and its operator meet it.

mod app;
mod bots;
mod chat;
mod linked;
mod order;
