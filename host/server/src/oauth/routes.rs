//! The two addresses that a person's browser opens: one leads to the issuer, one comes back.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::{Answer, CALLBACK, OAuthError, page};
use crate::App;

/// Each sign-in has a cookie of its own: several may be under way in one browser.
const COOKIE_NAME: &str = "talkloom_oauth_";
/// How many letters of the state tell cookies apart.
const TOLD_BY: usize = 8;
/// As long as a person has.
const COOKIE_S: u32 = 600;

/// Both addresses.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/oauth/start/{state}", get(start))
        .route(CALLBACK, get(callback))
}

/// `GET /api/oauth/start/{state}`: this browser, and no other, may come back with the answer.
async fn start(State(app): State<App>, Path(state): Path<String>) -> Response {
    let (url, sign_in) = match app.oauth.authorize_url(&state).await {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    let secure = if sign_in.redirect_uri.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{}={state}; Path={CALLBACK}; Max-Age={COOKIE_S}; HttpOnly; SameSite=Lax{secure}",
        cookie_name(&state)
    );
    let (Ok(url), Ok(cookie)) = (HeaderValue::try_from(url), HeaderValue::try_from(cookie)) else {
        return failed(&OAuthError::Unknown);
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, url);
    response.headers_mut().insert(SET_COOKIE, cookie);
    private(response)
}

/// What issuers append to the address.
#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

/// `GET /api/oauth/callback`.
async fn callback(
    State(app): State<App>,
    Query(given): Query<Given>,
    headers: HeaderMap,
) -> Response {
    let shown = cookie(&headers, &cookie_name(&given.state));
    let answer = Answer {
        state: given.state,
        code: given.code,
        error: given.error,
    };
    match app.oauth.finish(answer, shown).await {
        Ok(connected) => private(page::connected(&connected)),
        Err(error) => failed(&error),
    }
}

fn failed(error: &OAuthError) -> Response {
    if error.is_fault() {
        let reason = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(%error, reason, "a sign-in failed");
    }
    private(page::failed(error))
}

/// The address holds the state and the code: nobody else is to see it.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn cookie_name(state: &str) -> String {
    let letters = state.chars().filter(char::is_ascii_alphanumeric);
    COOKIE_NAME.chars().chain(letters.take(TOLD_BY)).collect()
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let texts = headers.get_all(COOKIE).into_iter();
    let pairs = texts.filter_map(|text| text.to_str().ok());
    let mut pairs = pairs.flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_cookie_is_found() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("a=1; talkloom_oauth_abcdefgh=x=y"),
        );
        headers.append(COOKIE, HeaderValue::from_static("b=2"));
        let name = cookie_name("abcdefghijk");
        assert_eq!(cookie(&headers, &name), Some("x=y"));
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "c"), None);
        assert_eq!(cookie_name("a;=\r\nb"), "talkloom_oauth_ab");
    }
}
