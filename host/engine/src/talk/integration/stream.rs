//! Answers that the visitor's page shows word by word.
//!
//! Such a block is not called in the turn: its call waits in the state until the page asks for the
//! stream, and the page sends the whole answer as its reply.

use super::options::spec_of;
use crate::effect::BlockCall;
use crate::message::Channel;
use crate::talk::Talk;
use crate::talk::walk::default_way;
use serde_json::{Map, Value, json};
use talkloom_flow::catalog::{ActionSpec, StreamVariable};
use talkloom_flow::{Block, BlockKind, Group};

impl Talk {
    /// Whether the page is to show what an action answers word by word: it can, the action does,
    /// and the next block would say nothing before the answer.
    pub(super) fn streams_to_page(
        &self,
        group: &Group,
        place: usize,
        block: &Block,
        options: &Map<String, Value>,
        spec: &ActionSpec,
    ) -> bool {
        if !self.streams || self.contact.channel != Channel::Web {
            return false;
        }
        let variable = stream_variable_id(options, spec.stream_variable.as_ref())
            .and_then(|id| self.frame().variables.by_id(id));
        let Some(variable) = variable else {
            return false;
        };
        let flow = self.flow();
        let next = default_way(group, place, block).and_then(|way| self.first_block(&flow, &way));
        next.and_then(|next| flow.block(&next))
            .is_some_and(|next| begins_with(next, variable.name))
    }

    /// Asks the page to fetch the stream, and waits for the whole answer.
    pub(super) fn await_stream(&mut self, block: &Block, call: BlockCall) {
        self.act("stream", json!(true), block, true);
        self.awaited_stream = Some(call);
    }

    /// The variable that receives streamed text, by the block's manifest.
    pub(in crate::talk) fn stream_variable(
        &self,
        block: &Block,
        options: &Map<String, Value>,
    ) -> Option<String> {
        let known = self.catalog.blocks.get(block.type_name())?;
        let (_, spec) = spec_of(known, options)?;
        stream_variable_id(options, spec.stream_variable.as_ref()).map(str::to_owned)
    }
}

/// Whether a bubble's first text is exactly a variable.
fn begins_with(block: &Block, variable: &str) -> bool {
    let BlockKind::Text(content) = &block.kind else {
        return false;
    };
    let elements = content.get().and_then(|content| content.rich_text.get());
    let first = elements.and_then(|elements| elements.first()?["children"][0]["text"].as_str());
    first
        .and_then(|text| text.strip_prefix("{{")?.strip_suffix("}}"))
        .is_some_and(|name| name == variable)
}

fn stream_variable_id<'o>(
    options: &'o Map<String, Value>,
    stream: Option<&StreamVariable>,
) -> Option<&'o str> {
    let stream = stream?;
    named_in(options, &stream.path.0, stream.when.as_ref())
}

type Condition = (String, Vec<Option<String>>);

/// The first text at a path whose neighbour fulfils the condition.
fn named_in<'o>(
    keys: &'o Map<String, Value>,
    path: &[String],
    when: Option<&Condition>,
) -> Option<&'o str> {
    let (key, rest) = path.split_first()?;
    let value = keys.get(key)?;
    if rest.is_empty() {
        let id = value.as_str().filter(|id| !id.is_empty())?;
        return when.is_none_or(|when| fulfils(keys, when)).then_some(id);
    }
    match (value, rest) {
        (Value::Array(elements), [star, rest @ ..]) if star == "*" => elements
            .iter()
            .filter_map(Value::as_object)
            .find_map(|element| named_in(element, rest, when)),
        (Value::Object(keys), rest) => named_in(keys, rest, when),
        _ => None,
    }
}

fn fulfils(keys: &Map<String, Value>, (sibling, values): &Condition) -> bool {
    let held = keys.get(sibling).and_then(Value::as_str);
    values.iter().any(|value| value.as_deref() == held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use talkloom_flow::catalog::FieldPath;

    #[test]
    fn the_streamed_variable_is_found_by_its_neighbour() {
        let stream = StreamVariable {
            path: FieldPath::parse("mapping/*/variableId"),
            when: Some(("item".to_owned(), vec![Some("Text".to_owned()), None])),
        };
        let cases = [
            (
                json!([{"item": "Tokens", "variableId": "t"}, {"item": "Text", "variableId": "v"}]),
                Some("v"),
            ),
            (json!([{"variableId": "v"}]), Some("v")),
            (json!([{"item": "Tokens", "variableId": "t"}]), None),
            (
                json!([{"item": "Text", "variableId": ""}, {"variableId": "w"}]),
                Some("w"),
            ),
            (json!({}), None),
        ];
        for (mapping, expected) in cases {
            let options = json!({"mapping": mapping});
            let options = options.as_object().expect("an object");
            assert_eq!(
                stream_variable_id(options, Some(&stream)),
                expected,
                "{options:?}"
            );
        }
        let plain = StreamVariable {
            path: FieldPath::parse("variableId"),
            when: None,
        };
        let options = json!({"variableId": "v"});
        let options = options.as_object().expect("an object");
        assert_eq!(stream_variable_id(options, Some(&plain)), Some("v"));
        assert_eq!(stream_variable_id(options, None), None);
    }
}
