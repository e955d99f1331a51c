//! What stands in `target/assets`: the pages and the first-party blocks. Optimised builds carry it
//! inside, debug builds read it from disk.

use rust_embed::RustEmbed;

/// The viewer: the page that a visitor chats in.
#[derive(RustEmbed)]
#[folder = "../../target/assets/web/viewer"]
#[allow_missing = true]
pub struct Viewer;

/// The first-party blocks, one component each.
#[derive(RustEmbed)]
#[folder = "../../target/assets/blocks"]
#[allow_missing = true]
pub struct Blocks;
