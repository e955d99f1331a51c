//! Recorded conversations, replayed over the chat API: what a visitor could tell apart is equal.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use talkloom_store::{BotId, Repositories};

use crate::app::{TestApp, workspace};
use crate::fixtures;
use crate::view::{difference, view};

/// Templates whose recordings hold turn by turn.
const TEMPLATES: [&str; 7] = [
    "customer-support",
    "faq",
    "lead-gen",
    "lead-scoring",
    "nps",
    "onboarding",
    "quiz",
];

/// Small bots that differ today, and how.
const DIFFERENT: [(&str, &str); 0] = [];

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|_| panic!("{path:?} can be read"));
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path:?} is JSON"))
}

/// Replays every walk of a recording; gives the first difference of each that has one.
async fn replay(name: &str, bot: &Value, recording: &Value) -> Vec<String> {
    let app = TestApp::new().await;
    app.publish(name, bot).await;
    let walks = recording["walks"]
        .as_array()
        .expect("a recording has walks");
    assert!(!walks.is_empty(), "{name} has no walks");
    let mut differences = Vec::new();
    for (place, walk) in walks.iter().enumerate() {
        if let Some(found) = replay_walk(&app, name, walk).await {
            differences.push(format!("{name}, walk {place}, {found}"));
        }
    }
    differences
}

async fn replay_walk(app: &TestApp, name: &str, walk: &Value) -> Option<String> {
    let list = |key: &str| walk[key].as_array().expect("a walk has lists");
    let (replies, seen) = (list("replies"), list("seen"));
    assert_eq!(
        seen.len(),
        replies.len() + 1,
        "{name}: a start, then replies"
    );
    let mut start = json!({"isStreamEnabled": false});
    if let Some(given) = walk["start"].as_object() {
        start.as_object_mut()?.extend(given.clone());
    }
    let mut answer = app.start(name, start).await;
    let session = answer.body["sessionId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for (turn, expected) in seen.iter().enumerate() {
        if turn > 0 {
            answer = app.reply(&session, replies[turn - 1].clone()).await;
        }
        if let Some(found) = difference(expected, &view(&answer)) {
            return Some(format!("turn {turn}{found}"));
        }
    }
    None
}

/// A template and what was recorded of it.
fn recorded(folder: &Path, name: &str) -> (Value, Value) {
    let recording = read(&folder.join(format!("typebot/walks/{name}.json")));
    let file = recording["file"]
        .as_str()
        .expect("a recording names its bot");
    (read(&folder.join("typebot").join(file)), recording)
}

#[tokio::test]
async fn templates_talk_as_they_were_recorded_to() {
    let Some(folder) = fixtures::folder() else {
        return;
    };
    let mut differences = Vec::new();
    for name in TEMPLATES {
        let (bot, recording) = recorded(&folder, name);
        differences.extend(replay(name, &bot, &recording).await);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A median conversation's journal, per ten turns.
const JOURNAL_BYTES: usize = 8 << 10;

#[tokio::test]
async fn a_conversation_of_ten_turns_takes_little_room() {
    let Some(folder) = fixtures::folder() else {
        return;
    };
    let mut sizes = Vec::new();
    for name in TEMPLATES {
        let (bot, recording) = recorded(&folder, name);
        let app = TestApp::new().await;
        let bot = app.publish(name, &bot).await;
        for walk in recording["walks"].as_array().into_iter().flatten() {
            replay_walk(&app, name, walk).await;
        }
        sizes.extend(journal_sizes(&app, &bot).await);
    }
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    println!(
        "{} conversations, {median} bytes per ten turns",
        sizes.len()
    );
    assert!(median < JOURNAL_BYTES, "{sizes:?}");
}

/// The bytes that each conversation's journal takes, per ten turns.
async fn journal_sizes(app: &TestApp, bot: &BotId) -> Vec<usize> {
    let reader = app.app.store.reader();
    let results = reader.results().of_bot(&workspace(), bot).await;
    let mut sizes = Vec::new();
    for result in results.expect("the results can be read") {
        let session = result.session_id.expect("a conversation led to it");
        let journal = reader.journal().of_session(&workspace(), &session).await;
        let journal = journal.expect("the journal can be read");
        let bytes: usize = journal.iter().map(|turn| turn.entry.len()).sum();
        sizes.push(bytes * 10 / journal.len());
    }
    sizes
}

#[tokio::test]
async fn small_bots_talk_as_they_were_recorded_to() {
    let Some(folder) = fixtures::folder() else {
        return;
    };
    let (mut differences, mut different) = (Vec::new(), BTreeSet::new());
    for path in fixtures::json_files(&folder.join("battery")) {
        let name = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let recording = read(&path);
        let found = replay(&name, &recording["bot"], &recording).await;
        if !found.is_empty() {
            different.insert(name);
            differences.extend(found);
        }
    }
    let known = DIFFERENT.map(|(name, _)| name.to_owned());
    assert_eq!(different, known.into(), "{}", differences.join("\n"));
}
