//! Questions for a day or a time, asked with the browser's own fields.

use sycamore::prelude::*;
use web_sys::SubmitEvent;

use super::{keep, send_button};
use crate::api::input::DateField;
use crate::chat::Answer;
use crate::page::Page;

/// A day, with or without a time, or two of them.
pub fn date(page: &Page, date: &DateField) -> View {
    let (from, to) = (create_signal(String::new()), create_signal(String::new()));
    let button = send_button(&date.button);
    let fields = if date.is_range {
        let first = moment(date, Some(&date.from), from, true);
        let second = moment(date, Some(&date.to), to, false);
        view! { div(class="range") { (first) (second) } }
    } else {
        moment(date, None, from, true)
    };
    let send = {
        let (page, date) = (page.clone(), date.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(text) = date.answer(&from.get_clone_untracked(), &to.get_clone_untracked())
            {
                page.answer(Answer::typed(text));
            }
        }
    };
    view! {
        form(class="typebot-input typebot-input-form", novalidate=true, on:submit=send) {
            (fields)
            (button)
        }
    }
}

fn moment(date: &DateField, label: Option<&str>, value: Signal<String>, first: bool) -> View {
    let kind = if date.has_time {
        "datetime-local"
    } else {
        "date"
    };
    let (min, max) = (date.min.clone(), date.max.clone());
    let name = match label {
        Some(label) => label.trim_end_matches(':').to_owned(),
        None => "Date".to_owned(),
    };
    let words = label.map(|label| {
        let label = label.to_owned();
        view! { span(aria-hidden="true") { (label) } }
    });
    let focus = first.then_some("");
    view! {
        label(class="moment") {
            (words)
            input(class="text-input", r#type=kind, min=min, max=max, aria-label=name,
                data-focus=focus, on:input=keep(value))
        }
    }
}

/// A time of day.
pub fn time(page: &Page, button: &str) -> View {
    let value = create_signal(String::new());
    let button = send_button(button);
    let send = {
        let page = page.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let text = value.get_clone_untracked();
            if !text.is_empty() {
                page.answer(Answer::typed(text));
            }
        }
    };
    view! {
        form(class="typebot-input typebot-input-form", novalidate=true, on:submit=send) {
            input(class="text-input", r#type="time", aria-label="Time", data-focus="", on:input=keep(value))
            (button)
        }
    }
}
