//! The header `Idempotency-Key`: a request that is sent again with it is served once.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::ChatError;
use crate::App;

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;

/// The key, where the request has one.
pub(super) struct Key(pub(super) Option<String>);

impl FromRequestParts<App> for Key {
    type Rejection = ChatError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ChatError> {
        let mut given = parts.headers.get_all(HEADER).iter();
        let Some(key) = given.next() else {
            return Ok(Self(None));
        };
        let key = key.to_str().ok().filter(|key| is_key(key));
        let key = key.filter(|_| given.next().is_none()).ok_or_else(|| {
            ChatError::bad_request(
                "The Idempotency-Key is not valid. Send one of 1 to 255 visible characters, \
                 without spaces.",
            )
        })?;
        Ok(Self(Some(key.to_owned())))
    }
}

fn is_key(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
