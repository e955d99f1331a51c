//! The master keys that an operator has given.

use crate::binding::{self, Owner};
use crate::cipher::{KeyBytes, decrypt, draw_nonce, encrypt};
use crate::error::{KeyError, OpenError, SealError};
use crate::text::{self, VERSION};
use crate::{DataKey, MasterKey};

/// Master keys, the newest first: it wraps with the newest and unwraps with any.
pub struct KeyRing(Vec<MasterKey>);

impl KeyRing {
    /// Reads keys that are separated by commas or white space, the newest first.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys: Vec<MasterKey> = Vec::new();
        let texts = text.split(|c: char| c == ',' || c.is_whitespace());
        for text in texts.filter(|text| !text.is_empty()) {
            let key = MasterKey::parse(text)?;
            if keys.iter().any(|known| known.id() == key.id()) {
                return Err(KeyError::Twice {
                    id: key.id().to_owned(),
                });
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(KeyError::Missing);
        }
        Ok(Self(keys))
    }

    /// The id of the key that wraps.
    pub fn newest(&self) -> &str {
        self.0[0].id()
    }

    /// The ids of all keys, the newest first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(MasterKey::id)
    }

    /// Whether the key is at hand.
    pub fn has(&self, id: &str) -> bool {
        self.ids().any(|known| known == id)
    }

    /// Wraps a data key for its owner with the newest master key.
    pub fn wrap(&self, owner: &Owner<'_>, key: &DataKey) -> Result<String, SealError> {
        let master = &self.0[0];
        let nonce = draw_nonce()?;
        let bound_to = binding::of_data_key(VERSION, master.id(), owner, key.id());
        let wrapped = encrypt(master.wrapping(), &nonce, &bound_to, &key.bytes()[..])?;
        Ok(text::write(master.id(), &nonce, &wrapped))
    }

    /// Unwraps a data key of this owner.
    pub fn unwrap(&self, owner: &Owner<'_>, id: &str, wrapped: &str) -> Result<DataKey, OpenError> {
        let wrapped = text::read(wrapped)?;
        let master = self.0.iter().find(|key| key.id() == wrapped.key);
        let master = master.ok_or_else(|| OpenError::UnknownKey {
            id: wrapped.key.to_owned(),
        })?;
        let bound_to = binding::of_data_key(VERSION, master.id(), owner, id);
        let plain = decrypt(
            master.wrapping(),
            &wrapped.nonce,
            &bound_to,
            &wrapped.ciphertext,
        )?;
        let mut bytes = KeyBytes::default();
        if plain.len() != bytes.len() {
            return Err(OpenError::Forged);
        }
        bytes.copy_from_slice(&plain);
        Ok(DataKey::new(id.to_owned(), bytes))
    }
}
