//! Files that visitors send, from the permission to the answer, and those who try more.

use axum::body::{Body, Bytes};
use axum::http::Request;
use expect_test::expect;
use futures_util::future::join_all;
use futures_util::stream;
use serde_json::{Value, json};
use talkloom_server::Config;
use talkloom_store::{Repositories, ResultId};

use crate::app::{Answer, TestApp, place, posting, workspace};
use crate::bots::{bot, text, text_input};
use crate::process::{Server, import};
use crate::s3::{self, S3};

const ASK: &str = "/api/v3/generate-upload-url";
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

fn file_input(options: Value) -> Value {
    json!({"id": "b_file", "type": "file input", "options": options})
}

pub fn files_bot(options: Value) -> Value {
    let thanks = text("b_thanks", "Thanks.");
    bot(&[file_input(options), thanks, text_input("b_next", "v_name")])
}

/// Where a server keeps its files.
pub enum Place {
    Folder,
    Bucket(S3),
}

impl Place {
    pub async fn bucket() -> Self {
        Self::Bucket(S3::start().await)
    }

    async fn app(self, change: impl FnOnce(&mut Config)) -> TestApp {
        let Self::Bucket(store) = self else {
            return TestApp::with(change).await;
        };
        let app = TestApp::with(|config| {
            store.configure(config);
            change(config);
        });
        let mut app = app.await;
        app.keep(store);
        app
    }
}

/// Runs each of these with files in the data folder and in a bucket.
macro_rules! in_both {
    ($($test:ident),* $(,)?) => {
        mod in_a_folder {
            $(#[tokio::test] async fn $test() { super::$test(super::Place::Folder).await })*
        }
        mod in_a_bucket {
            $(#[tokio::test] async fn $test() {
                super::$test(super::Place::bucket().await).await;
            })*
        }
    };
}

in_both!(
    a_file_is_sent_read_and_answered_with,
    files_of_one_name_do_not_meet,
    names_lead_nowhere,
    what_a_browser_would_run_is_only_saved,
    private_files_need_a_token,
    files_of_a_preview_stand_apart,
);

/// A conversation that waits for a file.
pub struct Sender {
    pub app: TestApp,
    pub session: String,
    pub result: String,
}

impl Sender {
    pub async fn new(options: Value) -> Self {
        Self::at(Place::Folder, options).await
    }

    pub async fn at(place: Place, options: Value) -> Self {
        Self::with(place.app(|_| {}).await, &files_bot(options)).await
    }

    pub async fn with(app: TestApp, bot: &Value) -> Self {
        app.publish("sender", bot).await;
        let started = app.start("sender", json!({})).await;
        let (session, result) = (started.text("/sessionId"), started.text("/resultId"));
        Self {
            session: session.to_owned(),
            result: result.to_owned(),
            app,
        }
    }

    pub async fn ask(&self, name: &str, media_type: &str, bytes: usize) -> Answer {
        let body = json!({
            "sessionId": self.session,
            "blockId": "whatever",
            "fileName": name,
            "fileType": media_type,
            "fileSize": bytes,
        });
        self.app.post(ASK, &body).await
    }

    /// Sends a file and gives its address.
    pub async fn send(&self, name: &str, media_type: &str, content: &'static [u8]) -> String {
        let asked = self.ask(name, media_type, content.len()).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let put = self.put_as(media_type, asked.text("/presignedUrl"), content);
        let put = put.await;
        assert!(matches!(put.status, 200 | 204), "{}", put.body);
        asked.text("/fileUrl").to_owned()
    }

    pub async fn put(&self, url: &str, content: impl Into<Body>) -> Answer {
        self.put_as("image/png", url, content).await
    }

    /// Sends a file as the npm client does.
    pub async fn put_as(&self, media_type: &str, url: &str, content: impl Into<Body>) -> Answer {
        let request = Request::put(self.here(url))
            .header("content-type", media_type)
            .header("cache-control", "public, max-age=86400");
        self.to(request.body(content.into()).unwrap()).await
    }

