//! What pages may do in a visitor's browser.

use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// Scripts are the server's own alone; pictures, sounds, frames and styles are whatever a bot
/// shows, and any site may frame a bot: its own list of sites is checked when the chat begins.
const PAGE: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline' \
     https:; font-src 'self' https: data:; img-src * data: blob:; media-src * data: blob:; \
     frame-src *; connect-src *; worker-src 'self'; manifest-src 'self'; form-action 'none'; \
     base-uri 'none'; object-src 'none'";
/// Where other origins are added to those whose scripts a page runs.
const OWN_SCRIPTS: &str = "script-src 'self'";

/// The policy of a page whose blocks need scripts of these origins.
pub(super) fn with_scripts<'o>(origins: impl Iterator<Item = &'o str>) -> HeaderValue {
    let mut scripts = OWN_SCRIPTS.to_owned();
    for origin in origins {
        scripts.push(' ');
        scripts.push_str(origin);
    }
    let policy = PAGE.replacen(OWN_SCRIPTS, &scripts, 1);
    // Manifests name plain hosts only; the usual policy is stricter than any.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(PAGE))
}

/// A frame of an origin of its own, in which code of a bot's builder runs: it may compute and ask
/// other servers, and it reaches nothing of the page.
pub(super) const SANDBOX: HeaderValue = HeaderValue::from_static(
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; \
     connect-src *",
);

/// A frame of an origin of its own that may load and show anything: what a bot's builder puts on
/// the page, and what blocks show, reaches nothing of the page either.
pub(super) const FRAME: HeaderValue = HeaderValue::from_static(
    "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox; \
     default-src * data: blob: 'unsafe-inline' 'unsafe-eval'",
);

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const ALLOWED: HeaderValue = HeaderValue::from_static("camera=(), geolocation=()");

pub(super) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(PAGE));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    headers.insert(PERMISSIONS, ALLOWED);
    response
}

#[cfg(test)]
mod tests {
    use super::{PAGE, with_scripts};

    #[test]
    fn only_named_origins_are_added() {
        assert_eq!(with_scripts([].into_iter()), PAGE);
        let policy = with_scripts(["https://js.example.com"].into_iter());
        let policy = policy.to_str().unwrap();
        let added = "script-src 'self' https://js.example.com 'wasm-unsafe-eval';";
        assert!(policy.contains(added), "{policy}");
        assert_eq!(policy.replace(" https://js.example.com", ""), PAGE);
    }
}
