//! Opening the page: what the address and the last visit give, and what is listened to.

use serde_json::{Map, Value};
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, UrlSearchParams};

use super::{Page, dom, store};
use crate::chat::Event;

/// Starts the conversation.
pub fn open(page: &Page) {
    listen_to_embeds(page);
    follow_keyboard();
    page.dispatch(Event::Opened {
        prefilled: query(),
        result_id: store::recall(&page.bot),
    });
}

/// The query's fields; they fill the variables of the same names.
fn query() -> Map<String, Value> {
    let mut fields = Map::new();
    let search = dom::window().location().search().unwrap_or_default();
    if let Ok(params) = UrlSearchParams::new_with_str(&search) {
        for pair in params.entries().into_iter().flatten() {
            let pair = js_sys::Array::from(&pair);
            if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
                fields.insert(name, Value::String(value));
            }
        }
    }
    fields
}

/// Embedded pages say `{name, data}` when the visitor is done with them.
fn listen_to_embeds(page: &Page) {
    let page = page.clone();
    dom::listen(&dom::window(), "message", move |event| {
        let Some(event) = event.dyn_ref::<MessageEvent>() else {
            return;
        };
        let data = event.data();
        if let Some(name) = dom::field(&data, "name").as_string() {
            page.dispatch(Event::EmbedSpoke(
                name,
                dom::as_text(&dom::field(&data, "data")),
            ));
        }
    });
}

/// Where the keyboard on the screen covers the page instead of making it smaller, the page makes
/// itself as high as what is left.
fn follow_keyboard() {
    let Some(viewport) = dom::window().visual_viewport() else {
        return;
    };
    let target = viewport.clone();
    dom::listen(&target, "resize", move |_| {
        let root = dom::document().document_element();
        let root = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
        let Some(root) = root else { return };
        // A visitor who zooms in wants a part of the page, not a smaller page.
        let _ = if (viewport.scale() - 1.0).abs() < 0.01 {
            root.style()
                .set_property("--page-height", &format!("{}px", viewport.height()))
        } else {
            root.style().remove_property("--page-height").map(drop)
        };
    });
}
