//! Answers that pages show as they come.

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures_util::StreamExt;
use serde_json::{Value, json};
use talkloom_server::Config;
use talkloom_store::{Repositories, ResultId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::app::{Answer, TestApp, posting, workspace};
use crate::bots::{bot, text, text_input};
use crate::model::{Model, PATIENCE};

const SORRY: &str = "Sorry, I cannot answer right now. Please try again in a moment.";

/// A conversation that waits for a model's answer.
struct Chat {
    app: TestApp,
    model: Model,
    session: String,
    result: ResultId,
}

fn model_bot(base_url: &str) -> Value {
    let options = json!({
        "action": "Create chat completion",
        "baseUrl": base_url,
        "messages": [{"role": "user", "content": "Greet {{City}}"}],
        "responseMapping": [{"item": "Message content", "variableId": "v_name"}],
    });
    bot(&[
        json!({"id": "b_ai", "type": "openai", "options": options}),
        text("b_shown", "{{Name}}"),
        text("b_so", "It said: {{Name}}"),
        text_input("b_next", "v_city"),
    ])
}

/// The same with a tool that sets a variable, and a count.
fn tool_bot(base_url: &str) -> Value {
    let mut bot = model_bot(base_url);
    let variables = bot["variables"].as_array_mut().expect("a list");
    variables.extend(["Tokens", "Seen"].map(|name| json!({"id": name, "name": name})));
    let blocks = &mut bot["groups"][0]["blocks"];
    let options = &mut blocks[0]["options"];
    options["tools"] = json!([{
        "type": "function",
        "name": "weather",
        "parameters": [{"type": "string", "name": "place"}],
        "code": "setVariable('Seen', place); return 'rain in {{City}}'",
    }]);
    let mapping = options["responseMapping"].as_array_mut().expect("a list");
    mapping.push(json!({"item": "Total tokens", "variableId": "Tokens"}));
    blocks[2] = text("b_so", "It said: {{Name}} ({{Tokens}}, {{Seen}})");
    bot
}

impl Chat {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::of(model_bot, change).await
    }

    async fn of(bot: fn(&str) -> Value, change: impl FnOnce(&mut Config)) -> Self {
        let model = Model::start().await;
        let allow = vec![model.address.to_string()];
        let app = TestApp::with(|config| {
            config.egress.allow = allow;
            change(config);
        });
        let app = app.await;
        app.publish("model", &bot(&model.base_url())).await;
        let start = json!({"isStreamEnabled": true, "prefilledVariables": {"City": "Lisbon"}});
        let started = app.start("model", start).await;
        let action = json!([{"type": "stream", "stream": true, "expectsDedicatedReply": true}]);
        assert_eq!(
            started.body["clientSideActions"], action,
            "{}",
            started.body
        );
        assert!(model_is_untouched(&started));
        Self {
            session: started.text("/sessionId").to_owned(),
            result: ResultId(started.text("/resultId").to_owned()),
            app,
            model,
        }
    }

    fn path(&self) -> String {
        format!("/api/v2/sessions/{}/streamMessage", self.session)
    }

    async fn stream(&self) -> Lines {
        let response = self.app.open(posting(&self.path(), "{}")).await;
        assert_eq!(response.status(), 200);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(headers["access-control-allow-origin"], "*");
        Lines(response.into_body().into_data_stream())
    }

    async fn log(&self) -> Vec<String> {
        let logs = self.app.app.store.reader().logs();
        let lines = logs.of_result(&workspace(), &self.result).await.unwrap();
        lines.into_iter().map(|line| line.description).collect()
    }
}

fn model_is_untouched(started: &Answer) -> bool {
    started.body["messages"] == json!([]) && started.body.get("input").is_none()
}

/// What a page reads.
struct Lines(BodyDataStream);

impl Lines {
    /// The next chunk, which ends with a line's end.
    async fn next(&mut self) -> Option<String> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        let chunk = next.expect("it comes in time")?.expect("it does not break");
        let chunk = String::from_utf8(chunk.to_vec()).expect("it is text");
        assert!(chunk.ends_with('\n'), "{chunk}");
        Some(chunk)
    }

    /// All text until the end.
    async fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(chunk) = self.next().await {
            for line in chunk.lines() {
                match line.split_once(':').expect("it has a code") {
                    ("0", part) => text += &serde_json::from_str::<String>(part).unwrap(),
                    (code, _) => assert_eq!(code, "d"),
                }
            }
        }
        text
    }
}

