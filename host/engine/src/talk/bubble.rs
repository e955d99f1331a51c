//! Bubbles: what the bot says and shows.

use super::Talk;
use super::code::Inline;
use super::wait::number;
use super::walk::Flowing;
use crate::inputs::number::parse_bound;
use crate::media::recognize_video;
use crate::message::TextFormat;
use crate::rich_text::{self, Placeholder};
use crate::turn::Refusal;
use crate::value;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use talkloom_flow::bubble::EmbedContent;
use talkloom_flow::{Block, BlockKind, Field};

impl Talk {
    /// Says or shows a bubble.
    pub(super) async fn bubble(&mut self, block: &Block) -> Result<Flowing, Refusal> {
        let was_shown = std::mem::take(&mut self.skips_bubble);
        let Some(content) = self.content(block).await? else {
            return Ok(Flowing::On);
        };
        self.hear_bubble(block.type_name(), &content);
        if was_shown {
            return Ok(Flowing::On);
        }
        self.say(block.id(), block.type_name(), content);
        Ok(match &block.kind {
            BlockKind::Embed(Field::Value(embed)) if waits(embed) => {
                self.current_block = Some(block.id().to_owned());
                self.is_waiting = true;
                Flowing::Stop
            }
            _ => Flowing::On,
        })
    }

    /// Adds a message to the reply.
    pub(super) fn say(&mut self, id: &str, kind: &str, content: Value) {
        self.reply
            .messages
            .push(json!({"id": id, "type": kind, "content": content}));
        self.last_bubble = Some(id.to_owned());
    }

    /// A text bubble's content that says one line.
    pub(super) fn line(&self, text: &str) -> Value {
        self.text_content(vec![json!({"type": "p", "children": [{"text": text}]})])
    }

    fn text_content(&self, rich_text: Vec<Value>) -> Value {
        match self.text_format {
            TextFormat::RichText => json!({"type": "richText", "richText": rich_text}),
            TextFormat::Markdown => {
                json!({"type": "markdown", "markdown": rich_text::to_markdown(&rich_text)})
            }
        }
    }

    async fn content(&mut self, block: &Block) -> Result<Option<Value>, Refusal> {
        if let BlockKind::Text(content) = &block.kind {
            let Field::Value(content) = content else {
                return Ok(None);
            };
            return Ok(Some(match content.rich_text.get() {
                None => json!({"type": "richText", "richText": []}),
                Some(elements) => {
                    let spliced = self.spliced(elements).await?;
                    self.text_content(spliced)
                }
            }));
        }
        let json = match &block.kind {
            BlockKind::Image(Field::Value(content)) => serde_json::to_value(content),
            BlockKind::Video(Field::Value(content)) => serde_json::to_value(content),
            BlockKind::Embed(Field::Value(content)) => serde_json::to_value(content),
            BlockKind::Audio(Field::Value(content)) => serde_json::to_value(content),
            _ => return Ok(None),
        };
        let mut json = json.map_err(|error| Refusal::internal(error.to_string()))?;
        self.fill_json(&mut json).await?;
        if let Value::Object(content) = &mut json {
            settle_height(content);
            if matches!(block.kind, BlockKind::Video(_)) {
                recognize(content);
            }
        }
        Ok(Some(json))
    }

    /// Puts variables and code into rich text.
    async fn spliced(&mut self, elements: &[Value]) -> Result<Vec<Value>, Refusal> {
        let mut results: BTreeMap<String, Option<String>> = BTreeMap::new();
        for code in BTreeSet::from_iter(rich_text::find_code(elements)) {
            let result = match self.inline_code(&code).await? {
                Inline::Text(text) => Some(text),
                Inline::Undefined | Inline::Null => None,
            };
            results.insert(code, result);
        }
        let prints_whole_lists = self.is_current_version();
        let variables = &self.frame().variables;
        Ok(rich_text::splice(
            elements,
            &mut |placeholder| match placeholder {
                Placeholder::Code(code) => results.get(code).cloned().flatten(),
                Placeholder::Variable(name) => {
                    let held = variables.named_value(name)?;
                    Some(if prints_whole_lists {
                        value::print(held)
                    } else {
                        value::print_latest(held)
                    })
                }
            },
        ))
    }
}

fn waits(embed: &EmbedContent) -> bool {
    embed
        .wait_for_event
        .get()
        .is_some_and(|wait| wait.is_enabled.is_on(false))
}

/// A height that came out of a variable becomes a number.
fn settle_height(content: &mut Map<String, Value>) {
    let Some(text) = content.get("height").and_then(Value::as_str) else {
        return;
    };
    match parse_bound(text).and_then(number) {
        Some(height) => content["height"] = height,
        None => {
            content.remove("height");
        }
    }
}

/// What shows a video is told by its address, not by what the file says.
fn recognize(content: &mut Map<String, Value>) {
    let url = content
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some(video) = recognize_video(url) else {
        return;
    };
    for key in ["id", "queryParamsStr"] {
        content.remove(key);
    }
    if let Ok(Value::Object(recognized)) = serde_json::to_value(video) {
        content.extend(recognized);
    }
}
