//! A text that is written while the visitor watches.

use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use super::markdown::Markdown;
use super::{Page, dom, net};
use crate::api::stream::{Lines, Part};
use crate::chat::{Event, Moment, Outcome};

/// Shows the text as it comes and answers with the whole of it.
pub async fn show(page: &Page, body: &Value) -> Outcome {
    let path = format!("/api/v2/sessions/{}/streamMessage", page.session());
    let mut text = String::new();
    let read = match net::open(&path, body).await {
        Ok(response) if response.ok() => follow(page, &response, &mut text).await,
        Ok(response) => Err(format!("status {}", response.status())),
        Err(_) => Err("no answer".to_owned()),
    };
    if let Err(why) = read {
        page.report("While a text was being written", &why);
    }
    if text.is_empty() {
        return Outcome::Lost;
    }
    page.note(Moment::streamed(&text));
    Outcome::Value(text)
}

/// Reads to the end, or to where it breaks off.
async fn follow(page: &Page, response: &Response, text: &mut String) -> Result<(), String> {
    let reader = response.body().map(|body| body.get_reader());
    let reader: ReadableStreamDefaultReader = reader
        .and_then(|reader| reader.dyn_into().ok())
        .ok_or("no text came")?;
    let mut lines = Lines::default();
    let markdown = Markdown::load().await;
    loop {
        let chunk = JsFuture::from(reader.read())
            .await
            .map_err(|_| "the connection was lost")?;
        if dom::field(&chunk, "done").is_truthy() {
            return Ok(());
        }
        let bytes = js_sys::Uint8Array::new(&dom::field(&chunk, "value")).to_vec();
        let before = text.len();
        let mut failed = None;
        for part in lines.take(&bytes) {
            match part {
                Part::Text(more) => text.push_str(&more),
                Part::Error(why) => failed = Some(why),
            }
        }
        if text.len() > before {
            page.dispatch(Event::Streamed(markdown.read(text)));
        }
        if let Some(why) = failed {
            return Err(why);
        }
    }
}
