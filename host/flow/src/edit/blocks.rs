//! Adding, removing and moving blocks.

use super::{Edit, Place, Rejected, check_new, connections, gone, place};
use crate::block::Block;
use crate::document::Group;
use crate::flow::Flow;

pub(super) fn group_mut<'f>(flow: &'f mut Flow, group: &str) -> Result<&'f mut Group, Rejected> {
    let at = flow
        .group_place(group)
        .ok_or_else(|| gone("group", group))?;
    flow.document
        .groups
        .get_mut()
        .and_then(|groups| groups.0.get_mut(at)?.get_mut())
        .ok_or_else(|| gone("group", group))
}

pub(super) fn block_mut<'f>(flow: &'f mut Flow, block: &str) -> Option<&'f mut Block> {
    let (group, at) = flow.block_place(block)?;
    let group = flow
        .document
        .groups
        .get_mut()?
        .0
        .get_mut(group)?
        .get_mut()?;
    group.blocks.get_mut()?.0.get_mut(at)?.get_mut()
}

/// The group that a block is in.
fn group_of(flow: &Flow, block: &str) -> Result<String, Rejected> {
    let (group, _) = flow
        .block_place(block)
        .ok_or_else(|| gone("block", block))?;
    let group = flow.group_at(group).ok_or_else(|| gone("block", block))?;
    Ok(group.id.text().to_owned())
}

pub(super) fn add(
    flow: &mut Flow,
    group: &str,
    block: &Block,
    at: &Place,
) -> Result<Vec<Edit>, Rejected> {
    check_new("block", block.id(), flow.block(block.id()).is_some())?;
    let group = group_mut(flow, group)?;
    place::insert(&mut group.blocks, block.clone(), at, Block::id);
    Ok(vec![Edit::RemoveBlock {
        block: block.id().to_owned(),
    }])
}

pub(super) fn remove(flow: &mut Flow, wanted: &str) -> Result<Vec<Edit>, Rejected> {
    let group = group_of(flow, wanted)?;
    let mut inverse = connections::cut(flow, |edge| connections::touches_block(edge, wanted));
    let blocks = &mut group_mut(flow, &group)?.blocks;
    let (block, place) =
        place::take(blocks, wanted, Block::id).ok_or_else(|| gone("block", wanted))?;
    inverse.insert(
        0,
        Edit::AddBlock {
            group,
            block: Box::new(block),
            place,
        },
    );
    Ok(inverse)
}

pub(super) fn relocate(
    flow: &mut Flow,
    wanted: &str,
    to: &str,
    at: &Place,
) -> Result<Vec<Edit>, Rejected> {
    let from = group_of(flow, wanted)?;
    group_mut(flow, to)?;
    if *at == Place::After(wanted.to_owned()) {
        return Err(Rejected::Unsound("A block cannot come after itself."));
    }
    let blocks = &mut group_mut(flow, &from)?.blocks;
    let (block, place) =
        place::take(blocks, wanted, Block::id).ok_or_else(|| gone("block", wanted))?;
    connections::follow(flow, wanted, &from, to);
    place::insert(&mut group_mut(flow, to)?.blocks, block, at, Block::id);
    Ok(vec![Edit::MoveBlock {
        block: wanted.to_owned(),
        group: from,
        place,
    }])
}
