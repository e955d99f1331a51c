//! Reads an archive entry by entry.

use std::fs::File;
use std::io::{BufReader, Read};

use flate2::read::GzDecoder;
use tar::{Archive, Entry};

use super::BackupError;
use super::format::{FILES, FORMAT, HEAD, Head, MANIFEST, Manifest, table_of};

/// Rows come in parts of a few megabytes; one row may be as large as a bot.
const LARGEST_PART: u64 = 1 << 30;

/// What was found.
pub(super) enum Found<'e> {
    /// The first entry.
    Head(Head),
    /// Rows of a table, a line each.
    Rows {
        /// The table.
        table: String,
        /// The lines.
        lines: Vec<u8>,
    },
    /// A file, to be read from the entry.
    File {
        /// Its path in the storage.
        path: String,
        /// Its bytes.
        size: u64,
        /// What is in it.
        content: &'e mut dyn Read,
    },
    /// The last entry.
    Manifest(Manifest),
}

/// Calls `each` with every entry, until it gives an error or the archive ends.
pub(super) fn unpack(
    file: &File,
    mut each: impl FnMut(Found<'_>) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let mut archive = Archive::new(GzDecoder::new(BufReader::new(file)));
    let entries = archive.entries().map_err(|error| damaged(&error))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        let found = read(&mut entry)?;
        each(found)?;
    }
    // What follows the last entry has the checksum of all that was packed.
    let mut rest = archive.into_inner();
    let read = std::io::copy(&mut rest, &mut std::io::sink());
    read.map(drop).map_err(|error| damaged(&error))
}

fn read<'e>(entry: &'e mut Entry<'_, impl Read>) -> Result<Found<'e>, BackupError> {
    let name = entry.path_bytes().into_owned();
    let name = String::from_utf8(name).map_err(|error| damaged(&error))?;
    if name == HEAD {
        let head: Head = json(entry)?;
        if head.format > FORMAT {
            return Err(newer(&head));
        }
        return Ok(Found::Head(head));
    }
    if name == MANIFEST {
        return Ok(Found::Manifest(json(entry)?));
    }
    if let Some(table) = table_of(&name) {
        let table = table.to_owned();
        let lines = whole(entry)?;
        return Ok(Found::Rows { table, lines });
    }
    if let Some(path) = name.strip_prefix(FILES) {
        return Ok(Found::File {
            path: path.to_owned(),
            size: entry.size(),
            content: entry,
        });
    }
    let told = format!("nobody knows what {name} in it is.");
    Err(BackupError::Damaged(told))
}

pub(super) fn newer(head: &Head) -> BackupError {
    let version = &head.version;
    BackupError::Refused(format!(
        "The archive was made by a newer Talkloom ({version}). Restore it with that one or a later \
         one."
    ))
}

fn json<T: serde::de::DeserializeOwned>(entry: &mut impl Read) -> Result<T, BackupError> {
    serde_json::from_slice(&whole(entry)?).map_err(|error| damaged(&error))
}

fn whole(entry: &mut impl Read) -> Result<Vec<u8>, BackupError> {
    let mut content = Vec::new();
    let mut entry = entry.take(LARGEST_PART);
    let read = entry.read_to_end(&mut content);
    read.map_err(|error| damaged(&error))?;
    Ok(content)
}

pub(super) fn damaged(error: &dyn std::error::Error) -> BackupError {
    BackupError::Damaged(format!("{error}."))
}
