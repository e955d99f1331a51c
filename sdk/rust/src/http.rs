//! Requests to other servers, through the host and within what the operator granted.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::bindings::talkloom::block::http;

/// How many bytes are read at once.
const PART: u32 = 64 * 1024;

/// A request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ….
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The longest wait in milliseconds; 0: the host's limit.
    pub timeout_ms: u32,
    /// Redirects are answers, not followed.
    pub stay: bool,
}

/// An answer; its body is read as it comes.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    body: http::Body,
}

impl Request {
    /// A request with the given method.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            ..Self::default()
        }
    }

    /// A `GET` request.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A `POST` request with a JSON body.
    ///
    /// # Errors
    /// When the body has no JSON form.
    pub fn post_json(url: impl Into<String>, body: &impl Serialize) -> Result<Self, Failure> {
        let mut request = Self::new("POST", url).header("Content-Type", "application/json");
        request.body = Some(serde_json::to_vec(body)?);
        Ok(request)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the longest wait.
    #[must_use]
    pub fn timeout_ms(mut self, timeout_ms: u32) -> Self {
        self.timeout_ms = timeout_ms;
        self
    }

    /// Sends it and waits for the answer's head. An answer with an error status is an answer.
    ///
    /// # Errors
    /// When there is no answer: refused by the host, not reached, or too late.
    pub fn send(self) -> Result<Response, Failure> {
        Ok(http::send(&self.into())?.into())
    }
}

/// Sends requests side by side; the answers come in the order of the requests.
pub fn send_many(requests: Vec<Request>) -> Vec<Result<Response, Failure>> {
    let requests: Vec<_> = requests.into_iter().map(Into::into).collect();
    let answer = |a: Result<http::Response, _>| a.map(Into::into).map_err(Into::into);
    http::send_many(&requests).into_iter().map(answer).collect()
}

impl Response {
    /// The next part of the body, as soon as it is there; none at the end.
    ///
    /// # Errors
    /// When the connection breaks, or a limit is reached.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.body.read(PART)?)
    }

    /// The rest of the body.
    ///
    /// # Errors
    /// As [`Response::read`].
    pub fn bytes(&mut self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(part) = self.read()? {
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }

    /// The rest of the body as text; what is not UTF-8 is replaced.
    ///
    /// # Errors
    /// As [`Response::read`].
    pub fn text(&mut self) -> Result<String, Failure> {
        Ok(String::from_utf8_lossy(&self.bytes()?).into_owned())
    }

    /// The rest of the body, read as JSON.
    ///
    /// # Errors
    /// As [`Response::read`], and when it is not the JSON that is wanted.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        Ok(serde_json::from_slice(&self.bytes()?)?)
    }

    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, v)| v.as_str())
    }

    /// The status says that it worked.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl From<Request> for http::Request {
    fn from(request: Request) -> Self {
        Self {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            timeout_ms: request.timeout_ms,
            follow_redirects: !request.stay,
        }
    }
}

impl From<http::Response> for Response {
    fn from(response: http::Response) -> Self {
        Self {
            status: response.status,
            headers: response.headers,
            body: response.body,
        }
    }
}
