//! The server as its visitors and its operator meet it.

mod app;
mod bots;
mod chat;
mod durability;
mod errors;
mod files;
mod fixtures;
mod idempotency;
mod linked;
mod listeners;
mod look;
mod model;
mod openapi;
mod options;
mod order;
mod pages;
mod preview;
mod process;
mod published;
mod send_message;
mod sessions;
mod streaming;
mod tokens;
mod uploads;
mod view;
mod walks;
