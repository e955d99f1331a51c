//! One response of the model, whole or in parts.

use serde_json::Value;
use talkloom_block::{Failure, sse};
use talkloom_models::service::{said, unreadable, upstream};
use talkloom_models::tools::ToolCall;
use talkloom_models::voice::Parts;

/// What the model responded to one request: text, or functions to call, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// By which the next request goes on.
    pub id: String,
    /// The text.
    pub text: String,
    /// The functions that it calls, in order.
    pub calls: Vec<ToolCall>,
}

impl Response {
    /// Reads a whole response.
    ///
    /// # Errors
    /// When it is not one, or says that it failed.
    pub fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let wrong = || unreadable("response", bytes);
        let response: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
        if let Some(failure) = failure_of(&response) {
            return Err(failure);
        }
        let output = response["output"].as_array().ok_or_else(wrong)?;
        let mut read = Self {
            id: id_of(&response),
            ..Self::default()
        };
        for item in output {
            read.calls.extend(call_of(item));
            for part in item["content"].as_array().into_iter().flatten() {
                let text = part["text"].as_str().or_else(|| part["refusal"].as_str());
                read.text.push_str(text.unwrap_or_default());
            }
        }
        Ok(read)
    }
}

/// Puts a response together from a stream.
#[derive(Debug, Default)]
pub struct Reader {
    events: sse::Parser,
    response: Response,
    done: bool,
}

impl Parts for Reader {
    fn push(&mut self, part: &[u8]) -> (String, Option<Failure>) {
        let mut text = String::new();
        let mut failure = None;
        for event in self.events.push(part) {
            let Ok(event) = serde_json::from_str::<Value>(&event.data) else {
                continue;
            };
            failure = self.take(&event, &mut text);
            if failure.is_some() || self.done {
                break;
            }
        }
        self.response.text.push_str(&text);
        (text, failure)
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn end_early(&mut self) -> Result<(), Failure> {
        Err(upstream(
            None,
            "The connection ended before the answer did.",
        ))
    }
}

impl Reader {
    fn take(&mut self, event: &Value, text: &mut String) -> Option<Failure> {
        match event["type"].as_str().unwrap_or_default() {
            "response.output_text.delta" | "response.refusal.delta" => {
                text.push_str(event["delta"].as_str().unwrap_or_default());
            }
            "response.output_item.done" => self.response.calls.extend(call_of(&event["item"])),
            "response.completed" | "response.incomplete" => {
                self.response.id = id_of(&event["response"]);
                self.done = true;
            }
            "response.failed" => {
                let failure = failure_of(&event["response"]);
                return failure.or_else(|| Some(upstream(None, "The model failed.")));
            }
            "error" => {
                let error = event.get("error").unwrap_or(event);
                return Some(upstream(None, said(error)));
            }
            _ => {}
        }
        None
    }

    /// What came.
    pub fn finish(self) -> Response {
        self.response
    }
}

fn id_of(response: &Value) -> String {
    response["id"].as_str().unwrap_or_default().to_owned()
}

fn call_of(item: &Value) -> Option<ToolCall> {
    let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
    (item["type"] == "function_call").then(|| ToolCall {
        id: text("call_id"),
        name: text("name"),
        arguments: text("arguments"),
    })
}

fn failure_of(response: &Value) -> Option<Failure> {
    let error = response.get("error").filter(|error| !error.is_null())?;
    Some(upstream(None, said(error)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call() -> ToolCall {
        ToolCall {
            id: "call_1".to_owned(),
            name: "now".to_owned(),
            arguments: "{}".to_owned(),
        }
    }

    fn function_call() -> Value {
        json!({
            "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "now",
            "arguments": "{}",
        })
    }

    fn stream(events: &[Value]) -> String {
        let line = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"]);
        events.iter().map(line).collect()
    }

    #[test]
    fn a_stream_becomes_a_response() {
        let delta = |text: &str| json!({ "type": "response.output_text.delta", "delta": text });
        let events = stream(&[
            json!({ "type": "response.created", "response": { "id": "resp_1", "error": null } }),
            delta("Hé"),
            delta("llo"),
            json!({ "type": "response.output_item.done", "item": { "type": "message" } }),
            json!({ "type": "response.output_item.done", "item": function_call() }),
            json!({ "type": "response.completed", "response": { "id": "resp_1" } }),
        ]);
        let expected = Response {
            id: "resp_1".to_owned(),
            text: "Héllo".to_owned(),
            calls: vec![call()],
        };
        for size in [1, 7, events.len()] {
            let mut reader = Reader::default();
            let mut text = String::new();
            for part in events.as_bytes().chunks(size) {
                let (came, failure) = reader.push(part);
                assert_eq!(failure, None);
                text += &came;
            }
            assert!(reader.is_done());
            assert_eq!(
                (text.as_str(), reader.finish()),
                ("Héllo", expected.clone())
            );
        }
    }

    #[test]
    fn a_stream_can_fail() {
        let failed = [
            json!({ "type": "error", "code": "x", "message": "overloaded" }),
            json!({ "type": "error", "error": { "message": "overloaded" } }),
            json!({ "type": "response.failed", "response": { "error": { "message": "overloaded" } } }),
        ];
        for event in failed {
            let mut reader = Reader::default();
            let (_, failure) = reader.push(stream(&[event]).as_bytes());
            let said = failure.map(|failure| failure.to_string());
            assert_eq!(said.as_deref(), Some("overloaded"));
            assert!(!reader.is_done());
        }
    }

    #[test]
    fn a_whole_response_is_read() {
        let body = json!({
            "id": "resp_2", "error": null,
            "output": [
                { "type": "reasoning", "summary": [] },
                { "type": "message", "content": [
                    { "type": "output_text", "text": "A" }, { "type": "refusal", "refusal": "B" },
                ] },
                function_call(),
            ],
        });
        let read = Response::parse(body.to_string().as_bytes()).expect("it is one");
        let expected = Response {
            id: "resp_2".to_owned(),
            text: "AB".to_owned(),
            calls: vec![call()],
        };
        assert_eq!(read, expected);
        for garbage in [
            "<html>",
            "{}",
            "{\"error\":{\"message\":\"no\"},\"output\":[]}",
        ] {
            assert!(Response::parse(garbage.as_bytes()).is_err(), "{garbage}");
        }
    }
}
