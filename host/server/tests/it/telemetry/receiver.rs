//! A server that takes whatever is sent to it and keeps it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use http_body_util::BodyExt;
use tokio::net::TcpListener;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Sent {
    pub path: String,
    pub authorization: String,
    pub body: Bytes,
}

/// The server; it ends with the test.
pub struct Receiver {
    url: String,
    taken: Arc<Mutex<Vec<Sent>>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::default();
        let routes = Router::new().fallback(take).with_state(Arc::clone(&taken));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, taken }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn taken(&self) -> Vec<Sent> {
        self.taken.lock().unwrap().clone()
    }
}

async fn take(State(taken): State<Arc<Mutex<Vec<Sent>>>>, request: Request) -> &'static str {
    let (head, body) = request.into_parts();
    let authorization = head.headers.get("x-sentry-auth");
    let authorization = authorization.and_then(|text| text.to_str().ok());
    let sent = Sent {
        path: head.uri.path().to_owned(),
        authorization: authorization.unwrap_or_default().to_owned(),
        body: body.collect().await.unwrap().to_bytes(),
    };
    taken.lock().unwrap().push(sent);
    "{}"
}
