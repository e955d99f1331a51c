//! A server that answers when the test says so.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::any;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long a test waits for callers.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server whose callers wait.
pub struct Slow {
    pub address: SocketAddr,
    gate: watch::Sender<bool>,
    waiting: watch::Receiver<usize>,
}

impl Slow {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let gate = watch::Sender::new(false);
        let (count, waiting) = watch::channel(0);
        let opened = gate.clone();
        let answer = move || {
            let (mut opened, count) = (opened.subscribe(), count.clone());
            async move {
                count.send_modify(|count| *count += 1);
                // The gate is gone with the test.
                let _ = opened.wait_for(|open| *open).await;
                axum::Json(json!({"city": "Lisbon"}))
            }
        };
        let router = Router::new().route("/", any(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            gate,
            waiting,
        }
    }

    /// Waits until so many callers wait.
    pub async fn holds(&mut self, callers: usize) {
        let began = Instant::now();
        let holding = self.waiting.wait_for(|waiting| *waiting >= callers);
        let held = tokio::time::timeout(PATIENCE, holding).await;
        assert!(
            held.is_ok(),
            "{callers} callers did not come within {:?}",
            began.elapsed()
        );
    }

    /// Answers all callers, and those who come later at once.
    pub fn open(&self) {
        self.gate.send_replace(true);
    }
}
