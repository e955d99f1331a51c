//! How a stranger's file is served: with the type it came with, and never run.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use mime_guess::Mime;

use super::storage::Shown;

/// Bytes of any kind.
pub(super) const OPAQUE: Mime = mime_guess::mime::APPLICATION_OCTET_STREAM;

/// Should a browser show one as a page after all, it is a page that may do nothing.
const HARMLESS: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
const ISOLATION: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a file is shown as, wherever it is kept: never as something that a browser would run.
pub(super) struct Safe {
    /// The media type.
    pub(super) content_type: String,
    /// Whether it is saved instead of shown, and under which name.
    pub(super) disposition: Option<String>,
    /// How long it may be kept by whom.
    pub(super) cache: &'static str,
}

impl From<&Shown> for Safe {
    fn from(shown: &Shown) -> Self {
        let media_type: Mime = shown.media_type.parse().unwrap_or(OPAQUE);
        let runs = is_active(&media_type);
        let disposition = match &shown.save_as {
            // A key's name has letters, digits, `.`, `-` and `_` alone; all of ASCII goes as it is.
            Some(name) if name.is_ascii() => Some(format!("attachment; filename=\"{name}\"")),
            Some(_) => Some("attachment".to_owned()),
            None => runs.then(|| "attachment".to_owned()),
        };
        let shown_as = if runs { &OPAQUE } else { &media_type };
        Self {
            content_type: shown_as.to_string(),
            disposition,
            cache: if shown.is_private {
                "private, no-store"
            } else {
                "public, max-age=86400"
            },
        }
    }
}

/// A file's headers. They replace whatever the storage says of it.
pub(super) fn apply(headers: &mut HeaderMap, shown: &Shown) {
    let safe = Safe::from(shown);
    let opaque = HeaderValue::from_static("application/octet-stream");
    let content_type = HeaderValue::from_str(&safe.content_type);
    headers.insert(CONTENT_TYPE, content_type.unwrap_or(opaque));
    if let Some(disposition) = safe.disposition {
        let saved = HeaderValue::from_str(&disposition);
        let saved = saved.unwrap_or(HeaderValue::from_static("attachment"));
        headers.insert(CONTENT_DISPOSITION, saved);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HARMLESS);
    if !shown.is_private {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ISOLATION, HeaderValue::from_static("cross-origin"));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(safe.cache));
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
