//! One reply of the model, whole or in parts.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use talkloom_block::{Failure, sse};

use crate::service::{said, unreadable, upstream};
use crate::tools::ToolCall;
use crate::voice::Parts;

/// What ends a stream.
const DONE: &str = "[DONE]";

/// What the model replied to one request: text, or tools to call, or both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// The text.
    pub content: String,
    /// The tools that it calls, in order.
    pub calls: Vec<ToolCall>,
    /// What was counted; null where nothing was.
    pub usage: Value,
    /// The service held the answer back.
    pub is_filtered: bool,
}

impl Reply {
    /// Reads a whole reply.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let wrong = || unreadable("chat completion", bytes);
        let answer: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
        let message = answer.pointer("/choices/0/message").ok_or_else(wrong)?;
        let mut pieces = Pieces::default();
        pieces.push(&message["tool_calls"]);
        let choice = &answer["choices"][0];
        Ok(Self {
            content: text_of(message),
            calls: pieces.finish(),
            usage: answer["usage"].clone(),
            is_filtered: is_filtered(choice),
        })
    }

    /// The reply as the next request repeats it, with the tools' results after it.
    pub fn message(&self) -> Value {
        let content = match self.content.as_str() {
            "" => Value::Null,
            text => Value::from(text),
        };
        let calls = self.calls.iter().map(|call| {
            let function = json!({ "name": call.name, "arguments": call.arguments });
            json!({ "id": call.id, "type": "function", "function": function })
        });
        json!({
            "role": "assistant",
            "content": content,
            "tool_calls": calls.collect::<Vec<_>>(),
        })
    }
}

/// Puts a reply together from a stream.
#[derive(Debug, Default)]
pub struct Reader {
    events: sse::Parser,
    reply: Reply,
    pieces: Pieces,
    done: bool,
}

impl Parts for Reader {
    fn push(&mut self, part: &[u8]) -> (String, Option<Failure>) {
        let mut text = String::new();
        let mut failure = None;
        for event in self.events.push(part) {
            if event.data == DONE {
                self.done = true;
                break;
            }
            // What is not JSON is some service's way to keep the connection open.
            let Ok(chunk) = serde_json::from_str::<Value>(&event.data) else {
                continue;
            };
            if let Some(error) = chunk.get("error").filter(|e| !e.is_null()) {
                failure = Some(upstream(None, said(error)));
                break;
            }
            let choice = &chunk["choices"][0];
            text.push_str(&text_of(&choice["delta"]));
            self.pieces.push(&choice["delta"]["tool_calls"]);
            self.reply.is_filtered |= is_filtered(choice);
            if chunk["usage"].is_object() {
                self.reply.usage = chunk["usage"].clone();
            }
        }
        self.reply.content.push_str(&text);
        (text, failure)
    }

    fn is_done(&self) -> bool {
        self.done
    }

