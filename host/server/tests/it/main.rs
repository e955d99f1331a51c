//! The server as its visitors and its operator meet it.

mod app;
mod bots;
mod chat;
mod durability;
mod files;
mod fixtures;
mod linked;
mod listeners;
mod model;
mod options;
mod order;
mod process;
mod streaming;
mod tokens;
mod uploads;
mod view;
mod walks;
