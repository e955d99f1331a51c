//! Functions that a model may call: JavaScript of the bot's builder, run in the script sandbox.
//!
//! What goes wrong goes back to the model as text, so that it can try something else, and into
//! the conversation's log, so that the builder learns of it.

mod code;
mod schema;

use serde_json::{Map, Value};
use talkloom_block::prelude::*;
use talkloom_block::scripts::{self, Script};
use talkloom_block::{Call, log};

pub use schema::{Parameter, ParameterType, parameters};

use crate::text::filled;

/// A function that the model may call.
#[options]
pub struct Tool {
    /// What it is.
    #[serde(rename = "type")]
    #[field(label = "Type", hidden)]
    pub kind: Option<ToolType>,
    /// What the model calls it: letters, digits, hyphens and underscores.
    #[field(label = "Name", placeholder = "getWeather")]
    pub name: Option<String>,
    /// What it does and when it is of use, for the model.
    #[field(
        label = "Description",
        input = "textarea",
        placeholder = "Gives the weather of a city."
    )]
    pub description: Option<String>,
    /// What the model hands over.
    #[field(label = "Parameters", item_label = "Add parameter")]
    pub parameters: Vec<Parameter>,
    /// JavaScript that may use the parameters by their names, `await fetch(url)` and
    /// `setVariable(name, value)`; what it returns goes to the model.
    #[field(
        label = "Code",
        input = "code",
        lang = "javascript",
        interpolate = "raw",
        names_variables
    )]
    pub code: Option<String>,
}

/// What a tool is.
#[options]
#[derive(Copy, Eq)]
pub enum ToolType {
    /// Code of the bot's builder.
    #[default]
    #[serde(rename = "function")]
    Function,
}

/// A call of a tool, as a model asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// What the result is sent back with.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// JSON text.
    pub arguments: String,
}

/// The tools that have a name.
pub fn named(tools: &[Tool]) -> impl Iterator<Item = (&str, &Tool)> {
    let tools = tools.iter();
    tools.filter_map(|tool| Some((filled(&tool.name)?, tool)))
}

/// Runs the tool that a model called; gives the text for the model.
pub fn run(tools: &[Tool], asked: &ToolCall, call: &mut Call) -> String {
    match try_run(tools, asked, call) {
        Ok(text) => text,
        Err(reason) => {
            log::write(log::Line {
                level: log::Level::Error,
                message: format!("The tool “{}” failed.", asked.name),
                detail: Some(reason.clone()),
            });
            format!("Error: {reason}")
        }
    }
}

fn try_run(tools: &[Tool], asked: &ToolCall, call: &mut Call) -> Result<String, String> {
    let found = named(tools).find(|(name, _)| *name == asked.name);
    let (_, tool) = found.ok_or("There is no such tool.")?;
    let code = filled(&tool.code).ok_or("This tool has no code yet.")?;
    let arguments = arguments(&asked.arguments)?;
    let script = Script {
        code: code::fill(code, call),
        arguments: arguments.into_iter().collect(),
        is_async: true,
        settable: call.variables().map(|(_, name)| name.to_owned()).collect(),
    };
    let done = scripts::run(&script).map_err(|failure| failure.to_string())?;
    for (name, value) in done.assignments {
        if let Some(variable) = call.named(&name) {
            call.set(&variable, value);
        }
    }
    Ok(match done.value {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    })
}

/// Models send nothing at all to a tool without parameters.
fn arguments(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(text).map_err(|error| format!("The arguments are no JSON object: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_an_object_or_nothing() {
        assert_eq!(arguments(""), Ok(Map::new()));
        let given = arguments("{\"city\":\"Rome\"}").map(Value::from);
        assert_eq!(given, Ok(json!({ "city": "Rome" })));
        assert!(arguments("[1]").is_err_and(|said| said.starts_with("The arguments are no JSON")));
        assert!(arguments("{\"city\":").is_err());
    }

    #[test]
    fn what_is_not_there_is_said() {
        let tools: Vec<Tool> =
            serde_json::from_value(json!([{ "name": "empty" }, { "code": "return 1" }]))
                .expect("valid options");
        assert_eq!(named(&tools).count(), 1);
        let asked = |name: &str| ToolCall {
            name: name.to_owned(),
            ..ToolCall::default()
        };
        let mut call = Call::default();
        let said = try_run(&tools, &asked("other"), &mut call);
        assert_eq!(said, Err("There is no such tool.".to_owned()));
        let said = try_run(&tools, &asked("empty"), &mut call);
        assert_eq!(said, Err("This tool has no code yet.".to_owned()));
    }
}
