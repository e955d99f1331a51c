//! A bot's theme as CSS.
//!
//! The custom properties and class names are those that Typebot's pages have, so that custom CSS
//! written for them works here.

mod color;
mod defaults;

use std::fmt::Write;

use serde_json::Value;

use crate::json::Fields;
use color::Color;
use defaults::Defaults;

/// What a theme asks of the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dress {
    /// The style sheet: properties first, then the builder's own CSS.
    pub css: String,
    /// The address of a style sheet with the font.
    pub font_sheet: Option<String>,
    /// The bot's avatar; none: not shown.
    pub host_avatar: Option<Avatar>,
    /// The visitor's avatar; none: not shown.
    pub guest_avatar: Option<Avatar>,
}

/// Whose face is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Avatar {
    /// A picture.
    Picture(String),
    /// The page's own drawing.
    Own,
}

/// Reads a theme.
pub fn dress(theme: &Value, version: &str) -> Dress {
    let defaults = Defaults::of(version);
    let mut css = String::from(".typebot-container{");
    let (font, font_sheet) = font(theme);
    property(&mut css, "container-font-family", &font);
    background(&mut css, theme, &defaults);
    let _ = write!(css, "color-scheme:{};", color_scheme(theme, &defaults));
    progress_bar(&mut css, theme, &defaults);
    let chat = theme.at("chat");
    let container = chat.at("container");
    property(
        &mut css,
        "chat-container-max-width",
        &length(&container.text_or("maxWidth", "800px")),
    );
    property(
        &mut css,
        "chat-container-max-height",
        &length(&container.text_or("maxHeight", "100%")),
    );
    surface(
        &mut css,
        "chat-container",
        container,
        &defaults.container,
        None,
    );
    let legacy = chat.text("roundness");
    for (name, key, surface_defaults) in [
        ("host-bubble", "hostBubbles", &defaults.host),
        ("guest-bubble", "guestBubbles", &defaults.guest),
        ("input", "inputs", &defaults.input),
        ("button", "buttons", &defaults.button),
    ] {
        surface(
            &mut css,
            name,
            chat.at(key),
            surface_defaults,
            legacy.as_deref(),
        );
    }
    let placeholder = chat.text_or("inputs/placeholderColor", defaults.placeholder);
    property(&mut css, "input-placeholder-color", &placeholder);
    let vertical = chat.at("buttonsInput/layout") == "vertical";
    property(
        &mut css,
        "buttons-input-flex-direction",
        if vertical { "column" } else { "row" },
    );
    css.push('}');
    if let Some(custom) = theme.text("general/font/css") {
        css.push_str(&custom);
    }
    Dress {
        css: with_imports_first(css, &theme.text_or("customCss", "")),
        font_sheet,
        host_avatar: avatar(chat.at("hostAvatar"), true),
        guest_avatar: avatar(chat.at("guestAvatar"), false),
    }
}

/// `@import` counts only at a sheet's head.
fn with_imports_first(ours: String, custom: &str) -> String {
    let (imports, rest): (Vec<_>, Vec<_>) = custom
        .lines()
        .partition(|line| line.trim_start().starts_with("@import"));
    [imports.join("\n"), ours, rest.join("\n")]
        .join("\n")
        .trim()
        .to_owned()
}

fn property(css: &mut String, name: &str, value: &str) {
    // A value that closes the rule would take the rest of the theme with it.
    let value = value.replace([';', '{', '}', '<'], "");
    let _ = write!(css, "--typebot-{name}:{value};");
}

/// A bare number is meant in pixels.
fn length(text: &str) -> String {
    if text.parse::<f64>().is_ok() {
        format!("{text}px")
    } else {
        text.to_owned()
    }
}

fn avatar(value: &Value, default: bool) -> Option<Avatar> {
    value
        .flag("isEnabled", default)
        .then(|| match value.text("url") {
            Some(url) => Avatar::Picture(url),
            None => Avatar::Own,
        })
}

/// The font's family for CSS, and the sheet that brings it.
fn font(theme: &Value) -> (String, Option<String>) {
    let fallback = "'Inter Variable','Inter',system-ui,sans-serif";
    let font = theme.at("general/font");
    let family = font
        .as_str()
        .map(str::to_owned)
        .or_else(|| font.text("family"));
    let Some(family) = family.filter(|family| !family.trim().is_empty()) else {
        return (fallback.to_owned(), None);
    };
    let family = family.replace(['\'', '"', '\\'], "");
    let sheet = match font.at("type").as_str() {
        Some("Custom") => font.text("url"),
        _ if family == "Inter" => None,
        _ => Some(format!(
            "https://fonts.bunny.net/css2?family={}:wght@300;400;500;600;700&display=swap",
            family.replace(' ', "+")
        )),
    };
    (format!("'{family}',{fallback}"), sheet)
}

