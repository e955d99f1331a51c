//! The body of a response, read in parts: this is how streams reach a block.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::EgressError;
use super::witness::Noted;
use crate::redact::{RedactStream, Redactor};

/// The most that one read gives.
const MAX_READ: usize = 1 << 20;

/// What is left of a response's body.
#[derive(Debug)]
pub struct ResponseBody {
    incoming: Option<Incoming>,
    ready: Bytes,
    left: usize,
    limit: usize,
    wait: Duration,
    redact: Option<RedactStream>,
    noted: Option<Noted>,
}

impl ResponseBody {
    pub(super) fn new(
        incoming: Incoming,
        limit: usize,
        wait: Duration,
        redactor: &Arc<Redactor>,
        noted: Option<Noted>,
    ) -> Self {
        let redact = (!redactor.is_empty()).then(|| RedactStream::new(redactor.clone()));
        Self {
            incoming: Some(incoming),
            ready: Bytes::new(),
            left: limit,
            limit,
            wait,
            redact,
            noted,
        }
    }

    /// The next part, at most `max` bytes; none at the end.
    pub(crate) async fn read(&mut self, max: usize) -> Result<Option<Bytes>, EgressError> {
        while self.ready.is_empty() {
            let Some(incoming) = &mut self.incoming else {
                return Ok(None);
            };
            let frame = tokio::time::timeout(self.wait, incoming.frame())
                .await
                .map_err(|_| EgressError::TimedOut("The answer stopped on its way.".into()))?;
            match frame {
                Some(Ok(frame)) => {
                    // Trailers are of no use to a block.
                    let data = frame.into_data().unwrap_or_default();
                    self.take(data)?;
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "response body broke off");
                    self.incoming = None;
                    return Err(EgressError::Unreachable("The answer broke off.".into()));
                }
                None => {
                    self.incoming = None;
                    self.ready = self
                        .redact
                        .as_mut()
                        .map(|r| r.finish().into())
                        .unwrap_or_default();
                }
            }
        }
        let length = self.ready.remaining().min(max.clamp(1, MAX_READ));
        Ok(Some(self.ready.split_to(length)))
    }

    fn take(&mut self, data: Bytes) -> Result<(), EgressError> {
        if let Some(noted) = &mut self.noted {
            noted.read(data.len());
        }
        let Some(left) = self.left.checked_sub(data.len()) else {
            self.incoming = None;
            return Err(EgressError::Denied(format!(
                "The answer is larger than {} MiB.",
                self.limit >> 20
            )));
        };
        self.left = left;
        self.ready = match &mut self.redact {
            Some(redact) => redact.push(&data).into(),
            None => data,
        };
        Ok(())
    }
}
