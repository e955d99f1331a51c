//! `talkloom credential connect`: an account is connected by signing in elsewhere, in a browser.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use talkloom_blocks::Secret;
use talkloom_store::{CredentialId, Owner};

use super::print;
use crate::Config;
use crate::oauth::{NewSignIn, OAuth, OwnClient, Progress};

/// How often it is looked what came of it.
const LOOK: Duration = Duration::from_secs(1);

/// What is to be connected.
#[derive(Debug, Args)]
pub(super) struct ConnectArgs {
    /// The kind, as the block that uses it names it.
    kind: String,
    /// What people call it [default: the kind].
    name: Option<String>,
    /// The credential, by its id, that is to be connected again.
    #[arg(long, value_name = "ID")]
    again: Option<String>,
    /// The id of a client of your own; its secret is read from the standard input.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Prints the address and ends, without waiting for the account.
    #[arg(long)]
    no_wait: bool,
}

impl ConnectArgs {
    /// Whether a secret is expected on the standard input.
    pub(super) fn has_own_client(&self) -> bool {
        self.client_id.is_some()
    }
}

pub(super) async fn connect(
    config: &Config,
    oauth: &OAuth,
    owner: Owner,
    args: ConnectArgs,
    client_secret: Option<Secret>,
) -> Result<()> {
    let base = base(config);
    let started = oauth
        .start(NewSignIn {
            owner,
            name: args.name.unwrap_or_else(|| args.kind.clone()),
            kind: args.kind,
            asked_by: None,
            renews: args.again.map(CredentialId),
            client: args.client_id.map(|id| OwnClient {
                id,
                secret: client_secret,
            }),
            base: base.clone(),
        })
        .await?;
    print(&started.url)?;
    eprintln!(
        "Open this address in a browser within ten minutes and sign in. The server has to run and \
         be reached at {base}."
    );
    if args.no_wait {
        eprintln!("The account is in talkloom credential list afterwards.");
        return Ok(());
    }
    loop {
        match oauth.progress(&started.id).await? {
            Progress::Connected(id) => return print(id.as_str()),
            Progress::Failed(told) => bail!("{told}"),
            Progress::Waiting => {}
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            stopped = tokio::signal::ctrl_c() => {
                stopped.context("The signal to stop cannot be awaited.")?;
                bail!("Nobody waits any more; the address still works for ten minutes.");
            }
        }
    }
}

/// How a browser reaches the server.
fn base(config: &Config) -> String {
    if let Some(url) = config.public_urls.first() {
        return url.trim_end_matches('/').to_owned();
    }
    let listen = config.listen;
    if listen.ip().is_unspecified() || listen.ip().is_loopback() {
        // Services take this name where they take no address.
        return format!("http://localhost:{}", listen.port());
    }
    format!("http://{listen}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_come_back_to_the_servers_own_name() {
        let mut config = Config::default();
        assert_eq!(base(&config), "http://localhost:3000");
        config.listen = ([10, 0, 0, 1], 80).into();
        assert_eq!(base(&config), "http://10.0.0.1:80");
        config.public_urls = vec!["https://chat.example.com/".into()];
        assert_eq!(base(&config), "https://chat.example.com");
    }
}
