//! A document with its index: what the engine walks and edits change.

use crate::block::Block;
use crate::document::{Document, Edge, Event, Group, Variable};
use crate::index::Index;
use serde_json::Value;

/// A bot's document, ready for look-ups by id. It changes through edits only.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flow {
    pub(crate) document: Document,
    pub(crate) index: Index,
}

impl Flow {
    /// Takes a document and indexes it.
    pub fn new(document: Document) -> Self {
        let index = Index::of(&document);
        Self { document, index }
    }

    /// The document itself.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The group with this id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.group_at(*self.index.groups.get(id)?)
    }

    /// The place of the group with this id.
    pub fn group_place(&self, id: &str) -> Option<usize> {
        self.index.groups.get(id).copied()
    }

    /// The group at a place.
    pub fn group_at(&self, place: usize) -> Option<&Group> {
        self.document.groups.get()?.at(place)
    }

    /// The places of a block: its group's, and its own within the group.
    pub fn block_place(&self, id: &str) -> Option<(usize, usize)> {
        self.index.blocks.get(id).copied()
    }

    /// The block with this id.
    pub fn block(&self, id: &str) -> Option<&Block> {
        let (group, block) = self.block_place(id)?;
        self.group_at(group)?.blocks.get()?.at(block)
    }

    /// The edge with this id.
    pub fn edge(&self, id: &str) -> Option<&Edge> {
        self.document.edges.get()?.at(*self.index.edges.get(id)?)
    }

    /// The event with this id.
    pub fn event(&self, id: &str) -> Option<&Event> {
        self.document.events.get()?.at(*self.index.events.get(id)?)
    }

    /// The variables with this name, in the document's order.
    pub fn variables_named(&self, name: &str) -> impl Iterator<Item = &Variable> {
        let places = self.index.names.get(name).into_iter().flatten();
        places.filter_map(|place| self.document.variables.get()?.at(*place))
    }

    /// Whether a bubble shows the variable or a condition compares it.
    pub fn shows_variable(&self, id: &str) -> bool {
        self.index.shown.contains(id)
    }

    /// The listeners whose address goes into a variable.
    pub fn addressed_listeners(&self) -> impl Iterator<Item = &Block> {
        let ids = self.index.addressed.iter();
        ids.filter_map(|id| self.block(id))
    }

    /// The variable with this id.
    pub fn variable(&self, id: &str) -> Option<&Variable> {
        self.document
            .variables
            .get()?
            .at(*self.index.variables.get(id)?)
    }
}

/// Writes the document as its file: JSON of the version it has, 6 or 6.1.
pub fn print(flow: &Flow) -> Value {
    serde_json::to_value(&flow.document).unwrap_or_default()
}
