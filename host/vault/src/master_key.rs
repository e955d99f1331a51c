//! Master keys: what the operator keeps.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;
use crate::cipher::{KEY_BYTES, KeyBytes, draw_key};
use crate::error::{KeyError, SealError};

const ID_BYTES: usize = 8;

/// A master key. It seals nothing itself: what wraps data keys and what names it are derived.
pub struct MasterKey {
    id: String,
    wrapping: KeyBytes,
}

impl MasterKey {
    /// Draws a key and gives it as text, for the operator to keep.
    pub fn draw() -> Result<Secret, SealError> {
        let key = draw_key()?;
        Ok(Secret::new(BASE64.encode(&key[..])))
    }

    /// Reads a key: 32 bytes as base64.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = BASE64.decode(text.trim()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| KeyError::Shape)?;
        if bytes.len() != KEY_BYTES {
            return Err(KeyError::Shape);
        }
        let mut id = [0; ID_BYTES];
        let mut wrapping = KeyBytes::default();
        derive(&bytes, "talkloom vault v1: name of a master key", &mut id);
        derive(
            &bytes,
            "talkloom vault v1: wrap data keys",
            wrapping.as_mut_slice(),
        );
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, wrapping })
    }

    /// The key's id, which tells nothing of the key: 16 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn wrapping(&self) -> &KeyBytes {
        &self.wrapping
    }
}

fn derive(key: &[u8], purpose: &str, into: &mut [u8]) {
    Hkdf::<Sha256>::new(None, key)
        .expand(purpose.as_bytes(), into)
        .expect("two hashes' length is far below the 255 that can be derived");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_key_is_read_and_named_alike_each_time() {
        let text = MasterKey::draw().unwrap();
        assert_eq!(text.expose().len(), 44);
        let key = MasterKey::parse(text.expose()).unwrap();
        let again = MasterKey::parse(&format!(" {}\n", text.expose())).unwrap();
        assert_eq!(key.id(), again.id());
        assert_eq!(key.id().len(), 2 * ID_BYTES);
        let other = MasterKey::parse(MasterKey::draw().unwrap().expose()).unwrap();
        assert_ne!(key.id(), other.id());
    }

    /// What is sealed today has to open for years: the derivation may never change.
    #[test]
    fn a_key_has_one_name_for_good() {
        let key = MasterKey::parse(&BASE64.encode([7; KEY_BYTES])).unwrap();
        assert_eq!(key.id(), "2174e12947ed4681");
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in [
            "",
            "short",
            &BASE64.encode([1; 31]),
            &BASE64.encode([1; 33]),
            &"=".repeat(44),
            &"ü".repeat(22),
        ] {
            assert_eq!(
                MasterKey::parse(text).err(),
                Some(KeyError::Shape),
                "{text}"
            );
        }
    }
}
