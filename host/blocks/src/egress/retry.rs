//! When a request is sent once more: its secrets were refused and there are fresh ones, or the
//! service is busy and says when to come back.

use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use hyper::Response;
use tokio::sync::OnceCell;

use super::Injector;
use crate::Renewal;
use crate::redact::Redactor;

/// The wait where a busy service names none.
const USUAL: Duration = Duration::from_secs(1);

/// Whether a call's secrets were made anew. It is tried once, whoever of several requests asks.
#[derive(Default)]
pub(crate) struct Renewed {
    renewal: Option<Renewal>,
    done: OnceCell<bool>,
}

impl Renewed {
    pub(crate) fn new(renewal: Option<Renewal>) -> Self {
        Self {
            renewal,
            done: OnceCell::new(),
        }
    }

    /// Requests that begin from now on are sent with whatever came of it.
    pub(super) fn is_done(&self) -> bool {
        self.done.initialized()
    }

    /// Makes the secrets anew, unless that was tried; says whether there are fresh ones.
    pub(super) async fn once(&self, injector: &Injector, redactor: &Redactor) -> bool {
        let Some(renewal) = &self.renewal else {
            return false;
        };
        let renew = || async {
            let Some(fresh) = renewal.renew().await else {
                return false;
            };
            injector.renew(&fresh);
            let sensitive = injector.sensitive();
            redactor.add(sensitive.iter().map(|secret| secret.expose()));
            true
        };
        *self.done.get_or_init(renew).await
    }
}

/// How long to wait before a busy service is asked once more; none where it is not.
pub(super) fn wait<B>(response: &Response<B>, longest: Option<Duration>) -> Option<Duration> {
    let longest = longest?;
    let busy = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    if !busy.contains(&response.status()) {
        return None;
    }
    let named = response.headers().get(RETRY_AFTER);
    let wait = match named {
        None => USUAL,
        Some(seconds) => Duration::from_secs(seconds.to_str().ok()?.trim().parse().ok()?),
    };
    (wait <= longest).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(status: u16, retry_after: Option<&str>) -> Option<u64> {
        let mut response = Response::builder().status(status);
        if let Some(named) = retry_after {
            response = response.header(RETRY_AFTER, named);
        }
        let response = response.body(()).expect("it is whole");
        wait(&response, Some(Duration::from_secs(10))).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_busy_service_is_waited_for_within_bounds() {
        assert_eq!(waits(429, Some("3")), Some(3));
        assert_eq!(waits(503, Some(" 10 ")), Some(10));
        assert_eq!(waits(503, None), Some(1));
        assert_eq!(waits(503, Some("11")), None);
        assert_eq!(waits(503, Some("Wed, 21 Oct 2026 07:28:00 GMT")), None);
        assert_eq!(waits(500, Some("1")), None);
        assert_eq!(waits(200, None), None);
        let response = Response::builder().status(429).body(()).expect("whole");
        assert_eq!(wait(&response, None), None);
    }
}
