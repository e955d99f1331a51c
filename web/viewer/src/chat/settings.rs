//! A bot's settings as far as the page obeys them.

use serde_json::Value;

use crate::api::Bubble;
use crate::api::rich_text;
use crate::json::Fields;

/// How long a bubble that has no words is awaited.
const WORDLESS_MS: f64 = 400.0;

/// Behaviour of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Typing is emulated.
    pub typing: bool,
    words_per_minute: f64,
    max_delay_ms: f64,
    /// Between two bubbles.
    pub between_ms: u32,
    /// The first bubble comes at once.
    pub skips_first: bool,
    /// Inputs start with what their variable holds.
    pub prefills: bool,
    /// The address loses its query once it was read.
    pub hides_query: bool,
    /// Where the result's id is kept for the next visit.
    pub remember: Option<Remember>,
    /// What a closed bot says.
    pub closed: String,
    /// What a failed request says: title and text.
    pub network: (String, String),
    /// What a blocked window says: title, text, button.
    pub blocked: (String, String, String),
}

/// How long a visitor is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remember {
    /// While the tab is open.
    Session,
    /// Until the visitor clears the browser's data.
    Always,
}

impl Settings {
    /// Reads the settings that come with a start.
    pub fn read(settings: &Value) -> Self {
        let typing = settings.at("typingEmulation");
        let general = settings.at("general");
        let enabled = general.flag("isTypingEmulationEnabled", true);
        let word = |name: &str, default: &str| {
            general
                .text(&format!("systemMessages/{name}"))
                .unwrap_or_else(|| default.to_owned())
        };
        Self {
            typing: typing.flag("enabled", enabled),
            words_per_minute: typing
                .number("speed")
                .filter(|speed| *speed > 0.0)
                .unwrap_or(400.0),
            max_delay_ms: typing.number("maxDelay").unwrap_or(3.0).clamp(0.0, 60.0) * 1000.0,
            between_ms: (typing
                .number("delayBetweenBubbles")
                .unwrap_or(0.0)
                .clamp(0.0, 5.0)
                * 1000.0) as u32,
            skips_first: typing.flag("isDisabledOnFirstMessage", true),
            prefills: general.flag("isInputPrefillEnabled", false),
            hides_query: general.flag("isHideQueryParamsEnabled", true),
            remember: remember(general),
            closed: word("botClosed", "This bot is now closed"),
            network: (
                word("networkErrorTitle", "Network error"),
                word(
                    "networkErrorMessage",
                    "Please check your internet connection and try again.",
                ),
            ),
            blocked: (
                word("popupBlockedTitle", "Popup blocked"),
                word(
                    "popupBlockedDescription",
                    "The bot wants to open a new tab, but the browser blocked it.",
                ),
                word("popupBlockedButtonLabel", "Continue in new tab"),
            ),
        }
    }

    /// How long the bot seems to type a bubble, in milliseconds.
    pub fn typing_ms(&self, bubble: &Bubble) -> u32 {
        if !self.typing {
            return 0;
        }
        let ms = match bubble {
            Bubble::Text(nodes) => {
                let text = rich_text::plain(nodes);
                count_words(&text) as f64 / self.words_per_minute * 60_000.0
            }
            _ => WORDLESS_MS,
        };
        ms.min(self.max_delay_ms) as u32
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::read(&Value::Null)
    }
}

fn remember(general: &Value) -> Option<Remember> {
    let enabled = match general.at("rememberUser/isEnabled").as_bool() {
        Some(enabled) => enabled,
        None => !general.flag("isNewResultOnRefreshEnabled", true),
    };
    enabled.then(|| match general.at("rememberUser/storage").as_str() {
        Some("local") => Remember::Always,
        _ => Remember::Session,
    })
}

/// Runs of ASCII letters, digits and underscores, as `/\w+/` finds them; in scripts without any,
/// the number of characters.
fn count_words(text: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text
        .split(|c| !is_word(c))
        .filter(|word| !word.is_empty())
        .count()
    {
        0 => text.chars().count(),
        words => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::rich_text::{Node, Span};
    use serde_json::json;

    fn text(text: &str) -> Bubble {
        Bubble::Text(vec![Node::Text(Span {
            text: text.into(),
            ..Span::default()
        })])
    }

    #[test]
    fn typing_takes_as_long_as_the_words() {
        let settings = Settings::read(&json!({"typingEmulation": {"speed": 300, "maxDelay": 1}}));
        assert_eq!(settings.typing_ms(&text("one two")), 400);
        assert_eq!(
            settings.typing_ms(&text("a b c d e f g h")),
            1000,
            "never longer than the limit"
        );
        assert_eq!(
            settings.typing_ms(&text("你好")),
            400,
            "characters where there are no words"
        );
        let off = Settings::read(&json!({"typingEmulation": {"enabled": false}}));
        assert_eq!(off.typing_ms(&text("one two")), 0);
    }

    #[test]
    fn the_older_setting_still_counts() {
        let old = Settings::read(&json!({"general": {"isNewResultOnRefreshEnabled": false}}));
        assert_eq!(old.remember, Some(Remember::Session));
        let new = Settings::read(&json!({"general": {"isNewResultOnRefreshEnabled": false,
            "rememberUser": {"isEnabled": false}}}));
        assert_eq!(new.remember, None);
        let local = Settings::read(
            &json!({"general": {"rememberUser": {"isEnabled": true, "storage": "local"}}}),
        );
        assert_eq!(local.remember, Some(Remember::Always));
    }
}
