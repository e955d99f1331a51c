//! What the page says when something went wrong: what happened, then what to do.

use sycamore::prelude::*;

use crate::chat::{Event, Failure};
use crate::page::{Page, dom};

/// Instead of the conversation.
pub fn whole_page(page: &Page, failure: &Failure) -> View {
    let (title, text) = words(page, failure);
    let button = button(page, failure);
    view! {
        main(class="stop") {
            div(class="mark", aria-hidden="true")
            h1 { (title) }
            p { (text) }
            (button)
        }
    }
}

/// Below the conversation.
pub fn below(page: &Page, failure: &Failure) -> View {
    let (title, text) = words(page, failure);
    let button = button(page, failure);
    view! {
        div(class="notice", role="alert") {
            strong { (title) }
            p { (text) }
            (button)
        }
    }
}

fn words(page: &Page, failure: &Failure) -> (String, String) {
    match failure {
        Failure::Missing => (
            "This bot could not be found".to_owned(),
            "The bot you're looking for doesn't exist. Check the address, or ask whoever sent it to you."
                .to_owned(),
        ),
        Failure::Refused(message) => ("This bot is not available".to_owned(), message.clone()),
        Failure::Expired => (
            "This conversation has ended".to_owned(),
            "It was left for too long. Your earlier answers are kept.".to_owned(),
        ),
        Failure::Retry(message) => {
            let (title, text) = page.settings().network;
            (title, message.clone().unwrap_or(text))
        }
    }
}

fn button(page: &Page, failure: &Failure) -> View {
    match failure {
        Failure::Retry(_) => {
            let page = page.clone();
            let retry = move |_| {
                let page = page.clone();
                wasm_bindgen_futures::spawn_local(async move { page.dispatch(Event::Retried) });
            };
            view! { button(class="typebot-button", r#type="button", data-focus="", on:click=retry) { "Try again" } }
        }
        Failure::Expired => {
            let restart = |_| {
                // A page that cannot be loaded again stays as it is.
                let _ = dom::window().location().reload();
            };
            view! { button(class="typebot-button", r#type="button", data-focus="", on:click=restart) { "Start again" } }
        }
        Failure::Missing | Failure::Refused(_) => View::new(),
    }
}
