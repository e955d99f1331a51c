//! The server as its visitors and its operator meet it.

mod app;
mod bots;
mod chat;
mod fixtures;
mod linked;
mod order;
mod view;
mod walks;
