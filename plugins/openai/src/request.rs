//! The request for a completion.

use serde_json::{Value, json};
use talkloom_block::{Call, Credential, Failure};

use crate::options::{ChatCompletion, Item};
use crate::{BASE_URL, messages};

const MODEL: &str = "gpt-4o-mini";

/// Where the request goes: the account's address counts before the block's own. Without an account
/// the block must name one: a server of one's own may need no key.
///
/// # Errors
/// When neither an account nor an address was chosen.
pub fn url(options: &ChatCompletion, account: Option<&Credential>) -> Result<String, Failure> {
    let filled = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
    let base = account.and_then(|account| account.field("baseUrl").map(str::to_owned));
    let base = base.or_else(|| filled(&options.base_url));
    let base = base.or_else(|| account.map(|_| BASE_URL.to_owned()));
    let base = base.ok_or_else(|| {
        Failure::other(
            "Choose an OpenAI account in the block's settings, or the address of a server that \
             needs no key.",
        )
    })?;
    let url = format!("{}/chat/completions", base.trim_end_matches('/'));
    Ok(match filled(&options.api_version) {
        Some(version) => format!("{url}?api-version={version}"),
        None => url,
    })
}

/// The request's body. Text is asked for word by word where a variable receives it.
///
/// # Errors
/// When there is nothing to say to the model.
pub fn body(options: &ChatCompletion, call: &Call) -> Result<Value, Failure> {
    let model = options.model.as_deref().filter(|model| !model.is_empty());
    let model = model.unwrap_or(MODEL);
    let messages = messages::messages(&options.messages, model, call);
    if messages.is_empty() {
        return Err(Failure::other(
            "There are no messages for the model: add one to the block.",
        ));
    }
    let mut body = json!({ "model": model, "messages": messages });
    if let Some(temperature) = options.temperature.get() {
        body["temperature"] = json!(temperature);
    }
    let items = || {
        options
            .response_mapping
            .iter()
            .map(|m| m.item.unwrap_or_default())
    };
    if items().any(|item| item == Item::MessageContent) {
        body["stream"] = json!(true);
        if items().any(|item| item != Item::MessageContent) {
            body["stream_options"] = json!({ "include_usage": true });
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(options: Value) -> ChatCompletion {
        serde_json::from_value(options).expect("valid options")
    }

    #[test]
    fn the_accounts_address_counts_first() {
        let account = |base: &str| Credential {
            fields: vec![("baseUrl".to_owned(), base.to_owned())],
            ..Credential::default()
        };
        let old = options(json!({ "baseUrl": "https://old.example/v1", "apiVersion": "2024-02" }));
        let none = options(json!({}));
        let table = [
            (
                &old,
                Some(account("https://ai.example/v2/")),
                Some("https://ai.example/v2"),
            ),
            (&old, Some(account("")), Some("https://old.example/v1")),
            (&old, None, Some("https://old.example/v1")),
            (&none, Some(account("")), Some("https://api.openai.com/v1")),
            (&none, None, None),
        ];
        for (options, account, base) in table {
            let version = options
                .api_version
                .as_ref()
                .map(|v| format!("?api-version={v}"));
            let expected =
                base.map(|base| format!("{base}/chat/completions{}", version.unwrap_or_default()));
            assert_eq!(url(options, account.as_ref()).ok(), expected);
        }
    }

    #[test]
    fn streams_and_counts_only_where_someone_wants_it() {
        let body = |mapping: Value| {
            let messages = json!([{ "role": "user", "content": "Hi" }]);
            let all =
                json!({ "messages": messages, "temperature": "0,5", "responseMapping": mapping });
            body(&options(all), &Call::default()).expect("there is a message")
        };
        let text = body(json!([{ "variableId": "v" }]));
        assert_eq!(
            (&text["stream"], &text["temperature"]),
            (&json!(true), &json!(0.5))
        );
        assert_eq!(text["model"], json!("gpt-4o-mini"));
        assert_eq!(text.get("stream_options"), None);
        let both = body(json!([{ "variableId": "v" }, { "item": "Total tokens" }]));
        assert_eq!(both["stream_options"], json!({ "include_usage": true }));
        assert_eq!(
            body(json!([{ "item": "Total tokens" }])).get("stream"),
            None
        );
    }

    #[test]
    fn without_messages_nothing_is_asked() {
        let refused = body(&options(json!({})), &Call::default());
        assert!(matches!(refused, Err(Failure::Other(_))));
    }
}
