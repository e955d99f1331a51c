//! What is on screen.

mod app;
mod avatar;
mod bubble;
mod entry;
mod foot;
mod icon;
mod input;
mod notice;
mod rich_text;

pub use app::app;
