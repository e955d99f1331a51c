//! The published bot, as far as a caller may know it.

use axum::body::Body;
use axum::http::Request;
use expect_test::expect;
use serde_json::{Value, json};
use talkloom_store::Repositories;
use talkloom_store::repository::NewVersion;
use talkloom_store::{VersionId, WorkspaceId};

use crate::app::{Answer, NOW_MS, TestApp, workspace};
use crate::bots::greeter;

const PATH: &str = "/api/v1/typebots/greeter";

async fn get_with(app: &TestApp, token: &str) -> Answer {
    let request = Request::get(PATH).header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty()).unwrap()).await
}

fn titled() -> Value {
    let mut document = greeter();
    document["settings"]["metadata"] = json!({"title": "Greeter & Co"});
    document["theme"] = json!({"chat": {"hostAvatar": {"url": "/{{City}}/{{=1=}}.png"}}});
    document["variables"][1]["value"] = json!("Rome");
    document
}

#[tokio::test]
async fn visitors_learn_what_a_conversation_would_tell_them() {
    let app = TestApp::new().await;
    app.publish("greeter", &titled()).await;
    expect![[r#"
        200 {
          "id": "cmjuohs00yakm90fb0qziii2",
          "version": "6.1",
          "name": "Greeter & Co",
          "theme": {
            "chat": {
              "hostAvatar": {
                "url": "/Rome/1.png"
              }
            }
          },
          "settings": {
            "general": {
              "isInputPrefillEnabled": true
            }
          },
          "publishedAt": "2026-01-01T00:00:00.000Z"
        }
    "#]]
    .assert_eq(&app.get(PATH).await.seen());
    assert_eq!(app.get("/api/v1/typebots/nothing").await.status, 404);
}

#[tokio::test]
async fn a_token_shows_the_whole_document() {
    let app = TestApp::new().await;
    let id = app.publish("greeter", &titled()).await;
    let token = app.token().await;
    let whole = get_with(&app, &token).await;
    assert_eq!(whole.status, 200, "{:#}", whole.body);
    let keys: Vec<_> = whole.body.as_object().unwrap().keys().collect();
    let expected = [
        "id",
        "version",
        "createdAt",
        "updatedAt",
        "typebotId",
        "groups",
        "events",
        "edges",
        "variables",
        "theme",
        "settings",
    ];
    assert_eq!(keys, expected);
    assert_eq!(whole.text("/typebotId"), id.as_str());
    assert_eq!(whole.body["groups"], titled()["groups"]);
    assert_eq!(whole.body["theme"], titled()["theme"]);
    assert_eq!(get_with(&app, "tlk_wrong").await.status, 401);

    let stranger = WorkspaceId("wstranger".into());
    let tx = app.app.store.begin().await.unwrap();
    tx.workspaces()
        .add(&stranger, "Strangers", NOW_MS)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let theirs = app.token_of(&stranger).await;
    assert_eq!(get_with(&app, &theirs).await.body["groups"], Value::Null);
}

/// Importing a file takes the sharing back; it is the bot's owner who shares it.
#[tokio::test]
async fn a_shared_bot_shows_the_whole_document_to_all() {
    let app = TestApp::new().await;
    let bot = app.publish("greeter", &titled()).await;
    assert_eq!(app.get(PATH).await.body["groups"], Value::Null);
    let mut document = titled();
    document["settings"]["publicShare"] = json!({"isEnabled": true});
    let shared = NewVersion {
        id: VersionId("vshared".into()),
        bot_id: bot.clone(),
        document: document.to_string(),
        lock: "{}".into(),
        is_preview: false,
    };
    let id = shared.id.clone();
    let tx = app.app.store.begin().await.unwrap();
    tx.versions()
        .add(&workspace(), shared, NOW_MS)
        .await
        .unwrap();
    tx.bots()
        .set_published(&workspace(), &bot, Some(&id))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.get(PATH).await.body["groups"], titled()["groups"]);
}
