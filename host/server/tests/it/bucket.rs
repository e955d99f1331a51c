//! Files in a bucket, and those who try more than their address permits.

use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::{StreamExt, stream};
use serde_json::json;
use talkloom_server::files::{FileKey, Shown, Swept, sweep};
use talkloom_store::{Repositories, ResultId};

use crate::app::workspace;
use crate::s3::{self, S3};
use crate::uploads::{PNG, Place, Sender};

impl Sender {
    fn store(&self) -> &S3 {
        self.app.kept()
    }
}

async fn put_with(url: &str, media_type: &str, content: impl Into<Body>) -> u16 {
    let request = Request::put(url).header("content-type", media_type);
    s3::send(request.body(content.into()).unwrap()).await.status
}

#[tokio::test]
async fn an_upload_address_permits_one_file_of_one_size_and_type() {
    let sender = Sender::at(Place::bucket().await, json!({})).await;
    let asked = sender.ask("a.png", "image/png", PNG.len()).await;
    let url = asked.text("/presignedUrl");
    assert!(url.starts_with(sender.store().url()), "{url}");
    let larger = [PNG, b"!"].concat();
    let parts = stream::iter([Ok::<_, std::io::Error>(Bytes::from(larger.clone()))]);
    for (url, media_type, content) in [
        (url.to_owned(), "image/png", Body::from(larger)),
        (url.to_owned(), "image/png", Body::from_stream(parts)),
        (url.to_owned(), "image/png", Body::from(&PNG[1..])),
        (url.to_owned(), "text/html", Body::from(PNG)),
        (url.replace("a.png", "b.png"), "image/png", Body::from(PNG)),
        (
            url.replace("X-Amz-Expires=600", "X-Amz-Expires=86400"),
            "image/png",
            Body::from(PNG),
        ),
        (
            url.replace("Signature=", "Signature=0"),
            "image/png",
            Body::from(PNG),
        ),
        (
            url[..url.find('?').unwrap()].to_owned(),
            "image/png",
            Body::from(PNG),
        ),
    ] {
        let status = put_with(&url, media_type, content).await;
        assert!((400..500).contains(&status), "{status}: {url}");
    }
    assert!(sender.store().objects().is_empty());
    assert_eq!(put_with(url, "image/png", PNG).await, 200);
    let [object] = &sender.store().objects()[..] else {
        panic!("one object");
    };
    assert!(object.ends_with("/blocks/b_file/a.png"), "{object}");

    // Ten minutes ago.
    sender.app.app.clock.advance(-10 * 60 * 1_000 - 1_000);
    let asked = sender.ask("c.png", "image/png", PNG.len()).await;
    let late = put_with(asked.text("/presignedUrl"), "image/png", PNG).await;
    assert_eq!(late, 403);
}

#[tokio::test]
async fn a_read_address_permits_one_file_for_a_time() {
    let sender = Sender::at(Place::bucket().await, json!({"visibility": "Private"})).await;
    let url = sender.send("a.svg", "image/svg+xml", b"<svg/>").await;
    let token = format!("Bearer {}", sender.app.token().await);
    let request = Request::get(crate::uploads::path(&url)).header("authorization", &token);
    let led = sender.app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (led.status, led.header("cache-control")),
        (302, Some("private, no-store"))
    );
    let address = led.header("location").unwrap();
    let get =
        async |address: &str| s3::send(Request::get(address).body(Body::empty()).unwrap()).await;
    let read = get(address).await;
    assert_eq!((read.status, read.body), (200, json!("<svg/>")));
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(read.headers[name], value);
    }
    for tampered in [
        address.replace("a.svg", "b.svg"),
        address.replace("octet-stream", "xhtml"),
        address.replace("attachment", "inline"),
        address.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
    ] {
        assert_ne!(tampered, address);
        assert_eq!(get(&tampered).await.status, 403, "{tampered}");
    }
    let head = Request::head(crate::uploads::path(&url)).header("authorization", &token);
    let head = sender.app.send(head.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("6"))
    );

    sender.app.app.clock.advance(-61_000);
    let key = FileKey::parse("private/a/b.png").unwrap();
    let shown = Shown {
        media_type: "image/png".into(),
        is_private: true,
        save_as: None,
    };
    let files = &sender.app.app.files;
    let ttl = std::time::Duration::from_secs(60);
    let old = files.signed_read("", &key, &shown, ttl).await.unwrap();
    assert_eq!(get(&old).await.status, 403);
}

/// A page that does not say its file's size gets no bound from the store: the size is looked at
/// when the file is used.
#[tokio::test]
async fn what_is_too_large_is_deleted_when_it_is_used() {
    let sender = Sender::at(Place::bucket().await, json!({"sizeLimit": 1})).await;
    let body = json!({"sessionId": sender.session, "fileName": "a.png", "fileType": "image/png"});
    let asked = sender.app.post("/api/v3/generate-upload-url", &body).await;
    let large = vec![0; (1 << 20) + 1];
    let put = put_with(asked.text("/presignedUrl"), "image/png", large).await;
    assert_eq!((put, sender.store().objects().len()), (200, 1));
    assert_eq!(sender.get(asked.text("/fileUrl"), &[]).await.status, 404);
    assert!(sender.store().objects().is_empty());
}

