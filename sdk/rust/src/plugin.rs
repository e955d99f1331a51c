//! What a component is and does, as its author writes it down.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use talkloom_manifest::{self as manifest, Interface, Manifest};

use crate::{Call, Failure, FieldError};

/// A component: its manifest and its actions.
pub struct Plugin {
    manifest: Manifest,
    actions: Vec<Action>,
}

type Run = dyn Fn(Value, &mut Call) -> Result<(), Failure>;

/// One thing a block can do: a function of its options.
pub struct Action {
    described: manifest::Action,
    schema: fn() -> Value,
    run: Box<Run>,
}

impl Plugin {
    /// A component with the id `publisher/name` and the name people see.
    pub fn new(id: &str, name: &str) -> Self {
        Self {
            manifest: Manifest {
                id: id.to_owned(),
                version: "0.0.0".to_owned(),
                contract: manifest::CONTRACT.to_owned(),
                name: name.to_owned(),
                help: None,
                icon: None,
                provides: vec![Interface::Actions],
                blocks: Vec::new(),
                actions: Vec::new(),
                credentials: Vec::new(),
                permissions: Vec::new(),
                limits: manifest::Limits::default(),
            },
            actions: Vec::new(),
        }
    }

    /// Adds an action.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Says in a sentence what the block is for.
    #[must_use]
    pub fn help(self, help: &str) -> Self {
        self.describe(|m| m.help = Some(help.to_owned()))
    }

    /// Gives it a picture: the text of an SVG file.
    #[must_use]
    pub fn icon(self, svg: &str) -> Self {
        self.describe(|m| m.icon = Some(svg.to_owned()))
    }

    /// Sets the version; [`block!`](crate::block) does it.
    #[must_use]
    pub fn version(self, version: &str) -> Self {
        self.describe(|m| m.version = version.to_owned())
    }

    /// Claims a block type. A component that claims none has one block, with the name of its id
    /// and all its actions.
    #[must_use]
    pub fn block(self, block: manifest::BlockType) -> Self {
        self.describe(|m| m.blocks.push(block))
    }

    /// Adds a kind of credential.
    #[must_use]
    pub fn credential(self, credential: manifest::CredentialType) -> Self {
        self.describe(|m| m.credentials.push(credential))
    }

    /// Asks for a permission and says why.
    #[must_use]
    pub fn permission(self, kind: manifest::PermissionKind, reason: &str) -> Self {
        self.describe(|m| m.permissions.push(manifest::Permission::new(kind, reason)))
    }

    /// Asks for other limits than the usual ones.
    #[must_use]
    pub fn limits(self, limits: manifest::Limits) -> Self {
        self.describe(|m| m.limits = limits)
    }

    fn describe(mut self, change: impl FnOnce(&mut Manifest)) -> Self {
        change(&mut self.manifest);
        self
    }

    /// The component's manifest.
    pub fn manifest(&self) -> Manifest {
        let mut manifest = self.manifest.clone();
        manifest.actions = self.actions.iter().map(Action::describe).collect();
        if manifest.blocks.is_empty() {
            manifest.blocks.push(self.only_block());
        }
        manifest
    }

    fn only_block(&self) -> manifest::BlockType {
        let id = &self.manifest.id;
        let names = self.actions.iter().map(|a| a.described.name.clone());
        let actions: Vec<_> = names.collect();
        manifest::BlockType {
            block_type: id.rsplit('/').next().unwrap_or(id).to_owned(),
            name: self.manifest.name.clone(),
            help: None,
            icon: None,
            default_action: (actions.len() == 1).then(|| actions[0].clone()),
            actions,
            credential: self.manifest.credentials.first().map(|c| c.kind.clone()),
        }
    }

    /// Runs an action.
    ///
    /// # Errors
    /// The action's own, and options that do not fit it.
    pub fn run(&self, action: &str, options: Value, call: &mut Call) -> Result<(), Failure> {
        let found = self.actions.iter().find(|a| a.described.name == action);
        let found = found
            .ok_or_else(|| Failure::Other(format!("This block has no action \"{action}\".")))?;
        (found.run)(options, call)
    }
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

    fn describe(&self) -> manifest::Action {
        let mut described = self.described.clone();
        described.options = (self.schema)();
        described
    }
}

fn schema<O: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12()
        .with(|s| s.meta_schema = None)
        .into_generator();
    generator.into_root_schema_for::<O>().to_value()
}

fn read<O: DeserializeOwned>(options: Value) -> Result<O, Failure> {
    serde_json::from_value(options).map_err(|error| {
        Failure::InvalidOptions(vec![FieldError {
            pointer: String::new(),
            message: error.to_string(),
        }])
    })
}
