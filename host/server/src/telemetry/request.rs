//! Every request has an id: the caller's, or one of ours. It stands in each log line that the
//! request causes, in the answer's head, and in what a visitor is told when the server failed.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::traces;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longer ids are not taken: they would only fill the log.
const LONGEST: usize = 64;

/// The name of the span that a request's lines are logged in.
pub(super) const SPAN: &str = "request";

tokio::task_local! {
    static REQUEST_ID: HeaderValue;
}

/// The id of the request that is being answered, where one is.
pub fn request_id() -> Option<String> {
    let text = |id: &HeaderValue| id.to_str().map(str::to_owned).ok();
    REQUEST_ID.try_with(text).ok().flatten()
}

/// Lets a task of its own know the request that it works for.
pub fn carried<F: Future>(task: F) -> impl Future<Output = F::Output> {
    let id = REQUEST_ID.try_with(Clone::clone).ok();
    let carried = async move {
        match id {
            Some(id) => REQUEST_ID.scope(id, task).await,
            None => task.await,
        }
    };
    // The task's own span may be one that nobody asked for: then lines still name the request.
    carried.instrument(Span::current())
}

/// Gives the request an id and a span.
pub async fn identify(request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(draw);
    let span = span(&request, &id);
    let answering = REQUEST_ID.scope(id.clone(), next.run(request));
    let mut response = answering.instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    response.headers_mut().insert(HEADER, id);
    response
}

fn span(request: &Request, id: &HeaderValue) -> Span {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str);
    let id = id.to_str().unwrap_or_default();
    let method = request.method().as_str();
    // At the level of errors: whatever is logged, an error's line names its request.
    let span = tracing::error_span!(
        SPAN,
        id,
        method,
        route,
        status = Empty,
        otel.kind = "server"
    );
    if traces::are_collected() {
        let caller = HeaderExtractor(request.headers());
        let caller = TraceContextPropagator::new().extract(&caller);
        // A span that nobody collects has no parent to set.
        let _ = span.set_parent(caller);
    }
    span
}

/// The caller's own id, where it is one that can stand in a log.
fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(HEADER)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(byte);
    let bytes = id.as_bytes();
    let fits = !bytes.is_empty() && bytes.len() <= LONGEST && bytes.iter().all(plain);
    fits.then(|| id.clone())
}

fn draw() -> HeaderValue {
    let id = format!("{:032x}", rand::random::<u128>());
    HeaderValue::from_str(&id).expect("hexadecimal digits can stand in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_could_write_into_the_log_are_not_taken() {
        let taken = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, id.parse().unwrap());
            given(&headers).is_some()
        };
        assert!(taken("0af7651916cd43dd-8448eb211c80319c"));
        assert!(!taken(""));
        assert!(!taken("a b"));
        assert!(!taken("a\tstatus=200"));
        assert!(!taken(&"a".repeat(65)));
        assert_ne!(draw(), draw());
    }
}
