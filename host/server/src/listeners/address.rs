//! Secret addresses of listeners: `{public URL}/api/webhooks/{token}`. The token names a conversation
//! and a block and carries its own proof, so an address is a row nowhere, and works before the turn
//! that gave it out is stored.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use talkloom_store::{VersionId, WorkspaceId};
use tokio::sync::OnceCell;

use super::Room;
use crate::files::{Permission, Signer};
use crate::{App, Config, Entropy};

/// Makes and reads listeners' addresses.
pub struct Addresses {
    configured_key: String,
    data: PathBuf,
    entropy: Entropy,
    signer: OnceCell<Signer>,
}

/// What an address leads to. Its keys are short because they stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    #[serde(rename = "w")]
    pub(super) workspace: WorkspaceId,
    #[serde(rename = "c")]
    pub(super) room: Room,
    #[serde(rename = "b")]
    pub(super) block: String,
    /// The version that the conversation ran when the address was made.
    #[serde(rename = "v")]
    pub(super) version: VersionId,
    /// When that was: milliseconds since 1970, UTC.
    #[serde(rename = "t")]
    pub(super) made_at: i64,
}

impl Permission for Place {
    const PURPOSE: &'static str = "listener:";

    /// It ends with its conversation.
    fn expires_at(&self) -> i64 {
        i64::MAX
    }
}

impl Addresses {
    /// Addresses signed with the key that permissions for files are signed with.
    pub fn new(config: &Config, entropy: &Entropy) -> Self {
        Self {
            configured_key: config.uploads.signing_key.clone(),
            data: config.data.clone(),
            entropy: entropy.clone(),
            signer: OnceCell::new(),
        }
    }

    /// One address for each of a version's listeners.
    pub(crate) async fn make(
        &self,
        app: &App,
        workspace: &WorkspaceId,
        room: Room,
        version: &str,
        blocks: &[String],
    ) -> std::io::Result<Vec<String>> {
        let signer = self.signer().await?;
        let base = app.base_url();
        let mut place = Place {
            workspace: workspace.clone(),
            room,
            block: String::new(),
            version: VersionId(version.to_owned()),
            made_at: app.clock.now_ms(),
        };
        let address = |block: &String| {
            place.block.clone_from(block);
            let token = signer.sign(&place)?;
            Ok(format!("{base}/api/webhooks/{token}"))
        };
        blocks.iter().map(address).collect()
    }

    /// What a token leads to; none where it was not made here.
    pub(super) async fn read(&self, token: &str) -> std::io::Result<Option<Place>> {
        Ok(self.signer().await?.verify(token, 0))
    }

    async fn signer(&self) -> std::io::Result<&Signer> {
        let open = || Signer::of(&self.configured_key, &self.data, &self.entropy);
        self.signer.get_or_try_init(open).await
    }
}
