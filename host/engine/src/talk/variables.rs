//! The variables of a running bot: its document's, and over them what was set, in the order of the
//! last change. The document is not copied.

use crate::state::ChangedVariable;
use std::sync::Arc;
use talkloom_flow::{Flow, VariableValue};

/// One variable of a running bot, as it is now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Variable<'v> {
    pub(crate) id: &'v str,
    pub(crate) name: &'v str,
    /// None where it was never set.
    pub(crate) value: Option<&'v VariableValue>,
    pub(crate) is_session_only: bool,
}

impl<'v> Variable<'v> {
    /// The value, where there is one that is not null.
    pub(crate) fn defined(self) -> Option<&'v VariableValue> {
        self.value.filter(|value| **value != VariableValue::Null)
    }

    fn of_document(variable: &'v talkloom_flow::Variable) -> Self {
        Self {
            id: variable.id.text(),
            name: variable.name.text(),
            value: variable.value.get(),
            is_session_only: variable.is_session_variable.is_on(false),
        }
    }
}

/// The variables of a running bot.
#[derive(Debug, Clone)]
pub(crate) struct Variables {
    flow: Arc<Flow>,
    changed: Vec<ChangedVariable>,
}

impl Variables {
    pub(crate) fn of(flow: Arc<Flow>, changed: Vec<ChangedVariable>) -> Self {
        Self { flow, changed }
    }

    pub(crate) fn into_changes(self) -> Vec<ChangedVariable> {
        self.changed
    }

    /// All variables: those that never changed as the document has them, then the others.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Variable<'_>> {
        let variables = self.flow.document().variables.items();
        let unchanged = variables
            .map(Variable::of_document)
            .filter(|variable| self.change(variable.id).is_none());
        unchanged.chain(self.changed.iter().map(|change| self.changed_one(change)))
    }

    /// Those with a value that is not null, in the same order.
    pub(crate) fn defined(&self) -> impl Iterator<Item = (Variable<'_>, &VariableValue)> {
        let variables = self.flow.document().variables.items();
        let unchanged = variables
            .map(Variable::of_document)
            .filter(|variable| variable.defined().is_some())
            .filter(|variable| self.change(variable.id).is_none());
        let changed = self.changed.iter().map(|change| self.changed_one(change));
        unchanged
            .chain(changed)
            .filter_map(|variable| Some((variable, variable.defined()?)))
    }

    fn change(&self, id: &str) -> Option<&ChangedVariable> {
        self.changed.iter().find(|change| change.id == id)
    }

    fn changed_one<'v>(&'v self, change: &'v ChangedVariable) -> Variable<'v> {
        let own = self.flow.variable(&change.id).map(Variable::of_document);
        let own_name = own.map_or("", |own| own.name);
        Variable {
            id: &change.id,
            name: change.name.as_deref().unwrap_or(own_name),
            value: change.value.as_ref(),
            is_session_only: change.session_only || own.is_some_and(|own| own.is_session_only),
        }
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<Variable<'_>> {
        match self.change(id) {
            Some(change) => Some(self.changed_one(change)),
            None => self.flow.variable(id).map(Variable::of_document),
        }
    }

    /// The variable's value, where there is one.
    pub(crate) fn value(&self, id: &str) -> Option<&VariableValue> {
        match self.change(id) {
            Some(change) => change
                .value
                .as_ref()
                .filter(|value| **value != VariableValue::Null),
            None => Variable::of_document(self.flow.variable(id)?).defined(),
        }
    }

    fn named<'v>(&'v self, name: &'v str) -> impl Iterator<Item = Variable<'v>> {
        let unchanged = self
            .flow
            .variables_named(name)
            .map(Variable::of_document)
            .filter(|variable| self.change(variable.id).is_none());
        let changed = self.changed.iter().map(|change| self.changed_one(change));
        unchanged.chain(changed.filter(move |variable| variable.name == name))
    }

    pub(crate) fn by_name<'v>(&'v self, name: &'v str) -> Option<Variable<'v>> {
        self.named(name).next()
    }

    /// The value of the first variable that has this name and a value.
    pub(crate) fn named_value<'v>(&'v self, name: &str) -> Option<&'v VariableValue> {
        let unchanged = self
            .flow
            .variables_named(name)
            .map(Variable::of_document)
            .filter(|variable| self.change(variable.id).is_none())
            .find_map(Variable::defined);
        unchanged.or_else(|| {
            let changed = self.changed.iter().map(|change| self.changed_one(change));
            changed
                .filter(|variable| variable.name == name)
                .find_map(Variable::defined)
        })
    }

    /// Sets a variable and moves it to the end; false where there is none with this id.
    pub(crate) fn set(&mut self, id: &str, value: VariableValue) -> bool {
        self.put(id, Some(value))
    }

    /// Gives a variable a value, or takes it away; nothing changes where it is so already.
    pub(crate) fn fill(&mut self, id: &str, value: Option<VariableValue>) {
        let is_so = self
            .by_id(id)
            .is_some_and(|variable| variable.value == value.as_ref());
        if !is_so {
            self.put(id, value);
        }
    }

    fn put(&mut self, id: &str, value: Option<VariableValue>) -> bool {
        let change = match self.changed.iter().position(|change| change.id == id) {
            Some(place) => self.changed.remove(place),
            None if self.flow.variable(id).is_some() => ChangedVariable {
                id: id.to_owned(),
                ..ChangedVariable::default()
            },
            None => return false,
        };
        self.changed.push(ChangedVariable { value, ..change });
        true
    }

    pub(crate) fn keep_out_of_results(&mut self, id: &str) {
        let value = self.by_id(id).and_then(|variable| variable.value.cloned());
        if self.put(id, value)
            && let Some(change) = self.changed.last_mut()
        {
            change.session_only = true;
        }
    }

    /// Takes over a variable of a linked bot that has no counterpart here.
    pub(crate) fn adopt(&mut self, variable: Variable<'_>) {
        if self.by_id(variable.id).is_none() {
            self.changed.push(ChangedVariable {
                id: variable.id.to_owned(),
                name: Some(variable.name.to_owned()),
                value: variable.value.cloned(),
                session_only: variable.is_session_only,
            });
        }
    }
}
