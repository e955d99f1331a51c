//! The server's end: what is under way is finished, what is new is refused.
//!
//! From the moment it is asked to stop, the process takes no new work but still answers, so that
//! whoever comes learns to go elsewhere; with its last turn it closes the door. Turns that take
//! longer than `stop_s` are cut: nothing of them is stored, and their visitors are told so.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::chat::ChatError;

/// How long those whose turn was cut have to hear of it.
const FAREWELL: Duration = Duration::from_millis(700);

/// Tells all parts of the server that it stops. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stopping {
    begun: CancellationToken,
    over: CancellationToken,
}

impl Stopping {
    /// Begins to stop: `/readyz` says so at once.
    pub fn begin(&self) {
        self.begun.cancel();
    }

    /// Whether the server stops.
    pub fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until the server stops.
    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Waits until turns that are under way have had their time.
    pub async fn is_over(&self) {
        self.over.cancelled().await;
    }

    /// Waits until nobody is waited for any more.
    pub async fn is_past(&self) {
        self.is_over().await;
        tokio::time::sleep(FAREWELL).await;
    }

    /// Does work that may be given up when its time is over; none where it was.
    pub(crate) async fn cut<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            // What does not wait is not cut, and pays nothing for the question.
            biased;
            done = work => Some(done),
            () = self.is_over() => None,
        }
    }
}

/// Begins to stop, and waits until the last turn, request and open connection has ended.
pub async fn drain(app: &App) {
    app.stopping.begin();
    tracing::info!(
        turns = app.turns.len(),
        "stopping: work under way is finished"
    );
    app.turns.close();
    if tokio::time::timeout(app.config.stop_limit(), app.turns.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            turns = app.turns.len(),
            "some turns did not finish in time: they are not stored"
        );
        app.stopping.over.cancel();
        app.turns.wait().await;
    }
}

/// Counts requests that are under way, and refuses them once the server stops.
pub async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let version = request.version();
    // Before the look: whoever is let in is waited for.
    let under_way = app.turns.token();
    let mut response = if app.stopping.has_begun() {
        drop(under_way);
        ChatError::stopping().into_response()
    } else {
        let _under_way = under_way;
        next.run(request).await
    };
    // Later versions of HTTP end their connections by themselves.
    if version <= Version::HTTP_11 && app.stopping.has_begun() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}
