//! What the host offers to blocks, one module per ability. Each function checks its grant on every
//! call and answers `denied` where it is missing.

mod files;
mod http;
mod mail;
mod plain;
mod scripts;
mod secrets;
mod state;

use std::sync::Arc;

use talkloom_manifest::PermissionKind;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::Block;
use crate::bindings::talkloom::block::types::Failure;
use crate::guests::aside;
use crate::install::permission_name;
use crate::state::CallState;
use crate::{Abilities, Declined};

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

impl CallState {
    /// What the server does for the block, if the operator granted it.
    fn ability(&self, permission: &PermissionKind) -> Result<Arc<dyn Abilities>, Failure> {
        if !self.installed.may(permission) {
            return Err(not_granted(permission_name(permission)));
        }
        let session = self.session.as_ref().ok_or_else(trial)?;
        session.abilities.clone().ok_or_else(|| {
            let name = permission_name(permission);
            Failure::Denied(format!("“{name}” cannot be used in this call."))
        })
    }
}

/// Has the server do something, on a stack of its own.
async fn done<T: Send + 'static>(
    work: impl Future<Output = Result<T, Declined>> + Send + 'static,
) -> wasmtime::Result<Result<T, Failure>> {
    let done = aside(work).await?;
    Ok(done.map_err(|declined| match declined {
        Declined::Denied(sentence) => Failure::Denied(sentence),
        Declined::Failed(sentence) => Failure::Other(sentence),
    }))
}
