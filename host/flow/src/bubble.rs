//! Contents of the bubbles.

use crate::field::record;
use serde_json::{Number, Value};

record! {
    /// A text bubble's content.
    TextContent {
        /// A tree of elements and leaves.
        rich_text: Vec<Value>,
    }

    /// A picture's content.
    ImageContent {
        /// The picture's address.
        url: String,
        /// Where a click leads.
        click_link: ClickLink,
    }

    /// Where a click on a picture leads.
    ClickLink {
        /// The address.
        url: String,
        /// The picture in words.
        alt: String,
    }

    /// A video's content.
    VideoContent {
        /// The address as it was written.
        url: String,
        /// The platform; read from the address when the bubble is shown.
        r#type: String,
        /// The platform's id of the video.
        id: String,
        /// A number, or a variable's placeholder.
        height: NumberOrText,
        /// Such as `16/9`.
        aspect_ratio: String,
        /// Such as `100%`.
        max_width: String,
        /// What the platform's address gets after the `?`.
        query_params_str: String,
        /// Whether the player has buttons.
        are_controls_displayed: bool,
        /// Whether it plays by itself.
        is_autoplay_enabled: bool,
    }

    /// A page within the conversation.
    EmbedContent {
        /// The page's address.
        url: String,
        /// Pixels, or a variable's placeholder.
        height: NumberOrText,
        /// Whether the conversation waits for the page.
        wait_for_event: WaitForEvent,
    }

    /// The event that an embedded page sends to go on.
    WaitForEvent {
        /// Whether the conversation waits.
        is_enabled: bool,
        /// The event's name.
        name: String,
        /// The variable that receives what the page sent.
        save_data_in_variable_id: String,
    }

    /// A sound's content.
    AudioContent {
        /// The sound's address.
        url: String,
        /// Whether it plays by itself.
        is_autoplay_enabled: bool,
    }
}

/// A number, or a text that holds one or a variable's placeholder.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum NumberOrText {
    /// A number as the file had it.
    Number(Number),
    /// A text.
    Text(String),
}
