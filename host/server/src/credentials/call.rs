//! The credential that a builder chose for a block, for one call.

use talkloom_blocks as blocks;
use talkloom_engine::output::LogLine;
use talkloom_store::{CredentialId, Owner, WorkspaceId};

use crate::App;

/// What a call gets. Without a credential it goes on all the same: the block knows what it needs.
#[derive(Default)]
pub struct Chosen {
    /// The credential, opened.
    pub credential: Option<blocks::Credential>,
    /// Why there is none although one was chosen, for the conversation's log.
    pub notice: Option<LogLine>,
}

/// Opens the workspace's credential that a block's options name. Another workspace's is as one that
/// is not there.
pub async fn choose(
    app: &App,
    workspace: &WorkspaceId,
    (block_type, digest): (&str, Option<&str>),
    credentials_id: Option<String>,
) -> Chosen {
    let (Some(id), Some(kind)) = (
        credentials_id.filter(|id| !id.is_empty()),
        kind_of(&app.blocks, block_type, digest),
    ) else {
        return Chosen::default();
    };
    let (owner, id) = (Owner::Workspace(workspace.clone()), CredentialId(id));
    let found = match app.vault.find(&owner, &id).await {
        Ok(Some(found)) if found.kind == kind => found,
        Ok(Some(found)) => {
            return without(format!(
                "The credential “{}” is of the kind “{}”, this block needs “{kind}”. Choose another \
                 in the block's settings.",
                found.name, found.kind
            ));
        }
        Ok(None) => {
            return without(
                "The block's credential is not in this workspace. Choose one in the block's settings."
                    .to_owned(),
            );
        }
        Err(error) => return broken(&id, &error),
    };
    match app.vault.unseal(&owner, found).await {
        Ok(credential) => Chosen {
            credential: Some(credential),
            notice: None,
        },
        Err(error) => broken(&id, &error),
    }
}

/// The kind of credential that the blocks of a type take: of this version, or of the active one.
fn kind_of(runtime: &blocks::Runtime, block_type: &str, digest: Option<&str>) -> Option<String> {
    let installed = runtime.find(block_type, digest)?;
    installed.manifest().block(block_type)?.credential.clone()
}

fn broken(id: &CredentialId, error: &dyn std::error::Error) -> Chosen {
    let reason = error.source().map(ToString::to_string);
    tracing::error!(credential = %id, %error, reason, "a credential could not be opened");
    without("The block's credential could not be opened. The server's log says why.".to_owned())
}

fn without(description: String) -> Chosen {
    Chosen {
        credential: None,
        notice: Some(LogLine {
            status: "error".to_owned(),
            description,
            details: None,
            context: None,
        }),
    }
}
