//! What a bot's page says of itself: the builder's words in the page's head.

use std::fmt::Write as _;

use talkloom_flow::settings::Metadata;

use crate::versions::LoadedVersion;

/// The page's own title, in whose place the bot's words are put.
const TITLE: &str = "<title>Chat</title>";
const ICON: &str = "<link rel=\"icon\"";

/// Puts a bot's title, description, picture and icon into the page.
pub(super) fn with_metadata(page: &str, version: &LoadedVersion) -> String {
    let document = version.flow.document();
    let metadata = document.settings.get().and_then(|s| s.metadata.get());
    let name = document.name.filled().unwrap_or("Chat");
    let icon = metadata.and_then(|metadata| address(metadata.fav_icon_url.filled()));
    let words = words(metadata, name, icon);
    let page = if icon.is_some() {
        without_icon(page)
    } else {
        page.to_owned()
    };
    page.replacen(TITLE, &words, 1)
}

fn words(metadata: Option<&Metadata>, name: &str, icon: Option<&str>) -> String {
    let text = |field: fn(&Metadata) -> Option<&str>| metadata.and_then(field);
    let title = text(|m| m.title.filled()).unwrap_or(name);
    let mut words = format!("<title>{}</title>", escaped(title));
    let mut tag = |name: &str, key: &str, content: &str| {
        let content = escaped(content);
        // Writing to a String cannot fail.
        let _ = write!(words, "\n    <meta {name}=\"{key}\" content=\"{content}\">");
    };
    tag("property", "og:title", title);
    tag("property", "og:type", "website");
    if let Some(description) = text(|m| m.description.filled()) {
        tag("name", "description", description);
        tag("property", "og:description", description);
    }
    if let Some(image) = address(text(|m| m.image_url.filled())) {
        tag("property", "og:image", image);
        tag("name", "twitter:card", "summary_large_image");
    }
    if !metadata.is_some_and(|metadata| metadata.allow_indexing.is_on(false)) {
        tag("name", "robots", "noindex");
    }
    if let Some(icon) = icon {
        let _ = write!(words, "\n    {ICON} href=\"{}\">", escaped(icon));
    }
    words
}

/// An address of the web; one with a variable in it leads nowhere without a conversation.
fn address(url: Option<&str>) -> Option<&str> {
    url.filter(|url| {
        let leads_out = url.starts_with("https://") || url.starts_with("http://");
        (leads_out || url.starts_with('/')) && !url.contains("{{")
    })
}

fn without_icon(page: &str) -> String {
    let Some((before, rest)) = page.split_once(ICON) else {
        return page.to_owned();
    };
    let after = rest.split_once('>').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use talkloom_flow::settings::Metadata;

    use super::{ICON, TITLE, address, without_icon, words};

    fn metadata(json: serde_json::Value) -> Metadata {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn words_of_the_builder_are_only_text() {
        let evil = "\"><script>alert('&')</script>";
        let metadata = metadata(serde_json::json!({
            "title": evil, "description": evil, "imageUrl": format!("https://x/{evil}"),
            "allowIndexing": true,
        }));
        let words = words(Some(&metadata), "Bot", Some("/\">"));
        assert!(!words.contains("<script"), "{words}");
        let text = "&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;";
        assert_eq!(words.matches(text).count(), 5, "{words}");
        assert!(words.ends_with("href=\"/&quot;&gt;\">"), "{words}");
        assert!(!words.contains("noindex"), "{words}");
    }

    #[test]
    fn a_bot_that_says_nothing_is_called_by_its_name_and_not_listed() {
        let words = words(None, "Bot & Co", None);
        assert!(words.starts_with("<title>Bot &amp; Co</title>"), "{words}");
        assert!(
            words.contains("name=\"robots\" content=\"noindex\""),
            "{words}"
        );
    }

    #[test]
    fn addresses_lead_somewhere() {
        assert_eq!(address(Some("/a.png")), Some("/a.png"));
        for nowhere in ["javascript:alert(1)", "https://x/{{Name}}.png", "a.png"] {
            assert_eq!(address(Some(nowhere)), None, "{nowhere}");
        }
    }

    #[test]
    fn the_page_has_the_places_where_words_go() {
        let page = format!("{TITLE}\n{ICON} type=\"x\" href=\"/y\">\n<body>");
        assert_eq!(without_icon(&page), format!("{TITLE}\n\n<body>"));
    }
}
