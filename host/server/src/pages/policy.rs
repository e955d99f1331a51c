//! What pages may do in a visitor's browser.

use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// Scripts are the server's own alone; pictures, sounds, frames and styles are whatever a bot
/// shows, and any site may frame a bot: its own list of sites is checked when the chat begins.
const PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline' \
     https:; font-src 'self' https: data:; img-src * data: blob:; media-src * data: blob:; \
     frame-src *; connect-src *; worker-src 'self'; manifest-src 'self'; form-action 'none'; \
     base-uri 'none'; object-src 'none'",
);

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
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(PAGE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    headers.insert(PERMISSIONS, ALLOWED);
    response
}
