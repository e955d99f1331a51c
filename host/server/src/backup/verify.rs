//! Reads a whole archive before anything is changed: it must be whole and unchanged itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use super::BackupError;
use super::digest::{Digesting, count};
use super::format::{Head, Manifest};
use super::unpack::{Found, damaged, unpack};
use crate::files::FileKey;

const BUFFER: usize = 64 << 10;

/// Reads everything, and compares it with the manifest at the end.
pub(super) fn verify(file: &File) -> Result<(Head, Manifest), BackupError> {
    let mut head = None;
    let mut manifest = None;
    let mut tables: BTreeMap<String, Digesting> = BTreeMap::new();
    let mut files = Digesting::default();
    unpack(file, |found| {
        if head.is_none() && !matches!(found, Found::Head(_)) {
            return Err(BackupError::Damaged("it does not begin as one.".into()));
        }
        if manifest.is_some() {
            return Err(BackupError::Damaged("it goes on after its end.".into()));
        }
        match found {
            Found::Head(found) => head = Some(found),
            Found::Manifest(found) => manifest = Some(found),
            Found::Rows { table, lines } => {
                tables.entry(table).or_default().rows(count(&lines), &lines);
            }
            Found::File {
                path,
                size,
                content,
            } => {
                if FileKey::parse(&path).is_none() {
                    let told = format!("{path} is no path of a file.");
                    return Err(BackupError::Damaged(told));
                }
                files.file(&path, size);
                digest(content, &mut files)?;
            }
        }
        Ok(())
    })?;
    let (Some(head), Some(manifest)) = (head, manifest) else {
        return Err(BackupError::Damaged("it was cut off.".into()));
    };
    let mut tables: BTreeMap<_, _> = tables
        .into_iter()
        .map(|(name, digest)| (name, digest.done()))
        .collect();
    // A table without rows has no part.
    for name in manifest.tables.keys() {
        let none = || Digesting::default().done();
        tables.entry(name.clone()).or_insert_with(none);
    }
    if tables != manifest.tables || files.done() != manifest.files {
        let told = "what is in it is not what its manifest says.";
        return Err(BackupError::Damaged(told.into()));
    }
    Ok((head, manifest))
}

fn digest(content: &mut dyn Read, files: &mut Digesting) -> Result<(), BackupError> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match content.read(&mut buffer).map_err(|error| damaged(&error))? {
            0 => return Ok(()),
            read => files.add(&buffer[..read]),
        }
    }
}
