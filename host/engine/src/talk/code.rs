//! JavaScript of the bot's builder: preparing it, running it, and what it gives.

use super::Talk;
use super::variables::Variables;
use crate::effect::{Effect, EffectResult, Evaluation, Script, ScriptError};
use crate::turn::Refusal;
use crate::{template, value};
use serde_json::Value;

/// Code whose placeholders became parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Code {
    pub(crate) text: String,
    /// Parameters that have a value, and the value.
    pub(crate) arguments: Vec<(String, Value)>,
    /// Parameters of variables that were never set.
    pub(crate) undefined: Vec<String>,
}

impl Code {
    /// Replaces the names of variables by parameters: their ids, where those can be names in code.
    pub(crate) fn prepare(source: &str, variables: &Variables) -> Self {
        let mut used: Vec<String> = Vec::new();
        let text = template::replace_variables(source, |name| {
            let Some(variable) = variables.by_name(name) else {
                return String::new();
            };
            if !used.iter().any(|id| id == variable.id) {
                used.push(variable.id.to_owned());
            }
            parameter(variable.id)
        })
        .into_owned();
        let mut code = Self {
            text,
            arguments: Vec::new(),
            undefined: Vec::new(),
        };
        for id in used {
            match variables.by_id(&id).and_then(|variable| variable.value) {
                Some(held) => code
                    .arguments
                    .push((parameter(&id), value::guess_type(held))),
                None => code.undefined.push(parameter(&id)),
            }
        }
        code
    }

    /// The code as a function's body.
    pub(crate) fn statements(&self) -> String {
        let mut body = String::new();
        for name in &self.undefined {
            body.push_str(&format!("var {name};"));
        }
        body.push_str(&self.text);
        body
    }

    /// The code as a function's body that returns its value.
    fn expression(&self) -> String {
        if self.text.contains("return ") {
            return self.statements();
        }
        let returned = format!("return {}", self.text);
        Self {
            text: returned,
            ..self.clone()
        }
        .statements()
    }
}

/// An id as a name in code. Ids that cannot be one are spelt out.
fn parameter(id: &str) -> String {
    let fits = |(place, c): (usize, char)| {
        c.is_ascii_alphabetic() || c == '_' || c == '$' || (place > 0 && c.is_ascii_digit())
    };
    if !id.is_empty() && id.chars().enumerate().all(fits) {
        return id.to_owned();
    }
    let mut name = String::from("_");
    for c in id.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else {
            name.push_str(&format!("_{:x}_", u32::from(c)));
        }
    }
    name
}

impl Talk {
    /// Runs prepared code as an expression or a function's body.
    pub(crate) async fn run_expression(
        &self,
        code: &Code,
        is_async: bool,
    ) -> Result<Result<Option<Value>, ScriptError>, Refusal> {
        let script = Script {
            code: code.expression(),
            arguments: code.arguments.clone(),
            is_async,
            settable: Vec::new(),
        };
        let evaluated = self.evaluate(script).await?;
        Ok(evaluated.map(|evaluation| evaluation.value))
    }

    /// Runs a script.
    pub(crate) async fn evaluate(
        &self,
        script: Script,
    ) -> Result<Result<Evaluation, ScriptError>, Refusal> {
        match self.mailbox.perform(Effect::Evaluate(script)).await {
            EffectResult::Evaluated(evaluated) => Ok(evaluated),
            _ => Err(Refusal::wrong_answer()),
        }
    }

    /// What `{{=code=}}` gives. Code that fails prints itself.
    pub(crate) async fn inline_code(&self, source: &str) -> Result<Inline, Refusal> {
        if let Some(certain) = certain_value(source.trim()) {
            return Ok(Inline::Text(certain));
        }
        let variables = &self.frame().variables;
        let code = Code::prepare(source, variables);
        Ok(match self.run_expression(&code, false).await? {
            Ok(None) => Inline::Undefined,
            Ok(Some(Value::Null)) => Inline::Null,
            Ok(Some(Value::String(text))) => Inline::Text(text),
            Ok(Some(other)) => Inline::Text(value::json_text(&other)),
            Err(_) => Inline::Text(template::interpolate(
                source,
                template::Mode::Text,
                |name| variables.named_value(name),
            )),
        })
    }
}

/// What code within a text gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inline {
    Text(String),
    Undefined,
    Null,
}

impl Inline {
    /// As it prints within a text.
    pub(crate) fn print(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Undefined => "undefined".to_owned(),
            Self::Null => "null".to_owned(),
        }
    }
}

/// The printed value of an expression that needs no JavaScript to be known.
pub(crate) fn certain_value(source: &str) -> Option<String> {
    let digits = source.strip_prefix('-').unwrap_or(source);
    let is_integer = (1..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (!digits.starts_with('0') || source == "0");
    if is_integer || source == "true" || source == "false" {
        return Some(source.to_owned());
    }
    let inner = source.strip_prefix('"')?.strip_suffix('"')?;
    (source.len() >= 2 && !inner.contains(['"', '\\', '\n', '\r', '{', '}']))
        .then(|| inner.to_owned())
}
