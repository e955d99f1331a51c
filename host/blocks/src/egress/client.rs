//! Sends a block's requests and follows redirects, with every check on every hop.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION,
};
use http::{Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connect::Connector;
use super::retry::{self, Renewed};
use super::target::Target;
use super::witness::{Noted, Witness};
use super::{EgressError, HostGrant, Injector, OptionHosts, Policy, ResponseBody, headers};
use crate::redact::Redactor;

const MAX_REDIRECTS: usize = 10;
const MAX_RESPONSE_HEAD_BYTES: usize = 128 << 10;

/// Connections of one block; blocks do not share them.
#[derive(Clone)]
pub(crate) struct Client {
    inner: legacy::Client<HttpsConnector<Connector>, Full<Bytes>>,
}

impl Client {
    pub(crate) fn new(policy: Arc<Policy>, tls: Arc<rustls::ClientConfig>) -> Self {
        let connector = HttpsConnector::from((Connector::new(policy), tls));
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(8)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(MAX_RESPONSE_HEAD_BYTES)
            .build(connector);
        Self { inner }
    }
}

/// A request of the host's own, which no block's grant stands behind.
#[derive(Debug)]
pub(crate) struct Plain {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Client {
    /// Sends a request to whatever address may be connected to; follows nothing.
    pub(crate) async fn send_plain(
        &self,
        request: Plain,
    ) -> Result<hyper::Response<Incoming>, EgressError> {
        let target = Target::parse(&request.url)?;
        let headers = headers::request_headers(&request.headers)?;
        self.send_hop(&target, request.method, headers, request.body)
            .await
    }

    /// Asks for what stands at an address, following redirects, and reads it.
    pub(crate) async fn get_plain(
        &self,
        url: &str,
        most_bytes: usize,
    ) -> Result<(u16, Vec<u8>), EgressError> {
        let mut target = Target::parse(url)?;
        for _ in 0..=MAX_REDIRECTS {
            let headers = headers::request_headers(&[])?;
            let sent = self.send_hop(&target, Method::GET, headers, Bytes::new());
            let response = sent.await?;
            if let Some(location) = redirect_location(&response) {
                let next = target.join(&location)?;
                if target.is_https() && !next.is_https() {
                    return Err(EgressError::Denied(
                        "The service redirects to an address without encryption.".into(),
                    ));
                }
                target = next;
                continue;
            }
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), most_bytes)
                .collect()
                .await;
            let body = body.map_err(|_| {
                EgressError::Unreachable("The answer broke off, or is too large.".into())
            })?;
            return Ok((status, body.to_bytes().to_vec()));
        }
        Err(EgressError::Unreachable(
            "The service redirects too many times.".into(),
        ))
    }

    async fn send_hop(
        &self,
        target: &Target,
        method: Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<hyper::Response<Incoming>, EgressError> {
        let uri: Uri =
            target.url().as_str().parse().map_err(|_| {
                EgressError::Denied("The address of the request is not valid.".into())
            })?;
        let mut request = hyper::Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        self.inner
            .request(request)
            .await
            .map_err(|error| connection_error(&error, target))
    }
}

/// A request as a block makes it.
#[derive(Debug)]
pub(crate) struct Request {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub timeout: Option<Duration>,
    pub follow_redirects: bool,
}

/// A response as a block sees it.
#[derive(Debug)]
pub(crate) struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: ResponseBody,
}

/// What one call may do with the network.
pub(crate) struct HttpSession {
    pub client: Client,
    pub grant: Arc<HostGrant>,
    pub option_hosts: Option<OptionHosts>,
    pub injector: Arc<Injector>,
    pub redactor: Arc<Redactor>,
    pub renewed: Renewed,
    /// The longest wait that a busy service may ask for.
    pub retry_after: Option<Duration>,
    pub requests_left: AtomicU32,
    pub request_bytes: usize,
    pub response_bytes: usize,
    pub timeout: Duration,
    pub witness: Option<Arc<Witness>>,
}

struct Hop {
    method: Method,
    target: Target,
    headers: HeaderMap,
    body: Bytes,
}

