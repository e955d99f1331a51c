//! Brings what was collected to where it is collected, over HTTP. Those who send run on threads of
//! their own: the requests run on the server's.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Nothing of an answer is used but its head.
const LARGEST_ANSWER: usize = 64 << 10;

/// Sends requests. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Courier {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    threads: Handle,
}

impl Courier {
    pub(super) fn new(threads: Handle) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)
            .expect("ring knows the protocol versions that rustls takes by default")
            .https_or_http()
            .enable_http1()
            .build();
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            threads,
        }
    }

    /// The threads that requests run on.
    pub(super) fn threads(&self) -> &Handle {
        &self.threads
    }

    /// Sends a request, on the threads of the caller.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = async {
            let answer = self.client.request(request.map(Full::new)).await?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await?;
            Ok::<_, HttpError>(Response::from_parts(head, body.to_bytes()))
        };
        tokio::time::timeout(PATIENCE, answer).await?
    }
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let courier = self.clone();
        let sending = self
            .threads
            .spawn(async move { courier.send(request).await });
        sending.await?
    }
}
