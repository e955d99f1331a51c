//! Asks a store what a browser asks it before it sends a file: whether a page of ours may.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderName, ORIGIN,
};
use axum::http::{HeaderMap, Method, Request, Response};
use bytes::Bytes;
use http_body_util::Empty;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// What pages send with a file.
const HEADERS: &str = "cache-control,content-type";

/// Whether pages of an origin may send a file to a signed address; an error says why not.
pub(super) async fn preflight(address: &str, origin: &str) -> Result<(), String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(provider)
        .map_err(|error| error.to_string())?
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build::<_, Empty<Bytes>>(connector);
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(address)
        .header(ORIGIN, origin)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "PUT")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, HEADERS)
        .body(Empty::new())
        .map_err(|error| error.to_string())?;
    let asked = tokio::time::timeout(PATIENCE, client.request(request)).await;
    let asked = asked.map_err(|_| "it does not answer within ten seconds".to_owned())?;
    permits(&asked.map_err(|error| error.to_string())?, origin)
}

/// Reads an answer as a browser does.
fn permits<B>(answer: &Response<B>, origin: &str) -> Result<(), String> {
    if !answer.status().is_success() {
        return Err(format!("it answers {}", answer.status().as_u16()));
    }
    let allowed = text(answer.headers(), ACCESS_CONTROL_ALLOW_ORIGIN);
    if !["*", origin].contains(&allowed) {
        return Err("it does not allow this origin".to_owned());
    }
    let methods = text(answer.headers(), ACCESS_CONTROL_ALLOW_METHODS);
    let mut methods = methods.split(',').map(str::trim);
    if !methods.any(|method| ["*", "PUT"].contains(&method)) {
        return Err("it does not allow PUT".to_owned());
    }
    Ok(())
}

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, origin: &str, methods: &str) -> Response<()> {
        let answer = Response::builder()
            .status(status)
            .header(ACCESS_CONTROL_ALLOW_ORIGIN, origin)
            .header(ACCESS_CONTROL_ALLOW_METHODS, methods);
        answer.body(()).unwrap()
    }

    #[test]
    fn an_answer_is_read_as_a_browser_reads_it() {
        let origin = "https://chat.example.com";
        for (status, allowed, methods, permitted) in [
            (200, origin, "GET, PUT", true),
            (204, "*", "*", true),
            (403, "*", "PUT", false),
            (200, "https://other.example.com", "PUT", false),
            (200, "", "PUT", false),
            (200, "*", "GET", false),
        ] {
            let told = permits(&answer(status, allowed, methods), origin);
            assert_eq!(told.is_ok(), permitted, "{status} {allowed} {methods}");
        }
    }
}
