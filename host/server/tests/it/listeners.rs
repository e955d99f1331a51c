//! Messages from outside, from a program to a waiting conversation and its page.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::app::{Answer, TestApp, posting};
use crate::bots::{bot, text, text_input};
use crate::model::PATIENCE;

pub fn listener(id: &str) -> Value {
    let mapping = json!([{"id": "m", "variableId": "v_city", "bodyPath": "data.city"}]);
    let options = json!({"responseVariableMapping": mapping});
    json!({"id": id, "type": "webhook", "options": options})
}

/// Waits twice, each time for a city.
pub fn waiting_bot() -> Value {
    bot(&[
        listener("b_first"),
        text("b_one", "First {{City}}."),
        listener("b_second"),
        text("b_two", "Then {{City}}."),
        text_input("b_next", "v_name"),
    ])
}

/// A conversation that waits for a message, on a real port.
struct Waiting {
    app: TestApp,
    address: SocketAddr,
    bot: String,
    session: String,
    result: String,
    token: String,
}

pub async fn serve(app: &TestApp) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let router = app.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

impl Waiting {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let bot = app.publish("waiting", &waiting_bot()).await;
        let started = app.start("waiting", json!({})).await;
        let action = &started.body["clientSideActions"][0];
        assert_eq!(action["type"], "listenForWebhook", "{}", started.body);
        Self {
            address: serve(&app).await,
            bot: bot.0,
            session: started.text("/sessionId").to_owned(),
            result: started.text("/resultId").to_owned(),
            token: app.token().await,
            app,
        }
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        let mut request = posting(path, body.to_owned());
        let shown = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert("authorization", shown);
        self.app.send(request).await
    }

    fn trigger(&self, block: &str) -> String {
        let (bot, result) = (&self.bot, &self.result);
        format!("/api/v1/typebots/{bot}/blocks/{block}/results/{result}/executeWebhook")
    }

    /// Tells a block's listener a city.
    async fn tell(&self, block: &str, city: &str) {
        let body = json!({"city": city}).to_string();
        let told = self.post(&self.trigger(block), &body).await;
        assert_eq!((told.status, &told.body), (200, &json!({"message": "OK"})));
    }

    fn room(&self) -> String {
        format!("/parties/main/{}/webhooks", self.result)
    }

    async fn page(&self) -> Page {
        Page::open(self.address, &self.room()).await
    }

    /// The page's reply with what it got; gives what the bot says then.
    async fn reply(&self, message: &str) -> Answer {
        self.app.say(&self.session, message).await
    }
}

/// A page that listens.
pub struct Page(WebSocketStream<TcpStream>);

impl Page {
    pub async fn open(address: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let url = format!("ws://{address}{path}?_pk=7f3a");
        let (socket, _) = client_async(url, stream).await.expect("it is a WebSocket");
        Self(socket)
    }

    async fn next(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        next.expect("it comes in time")
            .expect("it is open")
            .expect("it is sound")
    }

