//! JavaScript of the bot's builder, run in a sandbox of its own.

use serde_json::Value;

use crate::Failure;
use crate::bindings::talkloom::block::scripts;

/// The body of a function, and what it finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// The body: its value is what it returns.
    pub code: String,
    /// Names that it sees, and their values.
    pub arguments: Vec<(String, Value)>,
    /// It may `await` and use `fetch`.
    pub is_async: bool,
    /// The names that `setVariable` accepts.
    pub settable: Vec<String>,
}

/// What a script gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// What it returned; none for `undefined`.
    pub value: Option<Value>,
    /// Names and values that it gave to `setVariable`, in order.
    pub assignments: Vec<(String, Value)>,
}

/// Runs a script.
///
/// # Errors
/// What the code throws, and a permission that was not granted.
pub fn run(script: &Script) -> Result<Evaluation, Failure> {
    let text = |(name, value): &(String, Value)| (name.clone(), value.to_string());
    let done = scripts::evaluate(&scripts::Script {
        code: script.code.clone(),
        arguments: script.arguments.iter().map(text).collect(),
        is_async: script.is_async,
        settable: script.settable.clone(),
    })?;
    let value = done
        .value
        .as_deref()
        .map(serde_json::from_str)
        .transpose()?;
    let assignments = done.assignments.into_iter().map(|assignment| {
        let value = serde_json::from_str(&assignment.value)?;
        Ok((assignment.name, value))
    });
    Ok(Evaluation {
        value,
        assignments: assignments.collect::<Result<_, Failure>>()?,
    })
}

/// Runs the body of a function with named arguments; none stands for `undefined`.
///
/// # Errors
/// As [`run`].
pub fn evaluate(code: &str, arguments: &[(String, Value)]) -> Result<Option<Value>, Failure> {
    let script = Script {
        code: code.to_owned(),
        arguments: arguments.to_vec(),
        ..Script::default()
    };
    Ok(run(&script)?.value)
}