fn background(css: &mut String, theme: &Value, defaults: &Defaults) {
    let background = theme.at("general/background");
    let content = background.text("content");
    let (color, image) = match (background.at("type").as_str(), content) {
        (Some("None"), _) => ("transparent".to_owned(), "none".to_owned()),
        (Some("Image"), Some(url)) => {
            let url = url.replace(['"', '\\', '\n'], "");
            ("transparent".to_owned(), format!("url(\"{url}\")"))
        }
        (_, content) => (
            content.unwrap_or_else(|| defaults.background.to_owned()),
            "none".to_owned(),
        ),
    };
    property(css, "container-bg-color", &color);
    // Not through `property`: a picture may be given as data, which has a semicolon inside quotes.
    let _ = write!(css, "--typebot-container-bg-image:{image};");
}

/// Whether the browser's own parts (scroll bars, pickers) are to be light or dark.
fn color_scheme(theme: &Value, defaults: &Defaults) -> &'static str {
    let background = theme.at("general/background");
    let plain = !matches!(background.at("type").as_str(), Some("None" | "Image"));
    let color = background.text_or("content", defaults.background);
    let page = Color::parse(&color).filter(|color| plain && color.alpha > 0.5);
    // Without a plain background the text tells: it was chosen to be read on what is behind it.
    let text = || Color::parse(&theme.text_or("chat/container/color", defaults::INK));
    let is_dark = match page {
        Some(page) => page.readable_ink() == "#ffffff",
        None => text().is_some_and(|text| text.readable_ink() != "#ffffff"),
    };
    if is_dark { "dark" } else { "light" }
}

fn progress_bar(css: &mut String, theme: &Value, defaults: &Defaults) {
    let bar = theme.at("general/progressBar");
    let below = bar.at("placement") == "Bottom";
    property(
        css,
        "progress-bar-color",
        &bar.text_or("color", defaults.progress.0),
    );
    let behind = bar.text_or("backgroundColor", defaults.progress.1);
    if let Some(color) = Color::parse(&behind) {
        property(css, "progress-bar-bg-rgb", &color.channels());
    }
    property(
        css,
        "progress-bar-height",
        &format!("{}px", bar.number("thickness").unwrap_or(4.0)),
    );
    property(css, "progress-bar-top", if below { "auto" } else { "0" });
    property(css, "progress-bar-bottom", if below { "0" } else { "auto" });
    property(
        css,
        "progress-bar-position",
        &bar.text_or("position", "absolute"),
    );
}

/// How one kind of surface looks unless the theme says otherwise.
#[derive(Debug, Clone, Copy)]
struct Surface {
    background: &'static str,
    border: f64,
    border_color: &'static str,
    shadow: &'static str,
    roundness: &'static str,
}

fn surface(css: &mut String, name: &str, theme: &Value, default: &Surface, legacy: Option<&str>) {
    let mut set = |suffix: &str, value: &str| property(css, &format!("{name}-{suffix}"), value);
    let wanted = theme.text("backgroundColor");
    let background = wanted
        .as_deref()
        .and_then(Color::parse)
        .or_else(|| Color::parse(default.background))
        .unwrap_or_default();
    let transparent = background.alpha == 0.0;
    let opacity = if transparent {
        0.0
    } else {
        theme.number("opacity").unwrap_or(1.0) * background.alpha
    };
    set("bg-rgb", &background.channels());
    set("opacity", &opacity.to_string());
    // Without a colour of its own a surface's text takes the one that is easier to read on it.
    let color = theme.text("color").unwrap_or_else(|| {
        if transparent {
            defaults::INK.to_owned()
        } else {
            background.readable_ink().to_owned()
        }
    });
    set("color", &color);
    set(
        "blur",
        &format!("{}px", theme.number("blur").unwrap_or(0.0)),
    );
    let border = theme.at("border");
    set(
        "border-width",
        &format!("{}px", border.number("thickness").unwrap_or(default.border)),
    );
    let border_color =
        Color::parse(&border.text_or("color", default.border_color)).unwrap_or(background);
    set("border-rgb", &border_color.channels());
    set(
        "border-opacity",
        &border.number("opacity").unwrap_or(1.0).to_string(),
    );
    let roundness = border.text("roundeness").or(legacy.map(str::to_owned));
    let roundness = roundness.as_deref().unwrap_or(default.roundness);
    set(
        "border-radius",
        &radius(name, roundness, border.number("customRoundeness")),
    );
    let shadow = theme.text("shadow");
    set(
        "box-shadow",
        shadow_css(shadow.as_deref().unwrap_or(default.shadow)),
    );
}

fn radius(surface: &str, roundness: &str, custom: Option<f64>) -> String {
    let pixels = match roundness {
        "none" => 0.0,
        "large" => 20.0,
        "custom" => custom.unwrap_or(6.0),
        _ if surface.ends_with("bubble") => 12.0,
        _ => 8.0,
    };
    format!("{pixels}px")
}

