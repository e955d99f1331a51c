//! Recorded conversations, where they are at hand.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of recordings; none, with a sentence on why, where it is missing.
pub fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("TALKLOOM_FIXTURES")
        .map_or_else(|| root.join("../shared/fixtures"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: the recorded conversations are not at {}; set TALKLOOM_FIXTURES to their folder",
        folder.display()
    );
    None
}

/// The JSON files of a folder by name, in order.
pub fn json_files(folder: &Path) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (stem(&path), read(&path)))
        .collect()
}

/// Reads a JSON file.
pub fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    serde_json::from_str(&text).expect("the file is JSON")
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}
