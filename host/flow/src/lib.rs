//! The bot document: types, diagnostics, edits, import.
//!
//! The native format is Typebot's export format, version 6.1. This crate does no I/O, reads no
//! clock and draws no random number, and it compiles to wasm32: the builder applies the same edits
//! and shows the same diagnostics as the server.

pub mod block;
pub mod bubble;
pub mod catalog;
pub mod condition;
pub mod diagnostic;
pub mod document;
pub mod edit;
pub mod field;
mod flow;
pub mod import;
mod index;
pub mod input;
pub mod logic;
mod migrate;
mod open;
pub mod settings;
pub mod theme;
pub mod variable;

pub use block::{Block, BlockKind};
pub use diagnostic::{Diagnostic, Severity, diagnose};
pub use document::{Document, Edge, Event, Group, Variable};
pub use edit::{Edit, Inverse, Rejected, apply};
pub use field::{Field, List};
pub use flow::{Flow, print};
pub use open::{OpenError, Source, open};
pub use variable::VariableValue;
