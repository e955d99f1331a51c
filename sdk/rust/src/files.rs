//! Files of the conversation.

use crate::Failure;
use crate::bindings::talkloom::block::files;

/// Stores a file and gives its address: a picture, a sound.
///
/// # Errors
/// When it is too large, there is no room, or the permission was not granted.
pub fn save(name: &str, media_type: &str, data: &[u8]) -> Result<String, Failure> {
    Ok(files::save(name, media_type, data)?)
}

/// Reads a file that this conversation uploaded or a block saved in it.
///
/// # Errors
/// When the address is no such file's, or the permission was not granted.
pub fn load(address: &str) -> Result<Vec<u8>, Failure> {
    Ok(files::load(address)?)
}
