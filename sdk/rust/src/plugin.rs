//! What a component is and does, as its author writes it down.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use talkloom_manifest::{self as manifest, FieldHint, Hint, Interface, Manifest};

use crate::choices::Lists;
use crate::webhook::{self, Receive, Received};
use crate::{Action, Call, Choice, Credential, Failure, FieldError, Input, Opened};

/// A component: its manifest, and the functions behind it.
pub struct Plugin {
    manifest: Manifest,
    actions: Vec<Action>,
    inputs: Vec<Input>,
    webhooks: Vec<(String, Receive)>,
    migrate: Option<Migrate>,
}

type Migrate = fn(&str, &str, Value) -> Result<Value, Failure>;

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
                provides: Vec::new(),
                blocks: Vec::new(),
                actions: Vec::new(),
                webhooks: Vec::new(),
                credentials: Vec::new(),
                permissions: Vec::new(),
                limits: manifest::Limits::default(),
            },
            actions: Vec::new(),
            inputs: Vec::new(),
            webhooks: Vec::new(),
            migrate: None,
        }
    }

    /// Adds an action.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Adds what stands behind an input of documents.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }

    /// Takes requests from outside; the name is a part of their address.
    #[must_use]
    pub fn webhook(mut self, name: &str, receive: Receive) -> Self {
        self.webhooks.push((name.to_owned(), receive));
        self.describe(|m| m.webhooks.push(manifest::Webhook::new(name)))
    }

    /// Brings options that an older version saved up to date: from that version, for that action.
    #[must_use]
    pub fn migrate(mut self, migrate: Migrate) -> Self {
        self.migrate = Some(migrate);
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
        let actions = self.actions.iter().map(Action::describe);
        manifest.actions = actions
            .chain(self.inputs.iter().map(Input::describe))
            .collect();
        manifest.provides = self.provides();
        if manifest.blocks.is_empty() {
            manifest.blocks.push(self.only_block());
        }
        manifest
    }

    fn provides(&self) -> Vec<Interface> {
        let has_choices = self
            .lists()
            .any(|(_, lists)| lists.fields().next().is_some());
        let provided = [
            (Interface::Actions, !self.actions.is_empty()),
            (Interface::Inputs, !self.inputs.is_empty()),
            (Interface::Choices, has_choices),
            (Interface::Webhooks, !self.webhooks.is_empty()),
            (Interface::Migrate, self.migrate.is_some()),
        ];
        let provided = provided.into_iter().filter(|(_, is_provided)| *is_provided);
        provided.map(|(interface, _)| interface).collect()
    }

    /// The manifest's bytes, if every list of choices has its field and every such field its list.
    pub(crate) fn describe_bytes(&self) -> Result<Vec<u8>, String> {
        let manifest = self.manifest();
        for (name, lists) in self.lists() {
            let described = manifest.action(name);
            let described = described.ok_or_else(|| format!("there is no action {name:?}"))?;
            if let Some(field) = lists.fields().find(|field| !described.has_choices(field)) {
                return Err(format!(
                    "action {name:?}: mark the field {field:?} with #[field(choices)]"
                ));
            }
            let hints = described.hints().into_iter();
            let mut fields = hints.filter(|hint| matches!(hint.hint, Hint::Choices(_)));
            let missing = fields.find(|hint| lists.fields().all(|field| field != hint.path));
            if let Some(FieldHint { path, .. }) = missing {
                return Err(format!("action {name:?}: add .choices({path:?}, …)"));
            }
        }
        manifest.to_bytes().map_err(|error| error.to_string())
    }

    fn lists(&self) -> impl Iterator<Item = (&str, &Lists)> {
        let actions = self.actions.iter().map(|a| (&a.described, &a.lists));
        let inputs = self.inputs.iter().map(|i| (&i.described, &i.lists));
        actions
            .chain(inputs)
            .map(|(described, lists)| (described.name.as_str(), lists))
    }

    fn only_block(&self) -> manifest::BlockType {
        let id = &self.manifest.id;
        let names = self.lists().map(|(name, _)| name.to_owned());
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
        let found = found.ok_or_else(|| no("action", action))?;
        found.run(options, call)
    }

    /// Prepares an input.
    ///
    /// # Errors
    /// The input's own, and options that do not fit it.
    pub fn open(&self, input: &str, options: Value, call: &mut Call) -> Result<Opened, Failure> {
        self.find_input(input)?.open(options, call)
    }

    /// Takes a reply to an input; `kept` is what opening it kept.
    ///
    /// # Errors
    /// The input's own, and options that do not fit it.
    pub fn accept(
        &self,
        input: &str,
        options: Value,
        kept: Value,
        reply: &str,
        call: &mut Call,
    ) -> Result<(), Failure> {
        self.find_input(input)?.accept(options, kept, reply, call)
    }

    fn find_input(&self, name: &str) -> Result<&Input, Failure> {
        let found = self.inputs.iter().find(|i| i.described.name == name);
        found.ok_or_else(|| no("input", name))
    }

    /// Lists what a field of an action's options can be set to.
    ///
    /// # Errors
    /// The list's own, and options that do not fit the action.
    pub fn choices(
        &self,
        action: &str,
        field: &str,
        options: Value,
        call: &mut Call,
    ) -> Result<Vec<Choice>, Failure> {
        let mut lists = self.lists();
        let found = lists.find(|(name, _)| *name == action);
        let (_, lists) = found.ok_or_else(|| no("action", action))?;
        lists.of(field, options, call)
    }

    /// Takes a request from outside.
    ///
    /// # Errors
    /// The webhook's own.
    pub fn receive(
        &self,
        webhook: &str,
        request: webhook::Request,
        credential: Option<Credential>,
    ) -> Result<Received, Failure> {
        let found = self.webhooks.iter().find(|(name, _)| name == webhook);
        let (_, receive) = found.ok_or_else(|| no("webhook", webhook))?;
        receive(request, credential)
    }

    /// Brings options that an older version saved up to date.
    ///
    /// # Errors
    /// The author's own.
    pub fn migrate_options(
        &self,
        from_version: &str,
        action: &str,
        options: Value,
    ) -> Result<Value, Failure> {
        match self.migrate {
            Some(migrate) => migrate(from_version, action, options),
            None => Ok(options),
        }
    }
}

fn no(what: &str, name: &str) -> Failure {
    Failure::Other(format!("This block has no {what} “{name}”."))
}

pub(crate) fn schema<O: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12()
        .with(|s| s.meta_schema = None)
        .into_generator();
    generator.into_root_schema_for::<O>().to_value()
}

pub(crate) fn read<O: DeserializeOwned>(options: Value) -> Result<O, Failure> {
    serde_json::from_value(options).map_err(|error| {
        Failure::InvalidOptions(vec![FieldError {
            pointer: String::new(),
            message: error.to_string(),
        }])
    })
}