fn shadow_css(shadow: &str) -> &'static str {
    match shadow {
        "sm" => "0 1px 2px 0 rgb(0 0 0 / 0.05)",
        "md" => "0 4px 6px -1px rgb(0 0 0 / 0.1), 0 2px 4px -2px rgb(0 0 0 / 0.1)",
        "lg" => "0 10px 15px -3px rgb(0 0 0 / 0.1), 0 4px 6px -4px rgb(0 0 0 / 0.1)",
        "xl" => "0 20px 25px -5px rgb(0 0 0 / 0.1), 0 8px 10px -6px rgb(0 0 0 / 0.1)",
        "2xl" => "0 25px 50px -12px rgb(0 0 0 / 0.25)",
        _ => "0 0 #0000",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value(dress: &Dress, name: &str) -> String {
        let key = format!("--typebot-{name}:");
        let start = dress
            .css
            .find(&key)
            .unwrap_or_else(|| panic!("{name} in {}", dress.css));
        dress.css[start + key.len()..]
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn defaults_follow_the_version() {
        let six = dress(&json!({}), "6");
        assert_eq!(value(&six, "container-bg-color"), "#ffffff");
        assert_eq!(value(&six, "button-bg-rgb"), "0, 66, 218");
        assert_eq!(value(&six, "button-color"), "#ffffff");
        assert_eq!(value(&six, "input-border-width"), "0px");
        let latest = dress(&json!({}), "6.1");
        assert_eq!(value(&latest, "button-bg-rgb"), "247, 107, 21");
        assert_eq!(value(&latest, "input-border-width"), "1px");
        assert_eq!(value(&latest, "chat-container-opacity"), "0");
    }

    #[test]
    fn the_theme_wins_over_the_defaults() {
        let theme = json!({"general": {"background": {"type": "Image", "content": "https://e.com/a;b.png"}},
            "chat": {"hostBubbles": {"backgroundColor": "#123", "opacity": 0.5,
                "border": {"roundeness": "custom", "customRoundeness": 3, "thickness": 2, "color": "#fff"}},
                "roundness": "none", "container": {"maxWidth": "600"}}});
        let dress = dress(&theme, "6.1");
        assert_eq!(value(&dress, "host-bubble-bg-rgb"), "17, 34, 51");
        assert_eq!(value(&dress, "host-bubble-opacity"), "0.5");
        assert_eq!(value(&dress, "host-bubble-border-radius"), "3px");
        assert_eq!(value(&dress, "host-bubble-border-rgb"), "255, 255, 255");
        assert_eq!(value(&dress, "guest-bubble-border-radius"), "0px");
        assert_eq!(value(&dress, "chat-container-max-width"), "600px");
        assert!(dress.css.contains("url(\"https://e.com/a;b.png\")"));
    }

    #[test]
    fn default_text_can_be_read_on_its_surface() {
        for version in ["3", "6", "6.1"] {
            let dress = dress(&json!({}), version);
            for name in ["host-bubble", "guest-bubble", "button", "input"] {
                let channels = value(&dress, &format!("{name}-bg-rgb"));
                let background = Color::parse(&format!("rgb({channels})")).unwrap();
                let text = Color::parse(&value(&dress, &format!("{name}-color"))).unwrap();
                let contrast = background.contrast(text);
                assert!(contrast >= 4.5, "{name} of version {version}: {contrast}");
            }
        }
    }

    #[test]
    fn the_browsers_own_parts_suit_the_background() {
        let scheme = |theme: Value| {
            let css = dress(&theme, "6.1").css;
            let start = css.find("color-scheme:").expect("a colour scheme") + 13;
            css[start..]
                .split(';')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(scheme(json!({})), "light");
        assert_eq!(
            scheme(json!({"general": {"background": {"content": "#101010"}}})),
            "dark"
        );
        assert_eq!(
            scheme(
                json!({"general": {"background": {"type": "Image", "content": "https://e.com/a.png"}},
                "chat": {"container": {"color": "#fff"}}})
            ),
            "dark"
        );
    }

    #[test]
    fn custom_css_comes_last_and_its_imports_first() {
        let theme = json!({"customCss": ".typebot-button{color:red}\n@import url(x.css);",
            "general": {"font": {"type": "Google", "family": "Poppins"}}});
        let dress = dress(&theme, "6.1");
        assert!(dress.css.starts_with("@import url(x.css);"));
        assert!(dress.css.ends_with(".typebot-button{color:red}"));
        assert!(dress.font_sheet.is_some_and(|url| url.contains("Poppins")));
        assert!(
            value(&super::dress(&json!({}), "6"), "container-font-family").starts_with("'Inter")
        );
    }

    #[test]
    fn avatars_follow_their_switches() {
        let dress = dress(
            &json!({"chat": {"guestAvatar": {"isEnabled": true, "url": "https://e.com/g.png"}}}),
            "6",
        );
        assert_eq!(dress.host_avatar, Some(Avatar::Own));
        assert_eq!(
            dress.guest_avatar,
            Some(Avatar::Picture("https://e.com/g.png".into()))
        );
    }
}
