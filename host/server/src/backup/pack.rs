//! Writes an archive, on a thread of its own: tar and gzip know no async.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};
use tempfile::NamedTempFile;
use tokio::sync::mpsc::Receiver;

use super::digest::{Digesting, count};
use super::format::{FILES, HEAD, Head, MANIFEST, Manifest, rows_name};

/// Rows are like each other: more effort makes little difference.
const EFFORT: Compression = Compression::new(3);

/// What comes next.
pub(super) enum Piece {
    /// Rows of a table, a line each.
    Rows {
        /// The table.
        table: String,
        /// The lines.
        lines: Vec<u8>,
    },
    /// A file.
    File {
        /// Its path in the storage.
        path: String,
        /// Its bytes.
        size: u64,
        /// What is in it.
        content: Receiver<std::io::Result<Bytes>>,
    },
    /// That was all. Without it the archive is dropped.
    End,
}

/// Writes what comes. The file appears under its name when it is whole.
pub(super) fn pack(
    path: &Path,
    head: &Head,
    mut pieces: Receiver<Piece>,
) -> std::io::Result<Manifest> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // Only its owner may read it: there are answers in it.
    let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let mut archive = Archive {
        tar: Builder::new(GzEncoder::new(BufWriter::new(file), EFFORT)),
        mtime: u64::try_from(head.created_at / 1_000).unwrap_or_default(),
    };
    archive.add(HEAD, &serde_json::to_vec_pretty(head)?)?;
    let mut tables: BTreeMap<String, (Digesting, usize)> = BTreeMap::new();
    let mut files = Digesting::default();
    loop {
        match pieces.blocking_recv() {
            Some(Piece::Rows { table, lines }) => {
                let (digest, part) = tables.entry(table.clone()).or_default();
                if !lines.is_empty() {
                    *part += 1;
                    digest.rows(count(&lines), &lines);
                    archive.add(&rows_name(&table, *part), &lines)?;
                }
            }
            Some(Piece::File {
                path,
                size,
                content,
            }) => archive.add_file(&path, size, content, &mut files)?,
            Some(Piece::End) => break,
            None => return Err(std::io::Error::other("what is backed up broke off")),
        }
    }
    let tables = tables.into_iter();
    let manifest = Manifest {
        tables: tables
            .map(|(name, (digest, _))| (name, digest.done()))
            .collect(),
        files: files.done(),
    };
    archive.add(MANIFEST, &serde_json::to_vec_pretty(&manifest)?)?;
    archive.finish(path)?;
    Ok(manifest)
}

struct Archive {
    tar: Builder<GzEncoder<BufWriter<NamedTempFile>>>,
    mtime: u64,
}

impl Archive {
    fn header(&self, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(self.mtime);
        header
    }

    fn add(&mut self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let mut header = self.header(content.len() as u64);
        self.tar.append_data(&mut header, name, content)
    }

    fn add_file(
        &mut self,
        path: &str,
        size: u64,
        content: Receiver<std::io::Result<Bytes>>,
        digest: &mut Digesting,
    ) -> std::io::Result<()> {
        digest.file(path, size);
        let mut header = self.header(size);
        let reader = Content {
            content,
            part: Bytes::new(),
            left: size,
            digest,
        };
        self.tar
            .append_data(&mut header, format!("{FILES}{path}"), reader)
    }

    fn finish(self, path: &Path) -> std::io::Result<()> {
        let mut file = self.tar.into_inner()?.finish()?;
        file.flush()?;
        let file = file.into_inner().map_err(|error| error.into_error())?;
        file.as_file().sync_all()?;
        persist(file, path)
    }
}

fn persist(file: NamedTempFile, path: &Path) -> std::io::Result<()> {
    let _: File = file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A file that comes part by part; its size stands in the archive already and must come true.
struct Content<'d> {
    content: Receiver<std::io::Result<Bytes>>,
    part: Bytes,
    left: u64,
    digest: &'d mut Digesting,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.part.is_empty() {
            match self.content.blocking_recv() {
                Some(part) => self.part = part?,
                None if self.left == 0 => return Ok(0),
                None => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let size = self.part.len().min(buffer.len());
        let read = self.part.split_to(size);
        self.left = self.left.checked_sub(size as u64).ok_or_else(|| {
            std::io::Error::other("a file grew while it was backed up: begin again")
        })?;
        self.digest.add(&read);
        buffer[..size].copy_from_slice(&read);
        Ok(size)
    }
}
