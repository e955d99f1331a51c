//! `talkloom credential …`: accounts that blocks use. Secrets come by the standard input, because
//! others on the machine see the arguments of programs.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use talkloom_store::{Credential, Owner, Repositories, Store, UserId, WorkspaceId};
use talkloom_vault::Secret;
use zeroize::Zeroizing;

use super::connect::{ConnectArgs, connect};
use super::{open_store, print};
use crate::credentials::{Kinds, Vault};
use crate::oauth::{OAuth, Parts};
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
    /// Prints an address to open in a browser, where someone signs in, and then the id of the
    /// account that was connected so.
    Connect {
        #[command(flatten)]
        args: ConnectArgs,
        #[command(flatten)]
        owner: OwnerArgs,
    },
    /// Prints all credentials, each as one line of JSON; never their secrets. A workspace's bots may
    /// also use those of its members, which are listed with the member's id.
    List {
        #[command(flatten)]
        owner: OwnerArgs,
    },
    /// Opens a credential, and looks whether its fields are filled in and whether the hosts that get
    /// its secrets can be found. Its service is not asked.
    Test {
        /// Its id, or its name.
        credential: String,
        #[command(flatten)]
        owner: OwnerArgs,
    },
    /// Lists credentials that no key at hand opens, and with --yes forgets them for good. For when a
    /// master key is lost and no copy of it is left.
    ForgetLost {
        /// Forgets what is listed. It cannot be brought back.
        #[arg(long)]
        yes: bool,
    },
    /// Removes a credential. One that was connected by signing in is given back first.
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
    /// The person who owns it, instead of a workspace: an id or an e-mail address.
    #[arg(long, value_name = "PERSON")]
    user: Option<String>,
}

impl OwnerArgs {
    async fn owner(self, store: &Store) -> Result<Owner> {
        let Some(wanted) = self.user else {
            let workspace = self
                .workspace
                .map_or_else(WorkspaceId::default, WorkspaceId);
            return Ok(Owner::Workspace(workspace));
        };
        let users = store.reader().users();
        let found = match wanted.contains('@') {
            true => users.find_by_email(&wanted.to_lowercase()).await?,
            false => users.find(&UserId(wanted.clone())).await?,
        };
        match found {
            Some(user) => Ok(Owner::User(user.id)),
            None => bail!("There is no person “{wanted}”. Give the id or the e-mail address."),
        }
    }
}

pub(super) async fn credential(config: &Config, command: CredentialCommand) -> Result<()> {
    let store = open_store(config).await?;
    if let CredentialCommand::ForgetLost { yes } = command {
        return forget_lost(config, &store, yes).await;
    }
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
            let id = vault.add(&owner.owner(&store).await?, &new).await?;
            print(id.as_str())?;
        }
        CredentialCommand::Connect { args, owner } => {
            let secret = args.has_own_client().then(client_secret).transpose()?;
            let oauth = oauth(config, &store, &vault).await?;
            connect(
                config,
                &oauth,
                owner.owner(&store).await?,
                args,
                secret.flatten(),
            )
            .await?;
        }
        CredentialCommand::List { owner } => {
            let credentials = match owner.owner(&store).await? {
                Owner::Workspace(workspace) => vault.usable(&workspace).await?,
                person => vault.all(&person).await?,
            };
            for credential in credentials {
                print(&line(&credential).to_string())?;
            }
        }
        CredentialCommand::Remove { credential, owner } => {
            let owner = owner.owner(&store).await?;
            let found = one(&vault, &owner, &credential).await?;
            give_back(config, &store, &vault, (&owner, &found)).await;
            vault.remove(&owner, &found.id).await?;
            print(&line(&found).to_string())?;
        }
        CredentialCommand::Test { credential, owner } => {
            let owner = owner.owner(&store).await?;
            let found = one(&vault, &owner, &credential).await?;
            test(config, &store, &vault, found).await?;
        }
        // It was done above: its vault opens with any key.
        CredentialCommand::ForgetLost { .. } => {}
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

