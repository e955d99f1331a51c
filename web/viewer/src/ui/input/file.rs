//! Files from the visitor's device.

use sycamore::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, Event, SubmitEvent};

use super::picked::Picked;
use crate::api::input::FileField;
use crate::chat::Answer;
use crate::page::Page;
use crate::ui::icon::{UPLOAD, icon};

/// A place to pick or drop files, and the buttons for them.
pub fn file(page: &Page, block: &str, field: &FileField) -> View {
    let state = Picked::new();
    let target = target(state, field);
    let buttons = buttons(page, state, field);
    let send = {
        let (page, block, field) = (page.clone(), block.to_owned(), field.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if !state.files.with_untracked(Vec::is_empty) && !state.sending.get_untracked() {
                let (page, block, field) = (page.clone(), block.clone(), field.clone());
                spawn_local(async move { send_all(&page, &block, &field, state).await });
            }
        }
    };
    let told = state.told();
    view! {
        form(class="typebot-upload-input", novalidate=true, on:submit=send) {
            (target)
            (told)
            (buttons)
        }
    }
}

async fn send_all(page: &Page, block: &str, field: &FileField, state: Picked) {
    let Some(addresses) = state.send(page, block).await else {
        return;
    };
    let encoded: Vec<_> = addresses
        .iter()
        .map(|address| encode_name(address))
        .collect();
    page.answer(Answer {
        label: field.sent_label(addresses.len()),
        text: Some(encoded.join(", ")),
        attachments: addresses,
        keeps_label: true,
        ..Answer::default()
    });
}

/// The server splits the list at `", "` and checks addresses: the file's name must not hold any.
fn encode_name(address: &str) -> String {
    match address.rsplit_once('/') {
        Some((folder, name)) => {
            format!(
                "{folder}/{}",
                String::from(js_sys::encode_uri_component(name))
            )
        }
        None => address.to_owned(),
    }
}

fn target(state: Picked, field: &FileField) -> View {
    let (placeholder, multiple) = (field.placeholder.clone(), field.multiple);
    let (accept, capture) = (field.accept.clone(), field.capture.clone());
    let label = move || match &state.files.get_clone()[..] {
        [] => placeholder.clone(),
        [one] => one.name(),
        several => format!("{} files chosen", several.len()),
    };
    let most = if multiple { u32::MAX } else { 1 };
    let pick = move |event: Event| state.take_from(&event, most);
    let drop = move |event: DragEvent| {
        event.prevent_default();
        state.take(event.data_transfer().and_then(|data| data.files()), most);
    };
    let cloud = icon(UPLOAD);
    view! {
        label(class="drop", on:drop=drop, on:dragover=|event: DragEvent| event.prevent_default()) {
            (cloud)
            span { (label) }
            input(class="visually-hidden", r#type="file", multiple=multiple, accept=accept,
                capture=capture, data-focus="", on:change=pick)
        }
    }
}

fn buttons(page: &Page, state: Picked, field: &FileField) -> View {
    let none = move || state.files.with(Vec::is_empty) || state.sending.get();
    let clear = move |_| state.files.set(Vec::new());
    let upload_words = field.button.clone();
    let words = move || match state.sending.get() {
        true => "Uploading…".to_owned(),
        false => upload_words.clone(),
    };
    let clear_words = field.clear.clone();
    let skip = (!field.required).then(|| {
        let (page, words) = (page.clone(), field.skip.clone());
        let label = words.clone();
        let skip = move |_| page.answer(Answer::skipped(label.clone()));
        view! { button(class="quiet", r#type="button", on:click=skip) { (words) } }
    });
    view! {
        div(class="after") {
            (skip)
            button(class="quiet", r#type="button", hidden=none, on:click=clear) { (clear_words) }
            button(class="typebot-button", r#type="submit", disabled=none) { (words) }
        }
    }
}
