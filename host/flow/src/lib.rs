//! The bot document: types, diagnostics, edits, import.
//!
//! The native format is Typebot's export format, version 6.1. This crate does no I/O, reads no
//! clock and draws no random number, and it compiles to wasm32: the builder applies the same edits
//! and shows the same diagnostics as the server.

pub mod catalog;
pub mod variable;

pub use variable::VariableValue;

/// A bot's document.
#[derive(Debug, Clone, Default)]
pub struct Flow {}
