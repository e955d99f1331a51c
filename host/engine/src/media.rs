//! Videos by their address: which player shows it, and the video's id there.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

/// Where a video plays, as the chat API names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Video {
    /// `url` for a file, else the player's name.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The recognised part of the address, or all of a file's address.
    pub url: String,
    /// The video's id with its player.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Parameters for the player, with the question mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_params_str: Option<String>,
}

/// A player's name and how its addresses look: first the id, then maybe parameters.
static PLAYERS: LazyLock<[(&str, Regex); 4]> = LazyLock::new(|| {
    [
        (
            "youtube",
            r"(?:youtube\.com/(?:watch\?v=|shorts/)|youtu\.be/)([\w-]+)(\?[^#]+)?",
        ),
        ("vimeo", r"vimeo\.com/(\d+)(\?[^#]+)?"),
        ("tiktok", r"tiktok\.com/@[\w.-]+/video/(\d+)(\?[^#]+)?"),
        ("gumlet", r"gumlet\.(?:com|tv)/watch/([\w-]+)(\?[^#]+)?"),
    ]
    .map(|(kind, pattern)| (kind, Regex::new(pattern).expect("the pattern is valid")))
});

/// Tells what shows the video of an address; none for an empty one.
pub fn recognize_video(url: &str) -> Option<Video> {
    if url.is_empty() {
        return None;
    }
    let video = PLAYERS.iter().find_map(|(kind, pattern)| {
        let found = pattern.captures(url)?;
        Some(Video {
            kind,
            url: found[0].to_owned(),
            id: Some(found[1].to_owned()),
            query_params_str: found.get(2).map(|query| player_query(kind, query.as_str())),
        })
    });
    Some(video.unwrap_or_else(|| file(url)))
}

fn file(url: &str) -> Video {
    let url = if url.contains("onedrive.live.com/embed") {
        url.replacen("/embed", "/download", 1)
    } else {
        url.to_owned()
    };
    Video {
        kind: "url",
        url,
        id: None,
        query_params_str: None,
    }
}

/// Where an address says `t` for the start, its player says `start`.
fn player_query(kind: &str, query: &str) -> String {
    if kind != "youtube" {
        return query.to_owned();
    }
    let parameters: Vec<String> = query[1..]
        .split('&')
        .map(|parameter| match parameter.strip_prefix("t=") {
            Some(start) => format!("start={start}"),
            None => parameter.to_owned(),
        })
        .collect();
    format!("?{}", parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn players_are_recognised() {
        let cases = [
            (
                "https://e.com/v.mp4",
                "url",
                "https://e.com/v.mp4",
                None,
                None,
            ),
            ("not a url", "url", "not a url", None, None),
            (
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42",
                "youtube",
                "youtube.com/watch?v=dQw4w9WgXcQ",
                Some("dQw4w9WgXcQ"),
                None,
            ),
            (
                "https://youtu.be/dQw4w9WgXcQ?t=10",
                "youtube",
                "youtu.be/dQw4w9WgXcQ?t=10",
                Some("dQw4w9WgXcQ"),
                Some("?start=10"),
            ),
            (
                "https://vimeo.com/123456",
                "vimeo",
                "vimeo.com/123456",
                Some("123456"),
                None,
            ),
            (
                "https://www.tiktok.com/@u/video/123",
                "tiktok",
                "tiktok.com/@u/video/123",
                Some("123"),
                None,
            ),
            (
                "https://gumlet.tv/watch/abc123",
                "gumlet",
                "gumlet.tv/watch/abc123",
                Some("abc123"),
                None,
            ),
            (
                "https://onedrive.live.com/embed?resid=1",
                "url",
                "https://onedrive.live.com/download?resid=1",
                None,
                None,
            ),
        ];
        for (given, kind, url, id, query) in cases {
            let video = recognize_video(given).unwrap();
            assert_eq!((video.kind, &*video.url), (kind, url));
            assert_eq!(
                (video.id.as_deref(), video.query_params_str.as_deref()),
                (id, query)
            );
        }
        assert_eq!(recognize_video(""), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(url in any::<String>(), id in "[a-z?&=t/@#é]{0,20}") {
            let _ = recognize_video(&url);
            let _ = recognize_video(&format!("https://youtu.be/{id}"));
        }
    }
}
