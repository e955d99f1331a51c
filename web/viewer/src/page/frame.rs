//! Frames of an origin of their own, in which code that is not the page's own runs.
//!
//! The page's policy forbids `eval` and foreign scripts, and such code must not reach the page: it
//! runs in `sandbox.html` (may compute and fetch) or `frame.html` (may load and show anything), and
//! only plain values pass between the two. It can neither read the page nor its storage.

use js_sys::Promise;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageEvent};

use super::{dom, net};
use crate::api::action::Script;

/// Long enough for a request to somewhere, short enough for a visitor who waits.
const LIMIT_MS: i32 = 20_000;

/// A frame; cheap to clone.
#[derive(Clone)]
pub struct Frame {
    element: HtmlIFrameElement,
    ready: Promise,
}

impl Frame {
    /// A frame that nobody sees; `page` is `sandbox` or `frame`.
    pub fn hidden(page: &str) -> Option<Self> {
        let element = dom::document().create_element("iframe").ok()?;
        let element: HtmlIFrameElement = element.dyn_into().ok()?;
        element.set_attribute("sandbox", "allow-scripts").ok()?;
        element.set_attribute("aria-hidden", "true").ok()?;
        element.set_hidden(true);
        let frame = Self::around(&element);
        element.set_src(&address(page)?);
        dom::document().body()?.append_child(&element).ok()?;
        Some(frame)
    }

    /// A frame that stands on the page, before it has loaded.
    pub fn around(element: &HtmlIFrameElement) -> Self {
        let element = element.clone();
        let ready = settled(|resolve| {
            hear(&element, move |data| {
                if data == "ready" {
                    let _ = resolve.call1(&JsValue::NULL, &JsValue::TRUE);
                }
            });
        });
        Self { element, ready }
    }

    /// Sends a message, as soon as the frame can take it.
    pub async fn post(&self, message: &Value) {
        let _ = JsFuture::from(self.ready.clone()).await;
        if let Some(window) = self.element.content_window() {
            let _ = window.post_message(&net::to_js(message), "*");
        }
    }

    /// Calls back with everything that the frame says, as long as the page is open.
    pub fn hear(&self, callback: impl FnMut(JsValue) + 'static) {
        hear(&self.element, callback);
    }

    /// Runs a script; gives its value as a text, or what it threw.
    pub async fn run(&self, script: &Script) -> Result<Option<String>, String> {
        let id = js_sys::Math::random();
        let answer = settled(|resolve| {
            self.hear(move |data| {
                if dom::field(&data, "id") == id {
                    let _ = resolve.call1(&JsValue::NULL, &data);
                }
            });
        });
        let mut request = call(script);
        request["id"] = json!(id);
        self.post(&request).await;
        let answer = JsFuture::from(answer).await.ok();
        let answer = answer
            .filter(JsValue::is_object)
            .ok_or("The script took too long.")?;
        match dom::field(&answer, "error").as_string() {
            Some(error) => Err(error),
            None => Ok(dom::as_text(&dom::field(&answer, "value"))),
        }
    }

    /// Takes the frame off the page.
    pub fn remove(&self) {
        self.element.remove();
    }
}

/// Runs a script in a frame that is thrown away afterwards.
pub async fn run_once(script: &Script) -> Result<Option<String>, String> {
    let frame = Frame::hidden("sandbox").ok_or("The sandbox for scripts could not be opened.")?;
    let answer = frame.run(script).await;
    frame.remove();
    answer
}

/// The address of a page for frames.
pub fn address(page: &str) -> Option<String> {
    dom::meta(&format!("talkloom-{page}"))
}

/// A script as the frames' pages take it.
pub fn call(script: &Script) -> Value {
    let names: Vec<_> = script.args.iter().map(|(name, _)| name).collect();
    let values: Vec<_> = script.args.iter().map(|(_, value)| value).collect();
    json!({"names": names, "values": values, "content": script.content})
}

/// A promise that something settles, or the limit, with null.
fn settled(start: impl FnOnce(js_sys::Function)) -> Promise {
    let mut start = Some(start);
    Promise::new(&mut |resolve, _| {
        let timer =
            dom::window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, LIMIT_MS);
        if timer.is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
        if let Some(start) = start.take() {
            start(resolve);
        }
    })
}

/// Each frame has listeners for the page's life; a chat has few frames, and one that is gone says
/// nothing.
fn hear(element: &HtmlIFrameElement, mut callback: impl FnMut(JsValue) + 'static) {
    let element = element.clone();
    dom::listen(&dom::window(), "message", move |event| {
        let Some(event) = event.dyn_ref::<MessageEvent>() else {
            return;
        };
        let Some(inner) = element.content_window() else {
            return;
        };
        if event
            .source()
            .is_some_and(|source| source == *inner.as_ref())
        {
            callback(event.data());
        }
    });
}
