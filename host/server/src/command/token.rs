//! `talkloom token …`: tokens that programs call the API with.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use talkloom_store::{ApiToken, Repositories, WorkspaceId};

use super::open_store;
use crate::{Clock, Config, Entropy, tokens};

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Makes a token and prints it, this once: it is kept as a digest only.
    Create {
        /// What the token is used for.
        name: String,
    },
    /// Prints all tokens, each as one line of JSON; never the tokens themselves.
    List,
    /// Makes a token worthless.
    Revoke {
        /// The token's id, or its name.
        token: String,
    },
}

pub(super) async fn token(config: &Config, command: TokenCommand) -> Result<()> {
    let store = open_store(config).await?;
    let workspace = WorkspaceId::default();
    match command {
        TokenCommand::Create { name } => {
            let (clock, entropy) = (Clock::system(), Entropy::system());
            let drawn = tokens::create(&store, &clock, &entropy, &workspace, &name).await?;
            println!("{}", drawn.token);
        }
        TokenCommand::List => {
            for token in store.reader().api_tokens().all(&workspace).await? {
                println!("{}", line(&token));
            }
        }
        TokenCommand::Revoke { token } => {
            let revoked = tokens::revoke(&store, &workspace, &token).await?;
            println!("{}", line(&revoked));
        }
    }
    store.close().await;
    Ok(())
}

fn line(token: &ApiToken) -> serde_json::Value {
    json!({
        "id": token.id.as_str(),
        "name": token.name,
        "createdAt": talkloom_engine::datetime::iso(token.created_at),
        "lastUsedAt": token.last_used_at.map(talkloom_engine::datetime::iso),
    })
}
