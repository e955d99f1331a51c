//! Work with the credential's secret fields without seeing them.

use serde_json::Value;

use crate::Failure;
use crate::bindings::talkloom::block::secrets;

/// A hash function of [`hmac`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// The HMAC of some data with a secret field as the key.
///
/// # Errors
/// A missing field, or a permission that was not granted.
pub fn hmac(field: &str, hash: Hash, data: &[u8]) -> Result<Vec<u8>, Failure> {
    let hash = match hash {
        Hash::Sha1 => secrets::Hash::Sha1,
        Hash::Sha256 => secrets::Hash::Sha256,
        Hash::Sha512 => secrets::Hash::Sha512,
    };
    Ok(secrets::hmac(field, hash, data)?)
}

/// A JWT signed with a secret field: HS256, RS256 or ES256, by the key.
///
/// # Errors
/// As [`hmac`].
pub fn sign_jwt(field: &str, header: &Value, claims: &Value) -> Result<String, Failure> {
    Ok(secrets::sign_jwt(
        field,
        &header.to_string(),
        &claims.to_string(),
    )?)
}

/// Compares a secret field with a candidate, in constant time.
///
/// # Errors
/// As [`hmac`].
pub fn equals(field: &str, candidate: &[u8]) -> Result<bool, Failure> {
    Ok(secrets::equals(field, candidate)?)
}
