//! One thing in the conversation: a bubble of either side, or a window that was kept from opening.

use std::rc::Rc;

use sycamore::prelude::*;

use super::avatar::{self, Faces};
use super::bubble;
use crate::chat::{Content, Entry};
use crate::page::Page;

/// An entry. Its root never changes: lists keep hold of it.
pub fn entry(page: &Page, entry: Rc<Entry>, faces: Faces) -> View {
    // A bubble whose words changed is the same bubble: it does not rise again.
    let state = if entry.revision == 0 {
        "row"
    } else {
        "row still"
    };
    match &entry.content {
        Content::Host(message) => {
            let class = format!("{state} host");
            let face = avatar::host(faces);
            let bubble = bubble::bubble(&message.bubble);
            view! { div(class=class) { (face) (bubble) } }
        }
        Content::Guest { text, pictures, .. } => {
            let class = format!("{state} guest");
            let face = avatar::guest(faces);
            let text = text.clone();
            let pictures: Vec<View> = pictures.iter().cloned().map(picture).collect();
            view! {
                div(class=class) {
                    div(class="typebot-guest-bubble") {
                        span(class="visually-hidden") { "You: " }
                        (pictures)
                        span(class="words") { (text) }
                    }
                    (face)
                }
            }
        }
        Content::Blocked { url } => blocked(page, url.clone()),
    }
}

fn picture(url: String) -> View {
    view! { img(src=url, alt="") }
}

fn blocked(page: &Page, url: String) -> View {
    let (title, text, button) = page.settings().blocked;
    view! {
        div(class="row host") {
            div(class="notice") {
                strong { (title) }
                p { (text) }
                a(class="typebot-button", href=url, target="_blank", rel="noopener") { (button) }
            }
        }
    }
}
