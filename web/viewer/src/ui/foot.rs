//! The end of the conversation: the open question, or why there is none.

use sycamore::prelude::*;
use web_sys::Element;

use super::{input, notice};
use crate::api::Input;
use crate::chat::Phase;
use crate::page::{Page, dom};

/// The conversation's foot.
pub fn foot(page: &Page) -> View {
    let shown = page.shown;
    let open = create_selector(move || match shown.phase.get_clone() {
        phase @ (Phase::Asking(_) | Phase::Failed(_)) => Some(phase),
        _ => None,
    });
    let content = {
        let page = page.clone();
        move || match open.get_clone() {
            Some(Phase::Asking(question)) => input::input(&page, &question),
            Some(Phase::Failed(failure)) => notice::below(&page, &failure),
            _ => View::new(),
        }
    };
    let place = create_node_ref();
    on_mount(move || {
        let mut first = true;
        let mut was_typed = false;
        create_effect(move || {
            let Some(phase) = open.get_clone() else {
                return;
            };
            let Some(place) = dom::element::<Element>(place) else {
                return;
            };
            let typed = matches!(&phase, Phase::Asking(question) if question.is_typed());
            if may_focus(&phase, std::mem::take(&mut first), was_typed) {
                sycamore::web::queue_microtask(move || focus_first(&place));
            }
            was_typed = typed;
        });
    });
    view! { div(class="foot", r#ref=place) { (content) } }
}

/// The keyboard's focus follows the conversation, with two exceptions: a page in a frame does not
/// take it from the framing page by itself, and on a touch screen the keyboard comes up by itself
/// only where it already is.
fn may_focus(phase: &Phase, first: bool, was_typed: bool) -> bool {
    if first && dom::is_framed() {
        return false;
    }
    let asks_typed = matches!(phase, Phase::Asking(question) if Input::is_typed(question));
    !asks_typed || was_typed || !dom::media("(pointer: coarse)")
}

fn focus_first(place: &Element) {
    if let Ok(Some(element)) = place.query_selector("[data-focus]") {
        dom::focus(&element);
    }
}