/// The store tells nobody that a file has arrived: the answer that names it does.
#[tokio::test]
async fn an_answer_says_that_its_files_have_arrived() {
    let sender = Sender::at(Place::bucket().await, json!({})).await;
    let url = sender.send("a.png", "image/png", PNG).await;
    sender.ask("never-sent.png", "image/png", 5).await;
    let reply = sender.app.say(&sender.session, &url).await;
    assert_eq!(reply.text("/input/id"), "b_next", "{}", reply.body);
    let files = sender.app.app.store.reader().files();
    let result = ResultId(sender.result.clone());
    let arrived = files.of_result(&workspace(), &result).await.unwrap();
    let sizes: Vec<_> = arrived
        .iter()
        .map(|file| (file.name.as_str(), file.size))
        .collect();
    assert_eq!(sizes, [("a.png", Some(PNG.len() as i64))]);
}

#[tokio::test]
async fn the_sweep_finds_what_has_arrived_and_deletes_the_rest() {
    let sender = Sender::at(Place::bucket().await, json!({})).await;
    let app = &sender.app.app;
    sender.send("arrived.png", "image/png", PNG).await;
    sender.ask("never.png", "image/png", 5).await;
    assert_eq!(
        sweep(app, 100).await.unwrap(),
        Swept::default(),
        "too early"
    );
    app.clock.advance(21 * 60 * 1_000);
    let swept = sweep(app, 100).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            arrived: 1,
            deleted: 1
        }
    );
    assert_eq!(sweep(app, 100).await.unwrap(), Swept::default());
    assert_eq!(sender.store().objects().len(), 1);
}

#[tokio::test]
async fn large_files_are_written_in_parts_and_read_back() {
    let sender = Sender::at(Place::bucket().await, json!({})).await;
    let files = &sender.app.app.files;
    let key = FileKey::new(["private", "exports"], "results.csv");
    let part = |number: usize| Bytes::from(vec![number as u8; 1 << 20]);
    let content = stream::iter((0..21).map(part).map(Ok));
    let written = files.write(&key, "text/csv", content).await.unwrap();
    assert_eq!(
        (written, files.size(&key).await.unwrap()),
        (21 << 20, Some(21 << 20))
    );
    let read = files.open(&key).await.unwrap().expect("it is there");
    assert_eq!(read.size, written);
    let parts: Vec<_> = read.content.into_data_stream().collect().await;
    let parts: Vec<_> = parts.into_iter().map(Result::unwrap).collect();
    assert!(parts.concat() == (0..21).map(part).collect::<Vec<_>>().concat());
    let broken = [Ok(part(1)), Err(std::io::Error::other("gone"))];
    let many = stream::iter((0..9).map(part).map(Ok).chain(broken));
    let other = FileKey::new(["private", "exports"], "broken.csv");
    files.write(&other, "text/csv", many).await.unwrap_err();
    assert_eq!(files.size(&other).await.unwrap(), None);
    assert_eq!(files.delete_folder("private/exports").await.unwrap(), 1);
    assert!(sender.store().objects().is_empty());
}

#[tokio::test]
async fn lists_have_all_pages_and_stay_in_their_folder() {
    let sender = Sender::at(Place::bucket().await, json!({})).await;
    for number in 0..1_100 {
        sender
            .store()
            .place(&format!("public/a/{number:04}.txt"), b"1");
    }
    sender.store().place("public/ab/other.txt", b"22");
    let files = &sender.app.app.files;
    let listed: Vec<_> = files.list("public/a").collect().await;
    assert_eq!(listed.len(), 1_100);
    let last = listed.last().unwrap().as_ref().unwrap();
    assert_eq!((last.path.as_str(), last.size), ("public/a/1099.txt", 1));
    assert_eq!(files.list("").count().await, 1_101);
}

#[tokio::test]
async fn signing_takes_little_time() {
    let sender = Sender::at(Place::bucket().await, json!({})).await;
    let files = &sender.app.app.files;
    files.prepare().await.unwrap();
    let key = FileKey::new(["public", "a"], "b.png");
    let shown = Shown {
        media_type: "image/png".into(),
        is_private: true,
        save_as: None,
    };
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        let ttl = std::time::Duration::from_secs(60);
        files.signed_read("", &key, &shown, ttl).await.unwrap();
        times.push(began.elapsed());
    }
    times.sort();
    println!("signing: median {:?}, p95 {:?}", times[50], times[95]);
    assert!(times[95].as_millis() < 50, "{:?}", times[95]);
}

#[tokio::test]
async fn the_check_says_what_is_missing() {
    let sender = Sender::at(Place::bucket().await, json!({})).await;
    let files = &sender.app.app.files;
    assert_eq!(files.check().await.unwrap(), [""; 0]);
    let told = files.check_browsers(&[]).await.unwrap();
    assert!(told.len() == 1 && told[0].contains("CORS"), "{told:?}");
    // The store of these tests lets pages of one site in.
    let ours = [
        s3::ORIGIN.to_owned(),
        "https://other.example.com".to_owned(),
    ];
    let told = files.check_browsers(&ours).await.unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("from https://other.example.com to the store: it"),
        "{told:?}"
    );
    assert!(sender.store().objects().is_empty());
}
