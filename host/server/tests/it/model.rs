//! A small server that speaks the chat completions protocol, part by part as a test says.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server that hands each request to the test.
pub struct Model {
    pub address: SocketAddr,
    requests: mpsc::Receiver<Exchange>,
}

/// A request, and the way to answer it.
pub struct Exchange {
    pub body: Value,
    /// What the header `Authorization` said.
    pub authorization: Option<String>,
    answer: oneshot::Sender<Response>,
}

/// An answer that comes in parts.
pub struct Parts(mpsc::Sender<Bytes>);

impl Model {
    pub async fn start() -> Self {
        let (sender, requests) = mpsc::channel(8);
        let routes = Router::new()
            .route("/v1/chat/completions", post(hand_over))
            .with_state(sender);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, requests }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub async fn next(&mut self) -> Exchange {
        let next = tokio::time::timeout(PATIENCE, self.requests.recv()).await;
        next.expect("it is asked in time").expect("it is asked")
    }

    /// Nobody asks any more.
    pub fn is_idle(&mut self) -> bool {
        self.requests.try_recv().is_err()
    }
}

async fn hand_over(
    State(requests): State<mpsc::Sender<Exchange>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let (answer, answered) = oneshot::channel();
    let authorization = headers.get("authorization");
    let authorization = authorization.map(|value| value.to_str().expect("it is text").to_owned());
    let exchange = Exchange {
        body,
        authorization,
        answer,
    };
    // The test may have ended already.
    let _ = requests.send(exchange).await;
    let gone = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    answered.await.unwrap_or_else(|_| gone())
}

impl Exchange {
    /// Begins an answer in parts.
    pub fn stream(self) -> Parts {
        let (sender, parts) = mpsc::channel(1);
        let parts = stream::unfold(parts, |mut parts| async {
            let part = parts.recv().await?;
            Some((Ok::<_, std::io::Error>(part), parts))
        });
        let kind = [("content-type", "text/event-stream")];
        let response = (kind, Body::from_stream(parts)).into_response();
        self.answer.send(response).expect("it waits");
        Parts(sender)
    }

    /// Answers with a status and a text.
    pub fn refuse(self, status: StatusCode, text: impl Into<String>) {
        let response = (status, text.into()).into_response();
        self.answer.send(response).expect("it waits");
    }
}

impl Parts {
    pub async fn say(&self, text: &str) {
        let chunk = json!({"choices": [{"delta": {"content": text}}]});
        self.send(format!("data: {chunk}\n\n")).await;
    }

    pub async fn send(&self, part: String) {
        self.0.send(part.into()).await.expect("it listens");
    }

    pub async fn done(self) {
        self.send("data: [DONE]\n\n".into()).await;
    }

    /// Waits until whoever asked has gone.
    pub async fn left(self) {
        let left = tokio::time::timeout(PATIENCE, self.0.closed()).await;
        left.expect("it was let go of in time");
    }
}
