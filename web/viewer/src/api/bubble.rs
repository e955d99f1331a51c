//! Bubbles: what the bot shows.

use serde_json::Value;

use super::action::Script;
use super::rich_text::{self, Node, safe_link};
use crate::json::Fields;

/// A bubble and the block it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The block's id.
    pub id: String,
    /// What it shows.
    pub bubble: Bubble,
}

/// What a bubble shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Bubble {
    /// Rich text.
    Text(Vec<Node>),
    /// A picture, perhaps with a link.
    Image {
        /// Its address.
        url: String,
        /// Where a click leads.
        link: Option<String>,
        /// What it shows, in words.
        alt: String,
    },
    /// A film.
    Video(Video),
    /// A sound.
    Audio {
        /// Its address.
        url: String,
        /// Starts by itself.
        autoplay: bool,
    },
    /// Another page.
    Embed {
        /// Its address.
        url: String,
        /// In pixels.
        height: f64,
        /// What the page must say before the conversation goes on.
        wait: Option<EmbedWait>,
    },
    /// A frame that a block's own code fills.
    Frame(Frame),
}

/// How an embedded page tells that it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbedWait {
    /// By an event.
    Event {
        /// The event's name.
        name: String,
        /// Its data is the visitor's answer.
        saves: bool,
    },
    /// By the code that fills the frame.
    Frame,
}

/// A frame that a block's own code fills.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Fills it.
    pub init: Script,
    /// Goes on with the conversation when the visitor is done.
    pub wait: Option<Script>,
}

/// A film: a file, or a player's page.
#[derive(Debug, Clone, PartialEq)]
pub struct Video {
    /// The file's or the player's address.
    pub url: String,
    /// A page to frame rather than a file to play.
    pub framed: bool,
    /// Width to height, as CSS writes it.
    pub aspect_ratio: String,
    /// As CSS writes it.
    pub max_width: String,
    /// Has buttons.
    pub controls: bool,
    /// Starts by itself.
    pub autoplay: bool,
}

impl Message {
    /// Reads a message; none where it would show nothing.
    pub fn read(value: &Value) -> Option<Self> {
        let content = value.at("content");
        let bubble = match value.at("type").as_str()? {
            "text" => text(content)?,
            "image" => Bubble::Image {
                url: content.text("url")?,
                link: content.text("clickLink/url").map(|url| safe_link(&url)),
                alt: content.text_or("clickLink/alt", "Picture"),
            },
            "video" => Bubble::Video(Video::read(content)?),
            "audio" => Bubble::Audio {
                url: content.text("url")?,
                autoplay: content.flag("isAutoplayEnabled", true),
            },
            "embed" => embed(content),
            "custom-embed" => Bubble::Frame(Frame::read(content)),
            _ => return None,
        };
        Some(Self {
            id: value.text_or("id", ""),
            bubble,
        })
    }
}

fn text(content: &Value) -> Option<Bubble> {
    let elements = match content.text("markdown") {
        Some(markdown) => rich_text::read(&[serde_json::json!(
            {"type": "p", "children": [{"text": markdown}]})]),
        None => rich_text::read(content.list("richText")),
    };
    let unfilled = matches!(content.list("richText"), [only]
        if only.at("type") == "variable" && only.list("children").is_empty());
    (!elements.is_empty() && !unfilled).then_some(Bubble::Text(elements))
}

fn embed(content: &Value) -> Bubble {
    let wait = content
        .flag("waitForEvent/isEnabled", false)
        .then(|| EmbedWait::Event {
            name: content.text_or("waitForEvent/name", ""),
            saves: content.text("waitForEvent/saveDataInVariableId").is_some(),
        });
    let url = match safe_link(&content.text_or("url", "")) {
        link if link.starts_with("http") || link.starts_with('/') => link,
        _ => "about:blank".to_owned(),
    };
    Bubble::Embed {
        url,
        height: content.number("height").unwrap_or(400.0),
        wait,
    }
}

impl Frame {
    fn read(content: &Value) -> Self {
        let wait = content.at("waitForEventFunction");
        Self {
            init: Script::read(content.at("initFunction")),
            wait: wait.is_object().then(|| Script::read(wait)),
        }
    }
}

impl Video {
    fn read(content: &Value) -> Option<Self> {
        let base = match content.text_or("type", "url").as_str() {
            "youtube" => Some("https://www.youtube.com/embed"),
            "vimeo" => Some("https://player.vimeo.com/video"),
            "tiktok" => Some("https://www.tiktok.com/embed/v2"),
            "gumlet" => Some("https://play.gumlet.io/embed"),
            _ => None,
        };
        let controls = content.flag("areControlsDisplayed", true);
        let autoplay = content.flag("isAutoplayEnabled", true);
        let url = match (base, content.text("id")) {
            (Some(base), Some(id)) => {
                let query = content.text_or("queryParamsStr", "");
                format!("{base}/{}{query}", id.trim_start_matches('/'))
            }
            _ => content.text("url")?,
        };
        Some(Self {
            framed: base.is_some(),
            url,
            aspect_ratio: content.text_or("aspectRatio", "16/9"),
            max_width: content.text_or("maxWidth", "100%"),
            controls,
            autoplay,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bubble(value: Value) -> Option<Bubble> {
        Message::read(&value).map(|message| message.bubble)
    }

    #[test]
    fn a_player_is_framed_and_a_file_is_not() {
        let player = bubble(json!({"id": "b", "type": "video", "content":
            {"type": "youtube", "id": "abc", "url": "https://youtu.be/abc", "queryParamsStr": "?start=3"}}));
        let Some(Bubble::Video(video)) = player else {
            panic!("{player:?}")
        };
        assert_eq!(video.url, "https://www.youtube.com/embed/abc?start=3");
        assert!(video.framed);
        let file =
            bubble(json!({"id": "b", "type": "video", "content": {"url": "https://e.com/a.mp4"}}));
        assert!(matches!(file, Some(Bubble::Video(video)) if !video.framed && video.controls));
    }

    #[test]
    fn an_embed_frames_web_pages_only() {
        let embed = bubble(
            json!({"id": "b", "type": "embed", "content": {"url": "javascript:x",
            "height": "250", "waitForEvent": {"isEnabled": true, "name": "done"}}}),
        );
        let Some(Bubble::Embed { url, height, wait }) = embed else {
            panic!("{embed:?}")
        };
        assert_eq!((url.as_str(), height), ("about:blank", 250.0));
        assert_eq!(
            wait,
            Some(EmbedWait::Event {
                name: "done".into(),
                saves: false
            })
        );
    }

    #[test]
    fn what_shows_nothing_is_no_message() {
        assert!(bubble(json!({"id": "b", "type": "image", "content": {}})).is_none());
        assert!(
            bubble(
                json!({"id": "b", "type": "text", "content": {"type": "richText",
            "richText": [{"type": "variable", "children": []}]}})
            )
            .is_none()
        );
    }
}
