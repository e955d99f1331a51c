//! Blocks that set a variable.

mod kinds;

use super::Talk;
use super::code::{Code, certain_value};
use super::script::client_script;
use super::walk::Flowing;
use crate::message::Channel;
use crate::number::number;
use crate::output::Record;
use crate::template::{looks_like_single_variable, single_variable};
use crate::turn::Refusal;
use crate::value;
use kinds::{DEVICE_TYPE, MOMENT_OF_THE_DAY};
use serde_json::{Value, json};
use talkloom_flow::logic::SetVariableOptions;
use talkloom_flow::{Block, VariableValue};

impl Talk {
    pub(super) async fn set_variable(
        &mut self,
        place: usize,
        block: &Block,
        options: Option<&SetVariableOptions>,
    ) -> Result<Flowing, Refusal> {
        let Some(options) = options else {
            return Ok(Flowing::On);
        };
        let Some(target) = options.variable_id.filled() else {
            return Ok(Flowing::On);
        };
        if self.contact.channel == Channel::Web
            && let Some(payload) = self.client_payload(options)
        {
            self.act("setVariable", payload, block, true);
            return Ok(Flowing::Stop);
        }
        if let Some(value) = self.value_of_kind(place, block, options).await? {
            self.assign(place, block, target, value);
        }
        Ok(Flowing::On)
    }

    /// What the visitor's page is to work out.
    fn client_payload(&self, options: &SetVariableOptions) -> Option<Value> {
        let variables = &self.frame().variables;
        let own = |code: &str| {
            Some(client_script(
                &Code::prepare(code, variables),
                Some(true),
                None,
            ))
        };
        match options.r#type.text() {
            "Moment of the day" => own(MOMENT_OF_THE_DAY),
            "Device type" => own(DEVICE_TYPE),
            "" | "Custom" if options.is_executed_on_client.is_on(false) => {
                let code = Code::prepare(options.expression_to_evaluate.filled()?, variables);
                let is_code = options.is_code.get().copied();
                Some(client_script(
                    &code,
                    is_code,
                    options.is_unsafe.get().copied(),
                ))
            }
            _ => None,
        }
    }

    /// The value of an expression; code that fails stands for itself.
    async fn custom_value(
        &mut self,
        place: usize,
        block: &Block,
        options: &SetVariableOptions,
    ) -> Result<VariableValue, Refusal> {
        let Some(expression) = options.expression_to_evaluate.filled() else {
            return Ok(VariableValue::Null);
        };
        if looks_like_single_variable(expression) && single_variable(expression).is_some() {
            return Ok(text_value(self.fill(expression).await?));
        }
        if keeps_its_zeros(expression) {
            return Ok(VariableValue::Text(expression.to_owned()));
        }
        if let Some(certain) = certain_value(expression) {
            return Ok(text_value(certain));
        }
        let code = Code::prepare(expression, &self.frame().variables);
        match self.run_expression(&code, true).await? {
            Ok(given) => Ok(value::from_json(given.as_ref())),
            Err(error) => {
                let filled = self.fill(expression).await?;
                if options.is_code.is_on(false) {
                    self.tell_error(place, block, options, &error.message);
                }
                Ok(text_value(filled))
            }
        }
    }

    fn tell_error(
        &mut self,
        place: usize,
        block: &Block,
        options: &SetVariableOptions,
        message: &str,
    ) {
        self.log(
            "error",
            "An expression failed; its text was taken.",
            Some(message.to_owned()),
        );
        if let Some(variable) = options.save_error_in_variable_id.filled() {
            // Bots compare this text: it is what they have always been given.
            let bare = message.split_once(": ").map_or(message, |(_, bare)| bare);
            let error = json!({
                "context": "While executing function",
                "description": format!("[undefined] {bare}"),
            });
            let error = VariableValue::Text(error.to_string());
            self.assign(place, block, variable, error);
        }
    }

    /// Sets a variable, and records it where the bot shows it.
    pub(super) fn assign(
        &mut self,
        place: usize,
        block: &Block,
        variable: &str,
        value: VariableValue,
    ) {
        let frame = self.frame_mut();
        if !frame.variables.set(variable, value.clone()) {
            return;
        }
        if !frame.flow.shows_variable(variable) {
            return;
        }
        let index = self.next_change;
        self.next_change += 1;
        if let Some(result) = self.frame().result.clone() {
            self.records.push(Record::VariableSet {
                result,
                index,
                block: block.id().to_owned(),
                block_index: u32::try_from(place).unwrap_or(u32::MAX),
                variable: variable.to_owned(),
                value: serde_json::to_value(&value).unwrap_or_default(),
            });
        }
    }
}

/// Whether an expression is a number that is kept as it was typed, for the sake of its zeros: one
/// with a 0, something that is no point, and more.
fn keeps_its_zeros(expression: &str) -> bool {
    let characters: Vec<char> = expression.chars().collect();
    let is_kept = |three: &[char]| three[0] == '0' && three[1] != '.';
    number(expression).is_some() && characters.windows(3).any(is_kept)
}

/// A text as it is stored: an empty one is unset.
pub(super) fn text_value(text: String) -> VariableValue {
    value::from_json(Some(&Value::String(text)))
}
