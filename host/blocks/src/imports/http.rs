//! HTTP requests, through [`crate::egress`].

use std::time::Duration;

use futures_util::{StreamExt, stream};
use wasmtime::Result;
use wasmtime::component::Resource;

use super::trial;
use crate::bindings::talkloom::block::http;
use crate::bindings::talkloom::block::types::{Failure, UpstreamError};
use crate::egress::{EgressError, Request, Response, ResponseBody};
use crate::guests::aside;
use crate::state::CallState;

impl http::Host for CallState {
    async fn send(&mut self, request: http::Request) -> Result<Result<http::Response, Failure>> {
        let Some(session) = &self.session else {
            return Ok(Err(trial()));
        };
        let http = session.http.clone();
        let answered = aside(async move { http.send(request.into()).await }).await?;
        self.hand_over(answered)
    }

    async fn send_many(
        &mut self,
        requests: Vec<http::Request>,
    ) -> Result<Vec<Result<http::Response, Failure>>> {
        let Some(session) = &self.session else {
            return Ok(requests.iter().map(|_| Err(trial())).collect());
        };
        let parallel = self.shared.settings.limits.parallel_requests;
        let http = session.http.clone();
        let answered: Vec<_> = stream::iter(requests)
            .map(|request| {
                let http = http.clone();
                aside(async move { http.send(request.into()).await })
            })
            .buffered(parallel.max(1))
            .collect()
            .await;
        answered
            .into_iter()
            .map(|answered| self.hand_over(answered?))
            .collect()
    }
}

impl http::HostBody for CallState {
    async fn read(
        &mut self,
        body: Resource<ResponseBody>,
        max: u32,
    ) -> Result<Result<Option<Vec<u8>>, Failure>> {
        let body = self.resources.get_mut(&body)?;
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let part = body.read(max).await;
        Ok(part.map(|part| part.map(Vec::from)).map_err(Failure::from))
    }

    fn drop(&mut self, body: Resource<ResponseBody>) -> Result<()> {
        self.resources.delete(body)?;
        Ok(())
    }
}

impl CallState {
    fn hand_over(
        &mut self,
        answered: Result<Response, EgressError>,
    ) -> Result<Result<http::Response, Failure>> {
        match answered {
            Ok(response) => Ok(Ok(http::Response {
                status: response.status,
                headers: response.headers,
                body: self.resources.push(response.body)?,
            })),
            Err(error) => Ok(Err(error.into())),
        }
    }
}

impl From<http::Request> for Request {
    fn from(request: http::Request) -> Self {
        let millis = u64::from(request.timeout_ms);
        Self {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body.unwrap_or_default().into(),
            timeout: (millis > 0).then(|| Duration::from_millis(millis)),
            follow_redirects: request.follow_redirects,
        }
    }
}

impl From<EgressError> for Failure {
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::Denied(sentence) => Self::Denied(sentence),
            EgressError::TimedOut(sentence) => Self::TimedOut(sentence),
            EgressError::Unreachable(message) => Self::Upstream(UpstreamError {
                status: None,
                message,
                retryable: true,
            }),
        }
    }
}
