//! Small values that outlive a call, each at most 64 KiB. They belong to the component: others do
//! not see them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::bindings::talkloom::block::state;

/// Who shares a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The calls of one conversation.
    Conversation,
    /// All calls of one workspace.
    Workspace,
}

impl From<Scope> for state::Scope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Conversation => Self::Conversation,
            Scope::Workspace => Self::Workspace,
        }
    }
}

/// A value; none where nothing is kept under the key, or no longer.
///
/// # Errors
/// When the permission was not granted.
pub fn get(scope: Scope, key: &str) -> Result<Option<Vec<u8>>, Failure> {
    Ok(state::get(scope.into(), key)?)
}

/// Keeps a value, for so many seconds or as long as the conversation or the workspace.
///
/// # Errors
/// When it is too large, or the permission was not granted.
pub fn set(scope: Scope, key: &str, value: &[u8], ttl_seconds: Option<u32>) -> Result<(), Failure> {
    Ok(state::set(scope.into(), key, value, ttl_seconds)?)
}

/// Removes a value.
///
/// # Errors
/// When the permission was not granted.
pub fn delete(scope: Scope, key: &str) -> Result<(), Failure> {
    Ok(state::delete(scope.into(), key)?)
}

/// As [`get`], for a value of [`set_json`].
///
/// # Errors
/// As [`get`]'s, and when the value is of another shape.
pub fn get_json<T: DeserializeOwned>(scope: Scope, key: &str) -> Result<Option<T>, Failure> {
    let value = get(scope, key)?;
    Ok(value.map(|v| serde_json::from_slice(&v)).transpose()?)
}

/// As [`set`], for anything with a JSON form.
///
/// # Errors
/// As [`set`]'s, and when the value has no JSON form.
pub fn set_json(
    scope: Scope,
    key: &str,
    value: &impl Serialize,
    ttl_seconds: Option<u32>,
) -> Result<(), Failure> {
    set(scope, key, &serde_json::to_vec(value)?, ttl_seconds)
}
