//! Counts HTTP requests by the route that took them, never by the path as it was asked for.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use super::figures::figures;
use super::names;

/// What fits no route.
const NOWHERE: &str = "none";

/// Counts a request when its answer begins.
pub async fn count_requests(request: Request, next: Next) -> Response {
    if figures().is_none() {
        return next.run(request).await;
    }
    let started = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or(NOWHERE, MatchedPath::as_str);
    count(method, route, response.status().as_u16(), started);
    response
}

fn count(method: &'static str, route: &str, status: u16, started: Instant) {
    let route = route.to_owned();
    metrics::histogram!(names::REQUEST_SECONDS, "route" => route.clone()).record(started.elapsed());
    let labels = [
        ("method", method.into()),
        ("route", metrics::SharedString::from(route)),
        ("status", status.to_string().into()),
    ];
    metrics::counter!(names::REQUESTS, &labels).increment(1);
}

/// Anyone may send a method of their own making.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