    pub async fn text(&mut self) -> String {
        match self.next().await {
            Message::Text(text) => text.to_string(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// Nothing has come: the answer to a ping is the first thing that does.
    async fn is_quiet(&mut self) {
        self.0
            .send(Message::Ping("still there".into()))
            .await
            .expect("it is open");
        match self.next().await {
            Message::Pong(_) => {}
            other => panic!("something came: {other:?}"),
        }
    }

    async fn close(mut self) {
        self.0.close(None).await.expect("it is open");
        while let Some(Ok(_)) = self.0.next().await {}
    }
}

fn said(answer: &Answer) -> String {
    let line = answer.body["messages"][0]["content"]["richText"][0]["children"].as_array();
    let parts = line.unwrap_or_else(|| panic!("nothing was said: {}", answer.body));
    parts
        .iter()
        .filter_map(|part| part["text"].as_str())
        .collect()
}

#[tokio::test]
async fn a_waiting_page_gets_a_message_at_once() {
    let waiting = Waiting::new().await;
    let (mut page, mut second) = (waiting.page().await, waiting.page().await);
    page.is_quiet().await;
    second.is_quiet().await;
    waiting.tell("b_first", "Lisbon").await;
    let message = page.text().await;
    assert_eq!(message, r#"{"data":{"city":"Lisbon"}}"#);
    assert_eq!(
        second.text().await,
        message,
        "all pages of the conversation"
    );
    page.is_quiet().await;
    page.close().await;
    let reply = waiting.reply(&message).await;
    assert_eq!(said(&reply), "First Lisbon.");
    second.is_quiet().await;
}

#[tokio::test]
async fn a_message_waits_for_a_page_that_is_away() {
    let waiting = Waiting::new().await;
    waiting.tell("b_first", "Porto").await;
    let message = waiting.page().await.text().await;
    // The page reloads before it replied: it gets the message again.
    let mut page = waiting.page().await;
    assert_eq!(page.text().await, message);
    let reply = waiting.reply(&message).await;
    assert_eq!(said(&reply), "First Porto.");
    // The conversation has moved on: the message is gone, and the next one comes.
    let mut page = waiting.page().await;
    page.is_quiet().await;
    waiting.tell("b_second", "Faro").await;
    let message = page.text().await;
    let reply = waiting.reply(&message).await;
    assert_eq!(
        (said(&reply), reply.text("/input/id")),
        ("Then Faro.".into(), "b_next")
    );
    waiting.page().await.is_quiet().await;
}

#[tokio::test]
async fn a_message_may_come_before_its_block() {
    let waiting = Waiting::new().await;
    waiting.tell("b_second", "Braga").await;
    let mut page = waiting.page().await;
    page.is_quiet().await;
    waiting.tell("b_first", "Evora").await;
    let message = page.text().await;
    assert_eq!(said(&waiting.reply(&message).await), "First Evora.");
    let message = waiting.page().await.text().await;
    assert_eq!(said(&waiting.reply(&message).await), "Then Braga.");
}

#[tokio::test]
async fn another_process_has_the_message_too() {
    let waiting = Waiting::new().await;
    waiting.tell("b_first", "Lagos").await;
    let other = waiting.app.beside().await;
    let address = serve(&other).await;
    let mut page = Page::open(address, &waiting.room()).await;
    let message = page.text().await;
    let reply = other.say(&waiting.session, &message).await;
    assert_eq!(said(&reply), "First Lagos.");
    waiting.page().await.is_quiet().await;
}

#[tokio::test]
async fn programs_may_send_to_the_pages_address() {
    let waiting = Waiting::new().await;
    let mut page = waiting.page().await;
    let room = waiting.room();
    let unsigned = waiting.app.post(&room, &json!({"city": "Paris"})).await;
    assert_eq!(
        (unsigned.status, unsigned.text("/code")),
        (401, "UNAUTHORIZED")
    );
    for (body, status) in [("[1]", 400), ("\"x\"", 400), ("5", 400)] {
        assert_eq!(waiting.post(&room, body).await.status, status, "{body}");
    }
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(256 << 10));
    assert_eq!(waiting.post(&room, &large).await.status, 413);
    let read = Request::get(&room).body(Body::empty()).unwrap();
    assert_eq!(waiting.app.send(read).await.status, 405);
    let deleted = Request::delete(&room).body(Body::empty()).unwrap();
    assert_eq!(waiting.app.send(deleted).await.status, 405);
    page.is_quiet().await;

    let sent = waiting.post(&room, "{\"city\": \"Sintra\"}").await;
    assert_eq!((sent.status, sent.body), (200, json!("OK")));
    assert_eq!(page.text().await, r#"{"data":{"city":"Sintra"}}"#);
    let unknown = waiting.post("/parties/main/nobody/webhooks", "{}").await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn what_is_no_json_is_an_empty_message() {
    let waiting = Waiting::new().await;
    let mut page = waiting.page().await;
    assert_eq!(
        waiting.post(&waiting.room(), "city=Lisbon").await.status,
        200
    );
    assert_eq!(page.text().await, r#"{"data":{}}"#);
}

#[tokio::test]
async fn only_known_listeners_of_ones_own_are_told() {
    let waiting = Waiting::new().await;
    let path = waiting.trigger("b_first");
    let unsigned = waiting.app.post(&path, &json!({})).await;
    assert_eq!(unsigned.status, 401);
    for (path, message) in [
        (path.replace(&waiting.bot, "nobot"), "Typebot not found."),
        (
            path.replace(&waiting.result, "noresult"),
            "Result not found.",
        ),
        (path.replace("b_first", "b_one"), "Webhook block not found."),
        (
            path.replace("b_first", "nowhere"),
            "Webhook block not found.",
        ),
    ] {
        let refused = waiting.post(&path, "{}").await;
        assert_eq!(refused.status, 404, "{path}");
        let told = refused.text("/message");
        assert!(told.starts_with(message), "{told}");
    }
    assert_eq!(waiting.post(&path, "not JSON").await.status, 400);
    waiting.page().await.is_quiet().await;
    assert_eq!(waiting.post(&path, "").await.status, 200);
    assert_eq!(waiting.page().await.text().await, r#"{"data":{}}"#);
}

#[tokio::test]
async fn a_thousand_quick_messages_wait_and_no_more() {
    let waiting = Waiting::new().await;
    let mut page = waiting.page().await;
    let path = waiting.trigger("b_first");
    for hundred in 0..10 {
        let told = (0..100).map(|one| {
            let body = json!({"city": format!("city {}", hundred * 100 + one)}).to_string();
            let (waiting, path) = (&waiting, &path);
            async move { waiting.post(path, &body).await.status }
        });
        assert!(join_all(told).await.iter().all(|status| *status == 200));
    }
    let refused = waiting.post(&path, "{}").await;
    assert_eq!(
        (refused.status, refused.text("/code")),
        (429, "TOO_MANY_REQUESTS")
    );
    let message = page.text().await;
    page.is_quiet().await;
    assert!(said(&waiting.reply(&message).await).starts_with("First city "));
    assert_eq!(waiting.post(&path, "{}").await.status, 200, "one was taken");
}

#[tokio::test]
async fn a_bot_that_listens_again_takes_one_after_the_other() {
    let waiting = Waiting::new().await;
    let mut looping = bot(&[listener("b_again"), text("b_one", "{{City}}")]);
    looping["groups"][0]["blocks"][1]["outgoingEdgeId"] = json!("e_back");
    let back = json!({"id": "e_back", "from": {"blockId": "b_one"}, "to": {"groupId": "g"}});
    looping["edges"].as_array_mut().unwrap().push(back);
    let bot = waiting.app.publish("looping", &looping).await;
    let started = waiting.app.start("looping", json!({})).await;
    let waiting = Waiting {
        bot: bot.0,
        session: started.text("/sessionId").to_owned(),
        result: started.text("/resultId").to_owned(),
        ..waiting
    };
    let cities = ["Aveiro", "Beja", "Chaves"];
    for city in cities {
        waiting.tell("b_again", city).await;
    }
    for city in cities {
        let message = waiting.page().await.text().await;
        assert_eq!(said(&waiting.reply(&message).await), city);
    }
    waiting.page().await.is_quiet().await;
}

#[tokio::test]
async fn a_room_without_a_conversation_is_closed() {
    let waiting = Waiting::new().await;
    for path in [
        "/parties/main/nobody/webhooks",
        "/parties/main/me/nobot/webhooks",
    ] {
        let mut page = Page::open(waiting.address, path).await;
        match page.next().await {
            Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1000),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_page_that_floods_is_let_go() {
    let waiting = Waiting::new().await;
    let mut page = waiting.page().await;
    let flood = Message::text("x".repeat(1 << 20));
    // The server may close while this is still being sent.
    let _ = page.0.send(flood).await;
    let ended = tokio::time::timeout(PATIENCE, async {
        while let Some(Ok(message)) = page.0.next().await {
            assert!(!message.is_text(), "{message:?}");
        }
    });
    ended.await.expect("it is closed in time");
    waiting.tell("b_first", "Lisbon").await;
    assert!(waiting.page().await.text().await.contains("Lisbon"));
}

#[tokio::test]
async fn only_listed_sites_may_listen() {
    let app = TestApp::new().await;
    let mut listed = waiting_bot();
    listed["settings"]["security"] = json!({"allowedOrigins": ["https://shop.example.com"]});
    app.publish("listed", &listed).await;
    let started = app.start("listed", json!({})).await;
    let address = serve(&app).await;
    let room = format!(
        "ws://{address}/parties/main/{}/webhooks",
        started.text("/resultId")
    );
    for (origin, listens) in [
        ("https://evil.example", false),
        ("https://shop.example.com", true),
    ] {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let mut request = room.as_str().into_client_request().unwrap();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        let opened = client_async(request, stream).await;
        assert_eq!(opened.is_ok(), listens, "{origin}");
    }
}

#[tokio::test]
async fn a_preview_that_waits_gets_test_messages() {
    let waiting = Waiting::new().await;
    let test = |bot: &str, block: &str| {
        format!("/api/v1/typebots/{bot}/blocks/{block}/web/executeTestWebhook")
    };
    let path = test(&waiting.bot, "b_first");
    let unsigned = waiting.app.post(&path, &json!({})).await;
    assert_eq!(unsigned.status, 401);
    let early = waiting.post(&path, "{}").await;
    assert_eq!(early.status, 404, "no preview waits: {}", early.body);

    // The builder calls a preview after the bot and whoever looks at it.
    let session = format!("{}-me", waiting.bot);
    let start = format!("/api/v1/typebots/{}/preview/startChat", waiting.bot);
    let body = json!({"sessionId": session}).to_string();
    let started = waiting.post(&start, &body).await;
    assert_eq!(started.text("/sessionId"), session);
    let room = format!("/parties/main/me/{}/webhooks", waiting.bot);
    let mut page = Page::open(waiting.address, &room).await;
    let elsewhere = waiting.post(&test(&waiting.bot, "b_second"), "{}").await;
    assert_eq!(elsewhere.status, 404, "{}", elsewhere.body);
    let told = waiting.post(&path, "{\"city\": \"Lisbon\"}").await;
    assert_eq!((told.status, told.text("/message")), (200, "OK"));
    let message = page.text().await;
    let reply = waiting.app.say(&session, &message).await;
    assert_eq!(said(&reply), "First Lisbon.");
    Page::open(waiting.address, &room).await.is_quiet().await;
    waiting.page().await.is_quiet().await;
}
