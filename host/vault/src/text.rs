//! How sealed things are written: `v1.<key id>.<nonce>.<ciphertext>`, the last two in base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::cipher::{NONCE_BYTES, TAG_BYTES};
use crate::error::OpenError;

/// The only version so far; it is part of what is authenticated.
pub(crate) const VERSION: &str = "v1";

/// A sealed text taken apart.
pub(crate) struct Sealed<'t> {
    pub(crate) key: &'t str,
    pub(crate) nonce: [u8; NONCE_BYTES],
    pub(crate) ciphertext: Vec<u8>,
}

/// The id of the key that a sealed text needs.
pub fn key_id(text: &str) -> Result<&str, OpenError> {
    split(text).map(|[key, ..]| key)
}

pub(crate) fn write(key: &str, nonce: &[u8; NONCE_BYTES], ciphertext: &[u8]) -> String {
    let (nonce, ciphertext) = (BASE64.encode(nonce), BASE64.encode(ciphertext));
    format!("{VERSION}.{key}.{nonce}.{ciphertext}")
}

pub(crate) fn read(text: &str) -> Result<Sealed<'_>, OpenError> {
    let [key, nonce, ciphertext] = split(text)?;
    let decode = |part| BASE64.decode(part).map_err(|_| OpenError::Truncated);
    let nonce = decode(nonce)?
        .try_into()
        .map_err(|_| OpenError::Truncated)?;
    let ciphertext = decode(ciphertext)?;
    if ciphertext.len() < TAG_BYTES {
        return Err(OpenError::Truncated);
    }
    Ok(Sealed {
        key,
        nonce,
        ciphertext,
    })
}

fn split(text: &str) -> Result<[&str; 3], OpenError> {
    let (version, rest) = text.split_once('.').ok_or(OpenError::Truncated)?;
    if version != VERSION {
        return Err(OpenError::UnknownVersion);
    }
    let mut parts = rest.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(key), Some(nonce), Some(ciphertext), None) if !key.is_empty() => {
            Ok([key, nonce, ciphertext])
        }
        _ => Err(OpenError::Truncated),
    }
}
