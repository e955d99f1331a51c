//! One thing in the conversation: a bubble of either side, or a window that was kept from opening.

use std::rc::Rc;

use sycamore::prelude::*;

use super::avatar::{self, Faces};
use super::bubble;
use super::icon::{PAPERCLIP, icon};
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
            let bubble = bubble::bubble(page, &message.bubble);
            view! { div(class=class) { (face) (bubble) } }
        }
        // Read aloud once it is whole, not with each word.
        Content::Growing(message) => {
            let class = format!("{state} host typebot-streaming-container");
            let face = avatar::host(faces);
            let bubble = bubble::bubble(page, &message.bubble);
            view! { div(class=class, aria-live="off") { (face) (bubble) } }
        }
        Content::Guest {
            text,
            pictures,
            files,
            voice,
            ..
        } => {
            let class = format!("{state} guest");
            let face = avatar::guest(faces);
            let text = text.clone();
            let pictures: Vec<View> = pictures.iter().cloned().map(picture).collect();
            let files: Vec<View> = files.iter().cloned().map(file).collect();
            let voice = voice
                .clone()
                .map(|url| view! { audio(src=url, controls=true, aria-label="Your voice note") });
            view! {
                div(class=class) {
                    div(class="typebot-guest-bubble") {
                        span(class="visually-hidden") { "You: " }
                        (pictures)
                        (files)
                        (voice)
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

fn file(name: String) -> View {
    let clip = icon(PAPERCLIP);
    view! { span(class="file") { (clip) (name) } }
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
