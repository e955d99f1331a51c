//! A server that takes webhooks and answers as the path says, however badly.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a receiver got: the path, the headers, the body.
pub type Got = (String, HeaderMap, Vec<u8>);

/// A receiver. `/500` answers with that status, `/503/120` with `Retry-After: 120` besides; `/hang`,
/// `/drip`, `/reset` and `/flood` do as they are called.
pub struct Receiver {
    pub address: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let got = Arc::<Mutex<Vec<Got>>>::default();
        let kept = Arc::clone(&got);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&kept)));
            }
        });
        Self { address, got }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that came so far.
    pub fn got(&self) -> Vec<Got> {
        self.got.lock().expect("not poisoned").clone()
    }
}

async fn serve(mut connection: TcpStream, got: Arc<Mutex<Vec<Got>>>) {
    // Whoever sends may go away at any time.
    let Some(request) = read(&mut connection).await else {
        return;
    };
    let path = request.0.clone();
    got.lock().expect("not poisoned").push(request);
    match path.as_str() {
        "/hang" => std::future::pending().await,
        "/drip" => drip(&mut connection).await,
        "/reset" => drop(connection.set_zero_linger()),
        "/flood" => flood(&mut connection).await,
        path => {
            let mut parts = path.trim_start_matches('/').split('/');
            let status = parts.next().unwrap_or_default();
            let after = parts
                .next()
                .map(|after| format!("retry-after: {after}\r\n"));
            let answer = format!(
                "HTTP/1.1 {status} Said\r\nlocation: http://127.0.0.1:9/\r\n{}content-length: 0\r\n\
                 connection: close\r\n\r\n",
                after.unwrap_or_default()
            );
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    }
}

/// A head that never ends.
async fn drip(connection: &mut TcpStream) {
    let mut drops = tokio::time::interval(Duration::from_millis(50));
    let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nx-drops: ").await;
    while connection.write_all(b"a").await.is_ok() {
        drops.tick().await;
    }
}

/// A body that nobody asked for.
async fn flood(connection: &mut TcpStream) {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n";
    let _ = connection.write_all(head).await;
    let _ = connection.write_all(&vec![b'a'; 10_000_000]).await;
}

async fn read(connection: &mut TcpStream) -> Option<Got> {
    let mut bytes = Vec::new();
    loop {
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(head)) = request.parse(&bytes) else {
            continue;
        };
        let path = request.path?.to_owned();
        let named: HeaderMap = request
            .headers
            .iter()
            .map(|header| {
                let name = header.name.parse::<axum::http::HeaderName>();
                let value = axum::http::HeaderValue::from_bytes(header.value);
                (name.expect("a name"), value.expect("a value"))
            })
            .collect();
        let length = named.get("content-length")?.to_str().ok()?.parse().ok()?;
        let mut body = bytes.split_off(head);
        while body.len() < length {
            if connection.read_buf(&mut body).await.ok()? == 0 {
                return None;
            }
        }
        return Some((path, named, body));
    }
}
