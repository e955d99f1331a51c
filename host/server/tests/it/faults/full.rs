//! There is no room for more files: conversations do not mind.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use services::{Postgres, PostgresOptions};

use super::RECOVERY;
use super::host::{Host, setting};
use super::visitors::{Rules, Visitors};
use crate::app::Answer;
use crate::uploads::{files_bot, path};

const FILES: &str = "photos";
/// Two of these do not fit into a megabyte.
const BYTES: usize = 600_000;
const TOLD: &str = "There is no room for more files here. Go on without the file, or tell whoever \
                    runs this chat.";

/// A visitor who sends files.
struct Sender<'h> {
    host: &'h Host,
    session: String,
}

impl<'h> Sender<'h> {
    async fn new(host: &'h Host) -> Self {
        let began = host.server().start_chat(FILES).await;
        assert_eq!(began.status, 200, "{}", began.body);
        let session = began.text("/sessionId").to_owned();
        Self { host, session }
    }

    async fn ask(&self) -> Answer {
        let body = json!({
            "sessionId": self.session,
            "fileName": "photo.png",
            "fileType": "image/png",
            "fileSize": BYTES,
        });
        let server = self.host.server();
        server.post("/api/v3/generate-upload-url", &body).await
    }

    async fn put(&self, asked: &Answer) -> Answer {
        let to = format!("{}{}", self.host.url(), path(asked.text("/presignedUrl")));
        let request = Request::put(to).header("content-type", "image/png");
        let request = request.body(Body::from(vec![7; BYTES]));
        let request = request.expect("the request is whole");
        self.host.server().send(request).await
    }

    /// Sends a file; gives its address on this host.
    async fn send(&self) -> String {
        let asked = self.ask().await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let put = self.put(&asked).await;
        assert_eq!(put.status, 204, "{}", put.body);
        asked.text("/fileUrl").to_owned()
    }

    /// Answers the question for a file.
    async fn reply(&self, reply: &Value) {
        let to = crate::app::reply_path(&self.session);
        let reply = self.host.server().post(&to, reply).await;
        assert_eq!(
            (reply.status, reply.text("/input/id")),
            (200, "b_next"),
            "{}",
            reply.body
        );
    }

    /// Sends until there is room; gives how long that took.
    async fn until_sent(&self, since: Instant) -> Duration {
        let mut again = tokio::time::interval(Duration::from_millis(100));
        loop {
            again.tick().await;
            let asked = self.ask().await;
            if asked.status == 200 {
                let put = self.put(&asked).await;
                assert_eq!(put.status, 204, "{}", put.body);
                return since.elapsed();
            }
            is_refused(&asked);
            let took = since.elapsed();
            assert!(took < RECOVERY, "refused for {took:?} after there was room");
        }
    }
}

fn is_refused(answer: &Answer) {
    let told = (answer.status, answer.text("/message"));
    assert_eq!(told, (413, TOLD));
}

/// The files below a folder that are whole.
fn stored(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("the folder can be read").path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
        match path.is_dir() {
            true if is_hidden => {}
            true => found.extend(stored(&path)),
            false => found.push(path),
        }
    }
    found
}

async fn fill_and_make_room(more: Vec<(String, String)>) {
    let settings = [more, vec![setting("STORAGE__QUOTA_MB", "1")]].concat();
    let document = files_bot(json!({"isRequired": false}));
    let host = Host::with_bot(settings, Some((FILES, &document)));
    let mut visitors = Visitors::to(&[host.url()], Rules::default());
    visitors.acknowledged(200).await;

    let (first, late, third) =
        tokio::join!(Sender::new(&host), Sender::new(&host), Sender::new(&host));
    // Permitted while there was room, sent when there is none.
    let permitted = late.ask().await;
    let url = first.send().await;
    is_refused(&late.put(&permitted).await);
    is_refused(&third.ask().await);
    let ready = host.until_readyz(200).await;
    assert_eq!(ready["status"], "ok", "small files still fit: {ready}");
    // Turns go on, also those of who could not send a file.
    late.reply(&json!({})).await;
    visitors.acknowledged(1_000).await;
    is_refused(&third.ask().await);

    // The file that was acknowledged is there, and an answer.
    let read = host.get(path(&url)).await;
    assert_eq!(read.status, 200, "{}", read.body);
    first
        .reply(&json!({"message": {"type": "text", "text": url}}))
        .await;

    // The operator makes room, past the server.
    let files = stored(&host.data().join("files/public"));
    assert_eq!(files.len(), 1, "refused files leave nothing: {files:?}");
    std::fs::remove_file(&files[0]).expect("the file can be deleted");
    let took = third.until_sent(Instant::now()).await;
    eprintln!("files were taken again after {took:?}");
    visitors.acknowledged(200).await;
    visitors.leave().await.check(&host.store().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_storage_refuses_files_and_nothing_else_with_sqlite() {
    fill_and_make_room(Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_storage_refuses_files_and_nothing_else_with_postgres() {
    let postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL");
    fill_and_make_room(vec![setting("DATABASE__URL", postgres.url())]).await;
}
