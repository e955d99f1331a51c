//! Several items in one reply, found as whole words and in any order.

use super::{Candidate, Choices, filled, longest_first};
use crate::number::trim;

/// Finds the items that a reply names: by ids, then values, then contents, the longest first, at
/// last by their numbers from 1. What was found is taken out of the reply where it stands in the
/// same letters.
pub fn match_multiple(candidates: &[Candidate<'_>], text: &str) -> Option<Choices> {
    let mut search = Search {
        rest: trim(text).to_owned(),
        found: vec![false; candidates.len()],
    };
    search.by(candidates, |item| Some(item.id));
    search.by(candidates, |item| item.value);
    search.by(candidates, |item| item.content);
    for index in 0..candidates.len() {
        search.take(index, &(index + 1).to_string());
    }
    search.finish(candidates)
}

struct Search {
    rest: String,
    found: Vec<bool>,
}

impl Search {
    fn by<'a>(
        &mut self,
        candidates: &[Candidate<'a>],
        text: impl Fn(&Candidate<'a>) -> Option<&'a str> + Copy,
    ) {
        for index in longest_first(candidates, text) {
            if let Some(wanted) = filled(text(&candidates[index])) {
                self.take(index, wanted);
            }
        }
    }

    fn take(&mut self, index: usize, wanted: &str) {
        let wanted = trim(wanted);
        if self.found[index] || wanted.is_empty() || !has_word(&self.rest, wanted) {
            return;
        }
        self.found[index] = true;
        self.rest = self.rest.replacen(wanted, "", 1);
    }

    fn finish(self, candidates: &[Candidate<'_>]) -> Option<Choices> {
        let indices: Vec<usize> = (0..candidates.len())
            .filter(|index| self.found[*index])
            .collect();
        let stored: Vec<&str> = indices
            .iter()
            .map(|index| {
                let item = &candidates[*index];
                item.value.or(item.content).unwrap_or_default()
            })
            .collect();
        (!indices.is_empty()).then(|| Choices {
            stored: stored.join(", "),
            indices: indices.clone(),
        })
    }
}

/// Whether a text holds these words, in any letter case, with no letter or digit beside them.
fn has_word(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    let words = words.to_lowercase();
    text.match_indices(&words).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        !before.is_some_and(is_word_character) && !after.is_some_and(is_word_character)
    })
}

fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_items_are_matched() {
        let items = [
            ("m1", None, "Red"),
            ("m2", Some("dr"), "Dark Red"),
            ("m3", None, "Blue"),
            ("m4", None, "C++"),
            ("m5", None, "한국"),
        ]
        .map(|(id, value, content)| Candidate {
            id,
            value,
            content: Some(content),
        });
        let cases = [
            ("Blue, Red", Some("Red, Blue")),
            ("Dark Red", Some("dr")),
            ("dark red, blue", Some("Red, dr, Blue")),
            ("1 and 3", Some("Red, Blue")),
            ("2 and Blue", Some("dr, Blue")),
            ("m3", Some("Blue")),
            ("c++!", Some("C++")),
            ("한국", Some("한국")),
            ("Redder", None),
            ("12", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let choices = match_multiple(&items, text);
            assert_eq!(
                choices.map(|choices| choices.stored).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
