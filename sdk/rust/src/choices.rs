//! What a field of the options can be set to, listed while someone edits a bot.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::plugin::read;
use crate::{Call, Failure};

/// One thing that a field can be set to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the field holds then.
    pub value: String,
    /// What people see.
    pub label: String,
    /// The address of a small picture.
    pub icon: Option<String>,
}

impl Choice {
    /// A choice that people see under another text than the field holds.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            icon: None,
        }
    }
}

impl From<String> for Choice {
    fn from(value: String) -> Self {
        Self::new(value.clone(), value)
    }
}

impl From<&str> for Choice {
    fn from(value: &str) -> Self {
        Self::new(value, value)
    }
}

type List = dyn Fn(Value, &mut Call) -> Result<Vec<Choice>, Failure>;

/// The lists of one action, by the paths of their fields.
#[derive(Default)]
pub(crate) struct Lists(Vec<(String, Box<List>)>);

impl Lists {
    pub(crate) fn add<O>(
        &mut self,
        field: &str,
        list: fn(O, &mut Call) -> Result<Vec<Choice>, Failure>,
    ) where
        O: DeserializeOwned + 'static,
    {
        let list = move |options, call: &mut Call| list(read(options)?, call);
        self.0.push((field.to_owned(), Box::new(list)));
    }

    pub(crate) fn of(
        &self,
        field: &str,
        options: Value,
        call: &mut Call,
    ) -> Result<Vec<Choice>, Failure> {
        match self.0.iter().find(|(known, _)| known == field) {
            Some((_, list)) => list(options, call),
            None => Err(Failure::Other(format!(
                "This block lists nothing for the field “{field}”."
            ))),
        }
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(field, _)| field.as_str())
    }
}
