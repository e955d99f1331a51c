//! The models that a service has, listed while someone edits a bot.

use serde_json::Value;
use talkloom_block::{Choice, Failure, http};

use crate::Service;
use crate::service::unreadable;

/// Parts of names of models that do something else than write.
const OTHERS: [&str; 14] = [
    "audio",
    "babbage",
    "dall-e",
    "davinci",
    "embed",
    "image",
    "instruct",
    "moderation",
    "realtime",
    "rerank",
    "sora",
    "transcribe",
    "tts",
    "whisper",
];

/// The models that write.
///
/// # Errors
/// When the service does not list them.
pub fn writing(service: &Service) -> Result<Vec<Choice>, Failure> {
    list(service, |name| {
        !OTHERS.iter().any(|other| name.contains(other))
    })
}

/// The models that speak.
///
/// # Errors
/// As [`writing`].
pub fn speaking(service: &Service) -> Result<Vec<Choice>, Failure> {
    list(service, |name| name.contains("tts"))
}

/// The models that listen.
///
/// # Errors
/// As [`writing`].
pub fn listening(service: &Service) -> Result<Vec<Choice>, Failure> {
    list(service, |name| {
        name.contains("whisper") || name.contains("transcribe")
    })
}

fn list(service: &Service, fits: impl Fn(&str) -> bool) -> Result<Vec<Choice>, Failure> {
    let mut answer = service.send(http::Request::get(service.url("/models")))?;
    choices(&answer.bytes()?, fits)
}

/// Those that fit, by name; all where none does, since other services have names of their own.
fn choices(bytes: &[u8], fits: impl Fn(&str) -> bool) -> Result<Vec<Choice>, Failure> {
    let wrong = || unreadable("list of models", bytes);
    let answer: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
    // Some services give the list as it is.
    let models = answer.get("data").unwrap_or(&answer);
    let models = models.as_array().ok_or_else(wrong)?.iter();
    let mut names: Vec<&str> = models.filter_map(|model| model["id"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let is_any = names.iter().any(|name| fits(name));
    let names = names.into_iter().filter(|name| !is_any || fits(name));
    Ok(names.map(Choice::from).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn those_that_fit_are_listed() {
        let listed = |answer: Value, word: &str| {
            let listed = choices(answer.to_string().as_bytes(), |name| name.contains(word));
            let listed = listed.expect("it is a list");
            listed
                .into_iter()
                .map(|choice| choice.value)
                .collect::<Vec<_>>()
        };
        let model = |id: &str| json!({ "id": id, "object": "model" });
        let data = json!([
            model("tts-1"),
            model("gpt-5"),
            model("gpt-4o"),
            model("gpt-5"),
            {}
        ]);
        let answer = json!({ "object": "list", "data": data });
        assert_eq!(listed(answer, "gpt"), ["gpt-4o", "gpt-5"]);
        assert_eq!(listed(data, "llama"), ["gpt-4o", "gpt-5", "tts-1"]);
        assert!(choices(b"{}", |_| true).is_err());
        assert!(choices(b"<html>", |_| true).is_err());
    }
}
