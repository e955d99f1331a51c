//! `/readyz` tells the truth.

use serde_json::{Value, json};
use services::{Postgres, PostgresOptions};
use tokio::task::block_in_place;

use super::host::Host;
use crate::app::TestApp;

fn standing(ready: &Value) -> Vec<(String, String)> {
    let parts = ready["parts"].as_array().expect("the parts are listed");
    let text = |part: &Value, name: &str| part[name].as_str().unwrap_or_default().to_owned();
    for part in parts {
        assert!(text(part, "message").ends_with('.'), "{part}");
    }
    let parts = parts.iter();
    parts
        .map(|part| (text(part, "name"), text(part, "status")))
        .collect()
}

fn stands(parts: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, status): &(&str, &str)| ((*name).to_owned(), (*status).to_owned());
    parts.iter().map(owned).collect()
}

#[tokio::test]
async fn a_server_is_ready_without_a_place_for_files_and_says_so() {
    let app = TestApp::new().await;
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status, &ready.body["status"]), (200, &json!("ok")));
    assert_eq!(
        standing(&ready.body),
        stands(&[("database", "ok"), ("storage", "ok")])
    );

    let broken = TestApp::new().await;
    let files = broken.app.config.data.join("files");
    // The folder may have been made already.
    let _ = std::fs::remove_dir_all(&files);
    std::fs::write(&files, "in the way").expect("the data folder can be written");
    let ready = broken.get("/readyz").await;
    assert_eq!(
        (ready.status, &ready.body["status"]),
        (200, &json!("degraded"))
    );
    assert_eq!(
        standing(&ready.body),
        stands(&[("database", "ok"), ("storage", "degraded")])
    );
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready_and_refuses() {
    let app = TestApp::new().await;
    app.app.stopping.begin();
    let ready = app.get("/readyz").await;
    assert_eq!(
        (ready.status, &ready.body["status"]),
        (503, &json!("stopping"))
    );
    let refused = app.start("any", json!({})).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(
        refused.text("/message"),
        "This server is restarting. Try again in a moment."
    );
    assert_eq!(refused.header("connection"), Some("close"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(app.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_its_database_is_not_ready_until_that_is_back() {
    let mut postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL starts");
    let host = Host::on_postgres(&postgres);
    let ready = host.until_readyz(200).await;
    assert_eq!(
        standing(&ready),
        stands(&[("database", "ok"), ("storage", "ok")])
    );
    block_in_place(|| postgres.stop()).expect("PostgreSQL stops");
    let away = host.until_readyz(503).await;
    assert_eq!(
        standing(&away),
        stands(&[("database", "away"), ("storage", "ok")])
    );
    let lives = host.get("/healthz").await;
    assert_eq!(lives.status, 200);
    block_in_place(|| postgres.resume()).expect("PostgreSQL starts again");
    host.until_readyz(200).await;
}
