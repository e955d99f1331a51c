//! Replies to buttons, pictures and cards.

use serde_json::Value;
use talkloom_engine::choices::{
    Candidate, CardCandidate, Choice, Choices, dynamic_buttons, match_card, match_multiple,
    match_single,
};
use talkloom_engine::template::{Mode, interpolate};
use talkloom_flow::VariableValue;

use crate::recording::{Answer, Recording, recording};

fn items(recording: &Recording) -> Vec<Value> {
    recording.block("b1")["items"].as_array().unwrap().clone()
}

/// The items' contents with the bot's variables put in.
fn contents(recording: &Recording, field: &str) -> Vec<Option<String>> {
    let value = |name: &str| recording.variable(name);
    let bob = value("N").unwrap_or_default();
    items(recording)
        .iter()
        .map(|item| {
            Some(interpolate(item[field].as_str()?, Mode::Text, |_| {
                Some(&bob)
            }))
        })
        .collect()
}

fn check(name: &str, field: &str) {
    let Some(recording) = recording(name) else {
        return;
    };
    let (items, contents) = (items(&recording), contents(&recording, field));
    let candidates: Vec<Candidate<'_>> = items
        .iter()
        .zip(&contents)
        .map(|(item, content)| Candidate {
            id: item["id"].as_str().unwrap(),
            value: item["value"].as_str(),
            content: content.as_deref(),
        })
        .collect();
    let is_multiple = recording.block("b1")["options"]["isMultipleChoice"] == true;
    check_answers(name, &recording, &candidates, is_multiple);
}

fn check_answers(name: &str, recording: &Recording, candidates: &[Candidate<'_>], multiple: bool) {
    for Answer {
        text,
        reply_id,
        stored,
    } in recording.answers()
    {
        let text = text.unwrap();
        let understood = if multiple {
            match_multiple(candidates, &text).map(|Choices { stored, .. }| stored)
        } else {
            match_single(candidates, &text, reply_id.as_deref()).map(|Choice { stored, .. }| stored)
        };
        // Whether a reply was reformatted is told by comparing it untrimmed.
        let understood = understood.map(|stored| {
            if stored.trim() == text.trim() {
                text.clone()
            } else {
                stored
            }
        });
        let stored = stored.map(|stored| {
            if stored.trim() == text.trim() {
                text.clone()
            } else {
                stored
            }
        });
        assert_eq!(understood, stored, "{name}: {text:?} {reply_id:?}");
    }
}

#[test]
fn buttons_agree() {
    check("buttons", "content");
    check("buttons-multiple", "content");
    check("buttons-dynamic-undefined", "content");
}

#[test]
fn pictures_agree() {
    check("pictures", "title");
    check("pictures-multiple", "title");
}

#[test]
fn dynamic_buttons_agree() {
    let Some(recording) = recording("buttons-dynamic") else {
        return;
    };
    let contents = dynamic_buttons(&recording.variable("Opts").unwrap()).unwrap();
    let ids: Vec<String> = (0..contents.len())
        .map(|index| format!("choice{index}"))
        .collect();
    let seen = recording.walks[0].seen[0]["input"]["items"]
        .as_array()
        .unwrap();
    assert_eq!(seen.len(), contents.len());
    let candidates: Vec<Candidate<'_>> = ids
        .iter()
        .zip(&contents)
        .map(|(id, content)| Candidate {
            id,
            value: None,
            content: Some(content),
        })
        .collect();
    for (item, candidate) in seen.iter().zip(&candidates) {
        assert_eq!(
            (item["id"].as_str(), item["content"].as_str()),
            (Some(candidate.id), candidate.content)
        );
    }
    check_answers("buttons-dynamic", &recording, &candidates, false);
    assert_eq!(dynamic_buttons(&VariableValue::Null), None);
}

#[test]
fn cards_agree() {
    let Some(recording) = recording("cards") else {
        return;
    };
    let items = items(&recording);
    let cards: Vec<CardCandidate<'_>> = items
        .iter()
        .map(|item| CardCandidate {
            title: item["title"].as_str(),
            paths: item["paths"]
                .as_array()
                .unwrap()
                .iter()
                .map(|path| path["id"].as_str().unwrap())
                .collect(),
        })
        .collect();
    for Answer {
        text,
        reply_id,
        stored,
    } in recording.answers()
    {
        let text = text.unwrap();
        let title = match_card(&cards, &text, reply_id.as_deref())
            .and_then(|(card, _)| cards[card].title.map(str::to_owned));
        assert_eq!(title, stored, "{text}");
    }
}