impl HttpSession {
    /// Sends a request; the answer's body is still to be read.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, EgressError> {
        let wait = request
            .timeout
            .map_or(self.timeout, |t| t.min(self.timeout));
        match tokio::time::timeout(wait, self.follow(request, wait)).await {
            Ok(answered) => answered,
            Err(_) => Err(EgressError::TimedOut(format!(
                "No answer came within {} ms.",
                wait.as_millis()
            ))),
        }
    }

    async fn follow(&self, request: Request, wait: Duration) -> Result<Response, EgressError> {
        let follow = request.follow_redirects;
        let (method, bytes) = (request.method.clone(), request.body.len());
        let mut hop = self.first_hop(request).inspect_err(|_| {
            // What is wrong may be a header, which is never told.
            let error = EgressError::Denied("The request is not valid.".into());
            if let Some(mut noted) = self.note(&method, "", bytes) {
                noted.failed(&error);
            }
        })?;
        let origin = hop.target.clone();
        for number in 0..=MAX_REDIRECTS {
            let (response, noted) = self.persist(&hop, number == 0, &origin).await?;
            let location = follow.then(|| redirect_location(&response)).flatten();
            let Some(location) = location else {
                return self.answer(response, wait, noted);
            };
            let target = hop.target.join(&location)?;
            hop = next_hop(hop, target, response.status());
        }
        Err(EgressError::Unreachable(
            "The service redirects too many times.".into(),
        ))
    }

    fn note(&self, method: &str, host: &str, bytes: usize) -> Option<Noted> {
        Some(self.witness.as_ref()?.begin(method, host, bytes))
    }

    fn first_hop(&self, request: Request) -> Result<Hop, EgressError> {
        if request.body.len() > self.request_bytes {
            return Err(EgressError::Denied(format!(
                "The request is larger than {} MiB.",
                self.request_bytes >> 20
            )));
        }
        let method = Method::from_bytes(request.method.to_ascii_uppercase().as_bytes())
            .ok()
            .filter(|method| !matches!(*method, Method::CONNECT | Method::TRACE))
            .ok_or_else(|| EgressError::Denied("The request's method is not valid.".into()))?;
        Ok(Hop {
            method,
            target: Target::parse(&request.url)?,
            headers: headers::request_headers(&request.headers)?,
            body: request.body,
        })
    }

    /// Sends a hop, and once more where that helps: with fresh secrets after a 401, and after the
    /// wait that a busy service asks for.
    async fn persist(
        &self,
        hop: &Hop,
        first: bool,
        origin: &Target,
    ) -> Result<(hyper::Response<Incoming>, Option<Noted>), EgressError> {
        let had_first_secrets = !self.renewed.is_done();
        let (mut response, injected, mut noted) = self.hop(hop, first, origin).await?;
        let refused = response.status() == StatusCode::UNAUTHORIZED && injected;
        if refused && had_first_secrets && self.renewed.once(&self.injector, &self.redactor).await {
            (response, _, noted) = self.hop(hop, first, origin).await?;
        }
        if let Some(wait) = retry::wait(&response, self.retry_after) {
            tokio::time::sleep(wait).await;
            (response, _, noted) = self.hop(hop, first, origin).await?;
        }
        Ok((response, noted))
    }

    /// Sends a hop, and notes it.
    async fn hop(
        &self,
        hop: &Hop,
        first: bool,
        origin: &Target,
    ) -> Result<(hyper::Response<Incoming>, bool, Option<Noted>), EgressError> {
        let mut noted = self.note(hop.method.as_str(), hop.target.host(), hop.body.len());
        let answered = self.send_once(hop, first, origin).await;
        if let Some(noted) = &mut noted {
            match &answered {
                Ok((response, _)) => noted.answered(response.status().as_u16()),
                Err(error) => noted.failed(error),
            }
        }
        let (response, injected) = answered?;
        Ok((response, injected, noted))
    }

    async fn send_once(
        &self,
        hop: &Hop,
        first: bool,
        origin: &Target,
    ) -> Result<(hyper::Response<Incoming>, bool), EgressError> {
        self.count()?;
        let fields: &BTreeMap<String, String> = self.injector.fields();
        self.grant
            .check(&hop.target, first, self.option_hosts.as_ref(), fields)?;
        let mut target = hop.target.clone();
        let (mut headers, mut body) = (hop.headers.clone(), hop.body.clone());
        let injected = hop.target.same_origin(origin)
            && self.injector.apply(&mut target, &mut headers, &mut body)?;
        let method = hop.method.clone();
        let sent = self.client.send_hop(&target, method, headers, body);
        Ok((sent.await?, injected))
    }

    fn count(&self) -> Result<(), EgressError> {
        self.requests_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .map(drop)
            .map_err(|_| EgressError::Denied("The block sends more requests than allowed.".into()))
    }

    fn answer(
        &self,
        response: hyper::Response<Incoming>,
        wait: Duration,
        noted: Option<Noted>,
    ) -> Result<Response, EgressError> {
        let (parts, incoming) = response.into_parts();
        let encoded = parts
            .headers
            .get(CONTENT_ENCODING)
            .is_some_and(|value| value != "identity");
        if encoded && !self.redactor.is_empty() {
            return Err(EgressError::Unreachable(
                "The service compresses its answer although it was asked not to.".into(),
            ));
        }
        let text = |bytes: &[u8]| {
            self.redactor
                .text(String::from_utf8_lossy(bytes).into_owned())
        };
        let headers = parts.headers.iter();
        Ok(Response {
            status: parts.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
                .collect(),
            body: ResponseBody::new(incoming, self.response_bytes, wait, &self.redactor, noted),
        })
    }
}

fn redirect_location(response: &hyper::Response<Incoming>) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

fn next_hop(hop: Hop, target: Target, status: StatusCode) -> Hop {
    let Hop {
        mut method,
        mut headers,
        mut body,
        target: last,
    } = hop;
    let becomes_get = match status {
        StatusCode::SEE_OTHER => method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::POST,
        _ => false,
    };
    if becomes_get {
        method = Method::GET;
        body = Bytes::new();
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_LENGTH);
    }
    if !target.same_origin(&last) {
        headers.remove(AUTHORIZATION);
        headers.remove(COOKIE);
    }
    Hop {
        method,
        target,
        headers,
        body,
    }
}

fn connection_error(error: &(dyn Error + 'static), target: &Target) -> EgressError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(ours) = error.downcast_ref::<EgressError>() {
            return ours.clone();
        }
        cause = error.source();
    }
    tracing::debug!(error = ?error, host = target.host(), "request failed");
    EgressError::Unreachable(format!(
        "The connection to {} could not be used.",
        target.host()
    ))
}
