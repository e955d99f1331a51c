//! Icons: Lucide's drawings (ISC licence), as far as they are used.

use sycamore::prelude::*;

/// An arrow pointing up: send.
pub const SEND: &[&str] = &["m5 12 7-7 7 7", "M12 19V5"];
/// A tick.
pub const CHECK: &[&str] = &["M20 6 9 17l-5-5"];
/// A star.
pub const STAR: &[&str] = &[
    "M11.525 2.295a.53.53 0 0 1 .95 0l2.31 4.679a2.12 2.12 0 0 0 1.595 1.16l5.166.756a.53.53 0 0 1 .294.904l-3.736 3.638a2.12 2.12 0 0 0-.611 1.878l.882 5.14a.53.53 0 0 1-.771.56l-4.618-2.428a2.12 2.12 0 0 0-1.973 0L6.396 21.01a.53.53 0 0 1-.77-.56l.881-5.139a2.12 2.12 0 0 0-.611-1.879L2.16 9.795a.53.53 0 0 1 .294-.906l5.165-.755a2.12 2.12 0 0 0 1.597-1.16z",
];
/// A magnifying glass.
pub const SEARCH: &[&str] = &["m21 21-4.34-4.34", "M19 11a8 8 0 1 1-16 0 8 8 0 0 1 16 0"];
/// An arrow into a cloud.
pub const UPLOAD: &[&str] = &[
    "M12 13v8",
    "M4 14.899A7 7 0 1 1 15.71 8h1.79a4.5 4.5 0 0 1 2.5 8.242",
    "m8 17 4-4 4 4",
];
/// A paper clip.
pub const PAPERCLIP: &[&str] = &[
    "m16 6-8.414 8.586a2 2 0 0 0 2.829 2.829l8.414-8.586a4 4 0 1 0-5.657-5.657l-8.379 8.551a6 6 0 1 0 8.485 8.485l8.379-8.551",
];
/// A microphone.
pub const MIC: &[&str] = &[
    "M12 19v3",
    "M19 10v2a7 7 0 0 1-14 0v-2",
    "M12 2a3 3 0 0 1 3 3v7a3 3 0 0 1-6 0V5a3 3 0 0 1 3-3z",
];
/// A cross.
pub const CLOSE: &[&str] = &["M18 6 6 18", "m6 6 12 12"];

/// An icon of 20 pixels; decoration, so words or a label stand beside it.
pub fn icon(strokes: &'static [&'static str]) -> View {
    let paths: Vec<View> = strokes.iter().map(|d| path(d)).collect();
    view! {
        svg(class="icon", viewBox="0 0 24 24", width="20", height="20", fill="none",
            stroke="currentColor", stroke-width="1.75", stroke-linecap="round",
            stroke-linejoin="round", aria-hidden="true") { (paths) }
    }
}

fn path(d: &'static str) -> View {
    view! { path(d=d) }
}
