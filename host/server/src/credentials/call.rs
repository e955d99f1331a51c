//! The credential that a builder chose for a block, for one call.

use talkloom_blocks as blocks;
use talkloom_engine::output::LogLine;
use talkloom_store::{CredentialId, WorkspaceId};

use super::open::owner_of;
use crate::App;
use crate::oauth::{self, Stale};

/// What a call gets. Without a credential it goes on all the same: the block knows what it needs.
#[derive(Default)]
pub struct Chosen {
    /// The credential, opened.
    pub credential: Option<blocks::Credential>,
    /// How its secrets are made anew where a service refuses them.
    pub renewal: Option<blocks::Renewal>,
    /// Why there is none although one was chosen, for the conversation's log.
    pub notice: Option<LogLine>,
}

/// What documents call an account that is none: the server's own way to send mail.
const THE_SERVERS_OWN: &str = "default";

/// Opens the credential that a block's options name: the workspace's own, or one of a person who
/// belongs to the workspace now. Any other is as one that is not there.
pub async fn choose(
    app: &App,
    workspace: &WorkspaceId,
    (block_type, digest): (&str, Option<&str>),
    credentials_id: Option<String>,
) -> Chosen {
    let (Some(id), Some(kind)) = (
        credentials_id.filter(|id| !id.is_empty() && id != THE_SERVERS_OWN),
        kind_of(&app.blocks, block_type, digest),
    ) else {
        return Chosen::default();
    };
    let id = CredentialId(id);
    let found = match app.vault.find_usable(workspace, &id).await {
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
                "The block's credential belongs neither to this workspace nor to one of its members. \
                 Choose another in the block's settings."
                    .to_owned(),
            );
        }
        Err(error) => return broken(&id, &error),
    };
    let owner = match owner_of(&found) {
        Ok(owner) => owner,
        Err(error) => return broken(&id, &error),
    };
    let generation = match app.oauth.fresh(&owner, &found, Stale::Soon).await {
        Ok(generation) => generation,
        Err(error) => return unusable(&id, &error),
    };
    let renewal = generation.map(|generation| app.oauth.renewal(&owner, &found, generation));
    match app.vault.open_for(Some(workspace), found).await {
        Ok(mut credential) => {
            if renewal.is_some() {
                oauth::for_a_call(&mut credential.secrets);
            }
            Chosen {
                credential: Some(credential),
                renewal,
                notice: None,
            }
        }
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

/// A person has to do something about it, or it may work later.
fn unusable(id: &CredentialId, error: &oauth::Unusable) -> Chosen {
    if let Some(fault) = error.fault() {
        return broken(id, fault);
    }
    let reason = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(credential = %id, reason, "a credential could not be used");
    without(error.to_string())
}

fn without(description: String) -> Chosen {
    Chosen {
        credential: None,
        renewal: None,
        notice: Some(LogLine {
            status: "error".to_owned(),
            description,
            details: None,
            context: None,
        }),
    }
}
