//! Text bubbles with variables, as elements and as Markdown, and the addresses of videos.

use serde_json::Value;
use talkloom_engine::media::recognize_video;
use talkloom_engine::rich_text::{Placeholder, splice, to_markdown};
use talkloom_engine::template::replace_variables;
use talkloom_engine::value::print;

use crate::recording::{Recording, recording, recordings};

/// The bubbles of a walk as they should read and as they do.
fn check(recording: &Recording, walk: usize, results: &[(&str, Option<&str>)]) {
    let messages = recording.walks[walk].seen[0]["messages"]
        .as_array()
        .unwrap();
    assert!(!messages.is_empty());
    for message in messages {
        let id = message["id"].as_str().unwrap();
        let Some(elements) = recording.block(id)["content"]["richText"].as_array() else {
            continue;
        };
        let spliced = splice(elements, &mut |placeholder| match placeholder {
            Placeholder::Variable(name) => recording.variable(name).map(|value| print(&value)),
            Placeholder::Code(code) => {
                let known = results.iter().find(|(known, _)| *known == code);
                known.and_then(|(_, result)| result.map(str::to_owned))
            }
        });
        let content = &message["content"];
        match content["markdown"].as_str() {
            Some(markdown) => assert_eq!(to_markdown(&spliced), markdown, "{id}"),
            None => assert_eq!(Value::Array(spliced), content["richText"], "{id}"),
        }
    }
}

#[test]
fn values_as_markdown_agree() {
    for (_, recording) in recordings("markdown-value-") {
        for walk in 0..recording.walks.len() {
            check(&recording, walk, &[]);
        }
    }
}

#[test]
fn interpolation_agrees() {
    let Some(recording) = recording("interpolation") else {
        return;
    };
    let results = [
        ("1+1", Some("2")),
        (" {{A}} + 1 ", Some("2")),
        ("{{B}}.length", Some("2")),
        ("throw 1", Some("throw 1")),
        ("undefined", None),
        ("null", None),
        ("[1,2]", Some("[1,2]")),
        ("({a:1})", Some(r#"{"a":1}"#)),
        ("return 3", Some("3")),
        ("2", Some("2")),
    ];
    check(&recording, 0, &results);
    check(&recording, 1, &results);
}

#[test]
fn videos_agree() {
    let Some(recording) = recording("media") else {
        return;
    };
    let messages = recording.walks[0].seen[0]["messages"].as_array().unwrap();
    for message in messages.iter().filter(|message| message["type"] == "video") {
        let written = recording.block(message["id"].as_str().unwrap())["content"]["url"].as_str();
        let url = replace_variables(written.unwrap(), |name| {
            print(&recording.variable(name).unwrap_or_default())
        });
        let content = &message["content"];
        let Some(video) = recognize_video(&url) else {
            assert_eq!(content["type"], Value::Null);
            continue;
        };
        let video = serde_json::to_value(video).unwrap();
        for field in ["type", "url", "id", "queryParamsStr"] {
            assert_eq!(video.get(field), content.get(field), "{url} {field}");
        }
    }
}
