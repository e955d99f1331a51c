//! What the server does for blocks: it keeps their values, stores and reads files of the
//! conversation, and sends their mail. Each call gets its own [`Reach`], which names the workspace
//! and the conversation; nothing a block says leads out of them.

mod files;
mod mail;
mod values;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use talkloom_blocks::{Abilities, Declined, Mail, NewFile, ValueKey};
use talkloom_store::{BotId, ResultId, SessionId, WorkspaceId};
use tokio::runtime::Handle;

pub use mail::{Letters, Post};

use crate::App;

/// What one call's block can reach. Cheap to clone.
#[derive(Clone)]
pub struct Reach {
    app: App,
    workspace: WorkspaceId,
    conversation: Option<Conversation>,
    /// The server's own executor: blocks run on another, which must not hold connections.
    executor: Handle,
}

/// The conversation that a call belongs to.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// The bot.
    pub bot: BotId,
    /// The conversation.
    pub session: SessionId,
    /// Its result; none in a preview.
    pub result: Option<ResultId>,
    /// The document's block.
    pub block: String,
    /// The mails of the request under way.
    pub letters: Arc<Letters>,
}

impl Conversation {
    /// What of the conversation outlives its sessions.
    fn owner(&self) -> &str {
        match &self.result {
            Some(result) => result.as_str(),
            None => self.session.as_str(),
        }
    }
}

impl Reach {
    /// A reach within a workspace, and within a conversation where there is one. Made within the
    /// executor that is to do the work.
    pub fn new(app: &App, workspace: &WorkspaceId, conversation: Option<Conversation>) -> Self {
        Self {
            app: app.clone(),
            workspace: workspace.clone(),
            conversation,
            executor: Handle::current(),
        }
    }

    fn conversation(&self) -> Result<&Conversation, Declined> {
        self.conversation.as_ref().ok_or_else(|| {
            Declined::Denied("This can only be done while a conversation runs.".to_owned())
        })
    }

    /// Does the work on the server's own executor.
    async fn here<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Declined>> + Send + 'static,
    ) -> Result<T, Declined> {
        match self.executor.spawn(work).await {
            Ok(done) => done,
            Err(error) => Err(broken("done", &error)),
        }
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach")
            .field("workspace", &self.workspace)
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Abilities for Reach {
    async fn get_value(&self, key: ValueKey) -> Result<Option<Vec<u8>>, Declined> {
        let reach = self.clone();
        self.here(async move { values::get(&reach, key).await })
            .await
    }

    async fn set_value(
        &self,
        key: ValueKey,
        value: Vec<u8>,
        ttl_s: Option<u32>,
    ) -> Result<(), Declined> {
        let reach = self.clone();
        self.here(async move { values::set(&reach, key, value, ttl_s).await })
            .await
    }

    async fn delete_value(&self, key: ValueKey) -> Result<(), Declined> {
        let reach = self.clone();
        self.here(async move { values::delete(&reach, key).await })
            .await
    }

    async fn save_file(&self, file: NewFile) -> Result<String, Declined> {
        let reach = self.clone();
        self.here(async move { files::save(&reach, file).await })
            .await
    }

    async fn load_file(&self, address: String, max_bytes: usize) -> Result<Vec<u8>, Declined> {
        let reach = self.clone();
        self.here(async move { files::load(&reach, &address, max_bytes).await })
            .await
    }

    async fn send_mail(&self, mail: Mail) -> Result<(), Declined> {
        let reach = self.clone();
        self.here(async move { mail::send(&reach, mail).await })
            .await
    }
}

/// What a block learns of a fault of the server, which goes to its log.
fn broken(doing: &str, error: &(dyn std::error::Error + 'static)) -> Declined {
    tracing::error!(error, "what a block asked for could not be {doing}");
    Declined::Failed("The server could not do this now. Try again later.".to_owned())
}