#[tokio::test]
async fn words_reach_the_page_before_the_model_is_done() {
    let mut chat = Chat::new().await;
    let mut lines = chat.stream().await;
    let asked = chat.model.next().await;
    assert_eq!(asked.body["messages"][0]["content"], "Greet Lisbon");
    let parts = asked.stream();
    parts.say("Bom ").await;
    // The model says nothing more until the page has the first word.
    assert_eq!(lines.next().await.as_deref(), Some("0:\"Bom \"\n"));
    parts.say("dia,\n\"Lisboa\"").await;
    assert_eq!(
        lines.next().await.as_deref(),
        Some("0:\"dia,\\n\\\"Lisboa\\\"\"\n")
    );
    parts.done().await;
    assert_eq!(lines.text().await, "");

    let reply = chat.app.say(&chat.session, "Bom dia").await;
    let said = reply.text("/messages/0/content/richText/0/children/1/text");
    assert_eq!((reply.text("/messages/0/id"), said), ("b_so", "Bom dia"));
    assert_eq!(reply.text("/input/id"), "b_next");
    assert_eq!(chat.log().await, [""; 0]);
    let again = chat.app.post(&chat.path(), &json!({})).await;
    assert_eq!((again.status, again.text("/code")), (400, "BAD_REQUEST"));
}

#[tokio::test]
async fn tools_run_within_a_stream_and_what_they_set_stays() {
    let mut chat = Chat::of(tool_bot, |_| {}).await;
    let mut lines = chat.stream().await;
    let asked = chat.model.next().await;
    assert_eq!(asked.body["tools"][0]["function"]["name"], "weather");
    let parts = asked.stream();
    let function = json!({"name": "weather", "arguments": "{\"place\":\"Porto\"}"});
    let calls = json!([{"index": 0, "id": "c1", "type": "function", "function": function}]);
    let delta = json!({"choices": [{"delta": {"tool_calls": calls}}]});
    parts.send(format!("data: {delta}\n\n")).await;
    let count = json!({"choices": [], "usage": {"total_tokens": 5}});
    parts.send(format!("data: {count}\n\n")).await;
    parts.done().await;

    let asked = chat.model.next().await;
    let result = asked.body["messages"].as_array().expect("a list").last();
    let expected = json!({"role": "tool", "tool_call_id": "c1", "content": "rain in Lisbon"});
    assert_eq!(result, Some(&expected));
    let parts = asked.stream();
    parts.say("It rains.").await;
    let count = json!({"choices": [], "usage": {"total_tokens": 7}});
    parts.send(format!("data: {count}\n\n")).await;
    parts.done().await;
    assert_eq!(lines.text().await, "It rains.");

    let reply = chat.app.say(&chat.session, "It rains.").await;
    let paragraph = &reply.body["messages"][0]["content"]["richText"][0]["children"];
    let texts = paragraph.as_array().expect("a list").iter();
    let said: String = texts.filter_map(|leaf| leaf["text"].as_str()).collect();
    assert_eq!(said, "It said: It rains. (12, Porto)");
    assert_eq!(chat.log().await, [""; 0]);
}

#[tokio::test]
async fn a_model_fills_variables_in_a_turn() {
    let mut model = Model::start().await;
    let allow = vec![model.address.to_string()];
    let app = TestApp::with(|config| config.egress.allow = allow).await;
    let options = json!({
        "action": "Generate variables",
        "baseUrl": model.base_url(),
        "prompt": "Who lives where? {{City}}",
        "variablesToExtract": [
            {"type": "string", "variableId": "v_name", "description": "Who"},
            {"type": "string", "variableId": "v_city", "isRequired": false},
        ],
    });
    let blocks = [
        json!({"id": "b_ai", "type": "openai", "options": options}),
        text("b_so", "{{Name}} lives in {{City}}."),
        text_input("b_next", "v_city"),
    ];
    app.publish("fill", &bot(&blocks)).await;
    let answering = async {
        let asked = model.next().await;
        assert_eq!(
            asked.body["messages"][0]["content"],
            "Who lives where? Lisbon"
        );
        let format = &asked.body["response_format"]["json_schema"];
        assert_eq!(format["schema"]["required"], json!(["Name", "City"]));
        let found = json!({"Name": "Ada", "City": null}).to_string();
        let reply = json!({"choices": [{"message": {"content": found}}]});
        asked.refuse(StatusCode::OK, reply.to_string());
    };
    let start = json!({"prefilledVariables": {"City": "Lisbon"}});
    let (started, ()) = tokio::join!(app.start("fill", start), answering);
    let paragraph = &started.body["messages"][0]["content"]["richText"][0]["children"];
    let texts = paragraph.as_array().expect("a list").iter();
    let said: String = texts.filter_map(|leaf| leaf["text"].as_str()).collect();
    assert_eq!(said, "Ada lives in Lisbon.", "{}", started.body);
    assert_eq!(started.text("/input/id"), "b_next");
}

