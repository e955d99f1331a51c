//! What blocks send is kept: time, bot, block, host and size, and nothing of what was said.

use std::time::Instant;

use axum::Router;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::blocks;
use crate::app::place;
use crate::bots::{bot, text};
use crate::model::PATIENCE;
use crate::process::{Server, import};

#[tokio::test]
async fn what_blocks_sent_is_listed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let routes = Router::new().route("/secret-path", post(async || "secret-answer"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let place = place();
    let ask = |id: &str, url: String| {
        let webhook = json!({"url": url, "method": "POST", "body": "secret-body"});
        json!({"id": id, "type": "Webhook", "options": {"webhook": webhook, "isCustomBody": true}})
    };
    let document = bot(&[
        ask(
            "b_ask",
            format!("http://{address}/secret-path?secret-query"),
        ),
        ask("b_refused", "http://127.0.0.9/secret-path".to_owned()),
        text("b_end", "done"),
    ]);
    let file = place.path().join("bot.json");
    std::fs::write(&file, document.to_string()).expect("the file can be written");
    let imported = import(place.path(), &file, &["--publish", "--public-id", "asks"]);
    let allow = [("TALKLOOM_EGRESS__ALLOW", address.as_str())];
    let server = Server::start_with(place.path(), &allow);
    assert_eq!(server.start_chat("asks").await.status, 200);
    let bot_id = imported["id"].as_str().expect("an id");
    let began = Instant::now();
    let lines: Vec<Value> = loop {
        let printed = blocks(&place, &["log", "--bot", bot_id]);
        assert!(!printed.contains("secret"), "{printed}");
        let lines = printed
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"));
        let lines: Vec<Value> = lines.collect();
        if lines.len() == 2 {
            break lines;
        }
        assert!(began.elapsed() < PATIENCE, "{lines:?}");
    };
    let sent = &lines[1];
    assert_eq!(
        (&sent["status"], &sent["method"]),
        (&json!(200), &json!("POST")),
        "{sent}"
    );
    assert_eq!(
        (&sent["bytesOut"], &sent["bytesIn"]),
        (&json!(11), &json!(13)),
        "{sent}"
    );
    assert_eq!(sent["host"], "127.0.0.1");
    let refused = lines[0]["refused"].as_str().expect("a reason");
    assert!(refused.contains("not public"), "{refused}");
    let printed = blocks(
        &place,
        &[
            "log",
            "--host",
            "127.0.0.9",
            "--block",
            "talkloom/http-request",
        ],
    );
    assert_eq!(printed.lines().count(), 1);
    let log = server.stop().await.join("\n");
    assert!(!log.contains("ERROR"), "{log}");
}
