//! What a manifest describes has to be what its component provides.

use crate::check::{Checked, refuse};
use crate::{Action, Hint, Interface, Manifest};

pub(crate) fn check(m: &Manifest) -> Checked {
    let lists = |a: &Action| a.hints().iter().any(|h| matches!(h.hint, Hint::Choices(_)));
    let has_action = m.actions.iter().any(|a| !a.input);
    // A component without blocks of its own may provide actions all the same.
    let provides_actions = m.provides.contains(&Interface::Actions);
    let described = [
        (Interface::Actions, has_action || provides_actions, "action"),
        (
            Interface::Inputs,
            m.actions.iter().any(|a| a.input),
            "action with \"input\": true",
        ),
        (
            Interface::Choices,
            m.actions.iter().any(lists),
            "field with \"x-choices\"",
        ),
        (Interface::Webhooks, !m.webhooks.is_empty(), "webhook"),
    ];
    for (interface, is_described, what) in described {
        let word = interface.name();
        match (is_described, m.provides.contains(&interface)) {
            (true, false) => {
                return refuse("provides", format!("must name \"{word}\" for the {what}"));
            }
            (false, true) => {
                return refuse(
                    "provides",
                    format!("names \"{word}\", but there is no {what}"),
                );
            }
            _ => {}
        }
    }
    Ok(())
}
