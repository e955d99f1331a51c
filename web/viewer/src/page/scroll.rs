//! Keeping the newest message in sight without pulling the page away from a reader.
//!
//! The page follows its end while the visitor is there. Whoever scrolls up to read is left alone
//! until they come back down or answer.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

use super::dom;

/// How far from the end still counts as being there, in pixels.
const NEAR: i32 = 80;

/// Follows the end of `content` within the scrolling `area`. The returned function goes there at
/// once, wherever the visitor is.
pub fn keep_newest_in_sight(area: &Element, content: &Element) -> impl Fn() + use<> {
    let following = Rc::new(Cell::new(true));
    let last = Rc::new(Cell::new(0));
    dom::listen(area, "scroll", {
        let (area, following) = (area.clone(), following.clone());
        move |_| {
            let top = area.scroll_top();
            let left = area.scroll_height() - area.client_height() - top;
            if left <= NEAR {
                following.set(true);
            } else if top < last.get() {
                following.set(false);
            }
            last.set(top);
        }
    });
    let grown = Closure::<dyn FnMut()>::new({
        let (area, following) = (area.clone(), following.clone());
        move || {
            if following.get() {
                to_end(&area);
            }
        }
    });
    if let Ok(observer) = ResizeObserver::new(grown.into_js_value().unchecked_ref()) {
        observer.observe(content);
        // The keyboard on a phone's screen makes the area smaller, not the content larger.
        observer.observe(area);
    }
    let area = area.clone();
    move || {
        following.set(true);
        to_end(&area);
    }
}

fn to_end(area: &Element) {
    area.set_scroll_top(area.scroll_height());
}
