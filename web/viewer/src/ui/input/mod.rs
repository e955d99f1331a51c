//! Questions on screen, one file for each kind.

mod cards;
mod choices;
mod country;
mod dates;
mod extras;
mod field;
mod file;
mod payment;
mod picked;
mod rating;

use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, HtmlTextAreaElement};

use super::icon::{SEND, icon};
use crate::api::Input;
use crate::api::input::InputKind;
use crate::page::Page;

/// The open question. The element that gets the keyboard's focus is marked `data-focus`.
pub fn input(page: &Page, input: &Input) -> View {
    let content = match &input.kind {
        InputKind::Field(field) => field::field(page, &input.id, field, input.prefilled.as_deref()),
        InputKind::Date(date) => dates::date(page, date),
        InputKind::Time { button } => dates::time(page, button),
        InputKind::Choices(choices) => choices::words(page, choices),
        InputKind::Pictures(choices) => choices::pictures(page, choices),
        InputKind::Cards(cards) => cards::cards(page, cards),
        InputKind::Rating(rating) => rating::rating(page, rating),
        InputKind::File(file) => file::file(page, &input.id, file),
        InputKind::Payment(payment) => payment::payment(page, payment),
        InputKind::Unknown(kind) => unknown(kind),
    };
    let id = input.id.clone();
    view! { div(class="typebot-input-container", data-blockid=id) { (content) } }
}

fn unknown(kind: &str) -> View {
    let text = format!("This page cannot ask a question of the kind '{kind}'.");
    view! {
        div(class="notice", role="alert") {
            strong { "This question cannot be shown" }
            p { (text) }
        }
    }
}

/// Keeps what is in a field. One way only: a value that is written back while someone types takes
/// away what is not a value yet, such as the point of a number or the first half of a date.
fn keep(value: Signal<String>) -> impl FnMut(Event) {
    move |event| {
        let target = event.target();
        if let Some(input) = target
            .as_ref()
            .and_then(|target| target.dyn_ref::<HtmlInputElement>())
        {
            value.set(input.value());
        } else if let Some(area) =
            target.and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok())
        {
            value.set(area.value());
        }
    }
}

/// The button that sends what was typed or chosen.
fn send_button(words: &str) -> View {
    let words = words.to_owned();
    let arrow = icon(SEND);
    view! {
        button(class="typebot-button send", r#type="submit") {
            span { (words) }
            (arrow)
        }
    }
}
