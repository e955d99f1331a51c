//! What an operator does to blocks: install, grant, upgrade, go back, remove. Everything is written
//! to the database, and servers follow it.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use talkloom_blocks::Runtime;
use talkloom_manifest::Manifest;
use talkloom_store::repository::block_state::{ACTIVE, OLD, STAGED};
use talkloom_store::repository::{BlockUser, NewBlock};
use talkloom_store::{BlockId, InstalledBlock, Repositories, Store, Tx, UserId, WorkspaceId};

use super::{Difference, Sheet, shelf};
use crate::Clock;
use crate::files::Files;

/// Bots that are named when a block is in use.
const NAMED: u64 = 20;

/// What operations on blocks need of the world.
pub struct Book<'b> {
    /// The database.
    pub store: &'b Store,
    /// The storage.
    pub files: &'b Files,
    /// Checks and compiles; nothing becomes callable in it.
    pub runtime: &'b Runtime,
    /// The time.
    pub clock: &'b Clock,
    /// Who does it; none: the operator.
    pub by: Option<&'b UserId>,
}

/// Why something was not done, where a program may want to know.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The very same file is installed.
    #[error("{0} {1} is installed already.")]
    Installed(String, String),
    /// There is no such block.
    #[error("There is no block “{0}”. `talkloom blocks list` shows what there is.")]
    Unknown(String),
    /// Bots use it.
    #[error(
        "{name} is used by {bots}. Take it out of them first, or say --force: they stay, and say that it is missing."
    )]
    InUse {
        /// The block.
        name: String,
        /// The bots' names.
        bots: String,
    },
}

/// A version that was taken in.
#[derive(Debug)]
pub struct Staged {
    /// What it may do.
    pub sheet: Sheet,
    /// What changed since the active version, where there is one.
    pub difference: Option<Difference>,
    /// The name of its file.
    pub digest: String,
    /// Whether it is active: it asks for nothing that was not granted before.
    pub is_active: bool,
}

