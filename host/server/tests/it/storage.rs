//! Files in the data folder: signed addresses, the quota, the sweep.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use talkloom_server::files::{FileKey, Shown, Swept, sweep};
use talkloom_store::Repositories;

use crate::app::{TestApp, workspace};
use crate::uploads::{PNG, Sender, files_bot};

#[tokio::test]
async fn a_signed_address_reads_one_file_for_a_time() {
    let sender = Sender::new(json!({"visibility": "Private"})).await;
    sender.send("passport.svg", "image/svg+xml", PNG).await;
    let app = &sender.app.app;
    let files = app.store.reader().files();
    let result = talkloom_store::ResultId(sender.result.clone());
    let file = files
        .of_result(&workspace(), &result)
        .await
        .unwrap()
        .remove(0);
    let key = FileKey::parse(&format!("{}/{}", file.folder, file.name)).unwrap();
    let shown = Shown {
        save_as: Some("passport.svg".into()),
        ..Shown::from(&file)
    };
    let ttl = Duration::from_secs(60);
    let signed = app.files.signed_read("http://localhost", &key, &shown, ttl);
    let signed = signed.await.unwrap();
    let read = sender.get(&signed, &[]).await;
    assert_eq!(read.status, 200, "{}", read.body);
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        (
            "content-disposition",
            "attachment; filename=\"passport.svg\"",
        ),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(read.header(name), Some(value));
    }
    let asked = sender.ask("b.png", "image/png", 5).await;
    let upload = asked
        .text("/presignedUrl")
        .replace("/api/uploads/", "/files/signed/");
    let as_upload = signed.replace("/files/signed/", "/api/uploads/");
    assert_eq!(sender.put(&as_upload, PNG).await.status, 403);
    for forged in [
        format!("{signed}x"),
        upload,
        "http://localhost/files/signed/x.y".into(),
    ] {
        assert_eq!(sender.get(&forged, &[]).await.status, 403, "{forged}");
    }
    app.clock.advance(60_000);
    assert_eq!(sender.get(&signed, &[]).await.status, 403);
}

#[tokio::test]
async fn a_full_quota_refuses_files_and_the_chat_goes_on() {
    let app = TestApp::with(|config| config.storage.quota_mb = 1).await;
    let sender = Sender::with(app, &files_bot(json!({"isRequired": false}))).await;
    let half = vec![0; 600_000];
    let fits = sender.ask("a.bin", "image/png", half.len()).await;
    let beside = sender.ask("b.bin", "image/png", half.len()).await;
    let put = sender.put(fits.text("/presignedUrl"), half.clone()).await;
    assert_eq!(put.status, 204, "{}", put.body);
    // Permitted while there was room.
    let put = sender.put(beside.text("/presignedUrl"), half).await;
    assert_eq!((put.status, sender.on_disk()), (413, 1), "{}", put.body);
    let told = "There is no room for more files here. Go on without the file, or tell whoever \
                runs this chat.";
    let asked = sender.ask("c.bin", "image/png", 600_000).await;
    assert_eq!((asked.status, asked.text("/message")), (413, told));
    // The figure is the folder's own: a server that starts anew knows it.
    let again = talkloom_server::files::Files::new(
        &sender.app.app.config,
        &sender.app.app.clock,
        &sender.app.app.entropy,
    );
    assert!(!again.has_room(600_000).await.unwrap());
    assert!(again.has_room(400_000).await.unwrap());
    // Sent again, a file takes the place of the one before.
    let put = sender.put(fits.text("/presignedUrl"), vec![0; 1_000]).await;
    assert_eq!(put.status, 204);
    assert_eq!(sender.ask("c.bin", "image/png", 600_000).await.status, 200);
    let reply = sender.app.say(&sender.session, fits.text("/fileUrl")).await;
    assert_eq!(reply.text("/input/id"), "b_next", "{}", reply.body);
}

#[tokio::test]
async fn the_sweep_deletes_what_nobody_needs() {
    let sender = Sender::new(json!({})).await;
    let app = &sender.app.app;
    let url = sender.send("kept.png", "image/png", PNG).await;
    sender.ask("never.png", "image/png", 5).await;
    assert_eq!(sweep(app, 10).await.unwrap(), Swept::default(), "too early");
    app.clock.advance(21 * 60 * 1_000);
    let swept = Swept {
        arrived: 0,
        deleted: 1,
    };
    assert_eq!(sweep(app, 10).await.unwrap(), swept);
    app.clock.advance(2 * 24 * 60 * 60 * 1_000);
    assert_eq!(
        sweep(app, 10).await.unwrap(),
        Swept::default(),
        "its result is there"
    );

    let gone = sender.app.texts("DELETE FROM results RETURNING id").await;
    assert_eq!(gone.len(), 1);
    assert_eq!(sweep(app, 10).await.unwrap(), swept);
    let request = Request::get(crate::uploads::path(&url)).body(Body::empty());
    assert_eq!(sender.app.send(request.unwrap()).await.status, 404);
    assert_eq!(sender.on_disk(), 0);
}
