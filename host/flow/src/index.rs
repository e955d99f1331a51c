//! Where things stand in a document: looked up by id, built once.

mod shown;

use crate::document::Document;
use std::collections::{BTreeMap, BTreeSet};

/// Places of a document's parts by their ids; of several with one id the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    pub(crate) groups: BTreeMap<String, usize>,
    pub(crate) blocks: BTreeMap<String, (usize, usize)>,
    pub(crate) edges: BTreeMap<String, usize>,
    pub(crate) events: BTreeMap<String, usize>,
    pub(crate) variables: BTreeMap<String, usize>,
    /// Places of variables by their names.
    pub(crate) names: BTreeMap<String, Vec<usize>>,
    /// Ids of the variables that bubbles show or conditions compare.
    pub(crate) shown: BTreeSet<String>,
    /// Ids of the listeners whose address goes into a variable, in the document's order.
    pub(crate) addressed: Vec<String>,
}

impl Index {
    pub(crate) fn of(document: &Document) -> Self {
        let mut index = Self::default();
        for (place, group) in document.groups.entries() {
            remember(&mut index.groups, group.id.text(), place);
            for (within, block) in group.blocks.entries() {
                remember(&mut index.blocks, block.id(), (place, within));
                if block.address_variable().is_some() {
                    index.addressed.push(block.id().to_owned());
                }
            }
        }
        for (place, edge) in document.edges.entries() {
            remember(&mut index.edges, edge.id.text(), place);
        }
        for (place, event) in document.events.entries() {
            remember(&mut index.events, event.id.text(), place);
        }
        for (place, variable) in document.variables.entries() {
            remember(&mut index.variables, variable.id.text(), place);
            let name = variable.name.text().to_owned();
            index.names.entry(name).or_default().push(place);
        }
        index.shown = shown::variables(document, &index);
        index
    }
}

fn remember<P>(places: &mut BTreeMap<String, P>, id: &str, place: P) {
    if !id.is_empty() {
        places.entry(id.to_owned()).or_insert(place);
    }
}
