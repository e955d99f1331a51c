//! A small HTTP server on this machine, with answers that a test gives part by part.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server that hands each request to the test.
pub struct Server {
    pub address: SocketAddr,
    requests: mpsc::Receiver<Exchange>,
}

/// A request, and the connection on which to answer it.
pub struct Exchange {
    /// `POST /path?query HTTP/1.1`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    stream: TcpStream,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (send, requests) = mpsc::channel(8);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let send = send.clone();
                tokio::spawn(async move {
                    let exchange = read(stream).await;
                    // The test may have ended already.
                    let _ = send.send(exchange).await;
                });
            }
        });
        Self { address, requests }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn next(&mut self) -> Exchange {
        self.requests.recv().await.expect("a request")
    }
}

async fn read(mut stream: TcpStream) -> Exchange {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.expect("it sends"),
            0,
            "cut off"
        );
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).expect("a head is text");
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default().to_owned();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_ascii_lowercase(), value.to_owned())
    };
    let headers: Vec<_> = lines.map(header).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a number"));
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        assert_ne!(
            stream.read_buf(&mut body).await.expect("it sends"),
            0,
            "cut off"
        );
    }
    let body = String::from_utf8(body).expect("a body is text");
    Exchange {
        line,
        headers,
        body,
        stream,
    }
}

impl Exchange {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Answers with a whole body.
    pub async fn answer(mut self, status: u16, media_type: &str, body: &str) {
        self.start(status, media_type).await;
        self.send(body).await;
    }

    /// Sends the head; the body ends with the connection.
    pub async fn start(&mut self, status: u16, media_type: &str) {
        self.start_with(status, &format!("Content-Type: {media_type}\r\n"))
            .await;
    }

    /// The same with any headers, each with its line's end.
    pub async fn start_with(&mut self, status: u16, headers: &str) {
        let head = format!("HTTP/1.1 {status} Status\r\n{headers}Connection: close\r\n\r\n");
        self.send(&head).await;
    }

    /// The body's JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("it is JSON")
    }

    /// Sends a part of the body.
    pub async fn send(&mut self, part: &str) {
        self.stream
            .write_all(part.as_bytes())
            .await
            .expect("it receives");
        self.stream.flush().await.expect("it receives");
    }
}
