//! Rich text from Markdown, put into a bubble, and printed again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use talkloom_engine::rich_text;

fuzz_target!(|markdown: &str| {
    let elements = rich_text::from_markdown(markdown);
    let _ = rich_text::to_markdown(&elements);
    let _ = rich_text::to_plain_text(&elements);
    let bubble = json!([
        {"type": "p", "children": [{"text": "{{Whole}}"}]},
        {"type": "p", "children": [{"text": "Before "}, {"text": "{{Part}}", "bold": true}]},
        {"type": "a", "url": "https://x.y/{{Part}}", "children": [{"text": markdown}]}]);
    let bubble = bubble.as_array().expect("a list").clone();
    let spliced = rich_text::splice(&bubble, &mut |_| Some(markdown.to_owned()));
    let _ = rich_text::to_plain_text(&spliced);
});
