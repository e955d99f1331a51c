//! Requests that the host itself sends to addresses that people gave, under the same checks as those
//! of blocks. Redirects are not followed: the answer is a failure to whoever asked.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Limited};

use crate::Runtime;
use crate::egress::{Client, EgressError, Plain};

/// The host's own way out. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Outbound(Client);

/// A request to an address that a person gave.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The address.
    pub url: String,
    /// Headers beside those that the host sets.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long the answer's head may take.
    pub timeout: Duration,
}

/// The head of an answer; its body is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The status.
    pub status: u16,
    /// What it says of when to come back.
    pub retry_after: Option<String>,
}

/// A request to an address that a block's manifest names.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: String,
    /// Headers beside those that the host sets.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long the whole answer may take.
    pub timeout: Duration,
    /// The most bytes that the answer's body may have.
    pub most: usize,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// What its body is, as it says.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// Why nobody answered: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Undelivered {
    /// What happened.
    pub sentence: String,
    /// The address is out of bounds: trying again will not help.
    pub is_refused: bool,
}

/// An answer with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Runtime {
    /// The host's own way out, with connections of its own.
    pub fn outbound(&self) -> Outbound {
        Outbound(self.client())
    }
}

impl Runtime {
    /// An address of a mail server that someone named, under the same checks as requests.
    ///
    /// # Errors
    /// Why it may not be connected to, or was not found.
    pub async fn mail_server(&self, host: &str, port: u16) -> Result<SocketAddr, Undelivered> {
        let found = self.shared.policy.mail_addresses(host, port).await?;
        let none = || EgressError::Unreachable(format!("The host {host} was not found."));
        Ok(found.into_iter().next().ok_or_else(none)?)
    }
}

impl Outbound {
    /// Posts to an address.
    pub async fn post(&self, delivery: Delivery) -> Result<Delivered, Undelivered> {
        let wait = delivery.timeout;
        let request = Plain {
            method: Method::POST,
            url: delivery.url,
            headers: delivery.headers,
            body: delivery.body,
        };
        let answered = tokio::time::timeout(wait, self.0.send_plain(request)).await;
        let late = || EgressError::TimedOut(format!("No answer came within {} s.", wait.as_secs()));
        let response = answered.unwrap_or_else(|_| Err(late()))?;
        let retry_after = response.headers().get(http::header::RETRY_AFTER);
        Ok(Delivered {
            status: response.status().as_u16(),
            retry_after: retry_after
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        })
    }
}

impl Outbound {
    /// Sends a request and reads the whole answer.
    pub async fn ask(&self, ask: Ask) -> Result<Told, Undelivered> {
        let Ask { timeout, most, .. } = ask;
        let request = Plain {
            method: ask.method,
            url: ask.url,
            headers: ask.headers,
            body: ask.body,
        };
        let asking = async {
            let (head, body) = self.0.send_plain(request).await?.into_parts();
            let body = Limited::new(body, most).collect().await.map_err(|error| {
                tracing::debug!(%error, "an answer could not be read");
                EgressError::Unreachable(
                    "The answer broke off, or is larger than it may be.".into(),
                )
            })?;
            let content_type = head.headers.get(http::header::CONTENT_TYPE);
            let content_type = content_type.and_then(|value| value.to_str().ok());
            Ok(Told {
                status: head.status.as_u16(),
                content_type: content_type.map(str::to_owned),
                body: body.to_bytes(),
            })
        };
        let late =
            || EgressError::TimedOut(format!("No answer came within {} s.", timeout.as_secs()));
        let answered = tokio::time::timeout(timeout, asking).await;
        answered
            .unwrap_or_else(|_| Err(late()))
            .map_err(Undelivered::from)
    }

    /// Asks an address and reads its answer, of at most so many bytes; follows redirects, each under
    /// the same checks.
    pub async fn get(
        &self,
        url: &str,
        most_bytes: usize,
        wait: Duration,
    ) -> Result<Fetched, Undelivered> {
        let late = || EgressError::TimedOut(format!("No answer came within {} s.", wait.as_secs()));
        let got = tokio::time::timeout(wait, self.0.get_plain(url, most_bytes)).await;
        let (status, body) = got.unwrap_or_else(|_| Err(late()))?;
        Ok(Fetched { status, body })
    }
}

impl From<EgressError> for Undelivered {
    fn from(error: EgressError) -> Self {
        Self {
            is_refused: matches!(error, EgressError::Denied(_)),
            sentence: error.to_string(),
        }
    }
}
