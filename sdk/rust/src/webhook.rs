//! Requests that arrive from outside: a payment succeeded, a form was sent.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Credential, Failure};

/// A request from outside. Check its signature first, with [`secrets`](crate::secrets); one that is
/// not signed is a [`Failure::Denied`], which the host answers with the status 401.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `POST`, `GET`.
    pub method: String,
    /// What follows the webhook's own address; mostly empty.
    pub path: String,
    /// What follows the question mark.
    pub query: String,
    /// The headers in order, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, byte by byte as it was signed.
    pub body: Vec<u8>,
}

/// What a webhook makes of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Received {
    /// What happened.
    pub events: Vec<Event>,
    /// The answer.
    pub response: Response,
}

/// Something that happened elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// Unique per event, where the sender says so: the host drops what it has seen.
    pub id: Option<String>,
    /// What happened.
    pub name: String,
    /// The result that a conversation waits with: what [`Context::result`](crate::Context::result)
    /// was in the call that began it.
    pub correlation: Option<String>,
    /// What is known of it.
    pub data: Value,
}

/// The answer to a request from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Takes a request.
pub type Receive = fn(Request, Option<Credential>) -> Result<Received, Failure>;

impl Request {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not JSON, or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Received {
    /// Nothing happened; the answer is 200 without a body.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Something happened; the answer is 200 without a body.
    pub fn event(event: Event) -> Self {
        Self {
            events: vec![event],
            ..Self::default()
        }
    }

    /// Answers with a text, as some senders ask when they try an address.
    pub fn text(text: impl Into<String>) -> Self {
        let mut received = Self::default();
        received.response.headers = vec![(
            "content-type".to_owned(),
            "text/plain; charset=utf-8".to_owned(),
        )];
        received.response.body = text.into().into_bytes();
        received
    }
}

impl Event {
    /// Something that happened, with what is known of it.
    pub fn new(name: &str, data: impl Into<Value>) -> Self {
        Self {
            name: name.to_owned(),
            data: data.into(),
            ..Self::default()
        }
    }

    /// Says what makes it unique.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Says which result's conversation waits for it.
    #[must_use]
    pub fn for_result(mut self, result: impl Into<String>) -> Self {
        self.correlation = Some(result.into());
        self
    }
}

impl Default for Response {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }
}
