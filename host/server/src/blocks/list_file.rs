//! `blocks.toml`: which blocks a server installs by itself, and what each is allowed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use talkloom_store::repository::block_state::{ACTIVE, OLD};
use talkloom_store::{InstalledBlock, Repositories};

use super::book::read;
use super::{Book, Sheet, Source, fetch};
use crate::App;

/// The operator's list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListFile {
    /// The blocks, as `[[block]]` each.
    #[serde(default)]
    block: Vec<Wanted>,
    /// Files' paths count from here.
    #[serde(skip)]
    folder: PathBuf,
}

/// A block that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Which block: `publisher/name`.
    pub id: String,
    /// Its file, from the list's folder.
    pub file: Option<PathBuf>,
    /// Or its address.
    pub url: Option<String>,
    /// The SHA-256 of its file, in hex.
    pub sha256: Option<String>,
    /// What it is allowed, by the names that `talkloom blocks show` gives.
    #[serde(default)]
    pub grant: Vec<String>,
}

impl ListFile {
    /// Reads the list.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path);
        let text =
            text.with_context(|| format!("The list of blocks {} cannot be read.", path.display()))?;
        let mut list = Self::parse(&text)
            .with_context(|| format!("The list of blocks {} cannot be used.", path.display()))?;
        list.folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(list)
    }

    fn parse(text: &str) -> Result<Self> {
        let list: Self = toml::from_str(text)?;
        for wanted in &list.block {
            let id = &wanted.id;
            match (&wanted.file, &wanted.url) {
                (Some(_), None) => {}
                (None, Some(_)) if wanted.sha256.is_some() => {}
                (None, Some(_)) => {
                    bail!("{id}: an address needs the sha256 of its file beside it.")
                }
                _ => bail!("{id}: name either a file or a url."),
            }
        }
        Ok(list)
    }

    /// Installs what is missing and grants what is said; gives what is to be told, a sentence each.
    pub async fn install(&self, app: &App) -> Vec<String> {
        let mut told = Vec::new();
        for wanted in &self.block {
            match self.install_one(app, wanted).await {
                Ok(more) => told.extend(more),
                Err(error) => told.push(format!(
                    "{} is not as blocks.file wants it: {error:#}",
                    wanted.id
                )),
            }
        }
        told
    }

    async fn install_one(&self, app: &App, wanted: &Wanted) -> Result<Option<String>> {
        let book = Book {
            store: &app.store,
            files: &app.files,
            runtime: &app.blocks,
            clock: &app.clock,
            by: None,
        };
        let reader = app.store.reader();
        let mut versions = reader.installed_blocks().of_name(&wanted.id).await?;
        if self.missing(wanted, &versions)? {
            let source = match (&wanted.file, &wanted.url) {
                (Some(file), _) => Source::File(self.folder.join(file)),
                (None, url) => Source::Address(url.clone().unwrap_or_default()),
            };
            let wasm = fetch(&app.blocks, &source, wanted.sha256.as_deref()).await?;
            let digest = super::find::digest_of(&wasm);
            if !versions.iter().any(|one| one.id.as_str() == digest) {
                let manifest = talkloom_blocks::read_manifest(&wasm, wasm.len())?;
                if manifest.id != wanted.id {
                    bail!("the file is {}.", manifest.id);
                }
                match versions.is_empty() {
                    true => book.install(wasm).await?,
                    false => book.upgrade(wasm).await?,
                };
                versions = reader.installed_blocks().of_name(&wanted.id).await?;
            }
        }
        self.allow(&book, wanted, &versions).await
    }

    /// Whether the wanted file has to be looked at: one that is named without its digest always is.
    fn missing(&self, wanted: &Wanted, versions: &[InstalledBlock]) -> Result<bool> {
        let Some(sha256) = &wanted.sha256 else {
            return Ok(true);
        };
        let is_it = |one: &InstalledBlock| one.id.as_str().eq_ignore_ascii_case(sha256);
        Ok(!versions.iter().any(is_it))
    }

    async fn allow(
        &self,
        book: &Book<'_>,
        wanted: &Wanted,
        versions: &[InstalledBlock],
    ) -> Result<Option<String>> {
        // One that the operator went back from stays as it is.
        let current = versions.iter().rev().find(|one| one.state != OLD);
        let current = current.context("no version is left")?;
        let asked = Sheet::of(&read(current)?).asks_for();
        let listed: BTreeSet<_> = wanted.grant.iter().cloned().collect();
        let grants = book.store.reader().installed_blocks();
        let granted = grants.grants(&current.id).await?;
        let granted: BTreeSet<_> = granted.into_iter().map(|grant| grant.permission).collect();
        let new: Vec<_> = listed.difference(&granted).cloned().collect();
        if !new.is_empty() || (current.state != ACTIVE && asked.is_subset(&granted)) {
            let names: Vec<_> = match new.is_empty() {
                true => granted.iter().cloned().collect(),
                false => new,
            };
            book.grant(&wanted.id, &names).await?;
        }
        let refused: Vec<_> = asked
            .iter()
            .filter(|name| !listed.contains(*name) && !granted.contains(*name))
            .map(String::as_str)
            .collect();
        Ok((!refused.is_empty()).then(|| {
            format!(
                "{} asks for more than blocks.file grants: {}. Add it to “grant”, or leave it: the \
                 block is refused then.",
                wanted.id,
                refused.join(", ")
            )
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_where_each_block_comes_from() {
        let list = ListFile::parse(
            "[[block]]\nid = \"acme/a\"\nfile = \"a.wasm\"\ngrant = [\"scripts\"]\n\
             [[block]]\nid = \"acme/b\"\nurl = \"https://x.example/b\"\nsha256 = \"00\"",
        );
        assert_eq!(list.unwrap().block[0].grant, ["scripts"]);
        for bad in [
            "[[block]]\nid = \"acme/a\"",
            "[[block]]\nid = \"acme/a\"\nurl = \"https://x.example/a\"",
            "[[block]]\nid = \"acme/a\"\nfile = \"a\"\nurl = \"https://x.example/a\"\nsha256 = \"0\"",
            "[[block]]\nid = \"acme/a\"\nfile = \"a\"\ngrants = []",
        ] {
            assert!(ListFile::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(ListFile::parse("").unwrap().block, []);
    }
}
