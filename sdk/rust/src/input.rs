//! Blocks that ask the visitor something of their own.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use talkloom_manifest as manifest;

use crate::choices::Lists;
use crate::plugin::{read, schema};
use crate::{Call, Choice, Failure};

type Open = dyn Fn(Value, &mut Call) -> Result<Opened, Failure>;
type Accept = dyn Fn(Value, Value, &str, &mut Call) -> Result<(), Failure>;

/// What stands behind an input of documents: it prepares what the page shows, and takes the
/// visitor's reply before it counts.
pub struct Input {
    pub(crate) described: manifest::Action,
    schema: fn() -> Value,
    open: Box<Open>,
    accept: Box<Accept>,
    pub(crate) lists: Lists,
}

/// An input that is ready to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opened {
    /// What the visitor's page needs: the chat API's `runtimeOptions`.
    pub shown: Value,
    /// What [`Input`]'s `accept` gets again. It stays in the host, with the conversation: keep it
    /// small, and leave out what only the page needs, such as a client secret.
    pub kept: Value,
}

impl Input {
    /// An input with the name that documents write in `options.action`; the only one of a block
    /// type needs none. `accept` gets what `open` kept and the visitor's reply; where it fails, the
    /// visitor is asked again with the block's retry message.
    pub fn new<O>(
        name: &str,
        open: fn(O, &mut Call) -> Result<Opened, Failure>,
        accept: fn(O, Value, &str, &mut Call) -> Result<(), Failure>,
    ) -> Self
    where
        O: DeserializeOwned + JsonSchema + 'static,
    {
        let mut described = manifest::Action::new(name, Value::Null);
        described.input = true;
        Self {
            described,
            schema: schema::<O>,
            open: Box::new(move |options, call| open(read(options)?, call)),
            accept: Box::new(move |options, kept, reply, call| {
                accept(read(options)?, kept, reply, call)
            }),
            lists: Lists::default(),
        }
    }

    /// Shows people another name.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.described.label = Some(label.to_owned());
        self
    }

    /// Says in a sentence what it asks for.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        self.described.help = Some(help.to_owned());
        self
    }

    /// Adds a way out besides the default one.
    #[must_use]
    pub fn exit(mut self, name: &str, label: &str) -> Self {
        let (name, label) = (name.to_owned(), label.to_owned());
        self.described.exits.push(manifest::Exit { name, label });
        self
    }

    /// Lists what a field of the options can be set to; see [`Action::choices`](crate::Action::choices).
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

    pub(crate) fn open(&self, options: Value, call: &mut Call) -> Result<Opened, Failure> {
        (self.open)(options, call)
    }

    pub(crate) fn accept(
        &self,
        options: Value,
        kept: Value,
        reply: &str,
        call: &mut Call,
    ) -> Result<(), Failure> {
        (self.accept)(options, kept, reply, call)
    }
}

impl Opened {
    /// What the visitor's page needs, and nothing to keep.
    pub fn showing(shown: impl Into<Value>) -> Self {
        Self {
            shown: shown.into(),
            kept: Value::Null,
        }
    }

    /// Keeps something for when the reply comes.
    #[must_use]
    pub fn keeping(mut self, kept: impl Into<Value>) -> Self {
        self.kept = kept.into();
        self
    }
}
