//! A number on a scale, chosen from numbers or icons.

use sycamore::prelude::*;
use web_sys::SubmitEvent;

use super::send_button;
use crate::api::input::Rating;
use crate::chat::Answer;
use crate::page::Page;
use crate::ui::icon::{STAR, icon};

/// A scale.
pub fn rating(page: &Page, rating: &Rating) -> View {
    let chosen = create_signal(None::<i64>);
    let steps: Vec<View> = (rating.from..=rating.to)
        .map(|number| step(page, rating, chosen, number))
        .collect();
    let words = |text: &Option<String>| text.clone().map(|text| view! { span { (text) } });
    let (left, right) = (words(&rating.left), words(&rating.right));
    let send = {
        let page = page.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(number) = chosen.get() {
                page.answer(Answer::typed(number.to_string()));
            }
        }
    };
    let sender = (!rating.one_click).then(|| {
        let button = send_button(&rating.button);
        let waiting = move || chosen.with(Option::is_none);
        view! { div(class="after", hidden=waiting) { (button) } }
    });
    let class = if rating.icons {
        "scale icons"
    } else {
        "scale numbers"
    };
    view! {
        form(class="rating", novalidate=true, on:submit=send) {
            div(class="ends", aria-hidden="true") { (left) (right) }
            div(class=class, role="group", aria-label="Rating") { (steps) }
            (sender)
        }
    }
}

fn step(page: &Page, rating: &Rating, chosen: Signal<Option<i64>>, number: i64) -> View {
    let icons = rating.icons;
    // A scale of icons is filled up to the chosen one; of numbers, only the chosen one is marked.
    let marked = move || match chosen.get() {
        Some(chosen) if icons => number <= chosen,
        chosen => chosen == Some(number),
    };
    let class = move || match (icons, marked()) {
        (true, true) => "step marked",
        (true, false) => "step",
        (false, true) => "typebot-button step marked",
        (false, false) => "typebot-selectable step",
    };
    let pressed = move || {
        if chosen.get() == Some(number) {
            "true"
        } else {
            "false"
        }
    };
    let name = name(rating, number);
    let focus = (number == rating.from).then_some("");
    let face: View = match &rating.svg {
        _ if !icons => number.into(),
        Some(svg) => custom_icon(svg),
        None => icon(STAR),
    };
    let (page, one_click) = (page.clone(), rating.one_click);
    let choose = move |_| {
        chosen.set(Some(number));
        if one_click {
            page.answer(Answer::typed(number.to_string()));
        }
    };
    view! {
        button(class=class, r#type="button", aria-label=name, aria-pressed=pressed,
            data-focus=focus, on:click=choose) { (face) }
    }
}

fn name(rating: &Rating, number: i64) -> String {
    let meaning = match number {
        n if n == rating.from => rating.left.as_deref(),
        n if n == rating.to => rating.right.as_deref(),
        _ => None,
    };
    match meaning {
        Some(meaning) => format!("{number} of {} ({meaning})", rating.to),
        None => format!("{number} of {}", rating.to),
    }
}

/// The builder's drawing, as a mask: it takes the theme's colour, and code in it never runs.
fn custom_icon(svg: &str) -> View {
    let svg = if svg.contains("xmlns=") {
        svg.to_owned()
    } else {
        svg.replacen("<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"", 1)
    };
    let data = String::from(js_sys::encode_uri_component(&svg));
    let style = format!(
        "--drawing:url(\"data:image/svg+xml,{}\")",
        data.replace('\'', "%27")
    );
    view! { span(class="drawing", style=style) }
}
