//! What was said so far, for bots that ask for it.

use super::Talk;
use crate::rich_text::to_plain_text;
use crate::state::TranscriptLine;
use serde_json::Value;
use talkloom_flow::{BlockKind, Flow};

/// Whether a bot asks for a transcript anywhere.
pub(super) fn asks_for_transcript(flow: &Flow) -> bool {
    flow.document()
        .groups
        .items()
        .flat_map(|group| group.blocks.items())
        .any(|block| {
            matches!(&block.kind, BlockKind::SetVariable(options)
            if options.get().is_some_and(|options| options.r#type.text() == "Transcript"))
        })
}

impl Talk {
    /// Keeps what a bubble said.
    pub(super) fn hear_bubble(&mut self, kind: &str, content: &Value) {
        let Some(lines) = &mut self.transcript else {
            return;
        };
        let text = if kind == "text" {
            match content["richText"].as_array() {
                Some(elements) => to_plain_text(elements),
                None => content["markdown"].as_str().unwrap_or_default().to_owned(),
            }
        } else {
            content["url"].as_str().unwrap_or_default().to_owned()
        };
        if !text.is_empty() {
            lines.push(TranscriptLine {
                is_user: false,
                text,
            });
        }
    }

    /// Keeps what the visitor answered.
    pub(super) fn hear_answer(&mut self, text: &str) {
        if let Some(lines) = &mut self.transcript {
            lines.push(TranscriptLine {
                is_user: true,
                text: text.to_owned(),
            });
        }
    }

    /// The transcript, one line a message, with blank lines between.
    pub(super) fn printed_transcript(&self) -> String {
        let lines = self.transcript.iter().flatten().map(|line| {
            let who = if line.is_user { "User" } else { "Assistant" };
            format!("{who}: \"{}\"", line.text)
        });
        lines.collect::<Vec<_>>().join("\n\n")
    }
}
