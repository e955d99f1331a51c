//! The page that a person sees when the browser comes back: a sentence, and it closes itself.

use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::{Connected, OAuthError};

/// Tells the page that opened this one, on the same origin, and closes; a page that no script
/// opened stays.
const CLOSE: &str = "if(window.opener)window.opener.postMessage('talkloom:connected',\
                     location.origin);window.close()";

const STYLE: &str = ":root{color-scheme:light dark}\
    body{font:1rem/1.5 'Inter Variable',Inter,system-ui,sans-serif;max-width:32rem;\
    margin:20vh auto;padding:0 24px;color:light-dark(#17191f,#f1f2f5);\
    background:light-dark(#fcfbf9,#14161b)}\
    h1{font-size:1.625rem;line-height:1.2;margin:0 0 12px}\
    p{margin:0 0 8px;color:light-dark(#4a4f5c,#b9bdc9);overflow-wrap:anywhere}";

/// The account is connected.
pub(super) fn connected(connected: &Connected) -> Response {
    let of = connected
        .account
        .as_deref()
        .map_or(String::new(), |account| format!(" ({})", escaped(account)));
    let text = format!(
        "“{}”{of} can be chosen in blocks now. You can close this page.",
        escaped(&connected.name)
    );
    page(
        StatusCode::OK,
        "The account is connected",
        &text,
        Some(CLOSE),
    )
}

/// It is not.
pub(super) fn failed(error: &OAuthError) -> Response {
    let status = match error {
        OAuthError::Issuer(_) | OAuthError::Refused => StatusCode::BAD_GATEWAY,
        error if error.is_fault() => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let text = escaped(&error.to_string());
    page(status, "The account is not connected", &text, None)
}

fn page(status: StatusCode, title: &str, text: &str, script: Option<&str>) -> Response {
    let run = script.map_or(String::new(), |script| format!("<script>{script}</script>"));
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style>\
         <main><h1>{title}</h1><p>{text}</p></main>{run}</html>"
    );
    let mut response = (status, Html(html)).into_response();
    let policy = HeaderValue::try_from(policy(script));
    if let Ok(policy) = policy {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Only what stands above runs.
fn policy(script: Option<&str>) -> String {
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    let script = script.map_or("'none'".to_owned(), |script| {
        format!("'sha256-{}'", digest(script))
    });
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src {script}; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'none'",
        digest(STYLE)
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
