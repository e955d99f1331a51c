//! Which of the offered items a reply means: buttons, pictures and cards, single and multiple,
//! and items made from the values of variables.

mod dynamic;
mod multiple;

pub use dynamic::{DynamicCard, DynamicPicture, dynamic_buttons, dynamic_cards, dynamic_pictures};
pub use multiple::match_multiple;

use crate::number::trim;

/// An item that can be chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The item's id.
    pub id: &'a str,
    /// What is stored instead of the content.
    pub value: Option<&'a str>,
    /// What the visitor sees: a button's text, a picture's title.
    pub content: Option<&'a str>,
}

/// A card that can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardCandidate<'a> {
    /// What the visitor may type for it.
    pub title: Option<&'a str>,
    /// The ids of its buttons, in order.
    pub paths: Vec<&'a str>,
}

/// A single item that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its place among the candidates.
    pub index: usize,
    /// What is stored.
    pub stored: String,
}

/// Several items that were chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Their places among the candidates, ascending.
    pub indices: Vec<usize>,
    /// What is stored: the items' values in their order, joined by `", "`.
    pub stored: String,
}

/// Finds the item that a reply means: the one whose button was pressed, else the one with the
/// longest content whose id, value or content the text is. An item with nothing to store fails.
pub fn match_single(
    candidates: &[Candidate<'_>],
    text: &str,
    reply_id: Option<&str>,
) -> Option<Choice> {
    let pressed = reply_id.and_then(|id| candidates.iter().position(|item| item.id == id));
    let index = pressed.or_else(|| {
        longest_first(candidates, |item| item.content)
            .into_iter()
            .find(|index| is_meant(&candidates[*index], text))
    })?;
    let item = &candidates[index];
    let stored = filled(item.value).or(filled(item.content))?;
    Some(Choice {
        index,
        stored: stored.to_owned(),
    })
}

fn is_meant(item: &Candidate<'_>, text: &str) -> bool {
    let is_text = |candidate: &str| trim(candidate) == trim(text);
    item.id == text
        || filled(item.value).is_some_and(is_text)
        || filled(item.content).is_some_and(is_text)
}

/// Finds the card and the button that a reply means, as their indices: by the button's id, else by
/// the card's title, which means its first button.
pub fn match_card(
    cards: &[CardCandidate<'_>],
    text: &str,
    reply_id: Option<&str>,
) -> Option<(usize, usize)> {
    let by_path = |id: &str| {
        cards.iter().enumerate().find_map(|(card, candidate)| {
            let path = candidate.paths.iter().position(|path| *path == id)?;
            Some((card, path))
        })
    };
    let by_title = || {
        let wanted = trim(text).to_lowercase();
        cards
            .iter()
            .position(|card| {
                filled(card.title).is_some_and(|title| trim(title).to_lowercase() == wanted)
            })
            .map(|card| (card, 0))
    };
    reply_id
        .and_then(by_path)
        .or_else(|| by_path(text))
        .or_else(by_title)
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// Indices of the candidates, those with longer texts first.
fn longest_first<'a>(
    candidates: &[Candidate<'a>],
    text: impl Fn(&Candidate<'a>) -> Option<&'a str>,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|index| {
        let length = text(&candidates[*index]).map_or(0, |text| text.encode_utf16().count());
        std::cmp::Reverse(length)
    });
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn buttons() -> [Candidate<'static>; 4] {
        [
            ("i1", None, "Yes"),
            ("i2", Some("nope"), "No"),
            ("i3", None, "Yes please"),
            ("i4", None, " Spaced "),
        ]
        .map(|(id, value, content)| Candidate {
            id,
            value,
            content: Some(content),
        })
    }

    #[test]
    fn single_items_are_matched() {
        let cases = [
            ("Yes", None, Some("Yes")),
            ("yes", None, None),
            (" nope ", None, Some("nope")),
            ("No", None, Some("nope")),
            ("i3", None, Some("Yes please")),
            ("Spaced", None, Some(" Spaced ")),
            ("", None, None),
            ("whatever", Some("i2"), Some("nope")),
            ("Yes", Some("gone"), Some("Yes")),
        ];
        for (text, id, expected) in cases {
            let choice = match_single(&buttons(), text, id);
            assert_eq!(
                choice.map(|choice| choice.stored).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn an_item_with_nothing_to_store_fails() {
        let untitled = Candidate {
            id: "p3",
            ..Candidate::default()
        };
        assert_eq!(match_single(&[untitled], "p3", None), None);
    }

    #[test]
    fn cards_are_matched() {
        let cards = [
            CardCandidate {
                title: Some("Paris"),
                paths: vec!["p1", "p2"],
            },
            CardCandidate {
                title: Some("London"),
                paths: vec!["p3"],
            },
        ];
        let cases = [
            ("p2", None, Some((0, 1))),
            (" london ", None, Some((1, 0))),
            ("x", Some("p3"), Some((1, 0))),
            ("zz", None, None),
        ];
        for (text, id, expected) in cases {
            assert_eq!(match_card(&cards, text, id), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), content in any::<String>(), value in any::<Option<String>>()) {
            let item = Candidate { id: "i", value: value.as_deref(), content: Some(&content) };
            let _ = match_single(&[item, item], &text, None);
            let _ = match_multiple(&[item, item], &text);
            if let Some(choice) = match_single(&[item], &content, None) {
                prop_assert!(!choice.stored.is_empty());
            }
        }
    }
}
