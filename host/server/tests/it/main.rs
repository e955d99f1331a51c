//! The server as its visitors and its operator meet it.

mod app;
mod bots;
mod chat;
mod durability;
mod files;
mod fixtures;
mod idempotency;
mod linked;
mod options;
mod order;
mod process;
mod tokens;
mod uploads;
mod view;
mod walks;
