//! The chat API, status and body exactly.

use axum::body::Body;
use axum::http::Request;
use expect_test::{Expect, expect};
use serde_json::json;
use talkloom_store::Repositories;
use talkloom_store::repository::BotFlags;

use crate::app::{Answer, TestApp, posting, reply_path, start_path, workspace};
use crate::bots::{bot, greeter, text, text_input};

fn check(answer: &Answer, expected: Expect) {
    expected.assert_eq(&answer.seen());
}

#[tokio::test]
async fn a_conversation_from_start_to_end() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let started = app.start("greeter", json!({})).await;
    check(
        &started,
        expect![[r#"
        200 {
          "sessionId": "cmjuohs00fucftsjuho9c1t1",
          "resultId": "cmjuohs00zemno73af22jz3z",
          "typebot": {
            "id": "cmjuohs00yakm90fb0qziii2",
            "version": "6.1",
            "theme": {},
            "settings": {
              "general": {
                "isInputPrefillEnabled": true
              }
            },
            "publishedAt": "2026-01-01T00:00:00.000Z"
          },
          "messages": [
            {
              "id": "b_hello",
              "type": "text",
              "content": {
                "type": "richText",
                "richText": [
                  {
                    "type": "p",
                    "children": [
                      {
                        "text": "Hello! Who are you?"
                      }
                    ]
                  }
                ]
              }
            }
          ],
          "input": {
            "id": "b_name",
            "type": "text input",
            "options": {
              "variableId": "v_name"
            }
          }
        }
    "#]],
    );
    let session = started.text("/sessionId");
    check(
        &app.say(session, "Ada").await,
        expect![[r#"
        200 {
          "messages": [
            {
              "id": "b_glad",
              "type": "text",
              "content": {
                "type": "richText",
                "richText": [
                  {
                    "type": "p",
                    "children": [
                      {
                        "text": "Glad to meet you, "
                      },
                      {
                        "text": "Ada"
                      },
                      {
                        "text": "."
                      }
                    ]
                  }
                ]
              }
            }
          ],
          "input": {
            "id": "b_email",
            "type": "email input",
            "options": {
              "retryMessageContent": "That is no e-mail address. Try again."
            }
          }
        }
    "#]],
    );
    check(
        &app.say(session, "nonsense").await,
        expect![[r#"
        200 {
          "messages": [
            {
              "id": "b_email",
              "type": "text",
              "content": {
                "type": "richText",
                "richText": [
                  {
                    "type": "p",
                    "children": [
                      {
                        "text": "That is no e-mail address. Try again."
                      }
                    ]
                  }
                ]
              }
            }
          ],
          "input": {
            "id": "b_email",
            "type": "email input",
            "options": {
              "retryMessageContent": "That is no e-mail address. Try again."
            }
          }
        }
    "#]],
    );
    check(
        &app.say(session, "Ada@Example.com").await,
        expect![[r#"
        200 {
          "messages": [
            {
              "id": "b_bye",
              "type": "text",
              "content": {
                "type": "richText",
                "richText": [
                  {
                    "type": "p",
                    "children": [
                      {
                        "text": "Bye."
                      }
                    ]
                  }
                ]
              }
            }
          ],
          "lastMessageNewFormat": "ada@example.com"
        }
    "#]],
    );
    check(
        &app.say(session, "hello?").await,
        expect![[r#"
        404 {
          "defined": false,
          "code": "NOT_FOUND",
          "status": 404,
          "message": "Session not found. It may have ended: start a new conversation."
        }
    "#]],
    );
}

#[tokio::test]
async fn a_result_is_named_only_where_more_is_expected() {
    let app = TestApp::new().await;
    app.publish("brief", &bot(&[text("b", "That is all.")]))
        .await;
    let started = app.start("brief", json!({})).await;
    check(
        &started,
        expect![[r#"
        200 {
          "sessionId": "cmjuohs00fucftsjuho9c1t1",
          "typebot": {
            "id": "cmjuohs00yakm90fb0qziii2",
            "version": "6.1",
            "theme": {},
            "settings": {
              "general": {
                "isInputPrefillEnabled": true
              }
            },
            "publishedAt": "2026-01-01T00:00:00.000Z"
          },
          "messages": [
            {
              "id": "b",
              "type": "text",
              "content": {
                "type": "richText",
                "richText": [
                  {
                    "type": "p",
                    "children": [
                      {
                        "text": "That is all."
                      }
                    ]
                  }
                ]
              }
            }
          ]
        }
    "#]],
    );
}

#[tokio::test]
async fn variables_come_prefilled() {
    let app = TestApp::new().await;
    let greeting = text("b", "Hello {{Name}} of {{City}}.");
    let ask = text_input("b_name", "v_name");
    app.publish("known", &bot(&[greeting, ask])).await;
    let prefilled = json!({"Name": "Ada", "City": "London", "Unknown": "dropped"});
    let started = app
        .start("known", json!({"prefilledVariables": prefilled}))
        .await;
    check(
        &started,
        expect![[r#"
        200 {
          "sessionId": "cmjuohs00fucftsjuho9c1t1",
          "resultId": "cmjuohs00zemno73af22jz3z",
          "typebot": {
            "id": "cmjuohs00yakm90fb0qziii2",
            "version": "6.1",
            "theme": {},
            "settings": {
              "general": {
                "isInputPrefillEnabled": true
              }
            },
            "publishedAt": "2026-01-01T00:00:00.000Z"
          },
          "messages": [
            {
              "id": "b",
              "type": "text",
              "content": {
                "type": "richText",
                "richText": [
                  {
                    "type": "p",
                    "children": [
                      {
                        "text": "Hello "
                      },
                      {
                        "text": "Ada"
                      },
                      {
                        "text": " of "
                      },
                      {
                        "text": "London"
                      },
                      {
                        "text": "."
                      }
                    ]
                  }
                ]
              }
            }
          ],
          "input": {
            "id": "b_name",
            "type": "text input",
            "options": {
              "variableId": "v_name"
            },
            "prefilledValue": "Ada"
          }
        }
    "#]],
    );
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let app = TestApp::new().await;
    check(
        &app.start("nobody", json!({})).await,
        expect![[r#"
        404 {
          "defined": false,
          "code": "NOT_FOUND",
          "status": 404,
          "message": "Typebot not found. Check its address: it may not be published."
        }
    "#]],
    );
    check(
        &app.say("nothing", "hi").await,
        expect![[r#"
        404 {
          "defined": false,
          "code": "NOT_FOUND",
          "status": 404,
          "message": "Session not found. It may have ended: start a new conversation."
        }
    "#]],
    );
    check(
        &app.post("/api/v1/nothing", &json!({})).await,
        expect![[r#"
            404 {
              "defined": false,
              "code": "NOT_FOUND",
              "status": 404,
              "message": "There is nothing at this address. Check the path."
            }
        "#]],
    );
    let got = Request::get("/api").body(Body::empty()).unwrap();
    assert_eq!(app.send(got).await.status, 404);
    let wrong_method = Request::get(start_path("nobody"))
        .body(Body::empty())
        .unwrap();
    check(
        &app.send(wrong_method).await,
        expect![[r#"
        405 {
          "defined": false,
          "code": "METHOD_NOT_SUPPORTED",
          "status": 405,
          "message": "This address takes no GET requests."
        }
    "#]],
    );
}

#[tokio::test]
async fn an_unpublished_draft_is_not_found() {
    let app = TestApp::new().await;
    let bot = app.publish("greeter", &greeter()).await;
    let tx = app.app.store.begin().await.unwrap();
    tx.bots()
        .set_published(&workspace(), &bot, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.start("greeter", json!({})).await.status, 404);
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let broken = app
        .send(posting(&start_path("greeter"), "{\"message\":"))
        .await;
    check(
        &broken,
        expect![[r#"
        400 {
          "defined": false,
          "code": "BAD_REQUEST",
          "status": 400,
          "message": "The request is not valid JSON: EOF while parsing a value at line 1 column 11."
        }
    "#]],
    );
    let deep = "[".repeat(100_000);
    let deep = app.send(posting(&reply_path("s"), deep)).await;
    assert_eq!(deep.status, 400, "{}", deep.body);
}

#[tokio::test]
async fn wrong_shapes_are_refused() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let wrong = app
        .start("greeter", json!({"prefilledVariables": "none"}))
        .await;
    check(
        &wrong,
        expect![[r#"
        400 {
          "defined": false,
          "code": "BAD_REQUEST",
          "status": 400,
          "message": "Input validation failed",
          "data": {
            "issues": [
              {
                "message": "invalid type: string \"none\", expected a map at line 1 column 28"
              }
            ]
          }
        }
    "#]],
    );
    for body in [
        json!([]),
        json!("text"),
        json!({"isStreamEnabled": "yes"}),
        json!({"message": 7}),
        json!({"message": {"type": "text"}}),
        json!({"message": {"type": "smell", "text": "roses"}}),
        json!({"resultId": 7}),
        json!({"textBubbleContentFormat": "html"}),
    ] {
        let wrong = app.start("greeter", body.clone()).await;
        let seen = (wrong.status, wrong.text("/message").to_owned());
        assert_eq!(seen, (400, "Input validation failed".to_owned()), "{body}");
    }
}

#[tokio::test]
async fn a_huge_message_is_refused_and_the_conversation_goes_on() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let started = app.start("greeter", json!({})).await;
    let session = started.text("/sessionId");
    check(
        &app.say(session, &"x".repeat(1 << 20)).await,
        expect![[r#"
        413 {
          "defined": false,
          "code": "PAYLOAD_TOO_LARGE",
          "status": 413,
          "message": "This message is too large. Send at most 1024 KiB."
        }
    "#]],
    );
    assert_eq!(app.say(session, "Ada").await.text("/input/id"), "b_email");
}

#[tokio::test]
async fn a_closed_bot_says_so() {
    let app = TestApp::new().await;
    let bot = app.publish("greeter", &greeter()).await;
    close(&app, &bot).await;
    check(
        &app.start("greeter", json!({})).await,
        expect![[r#"
        400 {
          "defined": false,
          "code": "BAD_REQUEST",
          "status": 400,
          "message": "This bot is now closed"
        }
    "#]],
    );

    let mut own_words = greeter();
    own_words["settings"]["general"]["systemMessages"] = json!({"botClosed": "See you in spring."});
    let bot = app.publish("seasonal", &own_words).await;
    close(&app, &bot).await;
    let closed = app.start("seasonal", json!({})).await;
    assert_eq!(closed.text("/message"), "See you in spring.");
}

async fn close(app: &TestApp, bot: &talkloom_store::BotId) {
    let tx = app.app.store.begin().await.unwrap();
    let flags = BotFlags {
        is_closed: true,
        is_archived: false,
    };
    tx.bots().set_flags(&workspace(), bot, flags).await.unwrap();
    tx.commit().await.unwrap();
}

fn from_origin(path: &str, origin: &str, body: &serde_json::Value) -> Request<Body> {
    let mut request = posting(path, body.to_string());
    request
        .headers_mut()
        .insert("origin", origin.parse().unwrap());
    request
}

#[tokio::test]
async fn strange_sites_are_refused_before_anything_runs() {
    let app =
        TestApp::with(|config| config.public_urls = vec!["https://chat.example.com".into()]).await;
    let mut listed = greeter();
    listed["settings"]["security"] = json!({"allowedOrigins": ["https://shop.example.com"]});
    let bot = app.publish("shop", &listed).await;
    let (path, nothing) = (start_path("shop"), json!({}));

    let strange = app
        .send(from_origin(&path, "https://evil.example", &nothing))
        .await;
    check(
        &strange,
        expect![[r#"
        403 {
          "defined": false,
          "code": "FORBIDDEN",
          "status": 403,
          "message": "Origin not allowed"
        }
    "#]],
    );
    assert_eq!(
        strange.header("access-control-allow-origin"),
        Some("https://evil.example")
    );
    let results = app.app.store.reader().results();
    assert_eq!(results.of_bot(&workspace(), &bot).await.unwrap(), []);

    let own_page = from_origin(&path, "https://chat.example.com", &nothing);
    assert_eq!(app.send(own_page).await.status, 403);
    let mut framed = from_origin(&path, "https://chat.example.com", &nothing);
    let site = "https://shop.example.com".parse().unwrap();
    framed
        .headers_mut()
        .insert("x-typebot-iframe-referrer-origin", site);
    assert_eq!(app.send(framed).await.status, 200);

    let started = app
        .send(from_origin(&path, "https://shop.example.com", &nothing))
        .await;
    let session = started.text("/sessionId");
    let message = json!({"message": {"type": "text", "text": "Eve"}});
    let strange = from_origin(&reply_path(session), "https://evil.example", &message);
    assert_eq!(app.send(strange).await.status, 403);
    let reply = app.say(session, "Ada").await;
    let said = reply.text("/messages/0/content/richText/0/children/1/text");
    assert_eq!(said, "Ada", "the refused reply left no trace");
}

#[tokio::test]
async fn browsers_may_ask_from_anywhere() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    let preflight = Request::options(start_path("greeter"))
        .header("origin", "https://shop.example.com")
        .header("access-control-request-method", "POST")
        .header("x-request-id", "asked")
        .header(
            "access-control-request-headers",
            "content-type,x-typebot-iframe-referrer-origin",
        )
        .body(Body::empty())
        .unwrap();
    let preflight = app.send(preflight).await;
    let mut headers: Vec<_> = preflight
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    expect![[r#"
        204 [
            "access-control-allow-headers: \"content-type,x-typebot-iframe-referrer-origin\"",
            "access-control-allow-methods: \"GET,HEAD,PUT,POST,DELETE,PATCH\"",
            "access-control-allow-origin: \"https://shop.example.com\"",
            "allow: \"POST\"",
            "content-length: \"0\"",
            "vary: \"Origin\"",
            "x-request-id: \"asked\"",
        ]"#]]
    .assert_eq(&format!("{} {headers:#?}", preflight.status));

    let started = from_origin(
        &start_path("greeter"),
        "https://shop.example.com",
        &json!({}),
    );
    let started = app.send(started).await;
    assert_eq!(
        started.header("access-control-allow-origin"),
        Some("https://shop.example.com")
    );
    assert_eq!(started.header("vary"), Some("Origin"));
    assert_eq!(started.header("content-type"), Some("application/json"));
    assert_eq!(started.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn it_says_that_it_is_well() {
    let app = TestApp::new().await;
    let well = Request::get("/healthz").body(Body::empty()).unwrap();
    check(
        &app.send(well).await,
        expect![[r#"
        200 {
          "status": "ok"
        }
    "#]],
    );
}
