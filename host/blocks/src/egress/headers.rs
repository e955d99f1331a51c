//! Headers of requests: what a block may set, and what only the host sets.

use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::EgressError;

const MAX_HEADERS: usize = 100;
const MAX_BYTES: usize = 64 << 10;

/// They frame the message or steer the connection: a second opinion on them is request smuggling.
const HOST_ONLY: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Reads a block's headers; those that only the host sets are left out.
pub(super) fn request_headers(given: &[(String, String)]) -> Result<HeaderMap, EgressError> {
    let bytes: usize = given.iter().map(|(n, v)| n.len() + v.len()).sum();
    if given.len() > MAX_HEADERS || bytes > MAX_BYTES {
        return Err(EgressError::Denied(
            "The request has more headers than allowed.".into(),
        ));
    }
    let mut headers = HeaderMap::with_capacity(given.len() + 2);
    for (name, value) in given {
        let parsed = HeaderName::try_from(name.trim());
        let (Ok(name), Ok(value)) = (parsed, HeaderValue::try_from(value.trim())) else {
            return Err(EgressError::Denied(format!(
                "The header “{}” of the request is not valid.",
                name.escape_default()
            )));
        };
        if !HOST_ONLY.contains(&name.as_str()) && !name.as_str().starts_with("proxy-") {
            headers.append(name, value);
        }
    }
    // Secrets are looked for in what comes back, so it must come back readable.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static("Talkloom"));
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str, value: &str) -> Result<HeaderMap, EgressError> {
        request_headers(&[(name.into(), value.into())])
    }

    #[test]
    fn headers_that_frame_messages_are_left_out() {
        for name in [
            "Host",
            "transfer-encoding",
            "Content-Length",
            "Connection",
            "Proxy-Foo",
        ] {
            let headers = headers(name, "5").unwrap();
            assert!(!headers.contains_key(name), "{name}");
        }
        assert_eq!(
            headers("Accept-Encoding", "gzip").unwrap()["accept-encoding"],
            "identity"
        );
        assert_eq!(headers("X-Mine", " a ").unwrap()["x-mine"], "a");
    }

    #[test]
    fn broken_headers_are_refused() {
        let table = [
            ("X", "a\r\nHost: b"),
            ("X", "a\nb"),
            ("X", "a\0b"),
            ("X: y", "a"),
            ("X\r\nY", "a"),
            ("", "a"),
        ];
        for (name, value) in table {
            assert!(headers(name, value).is_err(), "{name:?} {value:?}");
        }
        assert!(request_headers(&vec![("x".into(), "y".into()); 101]).is_err());
    }
}
