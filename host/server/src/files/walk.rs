//! The files under a folder, in the order of their paths.

use std::path::Path;

/// Calls `found` with the path below `root` and the bytes of each file in `folder` and the folders
/// in it, until it answers false. Hidden entries are no files of ours. Gives whether it came to the
/// end.
pub(super) fn files(
    root: &Path,
    folder: &Path,
    found: &mut impl FnMut(String, u64) -> bool,
) -> std::io::Result<bool> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        entries => entries?,
    };
    let mut entries = entries.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        let goes_on = if entry.file_type()?.is_dir() {
            files(root, &path, found)?
        } else {
            match (entry.metadata(), path.strip_prefix(root)) {
                (Ok(about), Ok(below)) => found(below.to_string_lossy().into_owned(), about.len()),
                // It was deleted in between.
                _ => true,
            }
        };
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}
