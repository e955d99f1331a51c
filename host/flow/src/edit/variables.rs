//! Adding, renaming and removing variables.

use super::{Edit, Key, Place, Rejected, Target, check_new, gone, place};
use crate::document::{Document, Variable};
use crate::field::Field;
use crate::flow::Flow;
use serde::Deserialize;
use serde_json::Value;

fn id(variable: &Variable) -> &str {
    variable.id.text()
}

fn check_name(flow: &Flow, name: &str) -> Result<(), Rejected> {
    if name.is_empty() || name.contains(['{', '}']) {
        return Err(Rejected::Unsound("A variable needs a name without braces."));
    }
    match flow
        .document
        .variables
        .items()
        .any(|variable| variable.name.text() == name)
    {
        true => Err(Rejected::NameTaken(name.to_owned())),
        false => Ok(()),
    }
}

pub(super) fn add(flow: &mut Flow, variable: &Variable, at: &Place) -> Result<Vec<Edit>, Rejected> {
    check_new(
        "variable",
        id(variable),
        flow.variable(id(variable)).is_some(),
    )?;
    check_name(flow, variable.name.text())?;
    place::insert(&mut flow.document.variables, variable.clone(), at, id);
    Ok(vec![Edit::RemoveVariable {
        variable: id(variable).to_owned(),
    }])
}

pub(super) fn remove(flow: &mut Flow, wanted: &str) -> Result<Vec<Edit>, Rejected> {
    let (variable, place) = place::take(&mut flow.document.variables, wanted, id)
        .ok_or_else(|| gone("variable", wanted))?;
    Ok(vec![Edit::AddVariable { variable, place }])
}

pub(super) fn rename(flow: &mut Flow, wanted: &str, name: &str) -> Result<Vec<Edit>, Rejected> {
    let variable = flow
        .variable(wanted)
        .ok_or_else(|| gone("variable", wanted))?;
    let old = variable.name.text().to_owned();
    if old == name {
        return Ok(Vec::new());
    }
    check_name(flow, name)?;
    let mut inverse = vec![Edit::RenameVariable {
        variable: wanted.to_owned(),
        name: old.clone(),
    }];
    inverse.extend(texts_with(flow, name));
    let variables = flow
        .document
        .variables
        .get_mut()
        .into_iter()
        .flat_map(|list| &mut list.0);
    for variable in variables.filter_map(Field::get_mut) {
        if id(variable) == wanted {
            variable.name = Field::Value(name.to_owned());
            break;
        }
    }
    if !old.is_empty() {
        replace_placeholders(&mut flow.document, &old, name);
    }
    Ok(inverse)
}

/// Texts that have a name's placeholder before any variable is called so: renaming back would
/// change them too, so they are set to what they were.
fn texts_with(flow: &Flow, name: &str) -> Vec<Edit> {
    let placeholder = format!("{{{{{name}}}}}");
    let mut edits = Vec::new();
    for block in flow
        .document
        .groups
        .items()
        .flat_map(|group| group.blocks.items())
    {
        let Ok(json) = serde_json::to_value(block) else {
            continue;
        };
        collect(&json, &placeholder, &mut Vec::new(), &mut |path, text| {
            edits.push(Edit::Set {
                target: Target::Block(block.id().to_owned()),
                path: path.to_vec(),
                value: Some(Value::from(text)),
            });
        });
    }
    edits
}

fn collect(
    json: &Value,
    placeholder: &str,
    path: &mut Vec<Key>,
    found: &mut impl FnMut(&[Key], &str),
) {
    match json {
        Value::String(text) if text.contains(placeholder) => found(path, text),
        Value::Array(elements) => {
            for (place, element) in elements.iter().enumerate() {
                path.push(Key::Index(place));
                collect(element, placeholder, path, found);
                path.pop();
            }
        }
        Value::Object(keys) => {
            for (key, value) in keys {
                path.push(Key::Name(key.clone()));
                collect(value, placeholder, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Placeholders of the old name follow, wherever in the blocks they stand.
fn replace_placeholders(document: &mut Document, old: &str, new: &str) {
    let (old, new) = (format!("{{{{{old}}}}}"), format!("{{{{{new}}}}}"));
    let groups = document
        .groups
        .get_mut()
        .into_iter()
        .flat_map(|groups| &mut groups.0);
    for group in groups.filter_map(Field::get_mut) {
        let blocks = group
            .blocks
            .get_mut()
            .into_iter()
            .flat_map(|blocks| &mut blocks.0);
        for block in blocks.filter_map(Field::get_mut) {
            let Ok(mut json) = serde_json::to_value(&*block) else {
                continue;
            };
            if replace_in(&mut json, &old, &new)
                && let Ok(renamed) = crate::Block::deserialize(json)
            {
                *block = renamed;
            }
        }
    }
}

fn replace_in(json: &mut Value, old: &str, new: &str) -> bool {
    match json {
        Value::String(text) if text.contains(old) => {
            *text = text.replace(old, new);
            true
        }
        Value::Array(elements) => elements
            .iter_mut()
            .fold(false, |any, element| replace_in(element, old, new) | any),
        Value::Object(keys) => keys
            .values_mut()
            .fold(false, |any, value| replace_in(value, old, new) | any),
        _ => false,
    }
}
