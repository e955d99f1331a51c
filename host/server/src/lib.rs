//! The Talkloom server: the chat API, the pages, the command line.
//!
//! It performs what conversations ask for and stores what they leave behind; it holds no
//! conversation logic. This crate knows every other one, and no other knows it.

pub mod abilities;
pub mod app;
pub mod assets;
pub mod backup;
pub mod block_webhooks;
pub mod blocks;
pub mod bots;
pub mod bus;
pub mod chat;
pub mod choices;
pub mod clock;
pub mod command;
pub mod config;
pub mod conversation;
pub mod credentials;
pub mod css;
pub mod demo;
pub mod doctor;
pub mod entropy;
pub mod files;
pub mod health;
pub mod jobs;
pub mod limits;
pub mod listeners;
pub mod look;
pub mod metrics;
pub mod oauth;
pub mod openapi;
pub mod pages;
pub mod public_url;
pub mod recorded;
pub mod redis;
pub mod router;
pub mod stopping;
pub mod telemetry;
pub mod templates;
pub mod tokens;
pub mod uploads;
pub mod versions;
pub mod webhooks;

pub use app::App;
pub use clock::Clock;
pub use config::Config;
pub use entropy::Entropy;
