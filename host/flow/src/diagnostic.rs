//! What is odd about a bot: a half-drawn one is normal, so nothing here is a failure.

mod references;

use crate::catalog::Catalog;
use crate::field::Inspect;
use crate::flow::Flow;
use serde::Serialize;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// The bot runs, but hardly as it was meant.
    Warning,
    /// A conversation cannot go on here.
    Error,
}

/// One odd thing, where it is, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word for the kind.
    pub code: &'static str,
    /// A sentence or two for people.
    pub message: String,
    /// The group's id.
    pub group: Option<String>,
    /// The block's id.
    pub block: Option<String>,
    /// Keys to the field, with dots between.
    pub field: Option<String>,
}

impl Diagnostic {
    /// One that concerns the whole bot.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            group: None,
            block: None,
            field: None,
        }
    }

    /// Says which block it is about; an empty id says nothing.
    #[must_use]
    pub fn at(mut self, group: &str, block: &str) -> Self {
        self.group = Some(group.to_owned()).filter(|id| !id.is_empty());
        self.block = Some(block.to_owned()).filter(|id| !id.is_empty());
        self
    }

    /// Says which field it is about.
    #[must_use]
    pub fn field(mut self, path: impl Into<String>) -> Self {
        self.field = Some(path.into());
        self
    }
}

/// Finds what is odd about a bot, as far as its document alone tells.
pub fn diagnose(flow: &Flow) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    misshapen(flow, &mut found);
    references::start(flow, &mut found);
    references::edges(flow, &mut found);
    references::variables(flow, &mut found);
    references::links(flow, &mut found);
    found
}

/// Finds blocks whose type no installed component claims.
pub fn missing_blocks(flow: &Flow, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for group in flow.document().groups.items() {
        for block in group.blocks.items().filter(|block| block.is_integration()) {
            let name = block.type_name();
            if !catalog.blocks.contains_key(name) {
                let message = format!(
                    "No installed block has the type “{name}”. Install it, or replace this block; \
                     until then a conversation passes over it."
                );
                found.push(
                    Diagnostic::new(Severity::Warning, "block_not_installed", message)
                        .at(group.id.text(), block.id())
                        .field("type"),
                );
            }
        }
    }
    found
}

/// Finds exits of blocks that their actions do not have, and those that lead nowhere.
pub fn odd_exits(flow: &Flow, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for group in flow.document().groups.items() {
        for block in group.blocks.items() {
            let Some(exits) = catalog.exits(block) else {
                continue;
            };
            let mut tell = |severity, code, message: String| {
                let odd = Diagnostic::new(severity, code, message);
                found.push(odd.at(group.id.text(), block.id()).field("items"));
            };
            for exit in block.exits.items() {
                let name = exit.path.filled().unwrap_or(exit.id.text());
                if !exits.iter().any(|known| known == name) {
                    let message = format!(
                        "The block's action has no exit “{name}”: nothing ever leaves by it. \
                         Remove it, or choose another action."
                    );
                    tell(Severity::Warning, "exit_unknown", message);
                }
            }
            for name in exits {
                let edge = block
                    .exit(name)
                    .and_then(|exit| exit.outgoing_edge_id.filled());
                if edge.is_none() {
                    let message = format!(
                        "The exit “{name}” leads nowhere: a conversation that leaves by it ends \
                         there. Connect it."
                    );
                    tell(Severity::Info, "exit_not_connected", message);
                }
            }
        }
    }
    found
}

fn misshapen(flow: &Flow, found: &mut Vec<Diagnostic>) {
    let document = flow.document();
    document.inspect(&mut Vec::new(), &mut |path| {
        let (group, block, rest) = locate(flow, path);
        let field = rest.join(".");
        let message = format!(
            "The field “{field}” holds something of the wrong kind. It is kept, and its default \
             applies; set it again."
        );
        found.push(
            Diagnostic::new(Severity::Warning, "field_misshapen", message)
                .at(&group, &block)
                .field(field),
        );
    });
}

/// Splits a path within the document into a group's id, a block's id and the rest.
fn locate<'p>(flow: &Flow, path: &'p [String]) -> (String, String, &'p [String]) {
    let place = |at: usize| path.get(at).and_then(|key| key.parse::<usize>().ok());
    if path.first().is_none_or(|key| key != "groups") || path.len() < 3 {
        return (String::new(), String::new(), path);
    }
    let Some(group) = place(1).and_then(|place| flow.group_at(place)) else {
        return (String::new(), String::new(), path);
    };
    let id = group.id.text().to_owned();
    if path[2] != "blocks" || path.len() < 5 {
        return (id, String::new(), &path[2..]);
    }
    let block = place(3).and_then(|place| group.blocks.get()?.at(place));
    (
        id,
        block.map(|block| block.id().to_owned()).unwrap_or_default(),
        &path[4..],
    )
}
