//! Runs blocks: loading, limits, capabilities, calls.
//!
//! A block is a WebAssembly component. Each call gets a fresh instance, which sees its options and
//! what an operator granted, and nothing else: requests leave through [`egress`], secrets stay in
//! the host, and every call ends within its limits. This crate knows no vendor, no document and no
//! database; it holds no state between calls beyond compiled code and open connections.

mod call;
pub mod egress;
mod failure;
mod install;
mod runtime;
mod settings;

pub use call::{
    BlockCall, Channel, Context, Credential, Evaluation, Level, Log, Outcome, Script, ScriptError,
    Secret, Variable,
};
pub use failure::{Failure, FieldError};
pub use install::{Grants, InstallError, Installed};
pub use runtime::{Runtime, StartError};
pub use settings::{Clock, Egress, Limits, Settings};
