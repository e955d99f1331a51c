//! How a bot looks, as far as the host must know; the rest passes through.

use crate::field::{Field, record};
use serde_json::{Map, Value};

record! {
    /// A bot's theme.
    Theme {
        /// The page around the conversation.
        general: GeneralTheme,
        /// The conversation itself.
        chat: ChatTheme,
        /// Style sheets of the builder's own.
        custom_css: String,
    }

    /// The page around the conversation.
    GeneralTheme {
        /// The old form is the family's name alone.
        font: Font,
        /// Behind the conversation.
        background: Background,
        /// Above or below the conversation.
        progress_bar: ProgressBar,
    }

    /// Behind the conversation.
    Background {
        /// `Color`, `Image` or `None`.
        r#type: String,
        /// The colour or the picture's address.
        content: String,
    }

    /// How far the conversation has come.
    ProgressBar {
        /// Whether it shows.
        is_enabled: bool,
        /// Its colour.
        color: String,
        /// The colour behind it.
        background_color: String,
        /// `Top` or `Bottom`.
        placement: String,
        /// `fixed` or `absolute`.
        position: String,
    }

    /// The conversation itself.
    ChatTheme {
        /// The bot's picture.
        host_avatar: Avatar,
        /// The visitor's picture.
        guest_avatar: Avatar,
        /// Around the bubbles.
        container: Map<String, Value>,
        /// What the bot says.
        host_bubbles: Map<String, Value>,
        /// What the visitor says.
        guest_bubbles: Map<String, Value>,
        /// What the visitor clicks.
        buttons: Map<String, Value>,
        /// What the visitor fills in.
        inputs: Map<String, Value>,
        /// The old form of the borders' roundness.
        roundness: String,
    }

    /// A picture beside the bubbles.
    Avatar {
        /// Whether it shows.
        is_enabled: bool,
        /// Its address, before variables are put in.
        url: String,
    }
}

/// A font: a family's name, or more.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Font {
    /// A family's name.
    Family(String),
    /// A type, a family and where it comes from.
    Described(Map<String, Value>),
}

impl Theme {
    /// Whether the page shows how far the conversation has come.
    pub fn has_progress_bar(&self) -> bool {
        self.general
            .get()
            .and_then(|general| general.progress_bar.get())
            .is_some_and(|bar| Field::is_on(&bar.is_enabled, false))
    }
}
