//! What a sealed text is bound to: its associated data.

/// Whose a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// Everyone's of a workspace.
    Workspace(&'a str),
    /// One person's.
    User(&'a str),
    /// The installation's own.
    Installation,
}

/// The place of a sealed value: it opens in no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// Whose it is.
    pub owner: Owner<'a>,
    /// The credential it is a part of.
    pub credential: &'a str,
    /// Which part.
    pub field: &'a str,
}

impl Owner<'_> {
    fn parts(&self) -> [&str; 2] {
        match self {
            Self::Workspace(id) => ["workspace", id],
            Self::User(id) => ["user", id],
            Self::Installation => ["installation", ""],
        }
    }
}

/// The associated data of a value.
pub(crate) fn of_value(version: &str, key: &str, binding: &Binding<'_>) -> Vec<u8> {
    let [kind, owner] = binding.owner.parts();
    let Binding {
        credential, field, ..
    } = binding;
    joined(&["value", version, key, kind, owner, credential, field])
}

/// The associated data of a data key.
pub(crate) fn of_data_key(version: &str, master: &str, owner: &Owner<'_>, id: &str) -> Vec<u8> {
    let [kind, owner] = owner.parts();
    joined(&["data key", version, master, kind, owner, id])
}

/// Each part after its length: no two lists of parts give the same bytes.
fn joined(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::joined;

    #[test]
    fn what_moves_between_parts_is_seen() {
        assert_ne!(joined(&["ab", "c"]), joined(&["a", "bc"]));
        assert_ne!(joined(&["ab", ""]), joined(&["", "ab"]));
        assert_ne!(joined(&["ab"]), joined(&["ab", ""]));
    }

    proptest! {
        #[test]
        fn other_parts_give_other_bytes(
            one in prop::collection::vec(".{0,4}", 0..4),
            other in prop::collection::vec(".{0,4}", 0..4),
        ) {
            let (one, other): (Vec<_>, Vec<_>) = (
                one.iter().map(String::as_str).collect(),
                other.iter().map(String::as_str).collect(),
            );
            prop_assert_eq!(one == other, joined(&one) == joined(&other));
        }
    }
}
