//! Files from the visitor's device.

use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement, SubmitEvent};

use crate::api::input::FileField;
use crate::chat::Answer;
use crate::page::{Page, UploadError, upload};
use crate::ui::icon::{UPLOAD, icon};

/// What is picked and how far it is.
#[derive(Clone, Copy)]
struct Picked {
    files: Signal<Vec<File>>,
    sending: Signal<bool>,
    problem: Signal<Option<String>>,
}

/// A place to pick or drop files, and the buttons for them.
pub fn file(page: &Page, block: &str, field: &FileField) -> View {
    let state = Picked {
        files: create_signal(Vec::new()),
        sending: create_signal(false),
        problem: create_signal(None),
    };
    let target = target(state, field);
    let buttons = buttons(page, state, field);
    let send = {
        let (page, block, field) = (page.clone(), block.to_owned(), field.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let files = state.files.get_clone_untracked();
            if !files.is_empty() && !state.sending.get_untracked() {
                let (page, block, field) = (page.clone(), block.clone(), field.clone());
                spawn_local(async move { send_all(&page, &block, &field, state, files).await });
            }
        }
    };
    view! {
        form(class="typebot-upload-input", novalidate=true, on:submit=send) {
            (target)
            (move || state.problem.get_clone().map(|problem| view! {
                p(class="typebot-input-error-message", role="alert") { (problem) }
            }))
            (buttons)
        }
    }
}

async fn send_all(page: &Page, block: &str, field: &FileField, state: Picked, files: Vec<File>) {
    state.sending.set(true);
    state.problem.set(None);
    let mut addresses = Vec::new();
    for file in &files {
        match upload(page, block, file).await {
            Ok(address) => addresses.push(address),
            Err(error) => {
                state.sending.set(false);
                state.problem.set(Some(match error {
                    UploadError::Refused(message) => message,
                    UploadError::Lost => {
                        format!("{} could not be uploaded. Try again.", file.name())
                    }
                }));
                return;
            }
        }
    }
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
    let pick = move |event: Event| {
        let input = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        take(state, input.and_then(|input| input.files()), multiple);
    };
    let drop = move |event: DragEvent| {
        event.prevent_default();
        take(
            state,
            event.data_transfer().and_then(|data| data.files()),
            multiple,
        );
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

fn take(state: Picked, list: Option<FileList>, multiple: bool) {
    let Some(list) = list else { return };
    let limit = if multiple {
        list.length()
    } else {
        list.length().min(1)
    };
    state.problem.set(None);
    state
        .files
        .set((0..limit).filter_map(|index| list.get(index)).collect());
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
