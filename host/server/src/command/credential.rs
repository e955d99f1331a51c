//! `talkloom credential …`: accounts that blocks use. Secrets come by the standard input, because
//! others on the machine see the arguments of programs.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use talkloom_store::{Credential, Owner, WorkspaceId};
use talkloom_vault::Secret;
use zeroize::Zeroizing;

use super::{open_store, print};
use crate::credentials::{Kinds, Vault};
use crate::{Clock, Config, Entropy, blocks};

/// No account's fields are longer.
const LONGEST_INPUT: u64 = 1 << 20;
const LONGEST_NAME: usize = 100;

#[derive(Debug, Subcommand)]
pub(super) enum CredentialCommand {
    /// Seals and keeps an account and prints its id, which blocks name. Its fields are read from
    /// the standard input: a JSON object, or lines like apiKey=….
    Add {
        /// The kind, as the block that uses it names it.
        kind: String,
        /// What people call it.
        name: String,
        /// Whose account it is, for people.
        #[arg(long)]
        account: Option<String>,
        #[command(flatten)]
        owner: OwnerArgs,
    },
    /// Prints all credentials, each as one line of JSON; never their secrets.
    List {
        #[command(flatten)]
        owner: OwnerArgs,
    },
    /// Removes a credential.
    Remove {
        /// Its id, or its name.
        credential: String,
        #[command(flatten)]
        owner: OwnerArgs,
    },
}

/// Whose it is.
#[derive(Debug, Args)]
pub(super) struct OwnerArgs {
    /// The workspace's that owns it [default: the one that every installation starts with].
    #[arg(long, value_name = "ID", conflicts_with = "user")]
    workspace: Option<String>,
    /// The person who owns it, instead of a workspace.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
}

impl OwnerArgs {
    fn owner(self) -> Owner {
        match (self.user, self.workspace) {
            (Some(user), _) => Owner::User(user),
            (None, Some(workspace)) => Owner::Workspace(WorkspaceId(workspace)),
            (None, None) => Owner::Workspace(WorkspaceId::default()),
        }
    }
}

pub(super) async fn credential(config: &Config, command: CredentialCommand) -> Result<()> {
    let store = open_store(config).await?;
    let vault = Vault::open(config, &store, &Clock::system(), &Entropy::system()).await?;
    if let Some(key) = vault.made_key() {
        eprintln!(
            "The master key {} was made: without it a backup's credentials cannot be opened.",
            key.display()
        );
    }
    match command {
        CredentialCommand::Add {
            kind,
            name,
            account,
            owner,
        } => {
            let kinds = Kinds::of(&blocks::described(config, &store).await?);
            let name = checked(&name)?;
            let new = kinds.account(&kind, name, account, filled()?)?;
            let id = vault.add(&owner.owner(), &new).await?;
            print(id.as_str())?;
        }
        CredentialCommand::List { owner } => {
            for credential in vault.all(&owner.owner()).await? {
                print(&line(&credential).to_string())?;
            }
        }
        CredentialCommand::Remove { credential, owner } => {
            let removed = remove(&vault, &owner.owner(), &credential).await?;
            print(&line(&removed).to_string())?;
        }
    }
    store.close().await;
    Ok(())
}

fn checked(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        bail!("Give the credential a name of at most {LONGEST_NAME} letters.");
    }
    Ok(name.to_owned())
}

async fn remove(vault: &Vault, owner: &Owner, wanted: &str) -> Result<Credential> {
    let mut named = vault.all(owner).await?;
    named.retain(|one| one.id.as_str() == wanted || one.name == wanted);
    let Some(credential) = named.pop() else {
        bail!("There is no credential “{wanted}”. See talkloom credential list.");
    };
    if !named.is_empty() {
        bail!(
            "Several credentials are called “{wanted}”. Give the id: see talkloom credential list."
        );
    }
    vault.remove(owner, &credential.id).await?;
    Ok(credential)
}

/// The fields on the standard input.
fn filled() -> Result<BTreeMap<String, Secret>> {
    if std::io::stdin().is_terminal() {
        eprintln!("Give the fields, each on a line like apiKey=…, and end with Ctrl-D.");
    }
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)
        .context("The fields could not be read from the standard input.")?;
    fields(&text)
}

fn fields(text: &str) -> Result<BTreeMap<String, Secret>> {
    if text.trim_start().starts_with('{') {
        // A parser's error may quote what it read.
        let object: BTreeMap<String, String> = serde_json::from_str(text).map_err(|error| {
            anyhow::anyhow!(
                "The standard input is no JSON object of texts: see line {}, column {}.",
                error.line(),
                error.column()
            )
        })?;
        let fields = object.into_iter();
        return Ok(fields
            .map(|(name, value)| (name, Secret::new(value)))
            .collect());
    }
    let mut fields = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let (name, value) = line.split_once('=').with_context(|| {
            let number = number + 1;
            format!("Line {number} of the standard input is not like field=value.")
        })?;
        fields.insert(name.trim().to_owned(), Secret::new(value.trim()));
    }
    Ok(fields)
}

fn line(credential: &Credential) -> serde_json::Value {
    let time = talkloom_engine::datetime::iso;
    json!({
        "id": credential.id.as_str(),
        "kind": credential.kind,
        "name": credential.name,
        "account": credential.account,
        "createdAt": time(credential.created_at),
        "lastUsedAt": credential.last_used_at.map(time),
    })
}

#[cfg(test)]
mod tests {
    use super::fields;

    fn read(text: &str) -> Vec<(String, String)> {
        let fields = fields(text).unwrap().into_iter();
        fields
            .map(|(name, value)| (name, value.into_exposed()))
            .collect()
    }

    #[test]
    fn fields_come_as_json_or_as_lines() {
        let expected = [
            ("apiKey".to_owned(), "sk-1=2".to_owned()),
            ("baseUrl".to_owned(), "https://a.example".to_owned()),
        ];
        let json = r#" {"apiKey": "sk-1=2", "baseUrl": "https://a.example"}"#;
        assert_eq!(read(json), expected);
        let lines = "apiKey = sk-1=2\n\nbaseUrl=https://a.example\r\n";
        assert_eq!(read(lines), expected);
        assert_eq!(read(""), []);
    }

    #[test]
    fn what_cannot_be_read_is_not_told() {
        for text in [
            "{\"apiKey\": \"sk-canary",
            "{\"sk-canary\": 1}",
            "sk-canary",
        ] {
            let error = fields(text).err().map(|error| format!("{error:?}"));
            let told = error.expect("it cannot be read");
            assert!(!told.contains("canary"), "{told}");
        }
    }
}