#[tokio::test]
async fn a_failure_is_told_kindly_and_logged() {
    let mut chat = Chat::new().await;
    let mut lines = chat.stream().await;
    let asked = chat.model.next().await;
    asked.refuse(
        StatusCode::UNAUTHORIZED,
        "{\"error\":{\"message\":\"secret\"}}",
    );
    assert_eq!(lines.text().await, SORRY);
    let log = chat.log().await;
    assert_eq!(log, ["The model's service answered 401: secret"]);
    let reply = chat.app.say(&chat.session, SORRY).await;
    assert_eq!(
        reply.text("/input/id"),
        "b_next",
        "the conversation goes on"
    );
}

#[tokio::test]
async fn a_preview_says_why_it_failed() {
    let mut chat = Chat::new().await;
    let token = chat.app.token().await;
    let start = "/api/v1/typebots/model/preview/startChat";
    let body = json!({"isStreamEnabled": true});
    let started = chat.app.post_with(&token, start, &body).await;
    chat.session = started.text("/sessionId").to_owned();
    let mut lines = chat.stream().await;
    let asked = chat.model.next().await;
    asked.refuse(StatusCode::UNAUTHORIZED, "no key");
    let said = lines.text().await;
    assert_eq!(said, "The model's service answered 401: no key");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_shown_and_logged() {
    let mut chat = Chat::new().await;
    let mut lines = chat.stream().await;
    let parts = chat.model.next().await.stream();
    parts.say("Bom ").await;
    parts
        .send("data: {\"error\":{\"message\":\"overloaded\"}}\n\n".into())
        .await;
    assert_eq!(lines.text().await, "Bom ");
    assert_eq!(chat.log().await, ["The model's answer broke off."]);
}

#[tokio::test]
async fn an_empty_answer_is_not_silence() {
    let mut chat = Chat::new().await;
    let mut lines = chat.stream().await;
    chat.model.next().await.stream().done().await;
    assert_eq!(lines.text().await, SORRY);
}

#[tokio::test]
async fn one_answer_at_a_time() {
    let mut chat = Chat::new().await;
    let mut lines = chat.stream().await;
    let parts = chat.model.next().await.stream();
    let second = chat.app.post(&chat.path(), &json!({})).await;
    assert_eq!((second.status, second.text("/code")), (503, "CONFLICT"));
    assert_eq!(second.header("access-control-allow-origin"), Some("*"));
    parts.say("One").await;
    parts.done().await;
    assert_eq!(lines.text().await, "One");
    assert!(chat.model.is_idle(), "the model was asked once");
}

#[tokio::test]
async fn one_answer_at_a_time_on_all_hosts() {
    let server = services::Redis::shared().unwrap();
    let redis = crate::bus::config(&server);
    let mut chat = Chat::with(|config| config.redis = redis.clone()).await;
    let allow = chat.app.app.config.egress.allow.clone();
    let second = chat.app.beside_with(|config| {
        config.redis = redis.clone();
        config.egress.allow = allow;
    });
    let second = second.await;
    for host in [&chat.app, &second] {
        let redis = host.app.redis.as_ref().expect("it has a Redis");
        let up = tokio::time::timeout(PATIENCE, redis.until_up()).await;
        up.expect("Redis answers in time");
    }
    let mut lines = chat.stream().await;
    let parts = chat.model.next().await.stream();
    let refused = second.post(&chat.path(), &json!({})).await;
    assert_eq!((refused.status, refused.text("/code")), (503, "CONFLICT"));
    parts.say("One").await;
    parts.done().await;
    assert_eq!(lines.text().await, "One");
    assert!(chat.model.is_idle(), "the model was asked once");

    // The place is free again, for the other host too.
    let path = chat.path();
    let asking = async {
        let answer = second.post(&path, &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.to_string()
    };
    let answering = async {
        let parts = chat.model.next().await.stream();
        parts.say("Two").await;
        parts.done().await;
    };
    let (told, ()) = tokio::join!(asking, answering);
    assert!(told.contains("Two"), "{told}");
}

#[tokio::test]
async fn a_visitor_who_leaves_stops_the_model() {
    let mut chat = Chat::new().await;
    let mut lines = chat.stream().await;
    let parts = chat.model.next().await.stream();
    parts.say("Bom ").await;
    assert!(lines.next().await.is_some());
    drop(lines);
    parts.left().await;

    // Back again after a reload.
    let mut lines = chat.stream().await;
    let parts = chat.model.next().await.stream();
    parts.say("Bom dia").await;
    parts.done().await;
    assert_eq!(lines.text().await, "Bom dia");
}

/// The same over a connection that breaks.
#[tokio::test]
async fn a_lost_connection_stops_the_model() {
    let mut chat = Chat::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = chat.app.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
        chat.path()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let parts = chat.model.next().await.stream();
    parts.say("Bom ").await;
    let mut read = String::new();
    let reading = async {
        while !read.contains("0:\"Bom \"") {
            let mut bytes = [0; 1024];
            let length = connection.read(&mut bytes).await.unwrap();
            assert_ne!(length, 0, "{read}");
            read += &String::from_utf8_lossy(&bytes[..length]);
        }
    };
    tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("it comes in time");
    drop(connection);
    parts.left().await;
}

#[tokio::test]
async fn asking_again_and_again_costs_nothing_more() {
    let mut chat = Chat::new().await;
    for _ in 0..5 {
        let mut lines = chat.stream().await;
        chat.model.next().await.stream().done().await;
        lines.text().await;
    }
    assert_eq!(chat.stream().await.text().await, SORRY);
    assert!(chat.model.is_idle());
}

#[tokio::test]
async fn a_slow_page_gets_everything() {
    let mut chat = Chat::new().await;
    let mut lines = chat.stream().await;
    let parts = chat.model.next().await.stream();
    let word = "word ".repeat(2_000);
    let sending = {
        let word = word.clone();
        tokio::spawn(async move {
            for _ in 0..200 {
                parts.say(&word).await;
            }
            parts.done().await;
        })
    };
    // Two megabytes against a page that takes a line only when it is asked to.
    let first = lines.next().await.expect("it begins");
    assert!(first.starts_with("0:\"word "));
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    let rest = lines.text().await;
    let first: String = serde_json::from_str(&first[2..]).unwrap();
    assert_eq!(first.len() + rest.len(), word.len() * 200);
    sending.await.expect("all was sent");
}

#[tokio::test]
async fn strangers_get_nothing() {
    let app = TestApp::new().await;
    let unknown = app
        .post("/api/v2/sessions/nobody/streamMessage", &json!({}))
        .await;
    assert_eq!((unknown.status, unknown.text("/code")), (404, "NOT_FOUND"));
    let preflight = Request::options("/api/v2/sessions/nobody/streamMessage")
        .header("origin", "https://shop.example.com")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let preflight = app.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(preflight.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "POST, OPTIONS"),
        ("access-control-allow-headers", "*"),
        ("access-control-expose-headers", "Content-Length, X-JSON"),
    ] {
        assert_eq!(preflight.header(name), Some(value), "{name}");
    }

    let mut listed = model_bot("http://127.0.0.1:1/v1");
    listed["settings"]["security"] = json!({"allowedOrigins": ["https://shop.example.com"]});
    app.publish("listed", &listed).await;
    let started = app.start("listed", json!({"isStreamEnabled": true})).await;
    let path = format!(
        "/api/v1/sessions/{}/streamMessage",
        started.text("/sessionId")
    );
    let mut strange = posting(&path, "{}");
    let origin = "https://evil.example".parse().unwrap();
    strange.headers_mut().insert("origin", origin);
    assert_eq!(app.send(strange).await.status, 403);
}
