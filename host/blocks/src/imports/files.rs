//! Files of the conversation.

use talkloom_manifest::PermissionKind;
use wasmtime::Result;

use super::done;
use crate::NewFile;
use crate::bindings::talkloom::block::files;
use crate::bindings::talkloom::block::types::Failure;
use crate::state::CallState;

impl files::Host for CallState {
    async fn save(
        &mut self,
        name: String,
        media_type: String,
        data: Vec<u8>,
    ) -> Result<Result<String, Failure>> {
        let abilities = match self.ability(&PermissionKind::Files) {
            Ok(abilities) => abilities,
            Err(failure) => return Ok(Err(failure)),
        };
        let most = self.shared.settings.limits.file_bytes;
        if data.len() > most {
            let sentence = format!("A file has at most {} MiB.", most >> 20);
            return Ok(Err(Failure::Denied(sentence)));
        }
        let file = NewFile {
            name,
            media_type,
            data,
        };
        done(async move { abilities.save_file(file).await }).await
    }

    async fn load(&mut self, address: String) -> Result<Result<Vec<u8>, Failure>> {
        let abilities = match self.ability(&PermissionKind::Files) {
            Ok(abilities) => abilities,
            Err(failure) => return Ok(Err(failure)),
        };
        let most = self.shared.settings.limits.file_bytes;
        done(async move { abilities.load_file(address, most).await }).await
    }
}
