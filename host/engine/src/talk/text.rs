//! Putting variables and the results of code into texts.

use super::Talk;
use crate::template::{self, Mode};
use crate::turn::Refusal;
use serde_json::Value;

impl Talk {
    /// Puts variables and code into a text.
    pub(super) async fn fill(&self, text: &str) -> Result<String, Refusal> {
        self.fill_in(text, Mode::Text).await
    }

    /// Puts variables and code into a text, values as the mode asks.
    pub(super) async fn fill_in(&self, text: &str, mode: Mode) -> Result<String, Refusal> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        let variables = &self.frame().variables;
        let filled = self.fill_code(text).await?;
        Ok(template::interpolate(&filled, mode, |name| {
            variables.named_value(name)
        }))
    }

    /// Puts the results of code into a text and leaves variables as they are.
    async fn fill_code(&self, text: &str) -> Result<String, Refusal> {
        let mut filled = String::with_capacity(text.len());
        let mut end = 0;
        for span in template::find_code(text).collect::<Vec<_>>() {
            filled.push_str(&text[end..span.range.start]);
            filled.push_str(&self.inline_code(span.code).await?.print());
            end = span.range.end;
        }
        filled.push_str(&text[end..]);
        Ok(filled)
    }

    /// Puts variables and code into the texts of some JSON. Texts that stand directly in lists are
    /// left alone.
    pub(super) async fn fill_json(&self, json: &mut Value) -> Result<(), Refusal> {
        let mut texts = Vec::new();
        texts_within(json, &mut texts);
        for text in texts {
            *text = self.fill(text).await?;
        }
        Ok(())
    }
}

fn texts_within<'j>(json: &'j mut Value, texts: &mut Vec<&'j mut String>) {
    match json {
        Value::Object(keys) => {
            for value in keys.values_mut() {
                if let Value::String(text) = value {
                    texts.push(text);
                } else {
                    texts_within(value, texts);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                texts_within(element, texts);
            }
        }
        _ => {}
    }
}