impl Book<'_> {
    /// Takes in a block that is not installed yet.
    pub async fn install(&self, wasm: Vec<u8>) -> Result<Staged> {
        let (manifest, digest) = self.examine(&wasm).await?;
        let versions = self.versions_or_none(&manifest.id).await?;
        if !versions.is_empty() {
            check_new(&versions, &digest)?;
            bail!(
                "{} is installed already. `talkloom blocks upgrade` takes another version in.",
                manifest.id
            );
        }
        self.take_in(manifest, digest, wasm, &versions).await
    }

    /// Takes in another version of a block. It becomes active at once where it may do no more than
    /// the active one; what that was granted, it is granted too.
    pub async fn upgrade(&self, wasm: Vec<u8>) -> Result<Staged> {
        let (manifest, digest) = self.examine(&wasm).await?;
        let versions = self.versions(&manifest.id).await?;
        check_new(&versions, &digest)?;
        self.take_in(manifest, digest, wasm, &versions).await
    }

    /// Checks, compiles and tries a component out.
    async fn examine(&self, wasm: &[u8]) -> Result<(Manifest, String)> {
        let (runtime, wasm) = (self.runtime.clone(), wasm.to_vec());
        let trying = tokio::task::spawn_blocking(move || runtime.try_install(&wasm));
        let tried = trying
            .await
            .context("The block could not be tried out.")??;
        Ok((tried.manifest().clone(), tried.digest().to_owned()))
    }

    async fn take_in(
        &self,
        manifest: Manifest,
        digest: String,
        wasm: Vec<u8>,
        versions: &[InstalledBlock],
    ) -> Result<Staged> {
        self.check_types(&manifest).await?;
        shelf::put(self.files, &digest, &wasm).await?;
        let sheet = Sheet::of(&manifest);
        let active = versions.iter().find(|one| one.state == ACTIVE);
        let difference = match active {
            Some(active) => Some(sheet.since(&Sheet::of(&read(active)?))),
            None => None,
        };
        let id = BlockId(digest.clone());
        let now_ms = self.clock.now_ms();
        let tx = self.store.begin().await?;
        let blocks = tx.installed_blocks();
        let new = NewBlock {
            id: id.clone(),
            name: manifest.id.clone(),
            version: manifest.version.clone(),
            manifest: serde_json::to_string(&manifest)?,
            size: i64::try_from(wasm.len())?,
            is_first_party: false,
            installed_by: self.by.cloned(),
        };
        blocks.add(new, now_ms).await?;
        let asked = sheet.asks_for();
        if let Some(active) = active {
            for grant in blocks.grants(&active.id).await? {
                if asked.contains(&grant.permission) {
                    let by = grant.granted_by.as_ref();
                    blocks.grant(&id, &grant.permission, by, now_ms).await?;
                }
            }
        }
        let is_active = match &difference {
            Some(difference) => !difference.is_wider(),
            None => versions.is_empty() && asked.is_empty(),
        };
        let details = Some(format!("sha256 {digest}"));
        self.note(&tx, &manifest.id, &manifest.version, "installed", details)
            .await?;
        if is_active {
            blocks.activate(&id, now_ms).await?;
            self.note(&tx, &manifest.id, &manifest.version, "active", None)
                .await?;
        }
        tx.commit().await?;
        Ok(Staged {
            sheet,
            difference,
            digest,
            is_active,
        })
    }

    /// Two blocks cannot stand behind one type.
    async fn check_types(&self, manifest: &Manifest) -> Result<()> {
        let all = self.store.reader().installed_blocks().all().await?;
        let others = all
            .iter()
            .filter(|one| one.state != OLD && one.name != manifest.id);
        for other in others {
            let theirs = read(other)?;
            for block in &manifest.blocks {
                if theirs.block(&block.block_type).is_some() {
                    bail!(
                        "The block type “{}” belongs to {} already. Uninstall that first.",
                        block.block_type,
                        other.name
                    );
                }
            }
        }
        Ok(())
    }

    /// Allows a block what it asks for, all of it where nothing is named; a version that waited
    /// becomes active. Gives the version and all that it is allowed now.
    pub async fn grant(
        &self,
        name: &str,
        permissions: &[String],
    ) -> Result<(InstalledBlock, BTreeSet<String>)> {
        let versions = self.versions(name).await?;
        let staged = versions.iter().rev().find(|one| one.state == STAGED);
        let active = versions.iter().find(|one| one.state == ACTIVE);
        let version = staged.or(active);
        let version =
            version.with_context(|| format!("No version of {name} can be granted anything."))?;
        let asked = Sheet::of(&read(version)?).asks_for();
        let wanted = match permissions {
            [] => asked.clone(),
            named => named.iter().cloned().collect(),
        };
        if let Some(unknown) = wanted.difference(&asked).next() {
            let asked: Vec<_> = asked.iter().map(String::as_str).collect();
            bail!(
                "{name} {} does not ask for “{unknown}”. It asks for: {}.",
                version.version,
                asked.join(", ")
            );
        }
        let now_ms = self.clock.now_ms();
        let tx = self.store.begin().await?;
        let blocks = tx.installed_blocks();
        for permission in &wanted {
            blocks
                .grant(&version.id, permission, self.by, now_ms)
                .await?;
        }
        let details: Vec<_> = wanted.into_iter().collect();
        self.note(
            &tx,
            name,
            &version.version,
            "granted",
            Some(details.join(", ")),
        )
        .await?;
        if version.state != ACTIVE {
            blocks.activate(&version.id, now_ms).await?;
            self.note(&tx, name, &version.version, "active", None)
                .await?;
        }
        let granted = blocks.grants(&version.id).await?;
        tx.commit().await?;
        let granted = granted.into_iter().map(|grant| grant.permission).collect();
        Ok((version.clone(), granted))
    }

    /// Takes permissions back from every version of a block, all where nothing is named. A version
    /// that has none left of those that it asks for waits for the operator again.
    pub async fn revoke(&self, name: &str, permissions: &[String]) -> Result<()> {
        let versions = self.versions(name).await?;
        let tx = self.store.begin().await?;
        let blocks = tx.installed_blocks();
        let mut found = false;
        for version in &versions {
            let granted = blocks.grants(&version.id).await?;
            let mut left = granted.len();
            for grant in &granted {
                if permissions.is_empty() || permissions.contains(&grant.permission) {
                    found |= blocks.revoke(&version.id, &grant.permission).await?;
                    left -= 1;
                }
            }
            if permissions.is_empty() || (left == 0 && !granted.is_empty()) {
                blocks.stage(&version.id).await?;
            }
        }
        if !found && !permissions.is_empty() {
            bail!(
                "{name} was not granted {}. See `talkloom blocks show {name}`.",
                permissions.join(", ")
            );
        }
        let details = match permissions {
            [] => "everything".to_owned(),
            named => named.join(", "),
        };
        self.note(&tx, name, "", "revoked", Some(details)).await?;
        Ok(tx.commit().await?)
    }

    /// Goes back to the version that was active before, or to the one that is named.
    pub async fn rollback(&self, name: &str, to: Option<&str>) -> Result<InstalledBlock> {
        let versions = self.versions(name).await?;
        let others = versions.iter().filter(|one| one.state == OLD);
        let target = match to {
            Some(to) => others
                .filter(|one| one.version == to || one.id.as_str().starts_with(to))
                .max_by_key(|one| one.activated_at),
            None => others.max_by_key(|one| one.activated_at),
        };
        let Some(target) = target else {
            match to {
                Some(to) => bail!("There is no older version {to} of {name} to go back to."),
                None => bail!("There is no other version of {name} to go back to."),
            }
        };
        let tx = self.store.begin().await?;
        let blocks = tx.installed_blocks();
        blocks.activate(&target.id, self.clock.now_ms()).await?;
        self.note(&tx, name, &target.version, "went back", None)
            .await?;
        tx.commit().await?;
        Ok(target.clone())
    }

    /// Removes a block with all its versions, or one version; with `force` also where bots use it.
    pub async fn uninstall(&self, name: &str, version: Option<&str>, force: bool) -> Result<u64> {
        let versions = self.versions(name).await?;
        let is_meant = |one: &&InstalledBlock| version.is_none_or(|wanted| one.version == wanted);
        let going: Vec<_> = versions.iter().filter(is_meant).collect();
        if going.is_empty() {
            bail!(
                "There is no version {} of {name}.",
                version.unwrap_or_default()
            );
        }
        if going
            .iter()
            .any(|one| one.is_first_party && one.state == ACTIVE)
        {
            bail!(
                "{name} comes with the server, which would bring it back. `talkloom blocks disable \
                 {name}` switches it off, `talkloom blocks revoke {name}` takes all it may do."
            );
        }
        if !force {
            self.check_unused(name, &versions, &going).await?;
        }
        let tx = self.store.begin().await?;
        let blocks = tx.installed_blocks();
        for one in &going {
            blocks.remove(&one.id).await?;
            self.note(&tx, name, &one.version, "uninstalled", None)
                .await?;
        }
        tx.commit().await?;
        for one in &going {
            shelf::delete(self.files, &one.id).await?;
        }
        Ok(going.len() as u64)
    }

    async fn check_unused(
        &self,
        name: &str,
        versions: &[InstalledBlock],
        going: &[&InstalledBlock],
    ) -> Result<()> {
        let reader = self.store.reader();
        let blocks = reader.installed_blocks();
        if going.len() < versions.len() {
            for one in going {
                if one.state == ACTIVE {
                    bail!(
                        "{name} {} is the active version. Go back to another first.",
                        one.version
                    );
                }
                if blocks.is_locked(&one.id).await? {
                    let version = &one.version;
                    bail!(
                        "Bots were published with {name} {version}. Say --force to remove it all the same."
                    );
                }
            }
            return Ok(());
        }
        let users = self.users(name, versions).await?;
        if users.is_empty() {
            return Ok(());
        }
        let named: Vec<_> = users
            .iter()
            .map(|user| format!("“{}”", user.name))
            .collect();
        Err(BookError::InUse {
            name: name.to_owned(),
            bots: named.join(", "),
        }
        .into())
    }

    /// Bots that use a block.
    async fn users(&self, name: &str, versions: &[InstalledBlock]) -> Result<Vec<BlockUser>> {
        let mut types = BTreeSet::new();
        for version in versions {
            let manifest = read(version)?;
            types.extend(manifest.blocks.into_iter().map(|block| block.block_type));
        }
        let types: Vec<_> = types.iter().map(String::as_str).collect();
        let reader = self.store.reader();
        Ok(reader.installed_blocks().users(name, &types, NAMED).await?)
    }

    /// Switches a block off or on in a workspace; says whether that changed anything.
    pub async fn switch(&self, name: &str, workspace: &WorkspaceId, on: bool) -> Result<bool> {
        self.versions(name).await?;
        let tx = self.store.begin().await?;
        let blocks = tx.installed_blocks();
        let now_ms = self.clock.now_ms();
        let changed = match on {
            true => blocks.switch_on(workspace, name).await?,
            false => blocks.switch_off(workspace, name, self.by, now_ms).await?,
        };
        let action = if on { "switched on" } else { "switched off" };
        let details = Some(format!("workspace {workspace}"));
        self.note(&tx, name, "", action, details).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// The versions of a block, the oldest first.
    pub async fn versions(&self, name: &str) -> Result<Vec<InstalledBlock>> {
        let versions = self.versions_or_none(name).await?;
        if versions.is_empty() {
            return Err(BookError::Unknown(name.to_owned()).into());
        }
        Ok(versions)
    }

    async fn versions_or_none(&self, name: &str) -> Result<Vec<InstalledBlock>> {
        let reader = self.store.reader();
        Ok(reader.installed_blocks().of_name(name).await?)
    }

    async fn note(
        &self,
        tx: &Tx,
        name: &str,
        version: &str,
        action: &str,
        details: Option<String>,
    ) -> Result<()> {
        let blocks = tx.installed_blocks();
        let now_ms = self.clock.now_ms();
        let noted = blocks.note((name, version), action, details, self.by, now_ms);
        Ok(noted.await?)
    }
}

/// What a stored version says of itself.
pub(crate) fn read(row: &InstalledBlock) -> Result<Manifest> {
    Manifest::parse(row.manifest.as_bytes()).with_context(|| {
        format!(
            "The stored manifest of {} {} cannot be read.",
            row.name, row.version
        )
    })
}

fn check_new(versions: &[InstalledBlock], digest: &str) -> Result<()> {
    match versions.iter().find(|one| one.id.as_str() == digest) {
        Some(same) => Err(BookError::Installed(same.name.clone(), same.version.clone()).into()),
        None => Ok(()),
    }
}
