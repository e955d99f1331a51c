//! Previews: the draft as it stands, for whoever holds a token.

use serde_json::{Value, json};
use talkloom_server::blocks::Lock;
use talkloom_server::bots::{ImportOptions, Importer};
use talkloom_store::{Repositories, SessionId, WorkspaceId};

use crate::app::{Answer, NOW_MS, TestApp, workspace};
use crate::bots::{bot, greeter, text, text_input};

fn path(bot: &str) -> String {
    format!("/api/v1/typebots/{bot}/preview/startChat")
}

/// Takes a draft in and publishes nothing.
async fn draft(app: &TestApp, public_id: &str, document: &Value) {
    let importer = Importer {
        store: &app.app.store,
        clock: &app.app.clock,
        entropy: &app.app.entropy,
        lock: &Lock::default(),
    };
    let options = ImportOptions {
        publish: false,
        public_id: Some(public_id),
    };
    let file = document.to_string();
    importer.import(&workspace(), &file, options).await.unwrap();
}

fn said(answer: &Answer) -> Vec<String> {
    let messages = answer.body["messages"].as_array().expect("messages");
    let texts = messages.iter().map(|message| {
        let leaves = &message["content"]["richText"][0]["children"];
        let leaves = leaves.as_array().expect("leaves").iter();
        leaves.filter_map(|leaf| leaf["text"].as_str()).collect()
    });
    texts.collect()
}

#[tokio::test]
async fn a_token_is_needed() {
    let app = TestApp::new().await;
    let mut document = greeter();
    document["id"] = json!("from-elsewhere");
    let id = app.publish("greeter", &document).await;
    let token = app.token().await;
    let refused = app.post(&path("greeter"), &json!({})).await;
    assert_eq!(
        (refused.status, refused.text("/code")),
        (401, "UNAUTHORIZED")
    );
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    for wrong in ["tlk_x", "x", &token[..46]] {
        let refused = app.post_with(wrong, &path("greeter"), &json!({})).await;
        assert_eq!(refused.status, 401, "{wrong}");
    }
    for name in [id.as_str(), "greeter", "from-elsewhere"] {
        let started = app.post_with(&token, &path(name), &json!({})).await;
        assert_eq!(started.status, 200, "{name}: {:#}", started.body);
    }
    let missing = app.post_with(&token, &path("nothing"), &json!({})).await;
    assert_eq!(missing.status, 404);

    let stranger = WorkspaceId("wstranger".into());
    let tx = app.app.store.begin().await.unwrap();
    tx.workspaces()
        .add(&stranger, "Strangers", NOW_MS)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let theirs = app.token_of(&stranger).await;
    let missing = app.post_with(&theirs, &path("greeter"), &json!({})).await;
    assert_eq!(missing.status, 404);

    let used = app.app.store.reader().api_tokens().all(&workspace()).await;
    assert_eq!(used.unwrap()[0].last_used_at, Some(NOW_MS));
}

#[tokio::test]
async fn a_preview_runs_the_draft_and_leaves_nothing_behind() {
    let app = TestApp::new().await;
    let bot_id = app.publish("greeter", &greeter()).await;
    draft(
        &app,
        "greeter",
        &bot(&[
            text("b", "Draft one"),
            text_input("b_in", "v_name"),
            text("b_end", "{{Name}}, bye."),
        ]),
    )
    .await;
    let token = app.token().await;
    let body = json!({"sessionId": "bot-user 1", "isStreamEnabled": true, "typebot": "ignored"});
    let started = app.post_with(&token, &path("greeter"), &body).await;
    assert_eq!(started.status, 200, "{:#}", started.body);
    assert_eq!(started.text("/sessionId"), "bot-user 1");
    assert_eq!(started.text("/typebot/id"), bot_id.as_str());
    assert_eq!(said(&started), ["Draft one"]);
    for absent in ["/resultId", "/typebot/publishedAt"] {
        assert_eq!(started.body.pointer(absent), None, "{absent}");
    }

    // The draft changes; the preview under way goes on with what it began with.
    draft(&app, "greeter", &bot(&[text("b", "Draft two")])).await;
    let replied = app.say("bot-user%201", "Ada").await;
    assert_eq!(said(&replied), ["Ada, bye."]);
    // It came to its end and begins anew with the next reply.
    let again = app.say("bot-user%201", "hi").await;
    assert_eq!(again.status, 200, "{:#}", again.body);
    assert_eq!(again.text("/input/id"), "b_in");

    let store = &app.app.store;
    let reader = store.reader();
    assert_eq!(
        reader
            .results()
            .of_bot(&workspace(), &bot_id)
            .await
            .unwrap(),
        []
    );
    let versions = reader
        .versions()
        .of_bot(&workspace(), &bot_id)
        .await
        .unwrap();
    assert_eq!(versions.len(), 1, "drafts are not listed as published");
    let visited = app.start("greeter", json!({})).await;
    assert_eq!(said(&visited), ["Hello! Who are you?"]);
}

