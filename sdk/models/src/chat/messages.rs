//! The conversation as the model reads it.

use serde_json::{Value, json};
use talkloom_block::Call;

use super::options::{Message, Role, Speaker};

/// Models that look at pictures, by the start of their names (after the name of their maker, which
/// some services put before a slash).
const SEEING: [&str; 15] = [
    "gpt-5",
    "gpt-4o",
    "gpt-4.1",
    "gpt-4.5",
    "gpt-4-turbo",
    "chatgpt-4o",
    "o1",
    "o3",
    "o4",
    "claude-",
    "gemini-",
    "pixtral",
    "llama-4",
    "grok-4",
    "qwen-vl",
];
const PICTURES: [&str; 5] = [".png", ".jpg", ".jpeg", ".gif", ".webp"];

/// The messages in order; empty ones are left out.
pub fn messages(messages: &[Message], model: &str, call: &Call) -> Vec<Value> {
    let mut list = Vec::new();
    for message in messages {
        let content = message.content.as_deref().unwrap_or_default();
        match message.role {
            Some(Role::System) => list.extend(plain("system", content)),
            Some(Role::Assistant) => list.extend(plain("assistant", content)),
            Some(Role::User) => list.extend(user(content, model)),
            Some(Role::Dialogue) => list.extend(dialogue(message, model, call)),
            None => {}
        }
    }
    list
}

fn dialogue(message: &Message, model: &str, call: &Call) -> Vec<Value> {
    let Some(variable) = &message.dialogue_variable_id else {
        return Vec::new();
    };
    let starts_by = message.starts_by.unwrap_or_default();
    in_turn(texts(call.value(variable)), starts_by, model)
}

/// The texts that a variable holds: a list, or a single one.
pub fn texts(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        text => std::slice::from_ref(text),
    }
}

/// Texts that the visitor and the model said in turn; empty ones are left out.
pub fn in_turn(texts: &[Value], starts_by: Speaker, model: &str) -> Vec<Value> {
    let mut speaker = starts_by;
    let mut list = Vec::new();
    for text in texts {
        let text = text.as_str().unwrap_or_default();
        match speaker {
            Speaker::User => list.extend(user(text, model)),
            Speaker::Assistant => list.extend(plain("assistant", text)),
        }
        speaker = match speaker {
            Speaker::User => Speaker::Assistant,
            Speaker::Assistant => Speaker::User,
        };
    }
    list
}

/// A message of nothing but text; none where there is no text.
pub fn plain(role: &str, content: &str) -> Option<Value> {
    (!content.is_empty()).then(|| json!({ "role": role, "content": content }))
}

/// For a model that sees, paragraphs that are addresses of pictures become pictures.
pub fn user(content: &str, model: &str) -> Option<Value> {
    let sees = sees(model);
    let paragraphs = || content.split("\n\n").filter(|p| !p.trim().is_empty());
    if !sees || !paragraphs().any(is_picture) {
        return plain("user", content);
    }
    let part = |paragraph: &str| {
        if is_picture(paragraph) {
            json!({ "type": "image_url", "image_url": { "url": paragraph.trim() } })
        } else {
            json!({ "type": "text", "text": paragraph })
        }
    };
    let parts: Vec<_> = paragraphs().map(part).collect();
    Some(json!({ "role": "user", "content": parts }))
}

fn sees(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    name.contains("vision") || SEEING.iter().any(|start| name.starts_with(start))
}

fn is_picture(paragraph: &str) -> bool {
    let text = paragraph.trim().to_ascii_lowercase();
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let address = text.starts_with("https://") || text.starts_with("http://");
    address
        && !text.contains(char::is_whitespace)
        && PICTURES.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(list: Value, model: &str, call: &Call) -> Value {
        let list: Vec<Message> = serde_json::from_value(list).expect("valid options");
        Value::from(messages(&list, model, call))
    }

    #[test]
    fn a_dialogue_is_said_in_turn() {
        let call =
            Call::default().with_variable("v1", "Dialogue", json!(["Hi", "Hello", null, "?"]));
        let list = json!([
            { "role": "system", "content": "Be brief." },
            { "role": "Dialogue", "dialogueVariableId": "v1" },
            { "role": "user", "content": "" },
            { "role": "Dialogue", "dialogueVariableId": "v1", "startsBy": "assistant" },
            { "role": "Dialogue", "dialogueVariableId": "v2" },
            { "content": "unfinished" },
        ]);
        let said = json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "Hi" },
            { "role": "assistant", "content": "Hello" },
            { "role": "assistant", "content": "?" },
            { "role": "assistant", "content": "Hi" },
            { "role": "user", "content": "Hello" },
            { "role": "user", "content": "?" },
        ]);
        assert_eq!(built(list, "gpt-4o-mini", &call), said);
    }

    #[test]
    fn a_single_text_is_a_dialogue_too() {
        let call = Call::default().with_variable("v1", "Question", "Hi");
        let list = json!([{ "role": "Dialogue", "dialogueVariableId": "v1" }]);
        assert_eq!(
            built(list, "m", &call),
            json!([{ "role": "user", "content": "Hi" }])
        );
    }

    #[test]
    fn pictures_go_to_models_that_see() {
        let content = "What is this?\n\nhttps://e.example/a.PNG?x=1\n\nhttps://e.example/page";
        let list = json!([{ "role": "user", "content": content }]);
        let parts = json!([{ "role": "user", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image_url", "image_url": { "url": "https://e.example/a.PNG?x=1" } },
            { "type": "text", "text": "https://e.example/page" },
        ] }]);
        let call = Call::default();
        for model in [
            "gpt-4o-mini",
            "openai/gpt-5",
            "llama-3.2-90b-vision-preview",
        ] {
            assert_eq!(built(list.clone(), model, &call), parts, "{model}");
        }
        let plain = json!([{ "role": "user", "content": content }]);
        assert_eq!(built(list, "gpt-3.5-turbo", &call), plain);
    }
}
