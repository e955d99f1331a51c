//! Small helpers around the browser.

use js_sys::{Promise, Reflect};
use sycamore::prelude::NodeRef;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, EventTarget, HtmlElement, HtmlTemplateElement, UrlSearchParams};

pub use sycamore::web::{document, window};

/// Lets time pass.
pub async fn sleep(ms: u32) {
    let ms = i32::try_from(ms).unwrap_or(i32::MAX);
    let promise = Promise::new(&mut |resolve, _| {
        // A timer that cannot be set resolves at once: the chat goes on without the pause.
        if window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms)
            .is_err()
        {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Calls back for every event, as long as the page is open.
pub fn listen(target: &EventTarget, event: &str, callback: impl FnMut(web_sys::Event) + 'static) {
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(callback);
    // A listener of the page's own targets is never removed, so it is never dropped either.
    let _ = target.add_event_listener_with_callback(event, closure.into_js_value().unchecked_ref());
}

/// The element behind a reference, once it is on the page.
pub fn element<T: JsCast>(node: NodeRef) -> Option<T> {
    node.try_get().and_then(|node| node.dyn_into().ok())
}

/// Whether a media query holds.
pub fn media(query: &str) -> bool {
    window()
        .match_media(query)
        .ok()
        .flatten()
        .is_some_and(|list| list.matches())
}

/// Whether this page stands in another one.
pub fn is_framed() -> bool {
    match window().parent() {
        Ok(Some(parent)) => parent != window(),
        _ => false,
    }
}

/// The content of a `<meta>` of the page.
pub fn meta(name: &str) -> Option<String> {
    let selector = format!("meta[name='{name}']");
    document()
        .query_selector(&selector)
        .ok()
        .flatten()?
        .get_attribute("content")
}

/// Puts the bot's style sheet on the page, in place of an earlier one.
pub fn set_style(css: &str) {
    let id = "talkloom-theme";
    let style = document().get_element_by_id(id).or_else(|| {
        let style = document().create_element("style").ok()?;
        style.set_id(id);
        document().head()?.append_child(&style).ok()?;
        Some(style)
    });
    if let Some(style) = style {
        style.set_text_content(Some(css));
    }
}

/// Adds to the page's head what describes or dresses it. What would run is left out, and so are
/// tags that change how the page loads.
pub fn add_to_head(html: &str) {
    let Ok(holder) = document().create_element("template") else {
        return;
    };
    holder.set_inner_html(html);
    let Some(content) = holder
        .dyn_ref::<HtmlTemplateElement>()
        .map(HtmlTemplateElement::content)
    else {
        return;
    };
    let wanted = "meta:not([http-equiv]), style, title, link[rel~='icon'], link[rel~='stylesheet'], \
                  link[rel='canonical'], link[rel='alternate']";
    let (Ok(found), Some(head)) = (content.query_selector_all(wanted), document().head()) else {
        return;
    };
    for node in (0..found.length()).filter_map(|place| found.get(place)) {
        let _ = head.append_child(&node);
    }
}

/// Adds a style sheet from elsewhere.
pub fn link_style(url: &str) {
    let Some(link) = document().create_element("link").ok() else {
        return;
    };
    let _ = link.set_attribute("rel", "stylesheet");
    let _ = link.set_attribute("href", url);
    if let Some(head) = document().head() {
        let _ = head.append_child(&link);
    }
}

/// Takes the query off the address: what it held was read, and is not for the next person who
/// gets the link.
pub fn hide_query() {
    let location = window().location();
    let (Ok(path), Ok(query)) = (location.pathname(), location.search()) else {
        return;
    };
    if !query.is_empty() {
        let hash = location.hash().unwrap_or_default();
        if let Ok(history) = window().history() {
            let _ =
                history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{hash}")));
        }
    }
}

/// Takes fields out of the page's address; says whether any was there.
pub fn drop_from_query(names: &[&str]) -> bool {
    let location = window().location();
    let search = location.search().unwrap_or_default();
    let Ok(query) = UrlSearchParams::new_with_str(&search) else {
        return false;
    };
    let present: Vec<_> = names.iter().filter(|name| query.has(name)).collect();
    for name in &present {
        query.delete(name);
    }
    if let (false, Ok(path), Ok(history)) =
        (present.is_empty(), location.pathname(), window().history())
    {
        let rest = String::from(query.to_string());
        let mark = if rest.is_empty() { "" } else { "?" };
        let hash = location.hash().unwrap_or_default();
        let address = format!("{path}{mark}{rest}{hash}");
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    !present.is_empty()
}

/// Moves the keyboard's focus without moving the page.
pub fn focus(element: &Element) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus_with_options(&options);
    }
}

/// A field of a JavaScript object.
pub fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A JavaScript value as the chat API takes it: texts as they are, nothing as nothing, the rest as
/// JSON.
pub fn as_text(value: &JsValue) -> Option<String> {
    if value.is_undefined() || value.is_null() {
        return None;
    }
    value.as_string().or_else(|| {
        js_sys::JSON::stringify(value)
            .ok()
            .and_then(|json| json.as_string())
    })
}

/// The bot's public id: the last part of the address's path.
pub fn bot() -> String {
    let path = window().location().pathname().unwrap_or_default();
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned()
}
