//! What may come with a text, or instead of it: files, and the visitor's voice.

use sycamore::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, File};

use super::picked::Picked;
use crate::chat::Answer;
use crate::page::voice::{self, Recording};
use crate::page::{Page, dom};
use crate::ui::icon::{CLOSE, MIC, PAPERCLIP, icon};

/// A button that picks files to go with the text.
pub fn attach(picked: Picked) -> View {
    let clip = icon(PAPERCLIP);
    let pick = move |event: Event| picked.take_from(&event, u32::MAX);
    view! {
        label(class="tool") {
            (clip)
            span(class="visually-hidden") { "Add files" }
            input(class="visually-hidden", r#type="file", multiple=true, on:change=pick)
        }
    }
}

/// The picked files, above the field.
pub fn attached(picked: Picked) -> View {
    let files = move || {
        let files = picked.files.get_clone();
        let views = files.iter().enumerate();
        let views: Vec<View> = views
            .map(|(place, file)| name(picked, place, file))
            .collect();
        views
    };
    let none = move || picked.files.with(Vec::is_empty);
    view! { ul(class="attached", hidden=none) { (files) } }
}

fn name(picked: Picked, place: usize, file: &File) -> View {
    let (name, label) = (file.name(), format!("Remove {}", file.name()));
    let remove = move |_| {
        // The button goes away with the file; the browser finishes its event first.
        sycamore::web::queue_microtask(move || {
            picked.files.update(|files| {
                if place < files.len() {
                    files.remove(place);
                }
            });
        });
    };
    let cross = icon(CLOSE);
    view! {
        li {
            span { (name) }
            button(class="tool", r#type="button", aria-label=label, on:click=remove) { (cross) }
        }
    }
}

/// An answer with files: their addresses go along, pictures are shown.
pub fn answer_with(mut answer: Answer, files: &[File], addresses: Vec<String>) -> Answer {
    for (file, address) in files.iter().zip(&addresses) {
        if file.type_().starts_with("image/") {
            answer.pictures.push(address.clone());
        } else {
            answer.files.push(file.name());
        }
    }
    answer.attachments = addresses;
    answer
}

/// Where a recording stands.
#[derive(Clone, Default)]
pub enum Voice {
    /// None is under way.
    #[default]
    Off,
    /// The visitor speaks.
    On(Recording),
    /// It is being sent.
    Sending,
}

/// A button that begins a recording.
pub fn microphone(voice: Signal<Voice>, picked: Picked) -> View {
    let mic = icon(MIC);
    let begin = move |_| {
        spawn_local(async move {
            match Recording::start().await {
                Some(recording) => voice.set(Voice::On(recording)),
                None => picked.problem.set(Some(
                    "The microphone cannot be used. Allow it in your browser, or type your answer."
                        .to_owned(),
                )),
            }
        });
    };
    view! { button(class="tool", r#type="button", aria-label="Record your answer", on:click=begin) { (mic) } }
}

/// Whether this browser can record.
pub fn can_record() -> bool {
    voice::is_available()
}

/// What stands in the field's place while the visitor speaks.
pub fn recorder(
    page: &Page,
    block: &str,
    voice: Signal<Voice>,
    picked: Picked,
    send: &str,
) -> View {
    let seconds = create_signal(0u32);
    let clock = move || {
        let seconds = seconds.get();
        format!("{}:{:02}", seconds / 60, seconds % 60)
    };
    spawn_local(async move {
        loop {
            dom::sleep(1_000).await;
            if !voice.is_alive() || !voice.with_untracked(|voice| matches!(voice, Voice::On(_))) {
                return;
            }
            seconds.update(|seconds| *seconds += 1);
        }
    });
    let cancel = move |_| {
        sycamore::web::queue_microtask(move || {
            if let Voice::On(recording) = voice.take() {
                recording.cancel();
            }
            voice.set(Voice::Off);
        });
    };
    let (page, block) = (page.clone(), block.to_owned());
    let done = move |_| {
        let (page, block) = (page.clone(), block.clone());
        spawn_local(async move { finish(&page, &block, voice, picked).await });
    };
    let (cross, send) = (icon(CLOSE), send.to_owned());
    view! {
        button(class="tool", r#type="button", aria-label="Throw the recording away", on:click=cancel) { (cross) }
        span(class="recording", role="timer", aria-label="Recording") { (clock) }
        button(class="typebot-button send", r#type="button", data-focus="", on:click=done) { (send) }
    }
}

async fn finish(page: &Page, block: &str, voice: Signal<Voice>, picked: Picked) {
    let Voice::On(recording) = voice.get_clone_untracked() else {
        return;
    };
    let file = recording.finish().await;
    voice.set(Voice::Sending);
    picked.files.set(file.into_iter().collect());
    let sent = picked.send(page, block).await;
    match sent.and_then(|addresses| addresses.into_iter().next()) {
        Some(address) => page.answer(Answer::spoken(address)),
        None => {
            picked.files.set(Vec::new());
            voice.set(Voice::Off);
        }
    }
}
