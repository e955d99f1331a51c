//! Questions whose answer is typed.

use sycamore::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlFormElement, KeyboardEvent, SubmitEvent};

use super::extras::{self, Voice};
use super::picked::Picked;
use super::{keep, send_button};
use crate::api::input::{Field, FieldKind};
use crate::chat::Answer;
use crate::page::{Page, dom};

/// A field and its button, and what may come with the text.
pub fn field(page: &Page, block: &str, field: &Field, prefilled: Option<&str>) -> View {
    let typed = create_signal(prefilled.unwrap_or_default().to_owned());
    let picked = Picked::new();
    let form = create_node_ref();
    let voice = create_signal(Voice::Off);
    let off = create_selector(move || voice.with(|voice| matches!(voice, Voice::Off)));
    let told = picked.told();
    let attached = field.attachments.then(|| extras::attached(picked));
    let content = {
        let (page, block, field) = (page.clone(), block.to_owned(), field.clone());
        move || match off.get() {
            true => controls(&field, typed, form, picked, voice),
            false => extras::recorder(&page, &block, voice, picked, &field.button),
        }
    };
    let send = {
        let (page, block, field) = (page.clone(), block.to_owned(), field.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let text = typed.with_untracked(|typed| field.answer(typed));
            let (page, block) = (page.clone(), block.clone());
            if !picked.sending.get_untracked() {
                spawn_local(async move { answer(&page, &block, text, picked).await });
            }
        }
    };
    // The bot says itself what is wrong with an answer, in its own language.
    view! {
        form(class="typebot-input-form", novalidate=true, on:submit=send, r#ref=form) {
            (attached)
            div(class="typebot-input") { (content) }
            (told)
        }
    }
}

fn controls(
    field: &Field,
    typed: Signal<String>,
    form: NodeRef,
    picked: Picked,
    voice: Signal<Voice>,
) -> View {
    let clip = field.attachments.then(|| extras::attach(picked));
    let microphone = field.voice && extras::can_record();
    let microphone = microphone.then(|| extras::microphone(voice, picked));
    let control = match field.kind {
        FieldKind::Long => long(field, typed, form),
        _ => line(field, typed),
    };
    let button = send_button(&field.button);
    view! { (clip) (control) (microphone) (button) }
}

/// Sends the files first, then the text with their addresses. Files may come without a text.
async fn answer(page: &Page, block: &str, text: Option<String>, picked: Picked) {
    let files = picked.files.get_clone_untracked();
    if text.is_none() && files.is_empty() {
        return;
    }
    let answer = Answer::typed(text.unwrap_or_default());
    if files.is_empty() {
        return page.answer(answer);
    }
    if let Some(addresses) = picked.send(page, block).await {
        page.answer(extras::answer_with(answer, &files, addresses));
    }
}

fn line(field: &Field, typed: Signal<String>) -> View {
    let name = field.placeholder.clone();
    let placeholder = name.clone();
    let initial = typed.get_clone_untracked();
    let (kind, mode, complete) = match &field.kind {
        FieldKind::Line(mode) => ("text", mode.clone(), "off"),
        FieldKind::Number { .. } => ("number", "decimal".to_owned(), "off"),
        FieldKind::Email => ("email", "email".to_owned(), "email"),
        FieldKind::Url => ("url", "url".to_owned(), "url"),
        FieldKind::Phone => ("tel", "tel".to_owned(), "tel"),
        FieldKind::Long => ("text", "text".to_owned(), "off"),
    };
    let (min, max, step) = match &field.kind {
        FieldKind::Number { min, max, step } => (
            min.clone(),
            max.clone(),
            Some(step.clone().unwrap_or_else(|| "any".to_owned())),
        ),
        _ => (None, None, None),
    };
    view! {
        input(class="text-input", data-focus="", r#type=kind, inputmode=mode, autocomplete=complete,
            min=min, max=max, step=step, placeholder=placeholder, aria-label=name,
            enterkeyhint="send", prop:value=initial, on:input=keep(typed))
    }
}

fn long(field: &Field, typed: Signal<String>, form: NodeRef) -> View {
    let name = field.placeholder.clone();
    let placeholder = name.clone();
    let initial = typed.get_clone_untracked();
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            if let Some(form) = dom::element::<HtmlFormElement>(form) {
                // A form without a valid button to submit by sends nothing.
                let _ = form.request_submit();
            }
        }
    };
    view! {
        textarea(class="text-input", data-focus="", rows="4", placeholder=placeholder,
            aria-label=name, on:keydown=on_key, prop:value=initial, on:input=keep(typed))
    }
}
