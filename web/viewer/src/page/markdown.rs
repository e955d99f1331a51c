//! The Markdown parser: a script that most conversations never need, loaded when one does.

use js_sys::{Function, JSON, Promise};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{dom, net};
use crate::api::markdown;
use crate::api::rich_text::Node;

/// The parser, or none where it could not be loaded: texts are then shown as they are written.
#[derive(Default)]
pub struct Markdown(Option<Function>);

impl Markdown {
    /// Loads the parser, which the browser keeps.
    pub async fn load() -> Self {
        let load = dom::field(&dom::window().into(), "talkloomMarkdown");
        let loading = load
            .dyn_ref::<Function>()
            .and_then(|load| load.call0(&JsValue::NULL).ok())
            .and_then(|promise| promise.dyn_into::<Promise>().ok());
        let Some(loading) = loading else {
            return Self(None);
        };
        let module = JsFuture::from(loading).await.unwrap_or_default();
        Self(dom::field(&module, "lexer").dyn_into().ok())
    }

    /// Reads a text, whole or as far as it is written.
    pub fn read(&self, text: &str) -> Vec<Node> {
        match self.tokens(text) {
            Some(tokens) => markdown::read(&tokens),
            None => markdown::plain(text),
        }
    }

    fn tokens(&self, text: &str) -> Option<Value> {
        let options = net::to_js(&json!({"gfm": true, "breaks": true}));
        let tokens = self
            .0
            .as_ref()?
            .call2(&JsValue::NULL, &text.into(), &options)
            .ok()?;
        let json = JSON::stringify(&tokens).ok()?.as_string()?;
        serde_json::from_str(&json).ok()
    }
}
