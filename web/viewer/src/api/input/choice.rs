//! Inputs that are answered by choosing.

use serde_json::Value;

use super::button;
use crate::json::Fields;

/// One or several of some things.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices<T> {
    /// The things.
    pub items: Vec<T>,
    /// Several may be chosen.
    pub multiple: bool,
    /// There is a field to filter them.
    pub searchable: bool,
    /// That field's words while it is empty.
    pub search_placeholder: String,
    /// They are shown before anything is searched.
    pub initially_visible: bool,
    /// The sending button's words.
    pub button: String,
}

/// A button.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The item's id.
    pub id: String,
    /// Its words.
    pub label: String,
    /// What is sent alone.
    pub value: String,
    /// What is sent among several.
    pub joined: String,
}

/// A picture to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The item's id.
    pub id: String,
    /// The picture's address.
    pub src: Option<String>,
    /// What it is.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// What is sent alone.
    pub value: String,
    /// What is sent among several.
    pub joined: String,
}

/// A card with buttons.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Its picture's address.
    pub image: Option<String>,
    /// What it is.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// Its buttons: id and words.
    pub paths: Vec<(String, String)>,
}

/// A number on a scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// The first number.
    pub from: i64,
    /// The last number.
    pub to: i64,
    /// Shown as icons rather than as numbers.
    pub icons: bool,
    /// The icon, as SVG; none: a star.
    pub svg: Option<String>,
    /// What the first number means.
    pub left: Option<String>,
    /// What the last number means.
    pub right: Option<String>,
    /// The sending button's words.
    pub button: String,
    /// A choice is sent at once.
    pub one_click: bool,
}

/// Words by which a thing to choose is found and shown.
pub trait Choosable {
    /// Everything that a search looks at.
    fn haystack(&self) -> String;
    /// What the conversation shows once it is chosen.
    fn label(&self) -> String;
    /// What is sent when it is chosen among several.
    fn joined(&self) -> String;
}

impl<T> Choices<T> {
    pub(super) fn read(block: &Value, item: impl Fn(&Value) -> T) -> Self {
        let options = block.at("options");
        Self {
            items: block.list("items").iter().map(item).collect(),
            multiple: options.flag("isMultipleChoice", false),
            searchable: options.flag("isSearchable", false),
            search_placeholder: options.text_or("searchInputPlaceholder", "Filter the options..."),
            initially_visible: options.flag("areInitialSearchButtonsVisible", true),
            button: options
                .text("buttonLabel")
                .unwrap_or_else(|| button(options)),
        }
    }
}

impl<T: Choosable> Choices<T> {
    /// The places of the items that match what was searched.
    pub fn matching(&self, search: &str) -> Vec<usize> {
        let needle = search.trim().to_lowercase();
        if needle.is_empty() && self.searchable && !self.initially_visible {
            return Vec::new();
        }
        let found =
            |item: &T| needle.is_empty() || item.haystack().to_lowercase().contains(&needle);
        (0..self.items.len())
            .filter(|place| found(&self.items[*place]))
            .collect()
    }

    /// What is sent and shown for the items chosen among several, in the items' order.
    pub fn several(&self, chosen: &[usize]) -> (String, String) {
        let pick = |what: fn(&T) -> String| {
            let in_order = (0..self.items.len()).filter(|place| chosen.contains(place));
            in_order
                .map(|place| what(&self.items[place]))
                .collect::<Vec<_>>()
                .join(", ")
        };
        (pick(T::joined), pick(T::label))
    }
}

impl Choice {
    pub(super) fn read(value: &Value) -> Self {
        let label = value.text_or("content", "");
        let sent = value.text("value").unwrap_or_else(|| label.clone());
        Self {
            id: value.text_or("id", ""),
            value: sent.clone(),
            joined: sent,
            label,
        }
    }
}

impl Choosable for Choice {
    fn haystack(&self) -> String {
        self.label.clone()
    }
    fn label(&self) -> String {
        self.label.clone()
    }
    fn joined(&self) -> String {
        self.joined.clone()
    }
}

impl Picture {
    pub(super) fn read(value: &Value) -> Self {
        let id = value.text_or("id", "");
        let title = value.text("title");
        let src = value.text("pictureSrc");
        let sent = value.text("value");
        let shown = title.clone().or_else(|| src.clone()).unwrap_or_default();
        Self {
            value: sent.clone().unwrap_or_else(|| id.clone()),
            joined: sent.unwrap_or(shown),
            description: value.text("description"),
            id,
            src,
            title,
        }
    }
}

impl Choosable for Picture {
    fn haystack(&self) -> String {
        [&self.title, &self.description]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    }
    fn label(&self) -> String {
        self.title.clone().unwrap_or_else(|| self.joined.clone())
    }
    fn joined(&self) -> String {
        self.joined.clone()
    }
}

impl Card {
    pub(super) fn read(value: &Value) -> Self {
        let path = |path: &Value| (path.text_or("id", ""), path.text_or("text", "Choose"));
        Self {
            image: value.text("imageUrl"),
            title: value.text("title"),
            description: value.text("description"),
            paths: value.list("paths").iter().map(path).collect(),
        }
    }
}

impl Rating {
    pub(super) fn read(options: &Value) -> Self {
        let icons = options.at("buttonType") == "Icons";
        let first = options.number("startsAt").unwrap_or(0.0) as i64;
        let custom = options.flag("customIcon/isEnabled", false);
        // A row of stars starts at one: no star is no answer.
        let from = if icons { 1 } else { first };
        Self {
            from,
            // More buttons than this would be a mistake in the bot, and would freeze the page.
            to: (options.number("length").unwrap_or(10.0) as i64).clamp(from, from + 100),
            icons,
            svg: options.text("customIcon/svg").filter(|_| custom),
            left: options.text("labels/left"),
            right: options.text("labels/right"),
            button: button(options),
            one_click: options.flag("isOneClickSubmitEnabled", false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pictures(options: Value) -> Choices<Picture> {
        Choices::read(
            &json!({"options": options, "items": [
                {"id": "p1", "title": "One", "description": "first"},
                {"id": "p2", "title": "Two", "value": "2nd"},
                {"id": "p3", "pictureSrc": "https://e.com/3.png"}]}),
            Picture::read,
        )
    }

    #[test]
    fn a_picture_alone_sends_its_value_or_id() {
        let values: Vec<_> = pictures(json!({}))
            .items
            .into_iter()
            .map(|item| item.value)
            .collect();
        assert_eq!(values, ["p1", "2nd", "p3"]);
    }

    #[test]
    fn several_are_sent_in_their_own_order() {
        let (sent, shown) = pictures(json!({})).several(&[2, 0, 1]);
        assert_eq!(sent, "One, 2nd, https://e.com/3.png");
        assert_eq!(shown, "One, Two, https://e.com/3.png");
    }

    #[test]
    fn a_search_looks_at_all_words() {
        let choices =
            pictures(json!({"isSearchable": true, "areInitialSearchButtonsVisible": false}));
        assert!(choices.matching(" ").is_empty());
        assert_eq!(choices.matching("FIRST"), [0]);
        assert_eq!(pictures(json!({})).matching("").len(), 3);
    }

    #[test]
    fn a_scale_of_icons_starts_at_one() {
        let icons = Rating::read(&json!({"buttonType": "Icons", "length": 5}));
        assert_eq!((icons.from, icons.to), (1, 5));
        let numbers = Rating::read(&json!({"startsAt": "1"}));
        assert_eq!((numbers.from, numbers.to), (1, 10));
    }
}
