//! The model's answer, whole or in parts.

use serde_json::Value;
use talkloom_block::{Failure, sse};

use crate::options::Item;

/// What ends a stream.
const DONE: &str = "[DONE]";
/// How much of an unreadable answer is shown, in characters.
const SHOWN: usize = 300;

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completion {
    /// The text.
    pub content: String,
    /// What was counted; null where nothing was.
    pub usage: Value,
}

impl Completion {
    /// Reads a whole answer.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let answer: Value = serde_json::from_slice(bytes).map_err(|_| unreadable(bytes))?;
        let message = answer
            .pointer("/choices/0/message")
            .ok_or_else(|| unreadable(bytes))?;
        let content = message["content"].as_str().unwrap_or_default();
        Ok(Self {
            content: content.to_owned(),
            usage: answer["usage"].clone(),
        })
    }

    /// A part of it for a variable.
    pub fn item(&self, item: Option<Item>) -> Value {
        match item.unwrap_or_default() {
            Item::MessageContent => Value::from(self.content.as_str()),
            Item::TotalTokens => self.usage["total_tokens"].clone(),
            Item::PromptTokens => self.usage["prompt_tokens"].clone(),
            Item::CompletionTokens => self.usage["completion_tokens"].clone(),
        }
    }
}

/// Puts an answer together from a stream.
#[derive(Debug, Default)]
pub struct Reader {
    events: sse::Parser,
    completion: Completion,
    done: bool,
}

impl Reader {
    /// Takes the next part of the body. Gives the text that came with it, and the failure where
    /// the service says within the stream that it failed.
    pub fn push(&mut self, part: &[u8]) -> (String, Option<Failure>) {
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
                failure = Some(upstream(None, message(error)));
                break;
            }
            if let Some(delta) = chunk.pointer("/choices/0/delta/content") {
                text.push_str(delta.as_str().unwrap_or_default());
            }
            if chunk["usage"].is_object() {
                self.completion.usage = chunk["usage"].clone();
            }
        }
        self.completion.content.push_str(&text);
        (text, failure)
    }

    /// The service said that nothing follows.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// What came.
    pub fn finish(self) -> Completion {
        self.completion
    }
}

/// What a status other than 2xx says.
pub fn refusal(status: u16, body: &str) -> Failure {
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let said = parsed.and_then(|answer| answer.get("error").map(message));
    let said = said.unwrap_or_else(|| shown(body));
    upstream(
        Some(status),
        format!("The model's service answered {status}: {said}"),
    )
}

fn message(error: &Value) -> String {
    let text = error["message"].as_str().or_else(|| error.as_str());
    text.map_or_else(|| shown(&error.to_string()), str::to_owned)
}

fn upstream(status: Option<u16>, message: String) -> Failure {
    Failure::Upstream {
        status,
        message,
        retryable: status.is_none_or(|status| status == 429 || status >= 500),
    }
}

fn unreadable(bytes: &[u8]) -> Failure {
    let body = shown(&String::from_utf8_lossy(bytes));
    upstream(
        None,
        format!("The model's service gave no chat completion: {body}"),
    )
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stream_becomes_text_and_counts() {
        let stream = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"Hé\"}}]}\n\n: wait\n\ndata: ping\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"llo\"}}],\"usage\":null}\n\n\
            data: {\"choices\":[],\"usage\":{\"total_tokens\":7}}\n\ndata: [DONE]\n\n";
        for size in [1, 3, 50, stream.len()] {
            let mut reader = Reader::default();
            let mut text = String::new();
            for part in stream.as_bytes().chunks(size) {
                let (came, failure) = reader.push(part);
                assert_eq!(failure, None);
                text += &came;
            }
            assert!(reader.is_done());
            let completion = reader.finish();
            assert_eq!(
                (text.as_str(), completion.content.as_str()),
                ("Héllo", "Héllo")
            );
            assert_eq!(completion.item(Some(Item::TotalTokens)), json!(7));
            assert_eq!(completion.item(None), json!("Héllo"));
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
    fn a_whole_answer_is_read() {
        let body = br#"{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":3}}"#;
        let completion = Completion::parse(body).expect("it is one");
        assert_eq!(completion.item(None), json!("Hi"));
        assert_eq!(completion.item(Some(Item::PromptTokens)), json!(3));
        assert!(Completion::parse(b"<html>").is_err());
    }

    #[test]
    fn refusals_say_why_and_whether_to_try_again() {
        let refused = refusal(401, r#"{"error":{"message":"Incorrect API key"}}"#);
        let said = "The model's service answered 401: Incorrect API key";
        let expected = Failure::Upstream {
            status: Some(401),
            message: said.to_owned(),
            retryable: false,
        };
        assert_eq!(refused, expected);
        let busy = refusal(503, "<busy>");
        assert!(matches!(
            &busy,
            Failure::Upstream {
                retryable: true,
                ..
            }
        ));
        assert!(busy.to_string().ends_with("<busy>"), "{busy}");
    }
}
