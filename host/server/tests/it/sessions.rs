//! What concerns a running conversation beside its replies.

use serde_json::{Value, json};
use talkloom_server::conversation::Recording;
use talkloom_store::{BotId, Log, Repositories, SessionId};

use crate::app::{Answer, TestApp, posting, reply_path, workspace};
use crate::bots::{bot, greeter, text, text_input};

fn logs_path(session: &str) -> String {
    format!("/api/v2/sessions/{session}/clientLogs")
}

fn update_path(session: &str) -> String {
    format!("/api/v1/sessions/{session}/updateTypebot")
}

async fn logs(app: &TestApp, bot: &BotId) -> Vec<Log> {
    let reader = app.app.store.reader();
    let results = reader.results().of_bot(&workspace(), bot).await.unwrap();
    let [result] = &results[..] else {
        panic!("one result is expected: {results:?}");
    };
    reader
        .logs()
        .of_result(&workspace(), &result.id)
        .await
        .unwrap()
}

async fn send_from(app: &TestApp, origin: &str, path: &str, body: &Value) -> Answer {
    let mut request = posting(path, body.to_string());
    let origin = origin.parse().expect("a header");
    request.headers_mut().insert("origin", origin);
    app.send(request).await
}

#[tokio::test]
async fn a_page_s_errors_are_kept() {
    let app = TestApp::new().await;
    let id = app.publish("greeter", &greeter()).await;
    let started = app.start("greeter", json!({})).await;
    let session = started.text("/sessionId");
    let lines = json!({"clientLogs": [
        {"description": "No network", "details": "ü".repeat(1_200), "context": "sending"},
        {"status": "info", "description": "Told", "details": {"a": 1}},
        {"status": "shout", "description": "Odd"},
    ]});
    let saved = app.post(&logs_path(session), &lines).await;
    assert_eq!(
        saved.seen(),
        "200 {\n  \"message\": \"Logs successfully saved.\"\n}\n"
    );
    let kept = logs(&app, &id).await;
    let kept: Vec<_> = kept.iter().map(|l| (&*l.status, &*l.description)).collect();
    assert_eq!(
        kept,
        [("error", "No network"), ("info", "Told"), ("error", "Odd")]
    );
    let all = logs(&app, &id).await;
    let details = all[0].details.as_deref().unwrap();
    assert_eq!(details.chars().count(), 1_003);
    assert_eq!(all[1].details.as_deref(), Some("{\"a\":1}"));
    assert_eq!(all[0].context.as_deref(), Some("sending"));
}

#[tokio::test]
async fn a_flood_of_lines_is_cut() {
    let app = TestApp::new().await;
    let id = app.publish("greeter", &greeter()).await;
    let started = app.start("greeter", json!({})).await;
    let lines = vec![json!({"description": "x"}); 200];
    let path = format!("/api/v1/sessions/{}/clientLogs", started.text("/sessionId"));
    let saved = app.post(&path, &json!({"clientLogs": lines})).await;
    assert_eq!(saved.status, 200);
    assert_eq!(logs(&app, &id).await.len(), 50);
    let refused = app
        .post(&path, &json!({"clientLogs": [{"details": "x"}]}))
        .await;
    assert_eq!(refused.status, 400);
    let missing = app
        .post(&logs_path("nothing"), &json!({"clientLogs": []}))
        .await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn strange_sites_write_no_lines() {
    let app = TestApp::new().await;
    let mut document = greeter();
    document["settings"]["security"] = json!({"allowedOrigins": ["https://shop.example"]});
    let id = app.publish("greeter", &document).await;
    let started = app.start("greeter", json!({})).await;
    let path = logs_path(started.text("/sessionId"));
    let lines = json!({"clientLogs": [{"description": "x"}]});
    let refused = send_from(&app, "https://evil.example", &path, &lines).await;
    assert_eq!(
        (refused.status, refused.text("/message")),
        (403, "Origin not allowed")
    );
    assert_eq!(logs(&app, &id).await.len(), 0);
    let saved = send_from(&app, "https://shop.example", &path, &lines).await;
    assert_eq!(saved.status, 200);
    assert_eq!(
        saved.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
}

#[tokio::test]
async fn a_conversation_takes_the_newest_version() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let started = app.start("greeter", json!({})).await;
    let session = started.text("/sessionId");
    let token = app.token().await;
    let beside = app.beside().await;
    // Another process remembers the conversation too.
    assert_eq!(
        beside.say(session, "Ada").await.text("/input/id"),
        "b_email"
    );

    let mut changed = greeter();
    changed["groups"][0]["blocks"][4] = text("b_bye", "Farewell, {{Name}}.");
    app.publish("greeter", &changed).await;
    assert_eq!(
        app.post(&update_path(session), &json!({})).await.status,
        401
    );
    let updated = app
        .post_with(&token, &update_path(session), &json!({}))
        .await;
    assert_eq!(updated.seen(), "200 {\n  \"message\": \"success\"\n}\n");
    let bye = beside.say(session, "ada@example.com").await;
    assert!(bye.body.to_string().contains("Farewell"), "{:#}", bye.body);

    let id = SessionId(session.to_owned());
    let (store, versions) = (&app.app.store, &app.app.versions);
    let recording = Recording::read(store, versions, &workspace(), id, None).await;
    let ended = recording.unwrap().unwrap().replay().unwrap();
    let said = serde_json::to_value(&ended.output.reply.messages).unwrap();
    assert_eq!(said, bye.body["messages"], "a replay takes the version too");

    let missing = app
        .post_with(&token, &update_path(session), &json!({}))
        .await;
    assert_eq!(missing.status, 404, "it has ended");
}

#[tokio::test]
async fn a_conversation_whose_block_is_gone_stays_as_it_is() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let started = app.start("greeter", json!({})).await;
    let session = started.text("/sessionId");
    app.publish("greeter", &bot(&[text("b_new", "New")])).await;
    let token = app.token().await;
    let refused = app
        .post_with(&token, &update_path(session), &json!({}))
        .await;
    assert_eq!(refused.status, 400, "{:#}", refused.body);
    assert!(refused.text("/message").starts_with("The block that this"));
    assert_eq!(app.say(session, "Ada").await.text("/input/id"), "b_email");
}

