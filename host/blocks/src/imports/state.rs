//! Small values that outlive a call.

use talkloom_manifest::PermissionKind;
use wasmtime::Result;

use super::done;
use crate::bindings::talkloom::block::state::{self, Scope};
use crate::bindings::talkloom::block::types::Failure;
use crate::state::CallState;
use crate::{ValueKey, ValueScope};

/// The longest key in bytes.
const MAX_KEY_BYTES: usize = 256;

impl CallState {
    fn value_key(&self, scope: Scope, key: String) -> Result<ValueKey, Failure> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Err(Failure::Denied(format!(
                "A key has between 1 and {MAX_KEY_BYTES} bytes."
            )));
        }
        Ok(ValueKey {
            component: self.installed.manifest.id.clone(),
            scope: match scope {
                Scope::Conversation => ValueScope::Conversation,
                Scope::Workspace => ValueScope::Workspace,
            },
            key,
        })
    }
}

/// Gives a failure to the guest.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(failure) => return Ok(Err(failure)),
        }
    };
}

impl state::Host for CallState {
    async fn get(&mut self, scope: Scope, key: String) -> Result<Result<Option<Vec<u8>>, Failure>> {
        let abilities = attempt!(self.ability(&PermissionKind::State));
        let key = attempt!(self.value_key(scope, key));
        done(async move { abilities.get_value(key).await }).await
    }

    async fn set(
        &mut self,
        scope: Scope,
        key: String,
        value: Vec<u8>,
        ttl_s: Option<u32>,
    ) -> Result<Result<(), Failure>> {
        let abilities = attempt!(self.ability(&PermissionKind::State));
        let key = attempt!(self.value_key(scope, key));
        let most = self.shared.settings.limits.value_bytes;
        if value.len() > most {
            let sentence = format!("A value has at most {} KiB.", most >> 10);
            return Ok(Err(Failure::Denied(sentence)));
        }
        done(async move { abilities.set_value(key, value, ttl_s).await }).await
    }

    async fn delete(&mut self, scope: Scope, key: String) -> Result<Result<(), Failure>> {
        let abilities = attempt!(self.ability(&PermissionKind::State));
        let key = attempt!(self.value_key(scope, key));
        done(async move { abilities.delete_value(key).await }).await
    }
}
