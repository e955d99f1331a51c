//! Counts and digests what goes through.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::format::Counted;

/// Counts and digests what goes through.
#[derive(Default)]
pub(super) struct Digesting {
    count: u64,
    bytes: u64,
    sha256: Sha256,
}

impl Digesting {
    pub(super) fn rows(&mut self, count: u64, lines: &[u8]) {
        self.count += count;
        self.add(lines);
    }

    pub(super) fn file(&mut self, path: &str, size: u64) {
        self.count += 1;
        self.sha256.update(format!("{path}\n{size}\n"));
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sha256.update(bytes);
    }

    pub(super) fn done(self) -> Counted {
        let mut digits = String::new();
        for byte in self.sha256.finalize() {
            // Writing to a String cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        Counted {
            count: self.count,
            bytes: self.bytes,
            sha256: digits,
        }
    }
}

/// The rows in lines of JSON.
pub(super) fn count(lines: &[u8]) -> u64 {
    lines.iter().filter(|byte| **byte == b'\n').count() as u64
}
