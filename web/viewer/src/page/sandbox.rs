//! JavaScript of the bot's builder, run apart from the page.
//!
//! The page's policy forbids `eval`, and the code must not reach the page: a frame of an origin of
//! its own (`sandbox.html`) runs it, and only texts pass between the two. Such code can compute,
//! fetch, and speak to the framing page; it cannot read the page, its storage or its address. A
//! frame that does not answer in time is thrown away.

use std::rc::Rc;

use js_sys::Promise;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageEvent};

use super::{dom, net};
use crate::api::action::Script;

/// Long enough for a request to somewhere, short enough for a visitor who waits.
const LIMIT_MS: i32 = 20_000;

/// Runs a script; gives its value as a text, or what it threw.
pub async fn run(script: &Script) -> Result<Option<String>, String> {
    let address = dom::meta("talkloom-sandbox").ok_or("The page has no sandbox for scripts.")?;
    let frame = frame(&address).ok_or("The sandbox for scripts could not be opened.")?;
    let answer = JsFuture::from(answer(&frame, script)).await;
    frame.remove();
    let answer = answer
        .ok()
        .filter(JsValue::is_object)
        .ok_or("The script took too long.")?;
    match dom::field(&answer, "error").as_string() {
        Some(error) => Err(error),
        None => Ok(dom::as_text(&dom::field(&answer, "value"))),
    }
}

fn frame(address: &str) -> Option<HtmlIFrameElement> {
    let frame = dom::document().create_element("iframe").ok()?;
    let frame: HtmlIFrameElement = frame.dyn_into().ok()?;
    frame.set_attribute("sandbox", "allow-scripts").ok()?;
    frame.set_attribute("aria-hidden", "true").ok()?;
    frame.set_hidden(true);
    frame.set_src(address);
    dom::document().body()?.append_child(&frame).ok()?;
    Some(frame)
}

/// Resolves with the frame's answer, or with null when none comes in time.
fn answer(frame: &HtmlIFrameElement, script: &Script) -> Promise {
    let request = net::to_js(&request(script));
    Promise::new(&mut |resolve, _| {
        let window = dom::window();
        let timer =
            window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, LIMIT_MS);
        if timer.is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
        let frame = Rc::new(frame.clone());
        let request = request.clone();
        // Each frame has a listener of its own for the page's life; a chat runs few scripts, and
        // one whose frame is gone hears nothing.
        dom::listen(&window, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else {
                return;
            };
            let Some(inner) = frame.content_window() else {
                return;
            };
            if event
                .source()
                .is_none_or(|source| source != *inner.as_ref())
            {
                return;
            }
            if event.data() == "ready" {
                let _ = inner.post_message(&request, "*");
            } else {
                let _ = resolve.call1(&JsValue::NULL, &event.data());
            }
        });
    })
}

fn request(script: &Script) -> Value {
    let names: Vec<_> = script.args.iter().map(|(name, _)| name).collect();
    let values: Vec<_> = script.args.iter().map(|(_, value)| value).collect();
    json!({"names": names, "values": values, "content": script.content})
}
