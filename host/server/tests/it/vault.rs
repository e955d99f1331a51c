//! Sealed credentials in the database, on SQLite and PostgreSQL.

use std::collections::BTreeMap;

use services::{Postgres, TestDatabase};
use talkloom_server::credentials::{NewAccount, Vault};
use talkloom_server::{Clock, Config, Entropy};
use talkloom_store::repository::{NewCredential, NewUser};
use talkloom_store::{
    CredentialId, CredentialSecret, Database, Owner, Repositories, Store, UserId, WorkspaceId,
};
use talkloom_vault::{MasterKey, Secret};
use tempfile::TempDir;

use crate::app::{NOW_MS, workspace};

/// A database with a data folder, and what has to live as long.
pub struct Kept {
    pub config: Config,
    pub store: Store,
    _postgres: Option<(TestDatabase, Postgres)>,
    folder: TempDir,
}

impl Kept {
    pub async fn on_sqlite() -> Self {
        Self::over(None).await
    }

    /// One on each kind of database.
    pub async fn on_each() -> [Self; 2] {
        let server = Postgres::shared().expect("PostgreSQL runs");
        let database = server.database().expect("a database can be made");
        [
            Self::over(None).await,
            Self::over(Some((database, server))).await,
        ]
    }

    async fn over(postgres: Option<(TestDatabase, Postgres)>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config {
            data: folder.path().to_owned(),
            ..Config::default()
        };
        let database = match &postgres {
            None => Database::Sqlite(folder.path().join("talkloom.db")),
            Some((database, _)) => {
                config.database.url = database.url().to_owned();
                Database::Postgres(database.url().to_owned())
            }
        };
        Self {
            store: Store::open(&database).await.expect("the database opens"),
            config,
            _postgres: postgres,
            folder,
        }
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The same folder, opened anew.
    pub async fn reopened(mut self) -> Self {
        let file = self.folder().join("talkloom.db");
        let store = Store::open(&Database::Sqlite(file)).await;
        self.store = store.expect("the database opens");
        self
    }

    /// Opens the vault with these keys, the newest first; none: the file's.
    pub async fn vault(&self, keys: &[&Secret]) -> anyhow::Result<Vault> {
        let mut config = self.config.clone();
        config.keys.master_key = joined(keys);
        let (clock, entropy) = (Clock::manual(NOW_MS), Entropy::system());
        Vault::open(&config, &self.store, &clock, &entropy).await
    }

    pub async fn add_workspace(&self, id: &str) -> Owner {
        let id = WorkspaceId(id.to_owned());
        let tx = self.store.begin().await.unwrap();
        tx.workspaces().add(&id, "Other", NOW_MS).await.unwrap();
        tx.commit().await.unwrap();
        Owner::Workspace(id)
    }

    pub async fn add_user(&self, id: &str) -> Owner {
        Owner::User(add_user(&self.store, id).await)
    }

    async fn sealed(&self, owner: &Owner, id: &CredentialId) -> Vec<CredentialSecret> {
        let credentials = self.store.reader().credentials();
        credentials.secrets(owner, id).await.unwrap()
    }

    /// Stores sealed texts as they are under a credential of an owner.
    async fn plant(&self, owner: &Owner, id: &str, mut secrets: Vec<CredentialSecret>) {
        let id = CredentialId(id.to_owned());
        for secret in &mut secrets {
            secret.credential_id = id.clone();
        }
        let new = NewCredential {
            id,
            kind: "model".into(),
            name: "Planted".into(),
            account: None,
            fields: "{}".into(),
        };
        let tx = self.store.begin().await.unwrap();
        let credentials = tx.credentials();
        credentials.add(owner, new, secrets, NOW_MS).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A person who belongs to no workspace.
pub async fn add_user(store: &Store, id: &str) -> UserId {
    let new = NewUser {
        id: UserId(id.to_owned()),
        email: format!("{id}@example.com"),
        name: None,
        is_admin: false,
    };
    let id = new.id.clone();
    let tx = store.begin().await.unwrap();
    tx.users().add(new, NOW_MS).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub fn joined(keys: &[&Secret]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.expose()).collect();
    keys.join(",")
}

pub fn fresh_key() -> Secret {
    MasterKey::draw().expect("a key can be drawn")
}

pub fn home() -> Owner {
    Owner::Workspace(workspace())
}

pub fn account(secrets: &[(&str, &str)]) -> NewAccount {
    let secrets = secrets.iter();
    NewAccount {
        kind: "model".into(),
        name: "Shop".into(),
        account: None,
        fields: BTreeMap::from([("baseUrl".into(), "https://model.example".into())]),
        secrets: secrets
            .map(|(field, value)| ((*field).to_owned(), Secret::new(*value)))
            .collect(),
    }
}

/// Every secret of a credential, or why they do not open.
pub async fn opened(
    vault: &Vault,
    owner: &Owner,
    id: &CredentialId,
) -> Result<BTreeMap<String, String>, String> {
    let found = vault.find(owner, id).await.map_err(|e| e.to_string())?;
    let found = found.ok_or("there is none")?;
    let opened = vault.unseal(owner, found).await.map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", source.unwrap_or_default())
    })?;
    let secrets = opened.secrets.into_iter();
    Ok(secrets
        .map(|(field, secret)| (field, secret.expose().to_owned()))
        .collect())
}

#[tokio::test]
async fn what_is_kept_is_sealed_and_opens() {
    for kept in Kept::on_each().await {
        let key = fresh_key();
        let vault = kept.vault(&[&key]).await.unwrap();
        for owner in [home(), kept.add_user("u1").await] {
            let new = account(&[("apiKey", "sk-one"), ("other", "two")]);
            let id = vault.add(&owner, &new).await.unwrap();
            for row in kept.sealed(&owner, &id).await {
                assert!(row.sealed.starts_with(&format!("v1.{}.", row.data_key_id)));
                assert!(!row.sealed.contains("sk-one"));
            }
            // Another process has no key open.
            let another = kept.vault(&[&key]).await.unwrap();
            for vault in [&vault, &another] {
                let secrets = opened(vault, &owner, &id).await.unwrap();
                assert_eq!(secrets["apiKey"], "sk-one");
                assert_eq!(secrets["other"], "two");
            }
            let found = vault.all(&owner).await.unwrap();
            assert_eq!(found[0].fields, "{\"baseUrl\":\"https://model.example\"}");
            assert!(vault.remove(&owner, &id).await.unwrap());
            assert_eq!(kept.sealed(&owner, &id).await, []);
        }
    }
}

#[tokio::test]
async fn another_owner_reaches_nothing() {
    for kept in Kept::on_each().await {
        let vault = kept.vault(&[&fresh_key()]).await.unwrap();
        let stranger = kept.add_workspace("wother").await;
        let id = vault.add(&home(), &account(&[("apiKey", "sk")])).await;
        let id = id.unwrap();
        for other in [stranger, Owner::User(UserId("wdefault".into()))] {
            assert_eq!(vault.find(&other, &id).await.unwrap(), None);
            assert_eq!(vault.all(&other).await.unwrap(), []);
            assert_eq!(kept.sealed(&other, &id).await, []);
            assert!(!vault.remove(&other, &id).await.unwrap());
            let tx = kept.store.begin().await.unwrap();
            tx.credentials().touch(&other, &id, 5).await.unwrap();
            assert_eq!(tx.data_keys().active(&other).await.unwrap(), None);
            let key = tx.data_keys().active(&home()).await.unwrap().unwrap();
            assert_eq!(tx.data_keys().find(&other, &key.id).await.unwrap(), None);
            assert!(!tx.data_keys().retire(&other, &key.id, 5).await.unwrap());
            tx.commit().await.unwrap();
        }
        let found = vault.find(&home(), &id).await.unwrap().unwrap();
        assert_eq!(found.last_used_at, None);
    }
}

#[tokio::test]
async fn a_sealed_row_opens_nowhere_else() {
    for kept in Kept::on_each().await {
        let key = fresh_key();
        let vault = kept.vault(&[&key]).await.unwrap();
        let stranger = kept.add_workspace("wother").await;
        let new = account(&[("apiKey", "sk-one"), ("other", "two")]);
        let id = vault.add(&home(), &new).await.unwrap();
        let sealed = kept.sealed(&home(), &id).await;

        // In another workspace, whether or not the key is open already; and in another credential.
        kept.plant(&stranger, "ccopied", sealed.clone()).await;
        kept.plant(&home(), "ccopied2", sealed.clone()).await;
        let mut swapped = sealed.clone();
        swapped[0].field.clone_from(&sealed[1].field);
        swapped[1].field.clone_from(&sealed[0].field);
        kept.plant(&home(), "cswapped", swapped).await;
        let cold = kept.vault(&[&key]).await.unwrap();
        for vault in [&vault, &cold] {
            for (owner, copy) in [
                (&stranger, "ccopied"),
                (&home(), "ccopied2"),
                (&home(), "cswapped"),
            ] {
                let told = opened(vault, owner, &CredentialId(copy.into())).await;
                let told = told.expect_err("it does not open");
                assert!(
                    told.contains("belongs to another place") || told.contains("is gone"),
                    "{told}"
                );
            }
            assert!(opened(vault, &home(), &id).await.is_ok());
        }
    }
}

/// Whoever can write the database gives the key to another workspace too.
#[tokio::test]
async fn a_data_key_opens_for_its_owner_only() {
    let kept = Kept::on_sqlite().await;
    let key = fresh_key();
    let vault = kept.vault(&[&key]).await.unwrap();
    let stranger = kept.add_workspace("wother").await;
    let new = account(&[("apiKey", "sk-one")]);
    let id = vault.add(&home(), &new).await.unwrap();
    let file = rusqlite::Connection::open(kept.folder().join("talkloom.db")).unwrap();
    for table in ["data_keys", "credentials"] {
        let moved = format!("UPDATE {table} SET workspace_id = 'wother' WHERE id <> 'canary'");
        assert_eq!(file.execute(&moved, []).unwrap(), 1);
    }
    let cold = kept.vault(&[&key]).await.unwrap();
    let told = opened(&cold, &stranger, &id).await.unwrap_err();
    assert!(told.contains("belongs to another place"), "{told}");
}

#[tokio::test]
async fn an_owners_first_key_is_drawn_once() {
    for kept in Kept::on_each().await {
        let key = fresh_key();
        let (one, other) = (kept.vault(&[&key]).await, kept.vault(&[&key]).await);
        let (one, other) = (one.unwrap(), other.unwrap());
        let (home, new) = (home(), account(&[("apiKey", "sk")]));
        let adding = (0..8).map(|n| if n % 2 == 0 { &one } else { &other }.add(&home, &new));
        for id in futures_util::future::join_all(adding).await {
            assert!(opened(&one, &home, &id.unwrap()).await.is_ok());
        }
        let wrapping = kept.store.reader().data_keys().master_keys().await.unwrap();
        assert_eq!(wrapping.len(), 1);
        assert_eq!(wrapping[0].1, 2, "one of the workspace, and the canary");
    }
}

#[tokio::test]
async fn a_use_is_noted_once_an_hour() {
    let kept = Kept::on_sqlite().await;
    let clock = Clock::manual(NOW_MS);
    let vault = Vault::open(&kept.config, &kept.store, &clock, &Entropy::system()).await;
    let vault = vault.unwrap();
    let id = vault.add(&home(), &account(&[("apiKey", "sk")])).await;
    let id = id.unwrap();
    // Within one hour the first counts; the next hour has a first of its own.
    for (advance, noted) in [(0, 0), (3_599_000, 0), (2_000, 3_601_000)] {
        clock.advance(advance);
        opened(&vault, &home(), &id).await.unwrap();
        let noted = Some(NOW_MS + noted);
        let waiting = async {
            while vault
                .find(&home(), &id)
                .await
                .unwrap()
                .unwrap()
                .last_used_at
                != noted
            {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(crate::model::PATIENCE, waiting).await;
        waited.expect("the use is noted");
    }
    let file = rusqlite::Connection::open(kept.folder().join("talkloom.db")).unwrap();
    let entries =
        "SELECT COUNT(*) FROM audit_log WHERE action = 'credential.opened' AND target = ?1";
    let entries = file.query_one(entries, [id.as_str()], |row| row.get::<_, i64>(0));
    assert_eq!(entries, Ok(2), "and written down as often");
}
