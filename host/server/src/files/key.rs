//! A file's path in the storage, which is part of its address. No part of it leads elsewhere.

use std::fmt;

/// The folder of blocks' components.
pub const COMPONENTS: &str = "blocks";
/// The longest name in bytes; file systems take 255.
const LONGEST_NAME: usize = 150;
/// The longest extension that is kept when a name is cut.
const LONGEST_EXTENSION: usize = 16;

/// A file's path in the storage: a folder and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileKey {
    folder: String,
    name: String,
}

impl FileKey {
    /// A file of the folder with these parts, under a safe form of its name.
    pub fn new<'p>(folder: impl IntoIterator<Item = &'p str>, name: &str) -> Self {
        let parts: Vec<_> = folder.into_iter().map(safe_name).collect();
        Self {
            folder: parts.join("/"),
            name: safe_name(name),
        }
    }

    /// Reads a path; none where it is not one that [`FileKey::new`] could have made.
    pub fn parse(path: &str) -> Option<Self> {
        let (folder, name) = path.rsplit_once('/')?;
        let key = Self::new(folder.split('/'), name);
        (key.folder == folder && key.name == name).then_some(key)
    }

    /// The path without the name.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a block's component, which is the operator's and counts against no limit.
    pub(super) fn is_component(&self) -> bool {
        self.folder == COMPONENTS
    }

    /// Whether only people of the workspace may read it.
    pub fn is_private(&self) -> bool {
        self.folder.starts_with("private/")
    }

    /// The same folder and a name with a word before its extension: `photo-2.png`.
    pub fn with_word(&self, word: &str) -> Self {
        let name = match self.name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}-{word}.{extension}"),
            None => format!("{}-{word}", self.name),
        };
        Self {
            folder: self.folder.clone(),
            name,
        }
    }
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.folder, self.name)
    }
}

/// Letters and digits of any script, `.`, `-` and `_` stay; everything else, and whatever a file
/// system or an address could mistake, becomes a hyphen or goes.
fn safe_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| match c {
            '.' | '-' | '_' => c,
            c if c.is_alphanumeric() => c,
            _ => '-',
        })
        .collect();
    let name = name.trim_start_matches(['.', '-']).trim_end_matches('.');
    let name = shortened(name);
    if name.is_empty() {
        return "file".to_owned();
    }
    name
}

fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let extension = name
        .rfind('.')
        .map(|dot| &name[dot..])
        .filter(|extension| extension.len() <= LONGEST_EXTENSION)
        .unwrap_or_default();
    let end = name.floor_char_boundary(LONGEST_NAME - extension.len());
    format!("{}{extension}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> String {
        FileKey::new(["public"], name).name
    }

    #[test]
    fn names_lead_nowhere_else() {
        let table = [
            ("photo.png", "photo.png"),
            ("My holiday, day 1.PNG", "My-holiday--day-1.PNG"),
            ("../../etc/passwd", "etc-passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("a/b\\c.txt", "a-b-c.txt"),
            (".htaccess", "htaccess"),
            ("..", "file"),
            ("", "file"),
            ("\0\u{7}\r\n.png", "png"),
            ("x\u{202e}gnp.exe", "x-gnp.exe"),
            ("%2e%2e%2fpasswd", "2e-2e-2fpasswd"),
            ("日本語.pdf", "日本語.pdf"),
            ("a?b#c&d=e.png", "a-b-c-d-e.png"),
            ("dots...", "dots"),
        ];
        for (name, expected) in table {
            assert_eq!(named(name), expected, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let long = named(&format!("{}.jpeg", "ü".repeat(500)));
        assert!(long.len() <= LONGEST_NAME && long.ends_with("ü.jpeg"));
        let odd = named(&format!("a.{}", "x".repeat(500)));
        assert_eq!(odd.len(), LONGEST_NAME);
    }

    #[test]
    fn only_own_paths_are_read() {
        let key = FileKey::new(["public", "blocks", "b 1"], "a b.png");
        assert_eq!(key.to_string(), "public/blocks/b-1/a-b.png");
        assert_eq!(FileKey::parse(&key.to_string()), Some(key));
        for path in [
            "",
            "a.png",
            "/etc/passwd",
            "public/../../passwd",
            "public//a.png",
            "public/./a.png",
            "public/.hidden",
            "public/a\\b",
            "public/a b.png",
            "public/a\0.png",
        ] {
            assert_eq!(FileKey::parse(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_word_goes_before_the_extension() {
        let key = FileKey::new(["public"], "photo.png");
        assert_eq!(key.with_word("2").name(), "photo-2.png");
        let bare = FileKey::new(["public"], "photo");
        assert_eq!(bare.with_word("2").name(), "photo-2");
    }
}
