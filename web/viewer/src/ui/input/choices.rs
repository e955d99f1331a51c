//! Questions answered by choosing words or pictures.

use std::rc::Rc;

use sycamore::prelude::*;
use web_sys::SubmitEvent;

use super::keep;
use crate::api::input::{Choice, Choices, Picture, choice::Choosable};
use crate::chat::Answer;
use crate::page::Page;
use crate::ui::icon::{CHECK, SEARCH, icon};

/// Buttons with words.
pub fn words(page: &Page, choices: &Choices<Choice>) -> View {
    let face = |choice: &Choice| {
        let label = choice.label.clone();
        view! { span { (label) } }
    };
    let answer = |choice: &Choice| Answer {
        reply_id: Some(choice.id.clone()),
        ..Answer::labelled(choice.label.clone(), choice.value.clone())
    };
    group(page, choices, "buttons", face, answer)
}

/// Buttons with pictures.
pub fn pictures(page: &Page, choices: &Choices<Picture>) -> View {
    let answer = |picture: &Picture| {
        let shown = picture.src.clone().filter(|_| picture.title.is_none());
        Answer {
            label: if shown.is_some() {
                String::new()
            } else {
                picture.label()
            },
            keeps_label: true,
            pictures: shown.into_iter().collect(),
            reply_id: Some(picture.id.clone()),
            ..Answer::typed(picture.value.clone())
        }
    };
    group(page, choices, "pictures", picture_face, answer)
}

fn picture_face(picture: &Picture) -> View {
    let alt = if picture.title.is_some() {
        ""
    } else {
        "Picture"
    };
    let image = picture
        .src
        .clone()
        .map(|src| view! { img(src=src, alt=alt) });
    let title = picture
        .title
        .clone()
        .map(|title| view! { strong { (title) } });
    let more = picture
        .description
        .clone()
        .map(|text| view! { span { (text) } });
    view! {
        (image)
        span(class="words") { (title) (more) }
    }
}

/// The state that the buttons of one question share.
#[derive(Clone, Copy)]
struct Chosen {
    chosen: Signal<Vec<usize>>,
    visible: ReadSignal<Vec<usize>>,
}

fn group<T: Choosable + Clone + 'static>(
    page: &Page,
    choices: &Choices<T>,
    class: &'static str,
    face: impl Fn(&T) -> View,
    answer: impl Fn(&T) -> Answer,
) -> View {
    let search = create_signal(String::new());
    let all = Rc::new(choices.clone());
    let matching = all.clone();
    let visible = create_selector(move || search.with(|search| matching.matching(search)));
    let state = Chosen {
        chosen: create_signal(Vec::new()),
        visible,
    };
    let buttons: Vec<View> = choices
        .items
        .iter()
        .enumerate()
        .map(|(place, item)| {
            let face = face(item);
            if choices.multiple {
                toggle(state, place, face, focused(place, choices.searchable))
            } else {
                single(
                    page,
                    state,
                    place,
                    face,
                    answer(item),
                    focused(place, choices.searchable),
                )
            }
        })
        .collect();
    let filter = choices
        .searchable
        .then(|| filter(search, &choices.search_placeholder));
    let sender = choices.multiple.then(|| sender(state, &choices.button));
    let send = {
        let page = page.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let chosen = state.chosen.get_clone_untracked();
            if !chosen.is_empty() {
                let (text, label) = all.several(&chosen);
                page.answer(Answer::labelled(label, text));
            }
        }
    };
    let class = format!("options {class}");
    view! {
        form(class="choices", novalidate=true, on:submit=send) {
            (filter)
            div(class=class, role="group", aria-label="Options") { (buttons) }
            (sender)
        }
    }
}

/// The filter gets the focus where there is one, else the first button.
fn focused(place: usize, searchable: bool) -> Option<&'static str> {
    (place == 0 && !searchable).then_some("")
}

fn single(
    page: &Page,
    state: Chosen,
    place: usize,
    face: View,
    answer: Answer,
    focus: Option<&'static str>,
) -> View {
    let page = page.clone();
    let choose = move |_| page.answer(answer.clone());
    let hidden = move || !state.visible.with(|visible| visible.contains(&place));
    view! {
        button(class="typebot-button option", r#type="button", data-focus=focus, hidden=hidden,
            on:click=choose) { (face) }
    }
}

fn toggle(state: Chosen, place: usize, face: View, focus: Option<&'static str>) -> View {
    let is_chosen = move || state.chosen.with(|chosen| chosen.contains(&place));
    let checked = move || if is_chosen() { "true" } else { "false" };
    let toggle = move |_| {
        state.chosen.update(
            |chosen| match chosen.iter().position(|other| *other == place) {
                Some(index) => drop(chosen.remove(index)),
                None => chosen.push(place),
            },
        );
    };
    let hidden = move || !state.visible.with(|visible| visible.contains(&place)) && !is_chosen();
    let tick = icon(CHECK);
    view! {
        button(class="typebot-selectable option", r#type="button", role="checkbox",
            aria-checked=checked, data-focus=focus, hidden=hidden, on:click=toggle) {
            span(class="box", aria-hidden="true") { (tick) }
            (face)
        }
    }
}

fn filter(search: Signal<String>, placeholder: &str) -> View {
    let name = placeholder.to_owned();
    let placeholder = name.clone();
    let glass = icon(SEARCH);
    view! {
        div(class="typebot-input search") {
            (glass)
            input(class="text-input", r#type="search", data-focus="", placeholder=placeholder,
                aria-label=name, autocomplete="off", on:input=keep(search))
        }
    }
}

fn sender(state: Chosen, words: &str) -> View {
    let words = words.to_owned();
    let none = move || state.chosen.with(Vec::is_empty);
    let label = move || match state.chosen.with(Vec::len) {
        0 => words.clone(),
        count => format!("{words} ({count})"),
    };
    view! {
        div(class="after") {
            button(class="typebot-button", r#type="submit", disabled=none) { (label) }
        }
    }
}
