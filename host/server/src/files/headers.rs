//! How a stranger's file is served: with the type it came with, and never run.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use mime_guess::Mime;
use talkloom_store::StoredFile;

/// Bytes of any kind.
pub(super) const OPAQUE: Mime = mime_guess::mime::APPLICATION_OCTET_STREAM;

/// Should a browser show one as a page after all, it is a page that may do nothing.
const HARMLESS: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
const ISOLATION: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A file's headers. They replace whatever the storage says of it.
pub(super) fn apply(headers: &mut HeaderMap, file: &StoredFile) {
    let media_type: Mime = file.media_type.parse().unwrap_or(OPAQUE);
    let runs = is_active(&media_type);
    let shown = if runs { &OPAQUE } else { &media_type };
    let shown = HeaderValue::from_str(shown.as_ref());
    headers.insert(
        CONTENT_TYPE,
        shown.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    if runs {
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HARMLESS);
    let cached = if file.is_private {
        "private, no-store"
    } else {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ISOLATION, HeaderValue::from_static("cross-origin"));
        "public, max-age=86400"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
}

/// Types in which browsers find code: pages, drawings, markup of any kind, scripts, styles.
fn is_active(media_type: &Mime) -> bool {
    let kind = media_type.essence_str().to_ascii_lowercase();
    ["html", "xml", "svg", "javascript", "ecmascript", "css"]
        .iter()
        .any(|word| kind.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_would_run_is_known() {
        let active = |kind: &str| is_active(&kind.parse().unwrap());
        for kind in [
            "image/svg+xml",
            "text/html; charset=utf-8",
            "application/xhtml+xml",
            "TEXT/XML",
            "application/javascript",
            "text/javascript",
            "application/rss+xml",
        ] {
            assert!(active(kind), "{kind}");
        }
        for kind in ["image/png", "application/pdf", "text/plain", "audio/webm"] {
            assert!(!active(kind), "{kind}");
        }
    }
}