    /// Reads a file, and follows where the answer leads.
    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(self.here(url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.to(request.body(Body::empty()).unwrap()).await;
        if answer.status != 302 {
            return answer;
        }
        let mut request = Request::get(answer.header("location").expect("it leads on"));
        for (name, value) in headers.iter().filter(|(name, _)| *name == "range") {
            request = request.header(*name, *value);
        }
        s3::send(request.body(Body::empty()).unwrap()).await
    }

    /// An address of this server without its host; another server's as it is.
    fn here<'u>(&self, url: &'u str) -> &'u str {
        let is_elsewhere = url.starts_with("http://127.0.0.1:");
        if is_elsewhere { url } else { path(url) }
    }

    async fn to(&self, request: Request<Body>) -> Answer {
        match request.uri().host() {
            Some(_) => s3::send(request).await,
            None => self.app.send(request).await,
        }
    }

    /// The files in the storage, whole or not.
    pub fn on_disk(&self) -> usize {
        let mut folders = vec![self.app.app.config.data.join("files")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files += 1;
                }
            }
        }
        files
    }
}

pub fn path(url: &str) -> &str {
    let rest = url.split_once("://").expect("it has a protocol").1;
    &rest[rest.find('/').expect("it has a path")..]
}

async fn a_file_is_sent_read_and_answered_with(place: Place) {
    let sender = Sender::at(place, json!({"variableId": "v_city"})).await;
    let asked = sender.ask("My photo.png", "image/png", PNG.len()).await;
    let result = &sender.result;
    assert_eq!(asked.status, 200, "{}", asked.body);
    assert_eq!(asked.body["formData"], json!({}));
    assert_eq!(asked.body["fileType"], json!("image/png"));
    assert_eq!(asked.body["maxFileSize"], json!(10.0));
    let url = asked.text("/fileUrl");
    let end = format!("/results/{result}/blocks/b_file/My-photo.png");
    assert!(url.starts_with("http://localhost/files/public/workspaces/wdefault/typebots/"));
    assert!(url.ends_with(&end), "{url}");
    assert_eq!(sender.get(url, &[]).await.status, 404, "not there yet");

    let put = sender.put(asked.text("/presignedUrl"), PNG).await;
    if sender.app.app.files.is_direct() {
        assert_eq!(put.status, 200, "{}", put.body);
    } else {
        assert_eq!(put.status, 204, "{}", put.body);
        assert_eq!(put.header("access-control-allow-origin"), Some("*"));
    }
    let read = sender.get(url, &[]).await;
    assert_eq!(
        (read.status, read.header("content-type")),
        (200, Some("image/png"))
    );
    // The store is an origin of its own.
    let is_ours = !sender.app.app.files.is_direct();
    let nosniff = is_ours.then_some("nosniff");
    assert_eq!(read.header("x-content-type-options"), nosniff);
    assert_eq!(read.header("content-disposition"), None);
    let part = sender.get(url, &[("range", "bytes=1-3")]).await;
    assert_eq!((part.status, part.body), (206, json!("PNG")));
    assert_eq!(
        part.headers["content-range"],
        format!("bytes 1-3/{}", PNG.len())
    );

    let message = json!({"type": "text", "text": url, "attachedFileUrls": [url]});
    let reply = sender
        .app
        .reply(&sender.session, json!({"message": message}))
        .await;
    assert_eq!((reply.status, reply.text("/input/id")), (200, "b_next"));
    let reader = sender.app.app.store.reader();
    let result = ResultId(sender.result.clone());
    let answers = reader
        .answers()
        .of_result(&workspace(), &result)
        .await
        .unwrap();
    assert_eq!(answers[0].content, url);
    let files = reader
        .files()
        .of_result(&workspace(), &result)
        .await
        .unwrap();
    assert_eq!(files[0].size, Some(PNG.len() as i64));
}

/// A server that is called as machines in a company's network are.
#[tokio::test]
async fn files_of_this_server_are_answers_whatever_it_is_called() {
    let app = TestApp::with(|config| config.public_urls = vec!["http://intranet:3000".into()]);
    let sender = Sender::with(app.await, &files_bot(json!({}))).await;
    let elsewhere = sender
        .app
        .say(&sender.session, "http://other:3000/files/a.png")
        .await;
    assert_eq!(elsewhere.text("/input/id"), "b_file", "asked again");
    let url = sender.send("a.png", "image/png", PNG).await;
    assert!(url.starts_with("http://intranet:3000/files/"), "{url}");
    let reply = sender.app.say(&sender.session, &url).await;
    assert_eq!(reply.text("/input/id"), "b_next", "{}", reply.body);
}

