//! Client-side actions, done in the visitor's browser.

use js_sys::Promise;
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, MessageEvent, RequestInit, WebSocket};

use super::{Page, dom, frame, net, stream};
use crate::api::action::{ActionKind, Script, Tags};
use crate::api::rich_text::safe_link;
use crate::chat::Outcome;
use crate::json::Fields;

/// Does what the bot asks.
pub async fn perform(page: &Page, kind: ActionKind) -> Outcome {
    match kind {
        ActionKind::Wait { seconds } => {
            dom::sleep((seconds.clamp(0.0, 86_400.0) * 1000.0) as u32).await;
            Outcome::Done
        }
        ActionKind::Redirect { url, new_tab } => redirect(&url, new_tab),
        ActionKind::Run(script) => match run(page, &script).await {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(error),
        },
        ActionKind::Compute(script) => match run(page, &script.returning()).await {
            Ok(Some(text)) => Outcome::Value(text),
            Ok(None) => Outcome::Done,
            // What is no code stands for itself.
            Err(_) => Outcome::Value(script.content),
        },
        ActionKind::Fetch(request) => Outcome::Value(fetch(&request).await.to_string()),
        ActionKind::Stream(body) => stream::show(page, &body).await,
        ActionKind::Tags(tags) => {
            put_on_page(page, &tags).await;
            Outcome::Done
        }
        ActionKind::Count(event) => {
            if let Some(frame) = page.frame() {
                frame.post(&json!({"count": event})).await;
            }
            Outcome::Done
        }
        ActionKind::Listen => listen(page).await,
        ActionKind::Unknown(name) => Outcome::Failed(format!("This page cannot do '{name}'.")),
    }
}

/// A bot with tags of its own may use what they bring: its scripts run beside them.
async fn run(page: &Page, script: &Script) -> Result<Option<String>, String> {
    match page.frame_if_open() {
        Some(frame) => frame.run(script).await,
        None => frame::run_once(script).await,
    }
}

/// What describes or dresses the page goes on the page; what runs goes into a frame.
async fn put_on_page(page: &Page, tags: &Tags) {
    if let Some(html) = &tags.head {
        dom::add_to_head(html);
    }
    if let Some(frame) = page.frame() {
        frame.post(&json!({"dress": tags.all})).await;
    }
}

fn redirect(url: &str, new_tab: bool) -> Outcome {
    let url = safe_link(url);
    if new_tab {
        return match dom::window().open_with_url_and_target(&url, "_blank") {
            Ok(Some(_)) => Outcome::Done,
            _ => Outcome::Blocked(url),
        };
    }
    // A page that frames this one is left as well, unless the browser forbids it.
    match dom::window().open_with_url_and_target(&url, "_top") {
        Ok(Some(_)) => Outcome::Done,
        _ => Outcome::Blocked(url),
    }
}

/// The response as the bot's server expects it: `{statusCode, data}`.
async fn fetch(request: &Value) -> Value {
    let init = RequestInit::new();
    let method = request.text_or("method", "GET");
    init.set_method(&method);
    if let (Ok(headers), Some(map)) = (Headers::new(), request.at("headers").as_object()) {
        for (name, value) in map {
            // A header that the browser refuses is left out, as it would be on the wire.
            let _ = headers.set(name, value.as_str().unwrap_or_default());
        }
        init.set_headers(&headers);
    }
    match request.at("body") {
        Value::Null => {}
        _ if method == "GET" || method == "HEAD" => {}
        Value::String(text) => init.set_body(&text.into()),
        body => init.set_body(&body.to_string().into()),
    }
    let failed = |why: &str| json!({"statusCode": 500, "data": why});
    let url = request.text_or("url", "");
    let Ok(response) = net::send(&url, &init).await else {
        return failed("The request could not be sent from the visitor's browser.");
    };
    let data = net::text(&response)
        .await
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok());
    match data {
        Some(Value::Null) | None => failed("The response is not JSON."),
        Some(data) => json!({"statusCode": response.status(), "data": data}),
    }
}

/// Waits for what an outside system sends to this conversation.
async fn listen(page: &Page) -> Outcome {
    let Some(result) = page.chat.borrow().result_id.clone() else {
        return Outcome::Failed("There is no result to listen for.".to_owned());
    };
    loop {
        if let Some(text) = next_message(&result).await {
            return Outcome::Value(text);
        }
        dom::sleep(2_000).await;
    }
}

/// The first message of a new connection; none when it closes before.
async fn next_message(result: &str) -> Option<String> {
    let location = dom::window().location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    let key = (js_sys::Math::random() * 1e16).floor();
    let url = format!(
        "{scheme}://{}/parties/main/{result}/webhooks?_pk={key}",
        location.host().ok()?
    );
    let socket = WebSocket::new(&url).ok()?;
    let promise = Promise::new(&mut |resolve, _| {
        let said = resolve.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::once(move |event: MessageEvent| {
            let _ = said.call1(&JsValue::NULL, &event.data());
        });
        let _ = socket
            .add_event_listener_with_callback("message", message.into_js_value().unchecked_ref());
        let _ = socket.add_event_listener_with_callback("close", &resolve);
    });
    let text = JsFuture::from(promise)
        .await
        .ok()
        .and_then(|value| value.as_string());
    let _ = socket.close();
    text
}
