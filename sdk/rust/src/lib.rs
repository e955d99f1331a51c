//! Write a Talkloom block in Rust.
//!
//! A block is a crate of the type `cdylib` that describes itself with a [`Plugin`] and exports it
//! with [`block!`]; options are plain structs, actions plain functions:
//!
//! ```
//! use talkloom_block::prelude::*;
//!
//! /// Greets the visitor.
//! #[options]
//! struct Greeting {
//!     /// Who is greeted.
//!     name: String,
//!     /// Receives the greeting.
//!     save_in: Variable,
//! }
//!
//! fn greet(options: Greeting, call: &mut Call) -> Result<(), Failure> {
//!     call.set(&options.save_in, format!("Hello, {}!", options.name));
//!     Ok(())
//! }
//!
//! talkloom_block::block!(Plugin::new("acme/hello", "Hello").action(Action::new("Greet", greet)));
//! # fn main() {}
//! ```
//!
//! Beside actions, a plugin may have inputs ([`Input`]), lists of what a field can be set to
//! ([`Action::choices`]), webhooks ([`Plugin::webhook`]), and a function that brings old options up
//! to date ([`Plugin::migrate`]). What it does not have is not exported.
//!
//! The manifest comes from this description: the build tool runs the exported function
//! [`MANIFEST_EXPORT`] of the fresh core module in an interpreter, without any import, writes
//! what it gives into the component's custom section, and takes the function out again. So a block
//! is described where it is written, is compiled once, and is never run by a host to learn what
//! it is.

pub mod clock;
pub mod files;
pub mod http;
pub mod live;
pub mod log;
pub mod mail;
pub mod random;
pub mod scripts;
pub mod secrets;
pub mod sse;
pub mod state;
pub mod webhook;

mod action;
mod call;
mod choices;
mod convert;
mod failure;
mod input;
mod number;
mod plugin;
mod variable;

#[doc(hidden)]
pub mod export;

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "plugin",
        pub_export_macro: true,
        default_bindings_module: "talkloom_block::bindings",
    });
}

pub use action::Action;
pub use call::{Call, Channel, Context, Credential};
pub use choices::Choice;
pub use failure::{Failure, FieldError};
pub use input::{Input, Opened};
pub use number::Number;
pub use plugin::Plugin;
pub use talkloom_block_derive::options;
pub use talkloom_manifest as manifest;
pub use variable::Variable;
pub use {schemars, serde, serde_json};

/// The function of the core module that gives the manifest; it is not part of the component.
pub const MANIFEST_EXPORT: &str = "talkloom:manifest";

/// What nearly every block uses.
pub mod prelude {
    pub use crate::{
        Action, Call, Choice, Failure, Input, Number, Opened, Plugin, Variable, block, options,
    };
}