async fn files_of_one_name_do_not_meet(place: Place) {
    let sender = Sender::at(place, json!({})).await;
    let one = sender.send("a.png", "image/png", b"one").await;
    let two = sender.send("a.png", "image/png", b"two").await;
    // At once, before either has arrived.
    let asked = join_all((0..5).map(|_| sender.ask("a.png", "image/png", 3))).await;
    let mut urls: Vec<_> = asked
        .iter()
        .map(|asked| asked.text("/fileUrl").to_owned())
        .collect();
    urls.extend([one.clone(), two.clone()]);
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 7, "{urls:#?}");
    assert_eq!(sender.get(&one, &[]).await.body, json!("one"));
    assert_eq!(sender.get(&two, &[]).await.body, json!("two"));
    assert!(two.ends_with("/a-2.png"), "{two}");
}

async fn names_lead_nowhere(place: Place) {
    let sender = Sender::at(place, json!({})).await;
    for name in [
        "../../../../etc/passwd",
        "..\\..\\windows\\system.ini",
        "/etc/passwd",
        "a/../../b.png",
        "\u{0}evil\r\nSet-Cookie: a=b.png",
        ".htaccess",
        "..",
        "",
        "%2e%2e%2f%2e%2e%2fpasswd",
        "😀.png",
    ] {
        let url = sender.send(name, "image/png", PNG).await;
        let folder = format!("/results/{}/blocks/b_file/", sender.result);
        let (_, rest) = url.split_once(&folder).expect("it is in its folder");
        assert!(
            !rest.is_empty() && !rest.contains(['/', '\\', '%', '\r']),
            "{rest}"
        );
        assert_eq!(sender.get(&url, &[]).await.status, 200, "{name:?}: {url}");
    }
    for path in [
        "/files/../uploads.key",
        "/files/..%2fuploads.key",
        "/files/public/..%2f..%2fuploads.key",
        "/files/%2e%2e/%2e%2e/uploads.key",
        "/files/.incoming/x",
        "/files//etc/passwd",
        "/files/public/%00",
        "/files/public",
    ] {
        let read = sender.get(&format!("http://localhost{path}"), &[]).await;
        assert_eq!(read.status, 404, "{path}");
    }
}

async fn what_a_browser_would_run_is_only_saved(place: Place) {
    let sender = Sender::at(place, json!({})).await;
    for (name, kind) in [
        ("a.svg", "image/svg+xml"),
        ("a.html", "text/html"),
        ("a.png", "text/html; charset=utf-8"),
        ("a.xml", "application/xml"),
        ("a.js", "text/javascript"),
        ("b.svg", ""),
    ] {
        let url = sender.send(name, kind, b"<svg onload='alert(1)'/>").await;
        let read = sender.get(&url, &[]).await;
        assert_eq!(
            read.header("content-type"),
            Some("application/octet-stream"),
            "{name}"
        );
        assert_eq!(
            read.header("content-disposition"),
            Some("attachment"),
            "{name}"
        );
        if sender.app.app.files.is_direct() {
            continue;
        }
        assert_eq!(
            read.header("x-content-type-options"),
            Some("nosniff"),
            "{name}"
        );
        let policy = read.header("content-security-policy");
        assert_eq!(policy, Some("sandbox; default-src 'none'"), "{name}");
    }
}

