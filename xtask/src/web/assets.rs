//! A folder of files to serve: hashed names, compressed copies, nothing left over.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// Files below this size are not worth a compressed copy.
const WORTH_COMPRESSING: usize = 1024;

/// The files of one page.
#[derive(Debug)]
pub struct Assets {
    base: &'static str,
    compress: bool,
    /// Name in the folder → content.
    files: BTreeMap<String, Vec<u8>>,
    /// Name in the sources → name in the folder.
    names: BTreeMap<String, String>,
}

impl Assets {
    /// An empty folder, served under `base`.
    pub fn new(base: &'static str, compress: bool) -> Self {
        Self {
            base,
            compress,
            files: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// Adds a file whose name in the folder tells its content.
    pub fn add(&mut self, name: &str, content: Vec<u8>) {
        let digest = Sha256::digest(&content);
        let hash: String = digest
            .iter()
            .take(5)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let hashed = match name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
            None => format!("{name}-{hash}"),
        };
        self.names.insert(name.to_owned(), hashed.clone());
        self.files.insert(hashed, content);
    }

    /// Adds a text file that names others, which were added before.
    pub fn add_text(&mut self, name: &str, text: &str) -> Result<()> {
        let text = self.fill(text).with_context(|| format!("filling {name}"))?;
        self.add(name, text.into_bytes());
        Ok(())
    }

    /// Adds the file that people ask for, under its own name.
    pub fn add_entry(&mut self, name: &str, text: &str) -> Result<()> {
        let text = self.fill(text).with_context(|| format!("filling {name}"))?;
        self.files.insert(name.to_owned(), text.into_bytes());
        Ok(())
    }

    /// Puts the served names in place of `{{base}}` and `{{name}}`.
    fn fill(&self, text: &str) -> Result<String> {
        let mut parts = text.split("{{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((name, rest)) = part.split_once("}}") else {
                bail!("a '{{{{' is not closed")
            };
            match (name, self.names.get(name)) {
                ("base", _) => filled.push_str(self.base),
                (_, Some(hashed)) => filled.push_str(hashed),
                _ => bail!("there is no file '{name}'"),
            }
            filled.push_str(rest);
        }
        Ok(filled)
    }

    /// Writes the folder and removes what is not part of it. Says whether anything was written.
    pub fn write(&mut self, folder: &Path) -> Result<bool> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let mut changed = false;
        let mut kept = Vec::new();
        for (name, content) in &self.files {
            let path = folder.join(name);
            let packed_name = format!("{name}.br");
            let packs = self.compress && is_worth_compressing(name, content);
            let same = fs::read(&path).is_ok_and(|old| old == *content);
            if !same {
                fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
                changed = true;
            }
            if packs && (!same || !folder.join(&packed_name).exists()) {
                fs::write(folder.join(&packed_name), brotli(content)?)?;
                changed = true;
            }
            kept.push(name.clone());
            if packs {
                kept.push(packed_name);
            }
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !kept.iter().any(|name| entry.file_name() == name.as_str()) {
                fs::remove_file(entry.path())?;
                changed = true;
            }
        }
        for name in kept.iter().filter(|name| name.ends_with(".br")) {
            self.names.insert(
                name.clone(),
                fs::metadata(folder.join(name))?.len().to_string(),
            );
        }
        Ok(changed)
    }

    /// What a visitor downloads to run the page, in kB.
    pub fn summary(&self) -> String {
        // The Markdown parser is loaded when a text is written before the visitor's eyes, and the
        // payment form when there is something to pay.
        let is_rare = |name: &str| name.starts_with("markdown-") || name.starts_with("payment-");
        let is_code =
            |name: &str| name.ends_with(".wasm") || (name.ends_with(".js") && !is_rare(name));
        let plain: usize = self
            .files
            .iter()
            .filter(|(name, _)| is_code(name))
            .map(|(_, content)| content.len())
            .sum();
        let packed: usize = self
            .names
            .iter()
            .filter(|(name, _)| name.strip_suffix(".br").is_some_and(is_code))
            .filter_map(|(_, size)| size.parse::<usize>().ok())
            .sum();
        match packed {
            0 => format!("{} kB of code, not compressed", plain / 1000),
            packed => format!(
                "{} kB of code, {} kB compressed",
                plain / 1000,
                packed / 1000
            ),
        }
    }
}

fn is_worth_compressing(name: &str, content: &[u8]) -> bool {
    content.len() >= WORTH_COMPRESSING && !name.ends_with(".woff2")
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_content_and_references_follow() {
        let mut assets = Assets::new("/a/", false);
        assets.add("x.js", b"one".to_vec());
        let first = assets.names["x.js"].clone();
        assets.add("x.js", b"two".to_vec());
        let second = assets.names["x.js"].clone();
        assert_ne!(first, second);
        assert!(first.starts_with("x-") && first.ends_with(".js"));
        assets
            .add_entry("index.html", "<script src='{{base}}{{x.js}}'>")
            .unwrap();
        let page = String::from_utf8(assets.files["index.html"].clone()).unwrap();
        assert_eq!(page, format!("<script src='/a/{second}'>"));
        assert!(assets.add_entry("index.html", "{{missing.js}}").is_err());
    }
}
