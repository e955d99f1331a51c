//! What is kept of a conversation, so that a visitor who comes back finds it as it was.
//!
//! Kept is what the server said, word for word, and what the visitor answered; the machine shows it
//! again without doing again what was done.

use serde_json::{Value, json};

use super::Answer;
use crate::api::rich_text::Node;
use crate::api::{ChatReply, StartReply};
use crate::json::Fields;

/// A conversation of an earlier visit.
#[derive(Debug)]
pub struct Memory {
    /// How it began.
    pub start: StartReply,
    /// What followed.
    pub moments: Vec<Moment>,
}

/// One thing that followed.
#[derive(Debug)]
pub enum Moment {
    /// The visitor answered.
    Answered(Answer),
    /// A text was written for the visitor to see.
    Streamed(Vec<Node>),
    /// The server replied.
    Replied(Box<ChatReply>),
}

impl Memory {
    /// Reads what [`Moment::answered`] and the others wrote after a start; none where the start is
    /// not whole.
    /// `written` reads texts that were written for the visitor to see.
    pub fn read(value: &Value, written: impl Fn(&str) -> Vec<Node>) -> Option<Self> {
        let moments = value.list("moments").iter();
        Some(Self {
            start: StartReply::read(value.at("start"))?,
            moments: moments
                .filter_map(|value| moment(value, &written))
                .collect(),
        })
    }
}

fn moment(value: &Value, written: &impl Fn(&str) -> Vec<Node>) -> Option<Moment> {
    if value.at("answer").is_object() {
        return Some(Moment::Answered(Answer::read(value.at("answer"))));
    }
    if value.at("reply").is_object() {
        return Some(Moment::Replied(Box::new(ChatReply::read(
            value.at("reply"),
        ))));
    }
    let text = value.text("streamed")?;
    Some(Moment::Streamed(written(&text)))
}

impl Moment {
    /// An answer as it is kept.
    pub fn answered(answer: &Answer) -> Value {
        json!({"answer": answer.keep()})
    }

    /// A written text as it is kept.
    pub fn streamed(text: &str) -> Value {
        json!({"streamed": text})
    }

    /// A reply as it is kept.
    pub fn replied(reply: &Value) -> Value {
        json!({"reply": reply})
    }
}