/// A conversation that is over within its start keeps its row, and begins anew with a reply; one
/// that ends with a reply is gone.
#[tokio::test]
async fn what_ends_at_the_start_can_begin_anew() {
    let app = TestApp::new().await;
    app.publish("brief", &bot(&[text("b", "That is all.")]))
        .await;
    let started = app.start("brief", json!({})).await;
    assert_eq!(started.body.get("resultId"), None);
    let session = started.text("/sessionId");
    let again = app.say(session, "Hello?").await;
    assert_eq!(again.status, 200, "{:#}", again.body);
    assert_eq!(again.text("/messages/0/id"), "b");
    let gone = app.say(session, "Hello?").await;
    assert_eq!(gone.status, 404);
    assert!(gone.text("/message").starts_with("Session not found."));
}

#[tokio::test]
async fn texts_come_as_markdown_where_that_is_asked_for() {
    let app = TestApp::new().await;
    let rich =
        json!([{"type": "p", "children": [{"text": "Hi "}, {"text": "there", "bold": true}]}]);
    let bold = |id: &str| json!({"id": id, "type": "text", "content": {"richText": rich}});
    let blocks = [
        bold("b1"),
        text_input("i1", "v_name"),
        bold("b2"),
        text_input("i2", "v_name"),
        bold("b3"),
        text_input("i3", "v_name"),
    ];
    app.publish("bold", &bot(&blocks)).await;
    let written = |answer: &Answer| answer.body["messages"][0]["content"].clone();
    let markdown = json!({"type": "markdown", "markdown": "Hi **there**"});
    let rich = json!({"type": "richText", "richText": rich});

    let body = json!({"textBubbleContentFormat": "markdown"});
    let started = app.start("bold", body).await;
    assert_eq!(written(&started), markdown);
    let session = started.text("/sessionId");
    let remembered = app.say(session, "a").await;
    assert_eq!(written(&remembered), markdown);
    let body = json!({"message": "b", "textBubbleContentFormat": "richText"});
    let changed = app.post(&reply_path(session), &body).await;
    assert_eq!(written(&changed), rich);

    let started = app.start("bold", json!({})).await;
    assert_eq!(written(&started), rich);
    let body = json!({"message": "b", "textBubbleContentFormat": "markdown"});
    let changed = app
        .post(&reply_path(started.text("/sessionId")), &body)
        .await;
    assert_eq!(written(&changed), markdown);
    let once = app.say(started.text("/sessionId"), "c").await;
    assert_eq!(written(&once), rich);
}

#[tokio::test]
async fn the_row_of_an_updated_conversation_names_its_version() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let started = app.start("greeter", json!({})).await;
    let id = SessionId(started.text("/sessionId").to_owned());
    let bot = app.publish("greeter", &greeter()).await;
    let token = app.token().await;
    let updated = app
        .post_with(&token, &update_path(id.as_str()), &json!({}))
        .await;
    assert_eq!(updated.status, 200);
    let reader = app.app.store.reader();
    let bot = reader
        .bots()
        .find(&workspace(), &bot)
        .await
        .unwrap()
        .unwrap();
    let session = reader
        .sessions()
        .find(&workspace(), &id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(Some(session.version_id), bot.published_version_id);
    assert_eq!(session.turn, 2);
}
