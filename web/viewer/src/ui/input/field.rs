//! Questions whose answer is typed.

use sycamore::prelude::*;
use web_sys::{HtmlFormElement, KeyboardEvent, SubmitEvent};

use super::{keep, send_button};
use crate::api::input::{Field, FieldKind};
use crate::chat::Answer;
use crate::page::{Page, dom};

/// A field and its button.
pub fn field(page: &Page, field: &Field, prefilled: Option<&str>) -> View {
    let typed = create_signal(prefilled.unwrap_or_default().to_owned());
    let form = create_node_ref();
    let button = send_button(&field.button);
    let control = match field.kind {
        FieldKind::Long => long(field, typed, form),
        _ => line(field, typed),
    };
    let send = {
        let (page, field) = (page.clone(), field.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(text) = typed.with_untracked(|typed| field.answer(typed)) {
                page.answer(Answer::typed(text));
            }
        }
    };
    // The bot says itself what is wrong with an answer, in its own language.
    view! {
        form(class="typebot-input typebot-input-form", novalidate=true, on:submit=send, r#ref=form) {
            (control)
            (button)
        }
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
