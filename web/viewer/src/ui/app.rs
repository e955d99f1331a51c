//! The page as a whole: the progress bar, the conversation, its foot.

use sycamore::prelude::*;

use super::{avatar, entry, foot, notice};
use crate::chat::{Failure, Phase};
use crate::page::{Page, dom, keep_newest_in_sight, open};

/// The page for a bot.
pub fn app(bot: String) -> View {
    let page = Page::new(&bot);
    let shown = page.shown;
    // No conversation to show: the page says why, and nothing else.
    let refused = create_selector(move || {
        let failed = match shown.phase.get_clone() {
            Phase::Failed(failure) => Some(failure),
            _ => None,
        };
        failed.filter(|failure| {
            matches!(failure, Failure::Missing | Failure::Refused(_))
                || shown.entries.with(|entries| entries.is_empty())
        })
    });
    let content = {
        let page = page.clone();
        move || match refused.get_clone() {
            Some(failure) => notice::whole_page(&page, &failure),
            None => conversation(&page),
        }
    };
    on_mount(move || open(&page));
    let bar = progress(shown.progress);
    view! {
        div(class="typebot-container") {
            (bar)
            (content)
        }
    }
}

fn conversation(page: &Page) -> View {
    let shown = page.shown;
    let (area, content) = (create_node_ref(), create_node_ref());
    let faces = avatar::Faces {
        host: shown.host,
        guest: shown.guest,
    };
    let entries = {
        let page = page.clone();
        move |item| entry::entry(&page, item, faces)
    };
    let typing = create_selector(move || match shown.phase.get_clone() {
        Phase::Typing => "typing",
        // Most answers are there before anyone wonders whether something happens.
        Phase::Opening | Phase::Sending => "typing late",
        _ => "typing off",
    });
    let foot = foot::foot(page);
    let face = avatar::host(faces);
    on_mount(move || {
        let (Some(area), Some(content)) = (dom::element(area), dom::element(content)) else {
            return;
        };
        let to_end = keep_newest_in_sight(&area, &content);
        // Whoever has just answered wants to see what comes of it.
        create_effect(move || {
            if shown.phase.with(|phase| *phase == Phase::Sending) {
                to_end();
            }
        });
    });
    let title = dom::document().title();
    view! {
        main(class="scrollable-container", tabindex="0", aria-label="Chat", r#ref=area) {
            div(class="typebot-chat-view", r#ref=content) {
                h1(class="visually-hidden") { (title) }
                div(class="typebot-chat-chunk", role="log", aria-live="polite", aria-label="Conversation") {
                    Keyed(list=shown.entries, view=entries, key=|entry| (entry.place, entry.revision))
                }
                div(class=typing, aria-hidden="true") {
                    (face)
                    div(class="typebot-host-bubble dots") { span() span() span() }
                }
                (foot)
                div(class="typebot-bottom-spacer")
            }
        }
    }
}

fn progress(progress: Signal<Option<f64>>) -> View {
    let present = create_selector(move || progress.with(Option::is_some));
    let value = move || format!("{:.0}", progress.get().unwrap_or(0.0));
    let width = move || format!("width:{}%", progress.get().unwrap_or(0.0).clamp(0.0, 100.0));
    view! {
        (if present.get() {
            view! {
                div(class="typebot-progress-bar-container", role="progressbar", aria-label="Progress",
                    aria-valuemin="0", aria-valuemax="100", aria-valuenow=value) {
                    div(class="typebot-progress-bar", style=width)
                }
            }
        } else {
            View::new()
        })
    }
}
