//! Places in a list, told by a neighbour.

use crate::field::{Field, List};
use serde::{Deserialize, Serialize};

/// A place in a list. A neighbour that is gone means the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// Before all others.
    First,
    /// Right after the one with this id.
    After(String),
    /// After all others.
    #[default]
    Last,
}

/// Inserts an element; a missing list is made, and stays when it is empty again.
pub(super) fn insert<T>(
    list: &mut Field<List<T>>,
    element: T,
    place: &Place,
    id: impl Fn(&T) -> &str,
) {
    if list.get().is_none() {
        *list = Field::Value(List::default());
    }
    let Some(List(elements)) = list.get_mut() else {
        return;
    };
    let at = match place {
        Place::First => 0,
        Place::Last => elements.len(),
        Place::After(neighbour) => elements
            .iter()
            .position(|other| other.get().is_some_and(|other| id(other) == neighbour))
            .map_or(elements.len(), |at| at + 1),
    };
    elements.insert(at, Field::Value(element));
}

/// Takes an element out; gives it and its place.
pub(super) fn take<T>(
    list: &mut Field<List<T>>,
    wanted: &str,
    id: impl Fn(&T) -> &str,
) -> Option<(T, Place)> {
    let List(elements) = list.get_mut()?;
    let is_wanted = |other: &Field<T>| other.get().is_some_and(|other| id(other) == wanted);
    let at = elements.iter().position(is_wanted)?;
    let place = match at.checked_sub(1).map(|before| elements[before].get()) {
        None => Place::First,
        Some(Some(neighbour)) => Place::After(id(neighbour).to_owned()),
        Some(None) => Place::Last,
    };
    match elements.remove(at) {
        Field::Value(element) => Some((element, place)),
        _ => None,
    }
}
