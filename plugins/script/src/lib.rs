//! Block: a JavaScript engine in a sandbox.
//!
//! It runs what bots' builders write: expressions, scripts, paths into answers. Each call has a
//! fresh engine. The logic knows the outside only through [`World`], so it also runs in native
//! tests.

mod engine;
mod evaluate;
mod globals;
mod world;

#[cfg(target_arch = "wasm32")]
mod component;

pub use evaluate::{Evaluation, Script, evaluate};
pub use world::{Request, World};
