//! From the options to the request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::body::{self, Body};
use crate::options::{Options, Webhook};
use crate::query;

const DEFAULT_METHOD: &str = "POST";
/// Seconds.
const MAX_TIMEOUT: f64 = 120.0;

/// A request that can be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// In capitals.
    pub method: String,
    /// With the query parameters.
    pub url: String,
    /// In order.
    pub headers: Vec<(String, String)>,
    /// None for `GET` and `HEAD`.
    pub body: Option<Body>,
    /// The longest wait.
    pub timeout_ms: u32,
}

/// The request, or none while there is no address.
pub fn prepare(
    options: &Options,
    submission: &Value,
    now_ms: impl FnOnce() -> u64,
) -> Option<Prepared> {
    let webhook = options.webhook.as_ref()?;
    let url = url(webhook)?;
    let method = webhook.method.as_deref().filter(|m| !m.is_empty());
    let method = method.unwrap_or(DEFAULT_METHOD).to_ascii_uppercase();
    let mut headers = headers(webhook);
    let content_type = value_of(&headers, "content-type").map(str::to_owned);
    let body = match method.as_str() {
        "GET" | "HEAD" => None,
        _ => Some(body(
            options,
            webhook,
            content_type.as_deref(),
            submission,
            now_ms,
        )),
    };
    // The visitor's page names the type itself.
    if let (Some(body), None, false) = (&body, &content_type, options.is_executed_on_client) {
        headers.push(("Content-Type".to_owned(), body.content_type.to_owned()));
    }
    Some(Prepared {
        method,
        url,
        headers,
        body,
        timeout_ms: timeout_ms(options.timeout.get()),
    })
}

fn url(webhook: &Webhook) -> Option<String> {
    let url = webhook.url.as_deref().filter(|url| !url.is_empty())?;
    let query = query::query(webhook.query_params.iter().filter_map(|p| p.filled()));
    Some(match (query.is_empty(), url.contains('?')) {
        (true, _) => url.to_owned(),
        (false, false) => format!("{url}?{query}"),
        (false, true) => format!("{url}&{query}"),
    })
}

fn headers(webhook: &Webhook) -> Vec<(String, String)> {
    let filled = webhook.headers.iter().filter_map(|p| p.filled());
    let header = |(key, value): (&str, &str)| {
        let value = basic(key, value).unwrap_or_else(|| value.to_owned());
        (key.to_owned(), value)
    };
    filled.map(header).collect()
}

/// `Basic user:password` as it must be sent.
fn basic(key: &str, value: &str) -> Option<String> {
    let (scheme, credentials) = value.split_once(' ')?;
    let readable = key.eq_ignore_ascii_case("authorization")
        && scheme.eq_ignore_ascii_case("basic")
        && credentials.contains(':');
    readable.then(|| format!("Basic {}", STANDARD.encode(credentials.trim())))
}

fn value_of<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn body(
    options: &Options,
    webhook: &Webhook,
    content_type: Option<&str>,
    submission: &Value,
    now_ms: impl FnOnce() -> u64,
) -> Body {
    match webhook.body.as_deref() {
        // Old documents ask for the answers with `{{state}}`.
        Some(text) if options.is_custom_body && !matches!(text, "" | "{{state}}") => {
            body::custom(text, content_type)
        }
        _ => body::json(body::submission(submission, now_ms()), content_type),
    }
}

/// As long as possible where nothing is chosen: a slow automation is better than a lost one.
fn timeout_ms(seconds: Option<f64>) -> u32 {
    let seconds = seconds.unwrap_or(MAX_TIMEOUT).clamp(1.0, MAX_TIMEOUT);
    (seconds * 1000.0) as u32
}

impl Prepared {
    /// The headers as an object, repeated ones as a list.
    pub fn header_map(&self) -> Map<String, Value> {
        let pairs = self.headers.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let entry = |(key, values): (&str, Vec<&str>)| match values.as_slice() {
            [value] => (key.to_owned(), Value::from(*value)),
            _ => (key.to_owned(), Value::from(values)),
        };
        query::grouped(pairs).into_iter().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn prepared(options: Value) -> Prepared {
        let options = serde_json::from_value(options).expect("valid options");
        let submission = json!({ "N": "1" });
        prepare(&options, &submission, || 0).expect("there is an address")
    }

    fn sent(prepared: &Prepared) -> Option<&str> {
        let body = prepared.body.as_ref()?;
        Some(std::str::from_utf8(&body.bytes).expect("it is text"))
    }

    #[test]
    fn defaults_to_posting_the_submission() {
        let request = prepared(json!({ "webhook": { "url": "https://e.example" } }));
        assert_eq!(request.method, "POST");
        assert_eq!(request.timeout_ms, 120_000);
        assert_eq!(
            value_of(&request.headers, "content-type"),
            Some("application/json")
        );
        let body = "{\"submittedAt\":\"1970-01-01T00:00:00.000Z\",\"N\":\"1\"}";
        assert_eq!(sent(&request), Some(body));
        let state = json!({ "isCustomBody": true, "webhook": { "url": "u", "body": "{{state}}" } });
        assert_eq!(sent(&prepared(state)), Some(body));
        let unused = json!({ "webhook": { "url": "u", "body": "mine" } });
        assert_eq!(sent(&prepared(unused)), Some(body));
    }

    #[test]
    fn a_get_request_has_no_body() {
        let request = prepared(json!({
            "isCustomBody": true, "timeout": 0.2,
            "webhook": { "url": "https://e.example?x=1", "method": "get", "body": "{}",
                "queryParams": [{ "key": "q", "value": "a b" }, { "key": "", "value": "z" }, { "key": "e" }] },
        }));
        assert_eq!(request.url, "https://e.example?x=1&q=a%20b");
        assert_eq!((request.body, request.timeout_ms), (None, 1000));
        assert_eq!(request.headers, []);
    }

    #[test]
    fn basic_credentials_are_encoded_once() {
        let header = |value: &str| {
            let headers = json!([{ "key": "authorization", "value": value }]);
            let webhook = json!({ "url": "u", "method": "GET", "headers": headers });
            prepared(json!({ "webhook": webhook })).headers[0].1.clone()
        };
        assert_eq!(header("Basic user:pass"), "Basic dXNlcjpwYXNz");
        assert_eq!(header("Basic dXNlcjpwYXNz"), "Basic dXNlcjpwYXNz");
        assert_eq!(header("Bearer a:b"), "Bearer a:b");
    }

    #[test]
    fn without_an_address_there_is_nothing_to_send() {
        for options in [
            json!({}),
            json!({ "webhook": {} }),
            json!({ "webhook": { "url": "" } }),
        ] {
            let options = serde_json::from_value(options).expect("valid options");
            assert_eq!(prepare(&options, &Value::Null, || 0), None);
        }
    }
}
