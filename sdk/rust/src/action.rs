//! One thing that a block can do, as its author writes it down.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use talkloom_manifest as manifest;

use crate::choices::Lists;
use crate::plugin::{read, schema};
use crate::{Call, Choice, Failure};

type Run = dyn Fn(Value, &mut Call) -> Result<(), Failure>;

/// One thing a block can do: a function of its options.
pub struct Action {
    pub(crate) described: manifest::Action,
    schema: fn() -> Value,
    run: Box<Run>,
    pub(crate) lists: Lists,
}

impl Action {
    /// An action with the name that documents write in `options.action`.
    pub fn new<O>(name: &str, run: fn(O, &mut Call) -> Result<(), Failure>) -> Self
    where
        O: DeserializeOwned + JsonSchema + 'static,
    {
        Self {
            described: manifest::Action::new(name, Value::Null),
            schema: schema::<O>,
            run: Box::new(move |options, call| run(read(options)?, call)),
            lists: Lists::default(),
        }
    }

    /// Shows people another name.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.described.label = Some(label.to_owned());
        self
    }

    /// Says in a sentence what it does.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        self.described.help = Some(help.to_owned());
        self
    }

    /// Adds a way out besides the default one.
    #[must_use]
    pub fn exit(mut self, name: &str, label: &str) -> Self {
        self.described.exits.push(manifest::Exit {
            name: name.to_owned(),
            label: label.to_owned(),
        });
        self
    }

    /// It is given all answers and variables of the conversation.
    #[must_use]
    pub fn reads_submission(mut self) -> Self {
        self.described.reads_submission = true;
        self
    }

    /// It gives its text as it comes, with [`live::emit`](crate::live::emit).
    #[must_use]
    pub fn streams(mut self) -> Self {
        self.described.streams = true;
        self
    }

    /// It stands in old documents only and is not offered to new blocks.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.described.hidden = true;
        self
    }

    /// Lists what a field of the options can be set to, while someone edits a bot. The field is
    /// named by its path (`model`, `cells/*/column`) and marked with `#[field(choices)]`, or with
    /// `#[field(choices = { "dependsOn": ["baseUrl"] })]` where other fields change the list.
    #[must_use]
    pub fn choices<O>(
        mut self,
        field: &str,
        list: fn(O, &mut Call) -> Result<Vec<Choice>, Failure>,
    ) -> Self
    where
        O: DeserializeOwned + 'static,
    {
        self.lists.add(field, list);
        self
    }

    pub(crate) fn describe(&self) -> manifest::Action {
        let mut described = self.described.clone();
        described.options = (self.schema)();
        described
    }

    pub(crate) fn run(&self, options: Value, call: &mut Call) -> Result<(), Failure> {
        (self.run)(options, call)
    }
}