#[tokio::test]
async fn types_and_sizes_are_checked_before() {
    let allowed = json!({"isEnabled": true, "types": [".pdf", "image/*"]});
    let sender = Sender::new(json!({"allowedFileTypes": allowed, "sizeLimit": 2})).await;
    for (name, kind, bytes, status) in [
        ("a.pdf", "application/pdf", 10, 200),
        ("a.PNG", "image/png", 2 << 20, 200),
        ("a.png", "", 10, 200),
        ("a.exe", "application/x-msdownload", 10, 400),
        ("a.exe", "", 10, 400),
        ("a.pdf?x=.exe", "", 10, 400),
        ("a", "", 10, 400),
        ("a.png", "image/png", (2 << 20) + 1, 400),
    ] {
        let asked = sender.ask(name, kind, bytes).await;
        assert_eq!(
            asked.status, status,
            "{name} {kind} {bytes}: {}",
            asked.body
        );
    }
    expect![[r#"
        400 {
          "defined": false,
          "code": "BAD_REQUEST",
          "status": 400,
          "message": "File type text/html not allowed"
        }
    "#]]
    .assert_eq(&sender.ask("a.html", "text/html", 1).await.seen());
    expect![[r#"
        400 {
          "defined": false,
          "code": "BAD_REQUEST",
          "status": 400,
          "message": "File size exceeds the 2MB limit"
        }
    "#]]
    .assert_eq(&sender.ask("a.pdf", "application/pdf", 3 << 20).await.seen());
}

#[tokio::test]
async fn a_file_that_grows_too_large_leaves_nothing() {
    let app = TestApp::with(|config| config.uploads.max_size_mb = 1).await;
    let sender = Sender::with(app, &files_bot(json!({}))).await;
    let asked = sender.ask("a.png", "image/png", 10).await;
    let url = asked.text("/presignedUrl");
    // The size is not told: it shows while it arrives.
    let parts = (0..40).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![0; 64 << 10])));
    let put = sender
        .put(url, Body::from_stream(stream::iter(parts)))
        .await;
    assert_eq!(put.status, 413, "{}", put.body);
    let mut told = Request::put(path(url)).body(Body::empty()).unwrap();
    told.headers_mut()
        .insert("content-length", "2000000".parse().unwrap());
    assert_eq!(sender.app.send(told).await.status, 413);
    let broken = [Ok(Bytes::from("half")), Err(std::io::Error::other("gone"))];
    let put = sender
        .put(url, Body::from_stream(stream::iter(broken)))
        .await;
    assert_eq!(put.status, 400, "{}", put.body);
    assert_eq!(sender.on_disk(), 0, "nothing was kept");
    assert_eq!(sender.get(asked.text("/fileUrl"), &[]).await.status, 404);
    assert_eq!(
        sender.put(url, PNG).await.status,
        204,
        "the permission still holds"
    );
    assert_eq!(sender.on_disk(), 1);
}

#[tokio::test]
async fn permissions_expire_and_cannot_be_forged() {
    let sender = Sender::new(json!({})).await;
    let asked = sender.ask("a.png", "image/png", 10).await;
    let url = asked.text("/presignedUrl").to_owned();
    let strange = Sender::new(json!({})).await;
    std::fs::write(strange.app.app.config.data.join("uploads.key"), [7; 32]).unwrap();
    let of_another_server = strange.ask("a.png", "image/png", 10).await;
    let forged = [
        format!("{url}x"),
        url.replacen("/uploads/", "/uploads/x", 1),
        "http://localhost/api/uploads/x.y".to_owned(),
        of_another_server.text("/presignedUrl").to_owned(),
    ];
    for forged in forged {
        let put = sender.put(&forged, PNG).await;
        assert_eq!(
            (put.status, put.text("/code")),
            (403, "FORBIDDEN"),
            "{forged}"
        );
    }
    sender.app.app.clock.advance(10 * 60 * 1_000);
    assert_eq!(
        sender.put(&url, PNG).await.status,
        403,
        "ten minutes are over"
    );
    assert_eq!(sender.on_disk(), 0);
}

#[tokio::test]
async fn only_blocks_that_expect_files_get_some() {
    let refusal = "Current block does not expect file upload";
    let app = TestApp::new().await;
    let audio = json!({"id": "b_voice", "type": "text input", "options":
        {"audioClip": {"isEnabled": true, "visibility": "Private"}, "attachments": {"isEnabled": true}}});
    app.publish("talk", &bot(&[text_input("b_text", "v_name"), audio]))
        .await;
    let started = app.start("talk", json!({})).await;
    let sender = Sender {
        session: started.text("/sessionId").to_owned(),
        result: started.text("/resultId").to_owned(),
        app,
    };
    let asked = sender.ask("a.png", "image/png", 10).await;
    assert_eq!((asked.status, asked.text("/message")), (400, refusal));
    sender.app.say(&sender.session, "Ada").await;
    let attached = sender.ask("a.png", "image/png", 10).await;
    assert!(
        attached.text("/fileUrl").contains("/files/public/"),
        "{}",
        attached.body
    );
    let voice = sender.ask("rec.webm", "audio/webm;codecs=opus", 10).await;
    assert!(
        voice.text("/fileUrl").contains("/api/typebots/"),
        "{}",
        voice.body
    );
    let unknown = Sender {
        session: "nobody".into(),
        ..sender
    };
    assert_eq!(unknown.ask("a.png", "image/png", 10).await.status, 404);
    let bad = unknown.app.send(posting(ASK, r#"{"sessionId": 5}"#)).await;
    assert_eq!(
        (bad.status, bad.text("/message")),
        (400, "Input validation failed")
    );
}

async fn private_files_need_a_token(place: Place) {
    let sender = Sender::at(place, json!({"visibility": "Private"})).await;
    let url = sender.send("passport.png", "image/png", PNG).await;
    assert!(url.starts_with("http://localhost/api/typebots/"), "{url}");
    assert_eq!(sender.get(&url, &[]).await.status, 401);
    assert_eq!(
        sender
            .get(&url, &[("authorization", "Bearer tlk_no")])
            .await
            .status,
        401
    );
    let public = url.replacen("/api/", "/files/private/workspaces/wdefault/", 1);
    assert_eq!(sender.get(&public, &[]).await.status, 404);

    let token = sender.app.token().await;
    let shown = format!("Bearer {token}");
    let read = sender.get(&url, &[("authorization", &shown)]).await;
    assert_eq!(
        (read.status, read.header("content-type")),
        (200, Some("image/png"))
    );
    assert_eq!(read.header("cache-control"), Some("private, no-store"));
    assert_eq!(read.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn pages_of_all_sites_may_send() {
    let sender = Sender::new(json!({})).await;
    let preflight = Request::options("/api/uploads/x.y")
        .header("origin", "https://shop.example.com")
        .header("access-control-request-method", "PUT")
        .header(
            "access-control-request-headers",
            "cache-control,content-type",
        );
    let preflight = sender
        .app
        .send(preflight.body(Body::empty()).unwrap())
        .await;
    assert_eq!(preflight.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "PUT, OPTIONS"),
        ("access-control-allow-headers", "cache-control,content-type"),
        ("access-control-max-age", "86400"),
    ] {
        assert_eq!(preflight.header(name), Some(value), "{name}");
    }
}

async fn files_of_a_preview_stand_apart(place: Place) {
    let app = place.app(|_| {}).await;
    app.publish("sender", &files_bot(json!({"visibility": "Private"})))
        .await;
    let token = app.token().await;
    let start = "/api/v1/typebots/sender/preview/startChat";
    let started = app.post_with(&token, start, &json!({})).await;
    let sender = Sender {
        session: started.text("/sessionId").to_owned(),
        result: String::new(),
        app,
    };
    let url = sender.send("a.png", "image/png", PNG).await;
    let start = "http://localhost/files/public/tmp/typebots/";
    assert!(
        url.starts_with(start) && url.ends_with("/blocks/b_file/a.png"),
        "{url}"
    );
    assert_eq!(sender.get(&url, &[]).await.status, 200);
    let again = sender.send("a.png", "image/png", PNG).await;
    assert!(again.ends_with("/a-2.png"), "{again}");
}

/// The key is made at the first start, for the server alone, and a permission outlives a restart.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_breaks_no_upload() {
    let data = place();
    let file = data.path().join("bot.json");
    std::fs::write(&file, files_bot(json!({})).to_string()).unwrap();
    import(data.path(), &file, &["--publish", "--public-id", "sender"]);
    let server = Server::start(data.path());
    let key = std::fs::metadata(data.path().join("uploads.key")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(key.len(), 32);
    let started = server.start_chat("sender").await;
    let body = json!({"sessionId": started.text("/sessionId"), "fileName": "a.png"});
    let asked = server.post(ASK, &body).await;
    assert!(asked.text("/presignedUrl").starts_with(&server.url()));
    server.kill();

    let server = Server::start(data.path());
    let at = |url: &str| format!("{}{}", server.url(), path(url));
    let put = Request::put(at(asked.text("/presignedUrl"))).body(Body::from(PNG));
    assert_eq!(server.send(put.unwrap()).await.status, 204);
    let url = at(asked.text("/fileUrl"));
    let read = server
        .send(Request::get(&url).body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        (read.status, read.header("content-type")),
        (200, Some("image/png"))
    );
    let reply = server.say(started.text("/sessionId"), &url).await;
    assert_eq!(reply.text("/input/id"), "b_next", "{}", reply.body);
}
