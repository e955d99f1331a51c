//! The chat API's errors: `{defined, code, status, message, data?}`.

use std::error::Error;

use std::num::NonZeroU32;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::conversation::{TurnError, UpdateError};
use crate::limits::TooOften;
use crate::metrics::{Judged, TurnOutcome};
use crate::telemetry;
use crate::versions::LoadError;
use talkloom_store::StoreError;

/// Seconds after which a server that cannot serve now is worth another try.
pub(crate) const RETRY_AFTER_S: u64 = 1;

/// A request that was not served.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatError {
    status: StatusCode,
    code: &'static str,
    message: String,
    data: Option<Value>,
    /// Seconds after which the same may be asked again.
    retry_after_s: Option<NonZeroU32>,
}

#[derive(Serialize)]
struct Body<'e> {
    defined: bool,
    code: &'static str,
    status: u16,
    message: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'e Value>,
}

impl ChatError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            data: None,
            retry_after_s: None,
        }
    }

    /// The request cannot be understood or does not fit.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// The request's fields are not what they must be.
    pub fn invalid_input(issue: impl Into<String>) -> Self {
        let issues = json!({"issues": [{"message": issue.into()}]});
        Self {
            data: Some(issues),
            ..Self::bad_request("Input validation failed")
        }
    }

    /// The caller showed no token where one is needed.
    pub fn no_token() -> Self {
        let message = "This needs an API token. Send the header Authorization: Bearer tlk_…; \
                       talkloom token create makes one.";
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
    }

    /// The caller showed a token that is not valid.
    pub fn bad_token() -> Self {
        let message = "This API token is not valid. It may have been revoked: make a new one with \
                       talkloom token create.";
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
    }

    /// The request is not signed as it should be.
    pub fn unsigned(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
    }

    /// The visitor's site may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// There is no such bot, as far as the caller may know.
    pub fn no_bot() -> Self {
        Self::not_found("Typebot not found. Check its address: it may not be published.")
    }

    /// There is no such conversation, or nothing is kept of it.
    pub fn no_session() -> Self {
        Self::not_found("Session not found. It may have ended: start a new conversation.")
    }

    /// The path exists, the method does not.
    pub fn wrong_method(method: &Method) -> Self {
        let message = format!("This address takes no {method} requests.");
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_SUPPORTED",
            message,
        )
    }

    /// The request is larger than the server takes.
    pub fn too_large(limit: usize) -> Self {
        let message = format!(
            "This message is too large. Send at most {} KiB.",
            limit >> 10
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// The file is larger than was permitted.
    pub fn file_too_large(limit: u64) -> Self {
        let message = format!("This file is too large. Send at most {} KiB.", limit >> 10);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// The operator's limit for all files together is reached.
    pub fn no_room() -> Self {
        let message = "There is no room for more files here. Go on without the file, or tell whoever \
                       runs this chat.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// The request or the turn took too long.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", message)
    }

    /// A fault of the server, told here and logged by the caller.
    fn internal() -> Self {
        let message = "Something went wrong on the server. Try again in a moment.";
        Self {
            // What the operator finds the fault by in the log.
            data: telemetry::request_id().map(|id| json!({"requestId": id})),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL_SERVER_ERROR",
                message,
            )
        }
    }

    /// The caller sends more than is kept.
    pub fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", message)
    }

    /// Another process serves this.
    pub(crate) fn elsewhere(message: impl Into<String>) -> Self {
        let status = StatusCode::MISDIRECTED_REQUEST;
        Self::new(status, "MISDIRECTED_REQUEST", message)
    }

    /// The same is under way already.
    pub fn busy() -> Self {
        let message = "An answer is on its way already. Wait for it, or try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "CONFLICT", message)
    }

    /// The server has too much to do.
    pub fn overloaded() -> Self {
        let message = "Too many people use this server now. Try again in a moment.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SERVICE_UNAVAILABLE",
            message,
        )
    }

    /// This process ends; another one takes the request.
    pub(crate) fn stopping() -> Self {
        let message = "This server is restarting. Try again in a moment.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SERVICE_UNAVAILABLE",
            message,
        )
    }

    /// This process ends, and what was asked was not done.
    fn cut_off() -> Self {
        let message = "This server is restarting and did not take your message. Send it again in a \
                       moment.";
        Self {
            message: message.to_owned(),
            ..Self::stopping()
        }
    }

    /// The database is away.
    fn away() -> Self {
        let message = "The server cannot reach its database just now. Try again in a moment.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SERVICE_UNAVAILABLE",
            message,
        )
    }

    /// A fault of the server; it is logged here.
    pub(crate) fn fault(error: &(dyn Error + 'static)) -> Self {
        let told = causes(error).map(ToString::to_string);
        let chain = told.collect::<Vec<_>>().join(": ");
        if is_away(error) {
            tracing::warn!(error = chain, "a request was turned away");
            return Self::away();
        }
        tracing::error!(error = chain, "request failed");
        Self::internal()
    }
}

impl Judged for ChatError {
    fn outcome(&self) -> TurnOutcome {
        match self.status {
            StatusCode::REQUEST_TIMEOUT => TurnOutcome::Timeout,
            status if status.is_server_error() => TurnOutcome::Failed,
            _ => TurnOutcome::Refused,
        }
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Whether the reason is a database that cannot be reached now.
pub(crate) fn is_away(error: &(dyn Error + 'static)) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<StoreError>())
        .any(StoreError::is_away)
}

impl From<TurnError> for ChatError {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::NoSession => Self::no_session(),
            TurnError::IdTaken => Self::bad_request(
                "This session id belongs to another conversation. Choose another.",
            ),
            TurnError::Refused(refusal) if refusal.status < 500 => {
                let status = StatusCode::from_u16(refusal.status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Self::new(status, refusal.code, refusal.message)
            }
            TurnError::Timeout(limit) => Self::timeout(format!(
                "The bot took longer than {} seconds. Send your message again.",
                limit.as_secs()
            )),
            TurnError::Busy => Self::busy(),
            TurnError::Stopped => Self::cut_off(),
            TurnError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "UNPROCESSABLE_CONTENT",
                "This Idempotency-Key was sent with another request. Use a new key for each.",
            ),
            error => Self::fault(&error),
        }
    }
}

impl From<UpdateError> for ChatError {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::NotPublished => Self::bad_request(
                "The bot is not published. Publish it, then update the conversation.",
            ),
            UpdateError::Turn(error) => error.into(),
        }
    }
}

impl From<TooOften> for ChatError {
    fn from(too_often: TooOften) -> Self {
        // A limit is by the minute: nobody waits for longer than that.
        let wait = too_often.retry_after.as_secs().saturating_add(1);
        let wait = u32::try_from(wait).unwrap_or(u32::MAX);
        let seconds = if wait == 1 { "second" } else { "seconds" };
        let message = format!("This is too often. Try again in {wait} {seconds}.");
        Self {
            retry_after_s: NonZeroU32::new(wait),
            ..Self::too_many(message)
        }
    }
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        Self::fault(&error)
    }
}

impl From<LoadError> for ChatError {
    fn from(error: LoadError) -> Self {
        Self::fault(&error)
    }
}

impl IntoResponse for ChatError {
    fn into_response(self) -> Response {
        let body = Body {
            defined: false,
            code: self.code,
            status: self.status.as_u16(),
            message: &self.message,
            data: self.data.as_ref(),
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, how);
        }
        let soon = (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S);
        let wait = self.retry_after_s.map(|wait| u64::from(wait.get()));
        if let Some(wait) = wait.or(soon) {
            response.headers_mut().insert(RETRY_AFTER, wait.into());
        }
        response
    }
}
