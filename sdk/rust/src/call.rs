//! One call of an action: what it is given, and what it leaves behind.

use serde_json::Value;

use crate::Variable;

/// One call of an action. Built by the host, and by tests with [`Call::default`] and `with_…`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// Where the call comes from.
    pub context: Context,
    /// The credential that the bot's builder chose.
    pub credential: Option<Credential>,
    /// All answers and variables, for actions that read the submission.
    pub submission: Option<Value>,
    pub(crate) variables: Vec<Known>,
    pub(crate) left: Left,
}

/// A variable that the options name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// What the action leaves behind.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Left {
    pub(crate) assignments: Vec<(String, Value)>,
    pub(crate) exit: Option<String>,
    pub(crate) client_actions: Vec<Value>,
    pub(crate) messages: Vec<Value>,
}

/// Where a call comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The workspace's id.
    pub workspace: String,
    /// The bot's id.
    pub bot: String,
    /// The result's id; none in a preview.
    pub result: Option<String>,
    /// How the visitor takes part.
    pub channel: Channel,
    /// The visitor's language, as in `en-GB`.
    pub locale: Option<String>,
}

/// How the visitor takes part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Channel {
    /// On a page.
    #[default]
    Web,
    /// In WhatsApp.
    WhatsApp,
    /// Through the API.
    Api,
    /// In another way.
    Other,
}

/// A credential without its secrets: those stay in the host, which adds them to the requests that
/// the manifest's rules name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credential {
    /// Its kind, as the manifest names it.
    pub kind: String,
    /// Whose account it is, where that is known.
    pub account: Option<String>,
    /// Its public fields.
    pub fields: Vec<(String, String)>,
}

impl Credential {
    /// A public field that was filled in.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }
}

impl Call {
    /// The value of a variable that the options name: a text, a list of texts, or null.
    pub fn value(&self, variable: &Variable) -> &Value {
        self.known(variable)
            .map_or(&Value::Null, |known| &known.value)
    }

    /// The name people see of a variable that the options name.
    pub fn name(&self, variable: &Variable) -> Option<&str> {
        self.known(variable).map(|known| known.name.as_str())
    }

    /// The value of a variable as this call has left it so far.
    pub fn current(&self, variable: &Variable) -> &Value {
        let set = self.left.assignments.iter().rev();
        let mut set = set.filter(|(id, _)| id == variable.id());
        set.next().map_or_else(|| self.value(variable), |(_, v)| v)
    }

    /// The variables that the options name, each with the name people see.
    pub fn variables(&self) -> impl Iterator<Item = (Variable, &str)> {
        let variable = |known: &'_ Known| Variable::new(known.id.clone());
        self.variables
            .iter()
            .map(move |known| (variable(known), known.name.as_str()))
    }

    /// A variable that the options name, by the name people see.
    pub fn named(&self, name: &str) -> Option<Variable> {
        let found = self.variables.iter().find(|known| known.name == name)?;
        Some(Variable::new(found.id.clone()))
    }

    fn known(&self, variable: &Variable) -> Option<&Known> {
        self.variables
            .iter()
            .find(|known| known.id == variable.id())
    }

    /// Sets a variable that the options name; does nothing while none is chosen.
    pub fn set(&mut self, variable: &Variable, value: impl Into<Value>) {
        if !variable.is_unset() {
            let assignment = (variable.id().to_owned(), value.into());
            self.left.assignments.push(assignment);
        }
    }

    /// Leaves the block by one of the action's exits instead of its default edge.
    pub fn leave_by(&mut self, exit: &str) {
        self.left.exit = Some(exit.to_owned());
    }

    /// Has the visitor's page do something, as the chat API writes it.
    pub fn do_on_page(&mut self, client_action: Value) {
        self.left.client_actions.push(client_action);
    }

    /// Shows a bubble, as the chat API writes it.
    pub fn show(&mut self, message: Value) {
        self.left.messages.push(message);
    }

    /// The variables set so far, by id.
    pub fn assignments(&self) -> &[(String, Value)] {
        &self.left.assignments
    }

    /// What the visitor's page is to do so far.
    pub fn client_actions(&self) -> &[Value] {
        &self.left.client_actions
    }

    /// Adds a variable that the options name.
    #[must_use]
    pub fn with_variable(mut self, id: &str, name: &str, value: impl Into<Value>) -> Self {
        self.variables.push(Known {
            id: id.to_owned(),
            name: name.to_owned(),
            value: value.into(),
        });
        self
    }
}
