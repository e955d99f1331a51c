//! Pages of a sentence or two.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use crate::chat::RETRY_AFTER_S;

/// `GET /`: says that the server runs, and nothing else.
pub(super) async fn home() -> Html<String> {
    Html(page(
        "Talkloom is running",
        "Open a bot by its address, for example <code>/demo</code>.",
    ))
}

pub(super) async fn not_found() -> Response {
    let page = page("There is nothing here", "Check the address.");
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

/// There is no such bot, as far as visitors may know.
pub(super) fn no_bot() -> Response {
    let text = "Check the address. The bot may have moved, or it is not published yet.";
    let page = page("There is no bot here", text);
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

/// The server could not look.
pub(super) fn failed() -> Response {
    let page = page("Something went wrong", "Try again in a moment.");
    (StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response()
}

/// The database cannot be reached now.
pub(super) fn away() -> Response {
    let page = page("The server is not ready", "Try again in a moment.");
    let soon = [(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S))];
    (StatusCode::SERVICE_UNAVAILABLE, soon, Html(page)).into_response()
}

/// The server was compiled without its pages.
pub(super) fn not_built() -> Response {
    let text = "The chat page is not built yet. Run <code>cargo xtask run</code>. \
                The chat API works all the same.";
    let page = page("The chat page is missing", text);
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}

fn page(title: &str, text: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;\
         padding:0 1.5rem}}h1{{font-size:1.5rem}}</style>\
         <main><h1>{title}</h1><p>{text}</p></main></html>"
    )
}
