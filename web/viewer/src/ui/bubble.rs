//! The bot's bubbles.

use sycamore::prelude::*;

use super::rich_text;
use crate::api::Bubble;
use crate::api::bubble::Video;

/// A bubble.
pub fn bubble(bubble: &Bubble) -> View {
    match bubble {
        Bubble::Text(nodes) => {
            let text = rich_text::nodes(nodes);
            view! { div(class="typebot-host-bubble text") { (text) } }
        }
        Bubble::Image { url, link, alt } => image(url.clone(), link.clone(), alt.clone()),
        Bubble::Video(video) => film(video),
        Bubble::Audio { url, autoplay } => {
            let (url, autoplay) = (url.clone(), *autoplay);
            view! {
                div(class="typebot-host-bubble media") {
                    audio(src=url, controls=true, autoplay=autoplay, aria-label="Sound")
                }
            }
        }
        Bubble::Embed { url, height, .. } => {
            let url = url.clone();
            let style = format!("height:{height}px");
            view! {
                div(class="typebot-host-bubble media wide") {
                    iframe(src=url, style=style, title="Embedded page",
                        allow="camera; microphone; clipboard-write; fullscreen")
                }
            }
        }
    }
}

fn image(url: String, link: Option<String>, alt: String) -> View {
    let picture = view! { img(src=url, alt=alt) };
    let content = match link {
        Some(link) => {
            view! { a(href=link, target="_blank", rel="noopener noreferrer") { (picture) } }
        }
        None => picture,
    };
    view! { div(class="typebot-host-bubble media") { (content) } }
}

fn film(video: &Video) -> View {
    let url = video.url.clone();
    let frame = format!("max-width:{};", video.max_width);
    let shape = format!("aspect-ratio:{}", video.aspect_ratio);
    let (controls, autoplay) = (video.controls, video.autoplay);
    let content = if video.framed {
        view! {
            iframe(src=url, style=shape, title="Video",
                allow="autoplay; encrypted-media; fullscreen; picture-in-picture")
        }
    } else {
        view! { video(src=url, style=shape, controls=controls, autoplay=autoplay, playsinline=true) }
    };
    view! { div(class="typebot-host-bubble media wide", style=frame) { (content) } }
}
