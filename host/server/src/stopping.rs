//! The server's end: what is under way is finished, what is new is refused.
//!
//! From the moment it is asked to stop, the process takes no new work but still answers, so that
//! whoever comes learns to go elsewhere; with its last turn it closes the door.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::chat::ChatError;

/// How long work under way may take after the server was asked to stop.
const FAREWELL: Duration = Duration::from_secs(25);

/// Tells all parts of the server that it stops. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stopping(CancellationToken);

impl Stopping {
    /// Begins to stop: `/readyz` says so at once.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Whether the server stops.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until the server stops.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    /// Waits until work that was under way then has had its time.
    pub async fn is_over(&self) {
        self.begun().await;
        tokio::time::sleep(FAREWELL).await;
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
    app.turns.wait().await;
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
