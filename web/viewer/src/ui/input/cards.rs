//! Cards, each with buttons of its own.

use sycamore::prelude::*;

use crate::api::input::Card;
use crate::chat::Answer;
use crate::page::Page;

/// A row of cards.
pub fn cards(page: &Page, cards: &[Card]) -> View {
    let cards: Vec<View> = cards
        .iter()
        .enumerate()
        .map(|(place, item)| card(page, place, item))
        .collect();
    view! { div(class="cards", role="group", aria-label="Options") { (cards) } }
}

fn card(page: &Page, place: usize, card: &Card) -> View {
    let image = card.image.clone().map(|src| view! { img(src=src, alt="") });
    let title = card.title.clone().map(|title| view! { strong { (title) } });
    let more = card.description.clone().map(|text| view! { p { (text) } });
    let first = |index: usize| (place == 0 && index == 0).then_some("");
    let buttons: Vec<View> = card
        .paths
        .iter()
        .enumerate()
        .map(|(index, path)| button(page, card, path, first(index)))
        .collect();
    view! {
        div(class="card") {
            (image)
            div(class="words") { (title) (more) }
            (buttons)
        }
    }
}

fn button(page: &Page, card: &Card, path: &(String, String), focus: Option<&'static str>) -> View {
    let (id, words) = path.clone();
    let answer = Answer {
        label: match &card.title {
            Some(title) => format!("{title}: {words}"),
            None => words.clone(),
        },
        text: Some(id.clone()),
        reply_id: Some(id),
        keeps_label: true,
        pictures: card.image.clone().into_iter().collect(),
        attachments: card.image.clone().into_iter().collect(),
        ..Answer::default()
    };
    // The same words stand on every card; a screen reader hears which card it is.
    let name = answer.label.clone();
    let page = page.clone();
    let choose = move |_| page.answer(answer.clone());
    view! {
        button(class="typebot-button", r#type="button", data-focus=focus, aria-label=name,
            on:click=choose) { (words) }
    }
}
