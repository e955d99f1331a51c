//! What bots do, block by block, through the engine's public face.

#[path = "../support/mod.rs"]
mod support;

mod behind;
mod bots;
mod events;
mod inputs;
mod kinds;
mod links;
mod look;
mod size;
mod start;
mod stream;
