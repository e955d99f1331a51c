//! Setting a field by its path.

use super::{Edit, Rejected, blocks, gone};
use crate::field::Field;
use crate::flow::Flow;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Whose field is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "camelCase")]
pub enum Target {
    /// The document's own: its name, theme, settings, ….
    Document,
    /// A group's.
    Group(String),
    /// A block's.
    Block(String),
    /// An event's.
    Event(String),
    /// A variable's.
    Variable(String),
}

/// One step on the way to a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// The element of a list with this id.
    Element {
        /// The id.
        id: String,
    },
    /// A key of an object.
    Name(String),
    /// A place in a list.
    Index(usize),
}

/// Keys that only other edits change: they hold the document together.
fn is_structural(target: &Target, path: &[Key]) -> bool {
    let Some(Key::Name(first)) = path.first() else {
        return true;
    };
    let kept: &[&str] = match target {
        Target::Document => &["version", "events", "groups", "edges", "variables"],
        Target::Group(_) => &["id", "blocks"],
        Target::Block(_) | Target::Event(_) => &["id", "type", "outgoingEdgeId"],
        Target::Variable(_) => &["id", "name"],
    };
    let last = match path.last() {
        Some(Key::Name(last)) => last.as_str(),
        _ => "",
    };
    kept.contains(&first.as_str()) || (path.len() > 1 && last == "outgoingEdgeId")
}

pub(super) fn set(
    flow: &mut Flow,
    target: &Target,
    path: &[Key],
    value: Option<&Value>,
) -> Result<Vec<Edit>, Rejected> {
    if is_structural(target, path) {
        return Err(Rejected::Unsound(
            "This field is changed by an edit of its own.",
        ));
    }
    let undo = match target {
        Target::Document => edit(&mut flow.document, path, value),
        Target::Group(id) => edit(blocks::group_mut(flow, id)?, path, value),
        Target::Block(id) => {
            let block = blocks::block_mut(flow, id).ok_or_else(|| gone("block", id))?;
            edit(block, path, value)
        }
        Target::Event(id) => {
            let at = flow
                .index
                .events
                .get(id)
                .copied()
                .ok_or_else(|| gone("event", id))?;
            let event = flow
                .document
                .events
                .get_mut()
                .and_then(|list| list.0[at].get_mut());
            edit(event.ok_or_else(|| gone("event", id))?, path, value)
        }
        Target::Variable(id) => {
            let at = flow.index.variables.get(id).copied();
            let at = at.ok_or_else(|| gone("variable", id))?;
            let variable = flow
                .document
                .variables
                .get_mut()
                .and_then(|list| list.0[at].get_mut());
            edit(variable.ok_or_else(|| gone("variable", id))?, path, value)
        }
    }?;
    let Some((path, value)) = undo else {
        return Ok(Vec::new());
    };
    Ok(vec![Edit::Set {
        target: target.clone(),
        path,
        value,
    }])
}

/// What sets a field back: the highest key that changed, and what it held.
type Undo = Option<(Vec<Key>, Option<Value>)>;

fn edit<T: Serialize + DeserializeOwned>(
    target: &mut T,
    path: &[Key],
    value: Option<&Value>,
) -> Result<Undo, Rejected> {
    const MISSHAPEN: Rejected = Rejected::Unsound("The field cannot be written.");
    let mut json = serde_json::to_value(&*target).map_err(|_| MISSHAPEN)?;
    let undo = write(&mut json, path, value)?;
    *target = T::deserialize(json).map_err(|_| MISSHAPEN)?;
    Ok(undo)
}

fn write(json: &mut Value, path: &[Key], value: Option<&Value>) -> Result<Undo, Rejected> {
    let mut at = json;
    for (depth, key) in path.iter().enumerate() {
        let is_last = depth + 1 == path.len();
        if !matches!(at, Value::Object(_)) || !matches!(key, Key::Name(_)) {
            at = element(at, key)?;
            if is_last {
                let Some(value) = value else {
                    return Err(Rejected::Unsound("Set the whole list to remove one of it."));
                };
                let before = std::mem::replace(at, value.clone());
                return Ok(Some((path.to_vec(), Some(before))));
            }
            continue;
        }
        let (Value::Object(keys), Key::Name(name)) = (at, key) else {
            return Err(Rejected::Unsound("The way to the field leads nowhere."));
        };
        if is_last {
            let before = put(keys, name, value);
            return Ok((before.as_ref() != value).then(|| (path.to_vec(), before)));
        }
        if !keys
            .get(name)
            .is_some_and(|value| value.is_object() || value.is_array())
        {
            let Some(value) = value else { return Ok(None) };
            let before = keys.insert(name.clone(), fresh(&path[depth + 1..], value)?);
            return Ok(Some((path[..=depth].to_vec(), before)));
        }
        let Some(next) = keys.get_mut(name) else {
            return Ok(None);
        };
        at = next;
    }
    Err(Rejected::Unsound("The way to the field is empty."))
}

/// Sets or removes a key and keeps the others' order.
fn put(keys: &mut Map<String, Value>, name: &str, value: Option<&Value>) -> Option<Value> {
    match value {
        Some(value) => keys.insert(name.to_owned(), value.clone()),
        None => keys.shift_remove(name),
    }
}

fn element<'j>(json: &'j mut Value, key: &Key) -> Result<&'j mut Value, Rejected> {
    const NOWHERE: Rejected = Rejected::Unsound("The way to the field leads nowhere.");
    let elements = json.as_array_mut().ok_or(NOWHERE)?;
    let found = match key {
        Key::Index(place) => elements.get_mut(*place),
        Key::Element { id } => elements
            .iter_mut()
            .find(|element| element["id"] == id.as_str()),
        Key::Name(_) => None,
    };
    found.ok_or(Rejected::Unsound("The list's element is gone."))
}

/// Objects for the rest of a way, around a value.
fn fresh(path: &[Key], value: &Value) -> Result<Value, Rejected> {
    let mut made = value.clone();
    for key in path.iter().rev() {
        let Key::Name(name) = key else {
            return Err(Rejected::Unsound("The list's element is gone."));
        };
        made = Value::Object(Map::from_iter([(name.clone(), made)]));
    }
    Ok(made)
}

impl<T: Serialize> Field<T> {
    /// What stands in the file; none where the key is missing.
    pub(crate) fn into_json(self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Null => Some(Value::Null),
            Self::Value(value) => serde_json::to_value(value).ok(),
            Self::Invalid(value) => Some(value),
        }
    }
}
