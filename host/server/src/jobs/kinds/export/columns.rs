//! The columns of an export: when it was submitted, what the inputs asked for in the document's
//! order, then every other variable that is kept.
//!
//! Inputs that save to the same variable share a column, named by the variable; an input without one
//! has a column named by its group.

use std::collections::{BTreeMap, BTreeSet};

use talkloom_flow::Document;
use talkloom_store::{Answer, ConversationResult};

/// The columns of an export.
pub(super) struct Columns(Vec<Column>);

struct Column {
    title: String,
    /// Inputs whose answers stand here.
    blocks: BTreeSet<String>,
    /// The variable whose value stands here where no answer does.
    variable: Option<String>,
}

impl Columns {
    pub(super) fn of(document: &Document) -> Self {
        let names: BTreeMap<&str, &str> = document
            .variables
            .items()
            .map(|variable| (variable.id.text(), variable.name.text()))
            .collect();
        let mut columns = Self(Vec::new());
        for group in document.groups.items() {
            for block in group.blocks.items().filter(|block| block.is_input()) {
                let variable = block
                    .answer_variable()
                    .and_then(|id| Some((id, *names.get(id)?)));
                columns.add_input(block.id(), group.title.text(), variable);
            }
        }
        for variable in document.variables.items() {
            let is_kept = !variable.is_session_variable.is_on(false);
            let id = variable.id.text();
            if is_kept && columns.place_of(id).is_none() {
                columns.push(variable.name.text(), Some(id), None);
            }
        }
        columns
    }

    fn add_input(&mut self, block: &str, group: &str, variable: Option<(&str, &str)>) {
        let shared = variable.and_then(|(id, _)| self.place_of(id));
        match (shared, variable) {
            (Some(place), _) => {
                self.0[place].blocks.insert(block.to_owned());
            }
            (None, Some((id, name))) => self.push(name, Some(id), Some(block)),
            (None, None) => self.push(group, None, Some(block)),
        }
    }

    fn place_of(&self, variable: &str) -> Option<usize> {
        let is_its = |column: &Column| column.variable.as_deref() == Some(variable);
        self.0.iter().position(is_its)
    }

    /// Titles are told apart: an object of a JSON export has each once.
    fn push(&mut self, title: &str, variable: Option<&str>, block: Option<&str>) {
        let taken = |title: &str| {
            title == SUBMITTED_AT || self.0.iter().any(|column| column.title == title)
        };
        let mut told_apart = title.to_owned();
        let mut number = 1;
        while taken(&told_apart) {
            number += 1;
            told_apart = format!("{title} {number}");
        }
        self.0.push(Column {
            title: told_apart,
            blocks: block.map(str::to_owned).into_iter().collect(),
            variable: variable.map(str::to_owned),
        });
    }

    pub(super) fn titles(&self) -> Vec<String> {
        let titles = self.0.iter().map(|column| column.title.clone());
        std::iter::once(SUBMITTED_AT.to_owned())
            .chain(titles)
            .collect()
    }

    pub(super) fn row(&self, result: &ConversationResult, answers: &[Answer]) -> Vec<String> {
        let variables: Vec<Stored> = serde_json::from_str(&result.variables).unwrap_or_default();
        let values: BTreeMap<_, _> = variables
            .into_iter()
            .map(|variable| (variable.id, variable.value))
            .collect();
        let mut row = vec![talkloom_engine::datetime::iso(result.created_at)];
        row.extend(self.0.iter().map(|column| column.value(answers, &values)));
        row
    }
}

const SUBMITTED_AT: &str = "Submitted at";

/// A variable as a result keeps it.
#[derive(serde::Deserialize)]
struct Stored {
    id: String,
    #[serde(default)]
    value: serde_json::Value,
}

impl Column {
    fn value(&self, answers: &[Answer], values: &BTreeMap<String, serde_json::Value>) -> String {
        let given: Vec<_> = answers
            .iter()
            .filter(|answer| self.blocks.contains(&answer.block_id))
            .flat_map(said)
            .collect();
        if !given.is_empty() {
            return given.join(", ");
        }
        let value = self.variable.as_ref().and_then(|id| values.get(id));
        value.map(text).unwrap_or_default()
    }
}

/// What was answered, then the addresses of what was attached to it.
fn said(answer: &Answer) -> Vec<String> {
    let attached = answer.attached_file_urls.as_deref();
    let attached: Vec<String> = attached
        .and_then(|urls| serde_json::from_str(urls).ok())
        .unwrap_or_default();
    let content = Some(answer.content.clone()).filter(|content| !content.is_empty());
    content.into_iter().chain(attached).collect()
}

fn text(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
