//! Compiles a block into the cache ahead of need, so that the next start of a server finds it there.

use std::time::Duration;

use async_trait::async_trait;
use ring::digest;
use serde::{Deserialize, Serialize};

use crate::blocks;
use crate::jobs::{Job, JobContext, JobError};

/// Compiles a block into the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompileBlock {
    /// The component's SHA-256, in hexadecimal.
    pub digest: String,
}

#[async_trait]
impl Job for CompileBlock {
    const KIND: &'static str = "compile-block";
    const TIME_LIMIT: Duration = Duration::from_secs(300);
    const MAX_FAILURES: u32 = 3;

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        let config = ctx.app.config.clone();
        let wanted = self.digest.clone();
        let runtime = ctx.app.blocks.clone();
        let compiled = tokio::task::spawn_blocking(move || {
            let components = blocks::find(&config).map_err(JobError::retry)?;
            let wasm = components.into_iter().map(|component| component.wasm);
            let found = wasm.into_iter().find(|wasm| digest_of(wasm) == wanted);
            let Some(wasm) = found else {
                return Err(JobError::permanent(
                    "No block with this digest is on this server.",
                ));
            };
            runtime.precompile(&wasm).map_err(JobError::permanent)
        });
        compiled.await.map_err(JobError::retry)?
    }
}

fn digest_of(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
