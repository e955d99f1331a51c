//! The bot's bubbles.

use sycamore::prelude::*;

use serde_json::json;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlIFrameElement;

use super::rich_text;
use crate::api::Bubble;
use crate::api::bubble::{self, Video};
use crate::chat::Event;
use crate::page::{Page, dom, frame};

/// A bubble.
pub fn bubble(page: &Page, bubble: &Bubble) -> View {
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
        Bubble::Frame(frame) => widget(page, frame),
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

/// A frame that a block's code fills, as high as what it shows.
fn widget(page: &Page, content: &bubble::Frame) -> View {
    let place = create_node_ref();
    let (page, content) = (page.clone(), content.clone());
    on_mount(move || {
        let (Some(element), Some(address)) = (
            dom::element::<HtmlIFrameElement>(place),
            frame::address("frame"),
        ) else {
            return;
        };
        let widget = frame::Frame::around(&element);
        let rights = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox";
        if element.set_attribute("sandbox", rights).is_err() {
            return;
        }
        element.set_src(&address);
        widget.hear(move |said| hear(&page, &element, &said));
        let wait = content.wait.as_ref().map(frame::call);
        let fill = json!({"fill": {"init": frame::call(&content.init), "wait": wait}});
        spawn_local(async move { widget.post(&fill).await });
    });
    view! {
        div(class="typebot-host-bubble media wide") {
            iframe(r#ref=place, title="Widget", style="height:120px")
        }
    }
}

fn hear(page: &Page, element: &HtmlIFrameElement, said: &wasm_bindgen::JsValue) {
    if let Some(height) = dom::field(said, "height").as_f64() {
        let height = format!("{}px", height.clamp(40.0, 2_000.0));
        let _ = element.style().set_property("height", &height);
    } else if let Some(why) = dom::field(said, "failed").as_string() {
        page.report("A widget could not be shown", &why);
    } else if dom::field(said, "done").is_truthy() {
        page.dispatch(Event::FrameDone(dom::field(said, "text").as_string()));
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