/// The credential of an id or a name.
async fn one(vault: &Vault, owner: &Owner, wanted: &str) -> Result<Credential> {
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
    Ok(credential)
}

async fn test(config: &Config, store: &Store, vault: &Vault, credential: Credential) -> Result<()> {
    let kinds = Kinds::of(&blocks::described(config, store).await?);
    let declared = kinds.get(&credential.kind).cloned();
    let name = credential.name.clone();
    let mut told = line(&credential);
    let egress = config.egress.parse()?;
    let probe = vault.probe(credential, declared.as_ref(), &egress).await?;
    told["ok"] = probe.wrong.is_empty().into();
    told["well"] = probe.well.into();
    told["wrong"] = probe.wrong.clone().into();
    told["note"] = "The service itself was not asked whether it takes these secrets.".into();
    print(&told.to_string())?;
    if !probe.wrong.is_empty() {
        bail!(
            "The credential “{name}” cannot work: {}",
            probe.wrong.join(" ")
        );
    }
    Ok(())
}

async fn forget_lost(config: &Config, store: &Store, yes: bool) -> Result<()> {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let vault = Vault::open_with_any_key(config, store, &clock, &entropy).await?;
    let lost = vault.lost().await?;
    for (credential, reason) in &lost.credentials {
        let mut told = line(credential);
        told["lost"] = reason.as_str().into();
        print(&told.to_string())?;
    }
    let count = lost.credentials.len();
    if lost.is_nothing() {
        eprintln!("Every credential opens: nothing is lost.");
    } else if yes {
        vault.forget(&lost).await?;
        eprintln!("{count} credentials were forgotten. Enter them anew where bots need them.");
    } else {
        let keys: Vec<_> = lost.master_keys.iter().map(String::as_str).collect();
        let needed = match keys.as_slice() {
            [] => "their rows are broken".to_owned(),
            keys => format!("they need the master key {}", keys.join(" and ")),
        };
        bail!(
            "{count} credentials do not open with the keys at hand: {needed}. Nothing was changed. \
             If there is a copy of the key or a backup, put it back. To forget these credentials for \
             good and go on with the key at hand, say --yes."
        );
    }
    store.close().await;
    Ok(())
}

/// What signs in, for the kinds of the blocks that the server would start with.
async fn oauth(config: &Config, store: &Store, vault: &Vault) -> Result<OAuth> {
    let kinds = Kinds::of(&blocks::described(config, store).await?);
    let clock = Clock::system();
    let parts = Parts {
        config,
        store,
        blocks: &blocks::start(config, &clock, Vec::new())?,
        clock: &clock,
        entropy: &Entropy::system(),
        vault,
    };
    Ok(OAuth::new(
        &parts,
        Box::new(move |kind| kinds.get(kind).cloned()),
    ))
}

/// The credential goes whether or not the service can be told.
async fn give_back(config: &Config, store: &Store, vault: &Vault, found: (&Owner, &Credential)) {
    let given_back = async {
        let (owner, credential) = found;
        let grants = store.reader().oauth_grants();
        if grants.find(owner, &credential.id).await?.is_some() {
            oauth(config, store, vault)
                .await?
                .revoke(owner, credential)
                .await?;
        }
        anyhow::Ok(())
    };
    if let Err(error) = given_back.await {
        eprintln!(
            "The service could not be told that its token is not used any more: {error:#} Take the \
             access away in the account's own settings."
        );
    }
}

/// The secret of a client of one's own: the whole standard input.
fn client_secret() -> Result<Option<talkloom_blocks::Secret>> {
    if std::io::stdin().is_terminal() {
        eprintln!("Give the client's secret and end with Ctrl-D.");
    }
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)
        .context("The secret could not be read from the standard input.")?;
    let secret = text.trim();
    Ok((!secret.is_empty()).then(|| talkloom_blocks::Secret::new(secret)))
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
        "user": credential.user_id.as_ref().map(UserId::as_str),
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
