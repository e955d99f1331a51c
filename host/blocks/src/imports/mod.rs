//! What the host offers to blocks, one module per ability. Each function checks its grant on every
//! call and answers `denied` where it is missing.

mod http;
mod plain;
mod refused;
mod scripts;
mod secrets;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::Block;
use crate::bindings::talkloom::block::types::Failure;
use crate::state::CallState;

/// Links everything that the contract names.
pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    Block::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}

impl crate::bindings::talkloom::block::types::Host for CallState {}

fn not_granted(permission: &str) -> Failure {
    Failure::Denied(format!(
        "The block lacks the permission “{permission}”. An administrator can grant it."
    ))
}

/// While a component is only tried out, everything is denied.
fn trial() -> Failure {
    Failure::Denied("Nothing is allowed before the block is installed.".into())
}
