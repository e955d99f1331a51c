//! The viewer's files. Those with a hash in their name never change.

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::{plain, policy};
use crate::assets::Viewer;

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) async fn viewer(Path(path): Path<String>, asked: HeaderMap) -> Response {
    // The page itself is served under bots' addresses, with its own policy.
    if path == "index.html" || path.ends_with(".br") {
        return plain::not_found().await;
    }
    let packed = takes_brotli(&asked)
        .then(|| Viewer::get(&format!("{path}.br")))
        .flatten();
    let is_packed = packed.is_some();
    let Some(file) = packed.or_else(|| Viewer::get(&path)) else {
        return plain::not_found().await;
    };
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind(&path));
    headers.insert(CACHE_CONTROL, FOREVER);
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    // The sandbox has an origin of its own, and fonts are fetched as from anywhere.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if is_packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    if path.ends_with(".html") {
        let policy = match path.starts_with("frame-") {
            true => policy::FRAME,
            false => policy::SANDBOX,
        };
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn takes_brotli(asked: &HeaderMap) -> bool {
    let encodings = asked
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    encodings.unwrap_or_default().split(',').any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        parts.next() == Some("br") && parts.next() != Some("q=0")
    })
}

fn kind(path: &str) -> HeaderValue {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let text = match kind.type_() {
        mime_guess::mime::TEXT => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::{kind, takes_brotli};
    use axum::http::HeaderMap;
    use axum::http::header::ACCEPT_ENCODING;

    #[test]
    fn kinds_are_what_browsers_insist_on() {
        assert_eq!(kind("a.js"), "text/javascript; charset=utf-8");
        assert_eq!(kind("a.wasm"), "application/wasm");
        assert_eq!(kind("a.svg"), "image/svg+xml");
        assert_eq!(kind("a.woff2"), "font/woff2");
    }

    #[test]
    fn brotli_goes_to_those_who_take_it() {
        for (header, takes) in [("gzip, br", true), ("br;q=0", false), ("gzip", false)] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, header.parse().unwrap())]);
            assert_eq!(takes_brotli(&headers), takes, "{header}");
        }
    }
}
