//! The variables of a running bot, in the order in which they were last set.

use crate::state::ChangedVariable;
use std::collections::BTreeMap;
use talkloom_flow::{Document, VariableValue};

/// One variable of a running bot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variable {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) value: Option<VariableValue>,
    pub(crate) is_session_only: bool,
    is_changed: bool,
    is_foreign: bool,
    became_session_only: bool,
}

impl Variable {
    /// The value, where there is one that is not null.
    pub(crate) fn defined(&self) -> Option<&VariableValue> {
        self.value
            .as_ref()
            .filter(|value| **value != VariableValue::Null)
    }
}

/// The variables of a running bot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables(Vec<Variable>);

impl Variables {
    pub(crate) fn of(document: &Document, changed: Vec<ChangedVariable>) -> Self {
        let mut changed: BTreeMap<String, (usize, ChangedVariable)> = changed
            .into_iter()
            .enumerate()
            .map(|(place, variable)| (variable.id.clone(), (place, variable)))
            .collect();
        let mut first = Vec::new();
        let mut last = Vec::new();
        for variable in document.variables.items() {
            let mut own = Variable {
                id: variable.id.text().to_owned(),
                name: variable.name.text().to_owned(),
                value: variable.value.get().cloned(),
                is_session_only: variable.is_session_variable.is_on(false),
                is_changed: false,
                is_foreign: false,
                became_session_only: false,
            };
            match changed.remove(&own.id) {
                None => first.push(own),
                Some((place, change)) => {
                    own.value = change.value;
                    own.is_changed = true;
                    own.became_session_only = change.session_only;
                    own.is_session_only |= change.session_only;
                    last.push((place, own));
                }
            }
        }
        last.extend(
            changed
                .into_values()
                .map(|(place, change)| (place, foreign(change))),
        );
        last.sort_by_key(|(place, _)| *place);
        first.extend(last.into_iter().map(|(_, variable)| variable));
        Self(first)
    }

    pub(crate) fn changes(self) -> Vec<ChangedVariable> {
        self.0
            .into_iter()
            .filter(|variable| variable.is_changed)
            .map(|variable| ChangedVariable {
                id: variable.id,
                name: variable.is_foreign.then_some(variable.name),
                value: variable.value,
                session_only: variable.became_session_only,
            })
            .collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Variable> {
        self.0.iter().find(|variable| variable.id == id)
    }

    /// The variable's value, where there is one.
    pub(crate) fn value(&self, id: &str) -> Option<&VariableValue> {
        self.by_id(id)?.defined()
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<&Variable> {
        self.0.iter().find(|variable| variable.name == name)
    }

    /// The value of the first variable that has this name and a value.
    pub(crate) fn named_value(&self, name: &str) -> Option<&VariableValue> {
        self.0
            .iter()
            .filter(|variable| variable.name == name)
            .find_map(Variable::defined)
    }

    /// Sets a variable and moves it to the end; false where there is none with this id.
    pub(crate) fn set(&mut self, id: &str, value: VariableValue) -> bool {
        let Some(place) = self.0.iter().position(|variable| variable.id == id) else {
            return false;
        };
        let mut variable = self.0.remove(place);
        variable.value = Some(value);
        variable.is_changed = true;
        self.0.push(variable);
        true
    }

    /// Gives a variable a value without moving it; used before anything is said.
    pub(crate) fn fill(&mut self, id: &str, value: Option<VariableValue>) {
        if let Some(variable) = self.0.iter_mut().find(|variable| variable.id == id) {
            variable.value = value;
            variable.is_changed = true;
        }
    }

    pub(crate) fn keep_out_of_results(&mut self, id: &str) {
        if let Some(variable) = self.0.iter_mut().find(|variable| variable.id == id) {
            variable.is_session_only = true;
            variable.became_session_only = true;
            variable.is_changed = true;
        }
    }

    /// Takes over a variable of a linked bot that has no counterpart here.
    pub(crate) fn adopt(&mut self, variable: &Variable) {
        if self.by_id(&variable.id).is_none() {
            self.0.push(Variable {
                is_changed: true,
                is_foreign: true,
                ..variable.clone()
            });
        }
    }
}

fn foreign(change: ChangedVariable) -> Variable {
    Variable {
        id: change.id,
        name: change.name.unwrap_or_default(),
        value: change.value,
        is_session_only: change.session_only,
        is_changed: true,
        is_foreign: true,
        became_session_only: change.session_only,
    }
}
