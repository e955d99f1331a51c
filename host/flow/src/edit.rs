//! Edits: the only way a document changes once it is open.
//!
//! An edit is small and typed, says where things go by their neighbours instead of numbers, and is
//! refused with a reason where what it is about is gone. Applying one gives its inverse.

mod blocks;
mod connections;
mod fields;
mod groups;
mod place;
mod variables;

pub use fields::{Key, Target};
pub use place::Place;

use crate::block::Block;
use crate::document::{Coordinates, Edge, Group, Variable};
use crate::flow::Flow;
use crate::index::Index;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One change of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[expect(clippy::large_enum_variant, reason = "edits come one at a time")]
pub enum Edit {
    /// Adds a group, with blocks or without.
    AddGroup {
        /// The group; its id is new.
        group: Group,
        /// Where among the groups.
        place: Place,
    },
    /// Removes a group, its blocks, and the edges from and to it.
    RemoveGroup {
        /// The group.
        group: String,
    },
    /// Moves a group on the canvas.
    MoveGroup {
        /// The group.
        group: String,
        /// Where to.
        coordinates: Coordinates,
    },
    /// Adds a block.
    AddBlock {
        /// The group it comes to.
        group: String,
        /// The block; its id is new.
        block: Box<Block>,
        /// Where among the group's blocks.
        place: Place,
    },
    /// Removes a block, and the edges from and to it.
    RemoveBlock {
        /// The block.
        block: String,
    },
    /// Moves a block within its group or to another.
    MoveBlock {
        /// The block.
        block: String,
        /// The group it comes to.
        group: String,
        /// Where among the group's blocks.
        place: Place,
    },
    /// Sets one field of something, or removes it.
    Set {
        /// Whose field.
        target: Target,
        /// The way to the field.
        path: Vec<Key>,
        /// What it holds from now on; none removes the key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    /// Draws an edge. A source has one: the one it had before goes.
    Connect {
        /// The edge; its id is new.
        edge: Edge,
        /// Where among the edges.
        place: Place,
    },
    /// Removes an edge.
    Disconnect {
        /// The edge.
        edge: String,
    },
    /// Adds a variable.
    AddVariable {
        /// The variable; its id and its name are new.
        variable: Variable,
        /// Where among the variables.
        place: Place,
    },
    /// Renames a variable; its placeholders in the document's texts follow.
    RenameVariable {
        /// The variable.
        variable: String,
        /// The new name.
        name: String,
    },
    /// Removes a variable; what names it stays and is told as odd.
    RemoveVariable {
        /// The variable.
        variable: String,
    },
}

/// Edits that undo an edit, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inverse(pub Vec<Edit>);

/// Why an edit was not applied; the document is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejected {
    /// What the edit is about was removed, by someone else perhaps.
    #[error("The {kind} {id} is gone.")]
    Gone {
        /// `group`, `block`, `edge`, `event` or `variable`.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Something else has that id.
    #[error("There is a {kind} with the id {id} already.")]
    Taken {
        /// `group`, `block`, `edge` or `variable`.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// A variable with that name exists.
    #[error("There is a variable called “{0}” already. Choose another name.")]
    NameTaken(String),
    /// The edit itself makes no sense.
    #[error("{0}")]
    Unsound(&'static str),
}

/// Applies an edit and gives what undoes it; a rejected edit changes nothing.
pub fn apply(flow: &mut Flow, edit: &Edit) -> Result<Inverse, Rejected> {
    let inverse = match edit {
        Edit::AddGroup { group, place } => groups::add(flow, group, place),
        Edit::RemoveGroup { group } => groups::remove(flow, group),
        Edit::MoveGroup { group, coordinates } => groups::relocate(flow, group, coordinates),
        Edit::AddBlock {
            group,
            block,
            place,
        } => blocks::add(flow, group, block, place),
        Edit::RemoveBlock { block } => blocks::remove(flow, block),
        Edit::MoveBlock {
            block,
            group,
            place,
        } => blocks::relocate(flow, block, group, place),
        Edit::Set {
            target,
            path,
            value,
        } => fields::set(flow, target, path, value.as_ref()),
        Edit::Connect { edge, place } => connections::connect(flow, edge, place),
        Edit::Disconnect { edge } => connections::disconnect(flow, edge),
        Edit::AddVariable { variable, place } => variables::add(flow, variable, place),
        Edit::RenameVariable { variable, name } => variables::rename(flow, variable, name),
        Edit::RemoveVariable { variable } => variables::remove(flow, variable),
    }?;
    flow.index = Index::of(&flow.document);
    Ok(Inverse(inverse))
}

/// Applies the edits that undo another one; gives what does that one again.
pub fn undo(flow: &mut Flow, inverse: &Inverse) -> Result<Inverse, Rejected> {
    let mut whole = flow.clone();
    let mut again = Vec::new();
    for edit in &inverse.0 {
        let Inverse(edits) = apply(&mut whole, edit)?;
        again.splice(0..0, edits);
    }
    *flow = whole;
    Ok(Inverse(again))
}

fn gone(kind: &'static str, id: &str) -> Rejected {
    Rejected::Gone {
        kind,
        id: id.to_owned(),
    }
}

/// Checks an id that an edit brings.
fn check_new(kind: &'static str, id: &str, is_taken: bool) -> Result<(), Rejected> {
    if id.is_empty() {
        return Err(Rejected::Unsound("What is added needs an id."));
    }
    if is_taken {
        return Err(Rejected::Taken {
            kind,
            id: id.to_owned(),
        });
    }
    Ok(())
}
