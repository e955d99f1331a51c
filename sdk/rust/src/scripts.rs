//! JavaScript of the bot's builder, run in a sandbox of its own.

use serde_json::Value;

use crate::Failure;
use crate::bindings::talkloom::block::scripts;

/// Runs the body of a function with named arguments; none stands for `undefined`.
///
/// # Errors
/// What the code throws, and a permission that was not granted.
pub fn evaluate(code: &str, arguments: &[(String, Value)]) -> Result<Option<Value>, Failure> {
    let text = |(name, value): &(String, Value)| (name.clone(), value.to_string());
    let arguments: Vec<_> = arguments.iter().map(text).collect();
    match scripts::evaluate(code, &arguments)? {
        Some(value) => Ok(Some(serde_json::from_str(&value)?)),
        None => Ok(None),
    }
}
