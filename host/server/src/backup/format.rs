//! What stands where in an archive.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The first entry.
pub(super) const HEAD: &str = "talkloom-backup.json";
/// The last entry.
pub(super) const MANIFEST: &str = "manifest.json";
/// `rows/TABLE/000001.jsonl`.
pub(super) const ROWS: &str = "rows/";
/// `files/PATH`.
pub(super) const FILES: &str = "files/";
/// The format that this program writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// What an archive is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The format's number.
    pub format: u32,
    /// The program that wrote it.
    pub version: String,
    /// When: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// The kind of database that it comes from.
    pub database: String,
    /// How far its schema was: the names of its migrations.
    pub migrations: Vec<String>,
    /// Whether files are in it.
    pub has_files: bool,
}

/// What was put into an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Each table's rows.
    pub tables: BTreeMap<String, Counted>,
    /// The files.
    pub files: Counted,
}

/// How much of something there is, and its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// Rows or files.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// SHA-256 of all of them one after the other, in hexadecimal digits. Each file is preceded by
    /// its path, a line feed, its size in digits and another line feed.
    pub sha256: String,
}

/// The name of a part of a table's rows.
pub(super) fn rows_name(table: &str, part: usize) -> String {
    format!("{ROWS}{table}/{part:06}.jsonl")
}

/// The table of such a part.
pub(super) fn table_of(name: &str) -> Option<&str> {
    let (table, part) = name.strip_prefix(ROWS)?.split_once('/')?;
    part.ends_with(".jsonl").then_some(table)
}
