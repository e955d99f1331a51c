//! Opens connections: the only place from which one leaves. It checks the address itself, so that
//! no caller can forget to.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::{EgressError, Policy};

/// Connects to addresses that the policy admits.
#[derive(Clone)]
pub(crate) struct Connector {
    policy: Arc<Policy>,
}

impl Connector {
    pub(crate) fn new(policy: Arc<Policy>) -> Self {
        Self { policy }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = EgressError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, EgressError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let policy = self.policy.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default().to_owned();
            let usual = if uri.scheme_str() == Some("https") {
                443
            } else {
                80
            };
            let port = uri.port_u16().unwrap_or(usual);
            let addresses = policy.addresses(&host, port).await?;
            let connected = tokio::time::timeout(policy.connect_timeout, connect(&addresses)).await;
            match connected {
                Ok(Some(stream)) => Ok(TokioIo::new(stream)),
                Ok(None) => Err(EgressError::Unreachable(format!(
                    "The host {host} does not accept connections."
                ))),
                Err(_) => Err(EgressError::TimedOut(format!(
                    "Connecting to {host} took too long."
                ))),
            }
        })
    }
}

async fn connect(addresses: &[SocketAddr]) -> Option<TcpStream> {
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no-delay not set");
                }
                return Some(stream);
            }
            Err(error) => tracing::debug!(%address, %error, "not connected"),
        }
    }
    None
}
