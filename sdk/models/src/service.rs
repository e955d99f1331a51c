//! The service that is asked: its address, and what its refusals mean.

use serde_json::Value;
use talkloom_block::{Failure, http};

use crate::text::beginning;

/// How much of an unreadable answer is shown, in characters.
const SHOWN: usize = 300;

/// A service at an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// What paths are appended to.
    pub base: String,
    /// Added to every address, without its question mark.
    pub query: Option<String>,
    /// Said where the service does not accept the key.
    pub key_advice: Option<String>,
}

impl Service {
    /// A service at a base address.
    pub fn at(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            ..Self::default()
        }
    }

    /// The address of something that it offers: `/chat/completions`.
    pub fn url(&self, path: &str) -> String {
        let base = self.base.trim_end_matches('/');
        match &self.query {
            Some(query) => format!("{base}{path}?{query}"),
            None => format!("{base}{path}"),
        }
    }

    /// Asks with a JSON body.
    ///
    /// # Errors
    /// As [`Service::send`].
    pub fn post(&self, path: &str, body: &Value) -> Result<http::Response, Failure> {
        self.send(http::Request::post_json(self.url(path), body)?)
    }

    /// Sends a request that was made for one of its addresses.
    ///
    /// # Errors
    /// When there is no answer, or one with an error status.
    pub fn send(&self, request: http::Request) -> Result<http::Response, Failure> {
        let mut response = request.send()?;
        if response.is_success() {
            return Ok(response);
        }
        let wait = response.header("retry-after").map(str::to_owned);
        let body = response.text().unwrap_or_default();
        Err(self.refusal(response.status, &body, wait.as_deref()))
    }

    /// What a status other than 2xx says; `wait` is its header `Retry-After`.
    pub fn refusal(&self, status: u16, body: &str, wait: Option<&str>) -> Failure {
        let parsed: Option<Value> = serde_json::from_str(body).ok();
        let said = parsed.and_then(|answer| answer.get("error").map(said));
        let said = said.unwrap_or_else(|| beginning(body.trim(), SHOWN));
        let mut message = format!("The model's service answered {status}: {said}");
        if let (401 | 403, Some(advice)) = (status, &self.key_advice) {
            message = format!("{message} {advice}");
        }
        if let (429 | 503, Some(wait)) = (status, wait) {
            let unit = if wait.bytes().all(|b| b.is_ascii_digit()) {
                " s"
            } else {
                ""
            };
            message = format!("{message} It asks to wait: {wait}{unit}.");
        }
        upstream(Some(status), message)
    }
}

/// What an `error` of the protocol says.
pub fn said(error: &Value) -> String {
    let text = error["message"].as_str().or_else(|| error.as_str());
    text.map_or_else(|| beginning(&error.to_string(), SHOWN), str::to_owned)
}

/// The service failed.
pub fn upstream(status: Option<u16>, message: impl Into<String>) -> Failure {
    Failure::Upstream {
        status,
        message: message.into(),
        retryable: status.is_none_or(|status| status == 429 || status >= 500),
    }
}

/// An answer that is not what was asked for.
pub fn unreadable(wanted: &str, bytes: &[u8]) -> Failure {
    let start = &bytes[..bytes.len().min(4 * SHOWN)];
    let body = beginning(&String::from_utf8_lossy(start), SHOWN);
    upstream(
        None,
        format!("The model's service gave no {wanted}: {body}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_take_a_query() {
        let mut service = Service::at("https://e.example/v1/");
        assert_eq!(service.url("/models"), "https://e.example/v1/models");
        service.query = Some("api-version=2024-02".to_owned());
        let expected = "https://e.example/v1/models?api-version=2024-02";
        assert_eq!(service.url("/models"), expected);
    }

    #[test]
    fn refusals_say_why_and_whether_to_try_again() {
        let mut service = Service::default();
        let said = |failure: &Failure| failure.to_string();
        let refused = service.refusal(401, r#"{"error":{"message":"Incorrect API key"}}"#, None);
        let expected = Failure::Upstream {
            status: Some(401),
            message: "The model's service answered 401: Incorrect API key".to_owned(),
            retryable: false,
        };
        assert_eq!(refused, expected);
        let busy = service.refusal(503, "<busy>", None);
        let is_retryable = |failure: &Failure| {
            matches!(
                failure,
                Failure::Upstream {
                    retryable: true,
                    ..
                }
            )
        };
        assert!(
            is_retryable(&busy) && said(&busy).ends_with("<busy>"),
            "{busy}"
        );

        let limited = service.refusal(429, r#"{"error":"Slow down."}"#, Some("20"));
        let sentence = "The model's service answered 429: Slow down. It asks to wait: 20 s.";
        assert!(is_retryable(&limited));
        assert_eq!(said(&limited), sentence);

        service.key_advice = Some("Look at the key.".to_owned());
        let advised = service.refusal(403, "no", Some("20"));
        assert_eq!(
            said(&advised),
            "The model's service answered 403: no Look at the key."
        );
        let other = service.refusal(400, "no", None);
        assert_eq!(said(&other), "The model's service answered 400: no");
    }
}