    /// Not every service says that it is done.
    fn end_early(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Reader {
    /// What came.
    pub fn finish(mut self) -> Reply {
        self.reply.calls = self.pieces.finish();
        self.reply
    }
}

/// Text, or the words with which the model refuses.
fn text_of(message: &Value) -> String {
    let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
    text("content") + &text("refusal")
}

fn is_filtered(choice: &Value) -> bool {
    choice["finish_reason"] == "content_filter"
}

/// Calls of tools, which come in pieces: the first has id and name, the others go on with the
/// arguments.
#[derive(Debug, Default)]
struct Pieces(BTreeMap<u64, ToolCall>);

impl Pieces {
    fn push(&mut self, pieces: &Value) {
        for piece in pieces.as_array().into_iter().flatten() {
            let call = self.0.entry(self.place(piece)).or_default();
            let text = |pointer: &str| piece.pointer(pointer).and_then(Value::as_str);
            if let Some(id) = text("/id").filter(|id| !id.is_empty()) {
                id.clone_into(&mut call.id);
            }
            call.name
                .push_str(text("/function/name").unwrap_or_default());
            let arguments = text("/function/arguments").unwrap_or_default();
            call.arguments.push_str(arguments);
        }
    }

    /// Some services do not number them: what has an id begins anew.
    fn place(&self, piece: &Value) -> u64 {
        let last = self.0.last_key_value().map(|(place, _)| *place);
        let begins = piece["id"].as_str().is_some_and(|id| !id.is_empty());
        match (piece["index"].as_u64(), last) {
            (Some(place), _) => place,
            (None, Some(last)) if begins => last.saturating_add(1),
            (None, last) => last.unwrap_or_default(),
        }
    }

    fn finish(self) -> Vec<ToolCall> {
        let calls = self.0.into_values();
        calls.filter(|call| !call.name.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &str, size: usize) -> (String, Reply) {
        let mut reader = Reader::default();
        let mut text = String::new();
        for part in stream.as_bytes().chunks(size) {
            let (came, failure) = reader.push(part);
            assert_eq!(failure, None);
            text += &came;
        }
        assert!(reader.is_done());
        (text, reader.finish())
    }

    #[test]
    fn a_stream_becomes_text_and_counts() {
        let stream = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"Hé\"}}]}\n\n: wait\n\ndata: ping\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"llo\"}}],\"usage\":null}\n\n\
            data: {\"choices\":[],\"usage\":{\"total_tokens\":7}}\n\ndata: [DONE]\n\n";
        for size in [1, 3, 50, stream.len()] {
            let (text, reply) = read(stream, size);
            assert_eq!((text.as_str(), reply.content.as_str()), ("Héllo", "Héllo"));
            assert_eq!(reply.usage, json!({ "total_tokens": 7 }));
        }
    }

    #[test]
    fn calls_of_tools_come_in_pieces() {
        let piece = |calls: Value| {
            let chunk = json!({ "choices": [{ "delta": { "tool_calls": calls } }] });
            format!("data: {chunk}\n\n")
        };
        let call = |name: &str, arguments: &str| json!({ "name": name, "arguments": arguments });
        let numbered = [
            piece(json!([{ "index": 1, "id": "b", "function": call("second", "") }])),
            piece(json!([{ "index": 0, "id": "a", "function": call("first", "{\"n\"") }])),
            piece(json!([{ "index": 0, "function": { "arguments": ":1}" } }])),
            piece(json!([{ "index": 1, "id": "", "function": { "arguments": "{}" } }])),
        ];
        let plain = [
            piece(json!([{ "id": "a", "function": call("first", "{\"n\"") }])),
            piece(json!([{ "function": { "arguments": ":1}" } }])),
            piece(json!([{ "id": "b", "function": call("second", "{}") }])),
        ];
        let expected = [("a", "first", "{\"n\":1}"), ("b", "second", "{}")];
        for stream in [numbered.concat(), plain.concat()] {
            let (text, reply) = read(&(stream + "data: [DONE]\n\n"), 10);
            assert_eq!(text, "");
            let calls = reply.calls.iter();
            let calls: Vec<_> = calls
                .map(|c| (c.id.as_str(), c.name.as_str(), c.arguments.as_str()))
                .collect();
            assert_eq!(calls, expected);
            assert_eq!(reply.message()["content"], Value::Null);
            let repeated = &reply.message()["tool_calls"][0];
            let function = call("first", "{\"n\":1}");
            let expected = json!({ "id": "a", "type": "function", "function": function });
            assert_eq!(*repeated, expected);
        }
    }

    #[test]
    fn a_stream_can_fail() {
        let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"He\"}}]}\n\n\
            data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
        let mut reader = Reader::default();
        let (text, failure) = reader.push(stream.as_bytes());
        assert_eq!(text, "He");
        assert_eq!(
            failure.map(|f| f.to_string()).as_deref(),
            Some("overloaded")
        );
        assert_eq!(reader.finish().content, "He");
    }

    #[test]
    fn a_whole_reply_is_read() {
        let body = br#"{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":3}}"#;
        let reply = Reply::parse(body).expect("it is one");
        assert_eq!(reply.content, "Hi");
        assert_eq!(reply.usage, json!({ "prompt_tokens": 3 }));
        let refused = br#"{"choices":[{"message":{"content":null,"refusal":"No."},
            "finish_reason":"content_filter"}]}"#;
        let refused = Reply::parse(refused).expect("it is one");
        assert_eq!(
            (refused.content.as_str(), refused.is_filtered),
            ("No.", true)
        );
        for garbage in ["<html>", "{}", "{\"choices\":[]}", "[1]", ""] {
            assert!(Reply::parse(garbage.as_bytes()).is_err(), "{garbage}");
        }
    }
}
