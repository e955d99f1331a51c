//! Data keys: each belongs to one owner and seals that owner's values.

use crate::Secret;
use crate::binding::{self, Binding};
use crate::cipher::{KeyBytes, decrypt, draw_key, draw_nonce, encrypt};
use crate::error::{OpenError, SealError};
use crate::text::{self, VERSION};

/// A data key, unwrapped. Its owner is part of how it is wrapped, and of all that it seals.
pub struct DataKey {
    id: String,
    bytes: KeyBytes,
}

impl DataKey {
    /// Draws a key; `id` must be unique, and holds no dot.
    pub fn draw(id: impl Into<String>) -> Result<Self, SealError> {
        Ok(Self::new(id.into(), draw_key()?))
    }

    pub(crate) fn new(id: String, bytes: KeyBytes) -> Self {
        debug_assert!(!id.is_empty() && !id.contains('.'), "{id}");
        Self { id, bytes }
    }

    /// The key's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &KeyBytes {
        &self.bytes
    }

    /// Seals a value for its place.
    pub fn seal(&self, binding: &Binding<'_>, secret: &Secret) -> Result<String, SealError> {
        let nonce = draw_nonce()?;
        let bound_to = binding::of_value(VERSION, &self.id, binding);
        let plain = secret.expose().as_bytes();
        let ciphertext = encrypt(&self.bytes, &nonce, &bound_to, plain)?;
        Ok(text::write(&self.id, &nonce, &ciphertext))
    }

    /// Opens a value that was sealed for this place.
    pub fn open(&self, binding: &Binding<'_>, sealed: &str) -> Result<Secret, OpenError> {
        let sealed = text::read(sealed)?;
        if sealed.key != self.id {
            return Err(OpenError::UnknownKey {
                id: sealed.key.to_owned(),
            });
        }
        let bound_to = binding::of_value(VERSION, &self.id, binding);
        let mut plain = decrypt(&self.bytes, &sealed.nonce, &bound_to, &sealed.ciphertext)?;
        // Only texts are sealed: others would be another program's work.
        String::from_utf8(std::mem::take(&mut *plain))
            .map(Secret::new)
            .map_err(|_| OpenError::Forged)
    }
}
