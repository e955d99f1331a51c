//! Edges: drawing and removing them keeps both their ends in step.

use super::{Edit, Place, Rejected, blocks, check_new, gone, place};
use crate::block::BlockKind;
use crate::document::{Edge, EdgeSource};
use crate::field::Field;
use crate::flow::Flow;

fn id(edge: &Edge) -> &str {
    edge.id.text()
}

/// Whether an edge leads to a group or a block of it.
pub(super) fn leads_to_group(edge: &Edge, group: &str) -> bool {
    edge.to.get().is_some_and(|to| to.group_id.text() == group)
}

/// Whether an edge begins at a block or leads to it.
pub(super) fn touches_block(edge: &Edge, block: &str) -> bool {
    edge.from
        .get()
        .is_some_and(|from| from.block_id.text() == block)
        || edge.to.get().is_some_and(|to| to.block_id.text() == block)
}

/// Removes edges; gives the edits that draw them again.
pub(super) fn cut(flow: &mut Flow, is_touched: impl Fn(&Edge) -> bool) -> Vec<Edit> {
    let touched = flow.document.edges.items().filter(|edge| is_touched(edge));
    let touched: Vec<String> = touched.map(|edge| id(edge).to_owned()).collect();
    let mut inverse = Vec::new();
    for edge in touched.iter().rev() {
        if let Ok(edits) = disconnect(flow, edge) {
            inverse.splice(0..0, edits);
        }
    }
    inverse
}

/// Edges that lead to a block follow it to another group.
pub(super) fn follow(flow: &mut Flow, block: &str, from: &str, to: &str) {
    let edges = flow
        .document
        .edges
        .get_mut()
        .into_iter()
        .flat_map(|edges| &mut edges.0);
    for target in edges.filter_map(|edge| edge.get_mut()?.to.get_mut()) {
        if target.block_id.text() == block && target.group_id.text() == from {
            target.group_id = Field::Value(to.to_owned());
        }
    }
}

pub(super) fn connect(flow: &mut Flow, edge: &Edge, at: &Place) -> Result<Vec<Edit>, Rejected> {
    check_new(
        "edge",
        id(edge),
        flow.document
            .edges
            .items()
            .any(|other| id(other) == id(edge)),
    )?;
    let (Some(from), Some(to)) = (edge.from.get(), edge.to.get()) else {
        return Err(Rejected::Unsound("An edge needs a beginning and an end."));
    };
    let group = flow
        .group(to.group_id.text())
        .ok_or_else(|| gone("group", to.group_id.text()))?;
    if let Some(block) = to.block_id.filled()
        && !group.blocks.items().any(|other| other.id() == block)
    {
        return Err(gone("block", block));
    }
    let end = end_mut(flow, from)?;
    let before = std::mem::replace(end, Field::Value(id(edge).to_owned()));
    let mut inverse = vec![Edit::Disconnect {
        edge: id(edge).to_owned(),
    }];
    let old = before.filled().map(str::to_owned);
    if let Some((old, place)) = old.and_then(|old| place::take(&mut flow.document.edges, &old, id))
    {
        inverse.push(Edit::Connect { edge: old, place });
    }
    place::insert(&mut flow.document.edges, edge.clone(), at, id);
    Ok(inverse)
}

pub(super) fn disconnect(flow: &mut Flow, wanted: &str) -> Result<Vec<Edit>, Rejected> {
    let (edge, place) =
        place::take(&mut flow.document.edges, wanted, id).ok_or_else(|| gone("edge", wanted))?;
    if let Some(from) = edge.from.get()
        && let Ok(end) = end_mut(flow, from)
        && end.text() == wanted
    {
        *end = Field::Absent;
    }
    Ok(vec![Edit::Connect { edge, place }])
}

/// The field that names the edge of a source.
fn end_mut<'f>(flow: &'f mut Flow, from: &EdgeSource) -> Result<&'f mut Field<String>, Rejected> {
    if let Some(event) = from.event_id.filled() {
        let events = flow
            .document
            .events
            .get_mut()
            .into_iter()
            .flat_map(|events| &mut events.0);
        return events
            .filter_map(Field::get_mut)
            .find(|other| other.id.text() == event)
            .map(|event| &mut event.outgoing_edge_id)
            .ok_or_else(|| gone("event", event));
    }
    let block = from.block_id.text();
    let found = blocks::block_mut(flow, block).ok_or_else(|| gone("block", block))?;
    let Some(item) = from.item_id.filled() else {
        return Ok(&mut found.outgoing_edge_id);
    };
    let path = from.path_id.filled();
    macro_rules! item_in {
        ($items:expr) => {
            $items
                .get_mut()
                .into_iter()
                .flat_map(|items| &mut items.0)
                .filter_map(Field::get_mut)
                .find(|other| other.id.text() == item)
        };
    }
    let end = match &mut found.kind {
        BlockKind::Buttons { items, .. } => item_in!(items).map(|item| &mut item.outgoing_edge_id),
        BlockKind::Pictures { items, .. } => item_in!(items).map(|item| &mut item.outgoing_edge_id),
        BlockKind::Condition { items } => item_in!(items).map(|item| &mut item.outgoing_edge_id),
        BlockKind::AbTest { items, .. } => item_in!(items).map(|item| &mut item.outgoing_edge_id),
        BlockKind::Cards { items, .. } => item_in!(items).and_then(|card| {
            let paths = card
                .paths
                .get_mut()
                .into_iter()
                .flat_map(|paths| &mut paths.0);
            paths
                .filter_map(Field::get_mut)
                .find(|other| Some(other.id.text()) == path)
                .map(|path| &mut path.outgoing_edge_id)
        }),
        _ => item_in!(found.exits).map(|exit| &mut exit.outgoing_edge_id),
    };
    end.ok_or(Rejected::Unsound(
        "The edge begins at an item that is gone.",
    ))
}
