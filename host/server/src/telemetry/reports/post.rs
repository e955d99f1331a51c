//! Sends reports. Errors come in floods: what is more than a few at a time is dropped, and where
//! the other side asks for rest it gets it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use bytes::Bytes;
use opentelemetry_http::{Request, Response};
use sentry::types::Dsn;
use sentry::{Envelope, Transport};

use crate::telemetry::courier::Courier;

/// Reports under way at a time.
const MOST: usize = 32;
/// Rest, where the other side names no time.
const REST: Duration = Duration::from_secs(60);
const AGENT: &str = concat!("talkloom/", env!("CARGO_PKG_VERSION"));

/// Sends reports to the address in a DSN.
pub(super) struct Post {
    courier: Courier,
    url: String,
    auth: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    under_way: Mutex<usize>,
    done: Condvar,
    dropped: AtomicUsize,
    rest_until: Mutex<Option<Instant>>,
}

impl Post {
    pub(super) fn new(dsn: &Dsn, courier: Courier) -> Self {
        Self {
            courier,
            url: dsn.envelope_api_url().to_string(),
            auth: dsn.to_auth(Some(AGENT)).to_string(),
            shared: Arc::default(),
        }
    }

    fn request(&self, body: Vec<u8>) -> Option<Request<Bytes>> {
        let request = Request::post(&self.url)
            .header("X-Sentry-Auth", &self.auth)
            .header(CONTENT_TYPE, "application/x-sentry-envelope")
            .body(Bytes::from(body));
        request.ok()
    }
}

impl Transport for Post {
    fn send_envelope(&self, envelope: Envelope) {
        let mut body = Vec::new();
        if envelope.to_writer(&mut body).is_err() {
            return;
        }
        let Some(request) = self.request(body).filter(|_| self.shared.begin()) else {
            return;
        };
        let (courier, shared) = (self.courier.clone(), Arc::clone(&self.shared));
        self.courier.threads().spawn(async move {
            match courier.send(request).await {
                Ok(answer) => shared.heed(&answer),
                // As an error it would be reported again.
                Err(error) => tracing::warn!(%error, "an error report could not be sent"),
            }
            shared.end();
        });
    }

    fn flush(&self, timeout: Duration) -> bool {
        let under_way = lock(&self.shared.under_way);
        let waited = self
            .shared
            .done
            .wait_timeout_while(under_way, timeout, |under_way| *under_way > 0);
        let (under_way, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *under_way == 0
    }
}

impl Shared {
    /// Takes a place among the reports under way.
    fn begin(&self) -> bool {
        let resting = lock(&self.rest_until).is_some_and(|until| Instant::now() < until);
        let mut under_way = lock(&self.under_way);
        if resting || *under_way >= MOST {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        *under_way += 1;
        true
    }

    fn end(&self) {
        *lock(&self.under_way) -= 1;
        self.done.notify_all();
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "error reports were dropped: too many at a time");
        }
    }

    fn heed(&self, answer: &Response<Bytes>) {
        let status = answer.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let seconds = answer.headers().get(RETRY_AFTER);
            let seconds = seconds.and_then(|text| text.to_str().ok()?.parse().ok());
            let rest = seconds.map_or(REST, Duration::from_secs);
            *lock(&self.rest_until) = Instant::now().checked_add(rest);
        } else if !status.is_success() {
            tracing::warn!(%status, "an error report was refused: check telemetry.sentry_dsn");
        }
    }
}

fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
