//! Which variables a conversation shows: in bubbles, or by the way it takes at a condition.

use super::Index;
use crate::block::BlockKind;
use crate::document::Document;
use crate::field::Field;
use serde_json::Value;
use std::collections::BTreeSet;

/// The ids of the variables that bubbles name or conditions compare.
pub(super) fn variables(document: &Document, index: &Index) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    let groups = document.groups.items();
    for block in groups.flat_map(|group| group.blocks.items()) {
        match &block.kind {
            BlockKind::Text(Field::Value(content)) => {
                for element in content.rich_text.get().into_iter().flatten() {
                    names_within(element, &mut names);
                }
            }
            BlockKind::Image(Field::Value(content)) => names_in(content.url.text(), &mut names),
            BlockKind::Video(Field::Value(content)) => names_in(content.url.text(), &mut names),
            BlockKind::Audio(Field::Value(content)) => names_in(content.url.text(), &mut names),
            BlockKind::Condition { items } => {
                let conditions = items.items().filter_map(|item| item.content.get());
                for comparison in conditions.flat_map(|condition| condition.comparisons.items()) {
                    ids.extend(comparison.variable_id.filled().map(str::to_owned));
                    names_in(comparison.value.text(), &mut names);
                }
            }
            _ => {}
        }
    }
    let places = names.into_iter().filter_map(|name| index.names.get(name));
    let variables = places
        .flatten()
        .filter_map(|place| document.variables.get()?.at(*place));
    ids.extend(variables.map(|variable| variable.id.text().to_owned()));
    ids
}

fn names_within<'d>(json: &'d Value, names: &mut BTreeSet<&'d str>) {
    match json {
        Value::String(text) => names_in(text, names),
        Value::Array(elements) => elements.iter().for_each(|each| names_within(each, names)),
        Value::Object(keys) => keys.values().for_each(|value| names_within(value, names)),
        _ => {}
    }
}

/// What stands between the innermost double braces, also of those within code.
fn names_in<'d>(text: &'d str, names: &mut BTreeSet<&'d str>) {
    let mut rest = text;
    while let Some(end) = rest.find("}}") {
        if let Some(start) = rest[..end].rfind("{{") {
            names.insert(&rest[start + 2..end]);
        }
        rest = &rest[end + 2..];
    }
}

#[cfg(test)]
mod tests {
    use crate::open;
    use serde_json::json;

    #[test]
    fn bubbles_and_conditions_show_variables() {
        let document = json!({
            "version": "6.1", "events": [{"id": "s", "type": "start"}],
            "groups": [{"id": "g", "blocks": [
                {"id": "a", "type": "text", "content": {"richText": [
                    {"type": "p", "children": [{"text": "{{= {{A}} + 1 =}} and {{B}}"}]}]}},
                {"id": "b", "type": "image", "content": {"url": "https://{{C}}/a.png"}},
                {"id": "c", "type": "Condition", "items": [{"id": "i", "content": {"comparisons": [
                    {"id": "k", "variableId": "d", "comparisonOperator": "Equal to", "value": "{{E}}"}]}}]},
                {"id": "d", "type": "Set variable", "options": {"variableId": "f", "expressionToEvaluate": "{{F}}"}}
            ]}],
            "edges": [],
            "variables": (["a", "b", "c", "d", "e", "f"].map(|id| json!({"id": id, "name": id.to_uppercase()}))),
        });
        let (flow, _) = open(document).expect("it opens");
        let shown: String = ["a", "b", "c", "d", "e", "f"]
            .into_iter()
            .filter(|id| flow.shows_variable(id))
            .collect();
        assert_eq!(shown, "abcde");
    }
}