#[tokio::test]
async fn a_preview_of_the_same_id_begins_anew() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let token = app.token().await;
    let body = json!({"sessionId": "again"});
    for _ in 0..2 {
        let started = app.post_with(&token, &path("greeter"), &body).await;
        assert_eq!(started.text("/input/id"), "b_name");
        assert_eq!(app.say("again", "Ada").await.text("/input/id"), "b_email");
    }
    let reader = app.app.store.reader();
    let id = SessionId("again".into());
    let session = reader
        .sessions()
        .find(&workspace(), &id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((session.turn, session.is_preview), (2, true));
    let journal = reader
        .journal()
        .of_session(&workspace(), &id)
        .await
        .unwrap();
    assert_eq!(journal.len(), 2);

    // Another conversation's id is not to be had.
    let live = app.start("greeter", json!({})).await;
    let live = live.text("/sessionId");
    let taken = app
        .post_with(&token, &path("greeter"), &json!({"sessionId": live}))
        .await;
    assert_eq!(taken.status, 400, "{:#}", taken.body);
    assert_eq!(app.say(live, "Ada").await.text("/input/id"), "b_email");
    for odd in ["a/b", "a\u{0}b", &"x".repeat(201)] {
        let refused = app
            .post_with(&token, &path("greeter"), &json!({"sessionId": odd}))
            .await;
        assert_eq!(refused.status, 400, "{odd:?}");
    }
}

#[tokio::test]
async fn a_preview_begins_where_it_is_asked_to() {
    let app = TestApp::new().await;
    let mut document = bot(&[text("b_first", "First")]);
    document["groups"].as_array_mut().unwrap().push(json!({
        "id": "g2", "title": "Second", "graphCoordinates": {"x": 0, "y": 0},
        "blocks": [text("b_second", "Second")],
    }));
    draft(&app, "two", &document).await;
    let token = app.token().await;
    let body = json!({"startFrom": {"type": "group", "groupId": "g2"}});
    let started = app.post_with(&token, &path("two"), &body).await;
    assert_eq!(said(&started), ["Second"]);
    let body = json!({"startFrom": {"type": "group", "groupId": "gone"}});
    let refused = app.post_with(&token, &path("two"), &body).await;
    assert_eq!(refused.status, 400, "{:#}", refused.body);
}

#[tokio::test]
async fn links_lead_to_drafts_and_the_log_is_whole() {
    let app = TestApp::new().await;
    let mut child = bot(&[text("b_child", "Child's draft")]);
    child["id"] = json!("child-elsewhere");
    draft(&app, "child", &child).await;
    let link = |to: &str| json!({"id": format!("l_{to}"), "type": "Typebot link", "options": {"typebotId": to}});
    let code = json!({"id": "b_code", "type": "Code", "options": {"content": "throw new Error('secret')", "isExecutedOnClient": false}});
    let blocks = [
        link("child-elsewhere"),
        link("gone"),
        code,
        text_input("b_in", "v_name"),
    ];
    let parent = bot(&blocks);
    app.publish("parent", &parent).await;
    let token = app.token().await;
    let previewed = app.post_with(&token, &path("parent"), &json!({})).await;
    assert_eq!(said(&previewed), ["Child's draft"], "{:#}", previewed.body);
    assert_eq!(previewed.text("/input/id"), "b_in");
    assert_eq!(previewed.text("/logs/0/details"), "gone");

    let live = app.start("parent", json!({})).await;
    assert_eq!(said(&live), [""; 0], "the child is not published");
    assert!(
        !live.body["logs"].to_string().contains("details"),
        "{:#}",
        live.body
    );
}

#[tokio::test]
async fn sites_are_not_asked_for_in_a_preview() {
    let app = TestApp::new().await;
    let mut document = greeter();
    document["settings"]["security"] = json!({"allowedOrigins": ["https://shop.example"]});
    app.publish("shop", &document).await;
    let token = app.token().await;
    let mut request = crate::app::posting(&path("shop"), "{\"sessionId\":\"p\"}");
    let headers = request.headers_mut();
    headers.insert("origin", "https://builder.example".parse().unwrap());
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(app.send(request).await.status, 200);
}

#[tokio::test]
async fn the_demo_is_a_template() {
    let app = TestApp::new().await;
    let token = app.token().await;
    let path = |slug: &str| format!("/api/v1/templates/{slug}/preview/startChat");
    let started = app
        .post_with(&token, &path("demo"), &json!({"sessionId": "t-u"}))
        .await;
    assert_eq!(started.status, 200, "{:#}", started.body);
    assert!(!said(&started).is_empty());
    let beside = app.beside().await;
    let going_on = beside.reply("t-u", json!({})).await;
    assert_eq!(going_on.status, 200, "{:#}", going_on.body);
    assert_eq!(app.post(&path("demo"), &json!({})).await.status, 401);
    let missing = app.post_with(&token, &path("nothing"), &json!({})).await;
    assert_eq!(missing.status, 404, "{:#}", missing.body);
}
