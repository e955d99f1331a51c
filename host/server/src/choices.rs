//! What a field of a block's options can be set to, listed while someone edits a bot.

use std::sync::Arc;

use serde_json::Value;
use talkloom_blocks::{BlockCall, Choice, Context, Failure};
use talkloom_store::WorkspaceId;

use crate::App;
use crate::abilities::Reach;
use crate::credentials::{self, Chosen};

/// Which list is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChoicesWanted {
    /// The block's type.
    pub block_type: String,
    /// The action; empty: the type's usual one.
    pub action: String,
    /// The field's path in the options: `model`, `cells/*/column`.
    pub field: String,
    /// The options as they are being edited.
    pub options: Value,
    /// The credential that is chosen in them.
    pub credentials_id: Option<String>,
}

/// Lists what a field can be set to. The caller has seen to it that the person may edit bots of the
/// workspace.
///
/// # Errors
/// Why there is no list, in a sentence for whoever edits; a credential of another workspace is as
/// one that is not there.
pub async fn choices(
    app: &App,
    workspace: &WorkspaceId,
    wanted: ChoicesWanted,
) -> Result<Vec<Choice>, Failure> {
    let chosen = credentials::choose(
        app,
        workspace,
        (&wanted.block_type, None),
        wanted.credentials_id,
    );
    let Chosen {
        credential,
        renewal,
        notice,
    } = chosen.await;
    if let Some(notice) = notice {
        return Err(Failure::Denied(notice.description));
    }
    let call = BlockCall {
        block_type: wanted.block_type,
        action: wanted.action,
        options: wanted.options,
        credential,
        renewal,
        context: Context {
            workspace: workspace.0.clone(),
            ..Context::default()
        },
        abilities: Some(Arc::new(Reach::new(app, workspace, None))),
        ..BlockCall::default()
    };
    app.blocks.choices(call, &wanted.field).await
}
