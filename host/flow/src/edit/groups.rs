//! Adding, removing and moving groups.

use super::{Edit, Place, Rejected, check_new, connections, gone, place};
use crate::block::Block;
use crate::document::{Coordinates, Group};
use crate::field::Field;
use crate::flow::Flow;

fn id(group: &Group) -> &str {
    group.id.text()
}

pub(super) fn add(flow: &mut Flow, group: &Group, at: &Place) -> Result<Vec<Edit>, Rejected> {
    check_new("group", id(group), flow.group(id(group)).is_some())?;
    let mut blocks: Vec<&str> = group.blocks.items().map(Block::id).collect();
    for block in &blocks {
        check_new("block", block, flow.block(block).is_some())?;
    }
    blocks.sort_unstable();
    if blocks.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Rejected::Unsound("Two of the group's blocks have one id."));
    }
    place::insert(&mut flow.document.groups, group.clone(), at, id);
    Ok(vec![Edit::RemoveGroup {
        group: id(group).to_owned(),
    }])
}

pub(super) fn remove(flow: &mut Flow, wanted: &str) -> Result<Vec<Edit>, Rejected> {
    let group = flow.group(wanted).ok_or_else(|| gone("group", wanted))?;
    let blocks: Vec<String> = group
        .blocks
        .items()
        .map(|block| block.id().to_owned())
        .collect();
    let is_touched = |edge: &crate::Edge| {
        connections::leads_to_group(edge, wanted)
            || blocks
                .iter()
                .any(|block| connections::touches_block(edge, block))
    };
    let mut inverse = connections::cut(flow, is_touched);
    let Some((group, place)) = place::take(&mut flow.document.groups, wanted, id) else {
        return Err(gone("group", wanted));
    };
    inverse.insert(0, Edit::AddGroup { group, place });
    Ok(inverse)
}

pub(super) fn relocate(
    flow: &mut Flow,
    wanted: &str,
    coordinates: &Coordinates,
) -> Result<Vec<Edit>, Rejected> {
    let at = flow
        .group_place(wanted)
        .ok_or_else(|| gone("group", wanted))?;
    let group = flow
        .document
        .groups
        .get_mut()
        .and_then(|groups| groups.0[at].get_mut());
    let group = group.ok_or_else(|| gone("group", wanted))?;
    let coordinates = Field::Value(coordinates.clone());
    let before = std::mem::replace(&mut group.graph_coordinates, coordinates);
    Ok(vec![match before {
        Field::Value(coordinates) => Edit::MoveGroup {
            group: wanted.to_owned(),
            coordinates,
        },
        other => Edit::Set {
            target: super::Target::Group(wanted.to_owned()),
            path: vec![super::Key::Name("graphCoordinates".to_owned())],
            value: other.into_json(),
        },
    }])
}
