//! Bots come in as files and go out as files, through the program itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use talkloom_flow::import::{ImportRules, sanitize};

use crate::app::place;
use crate::bots::{bot, greeter, text, text_input};
use crate::fixtures;
use crate::process::{Server, export, import, run};

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("the file can be written");
    path
}

/// The import of the file format's own tool draws a new id and drops the public id, the dates, the
/// workspace and the like. Here they are columns of the bot's row, and the document keeps what its
/// file said, so that nothing of what comes out may differ but what a file may not bring along.
#[test]
fn every_file_comes_in_and_goes_out_as_it_was() {
    let Some(folder) = fixtures::folder() else {
        return;
    };
    let data = place();
    let files: Vec<_> = ["templates", "cases"]
        .iter()
        .flat_map(|kind| fixtures::json_files(&folder.join("typebot").join(kind)))
        .collect();
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let imported = import(data.path(), &file, &[]);
        assert!(imported["publicId"].is_string() && imported["diagnostics"].is_array());
        let id = imported["id"].as_str().expect("the id is printed");
        let exported = export(data.path(), id);
        let given = std::fs::read_to_string(&file).unwrap();
        let (mut flow, _) = talkloom_flow::open(given.as_str()).unwrap();
        let rules = ImportRules {
            credentials: &BTreeSet::new(),
            enable_safety_flags: false,
        };
        let taken_out = sanitize(&mut flow, rules);
        assert_eq!(exported, talkloom_flow::print(&flow), "{file:?}");
        assert_eq!(exported["version"], "6.1", "{file:?}");
        let given: Value = serde_json::from_str(&given).unwrap();
        if given["version"] == "6.1" && taken_out.is_empty() {
            assert_eq!(exported, given, "{file:?}");
        }
    }
}

#[test]
fn what_no_one_knows_comes_back_whole() {
    let folder = place();
    let mut known = text("b_text", "Hello");
    known["content"]["mood"] = json!({"warm": [1, 2.5, null, "ü"]});
    known["pinned"] = json!(true);
    let mut input = text_input("b_input", "v_name");
    input["options"]["haptics"] = json!({"strength": 3});
    let unknown = json!({
        "id": "b_oracle",
        "type": "crystal-ball",
        "options": {"question": "{{Name}}?", "depth": 1e3, "empty": {}, "none": null},
        "items": [{"id": "i1", "content": 7}],
        "outgoingEdgeId": "e_oracle",
    });
    let mut whole = bot(&[known, input, unknown, text("b_end", "Bye")]);
    whole["id"] = json!("from-elsewhere");
    whole["publicId"] = json!("elsewhere");
    whole["workspaceId"] = json!("their-workspace");
    whole["createdAt"] = json!("2020-01-01T00:00:00.000Z");
    whole["future"] = json!({"field": ["of", "a", "later", "version"]});
    whole["groups"][0]["colour"] = json!("teal");
    whole["theme"]["sparkles"] = json!(0);
    let file = write(folder.path(), "bot.json", whole.to_string());

    let imported = import(folder.path(), &file, &[]);
    let told = imported["diagnostics"].to_string();
    assert!(told.contains("crystal-ball"), "{told}");
    assert_ne!(imported["publicId"], "elsewhere");
    let exported = export(folder.path(), imported["publicId"].as_str().unwrap());
    assert_eq!(exported, whole);
}

#[test]
fn what_is_no_bot_is_refused_with_a_sentence() {
    let folder = place();
    let files: [(&str, &[u8]); 6] = [
        ("words.json", b"hello"),
        ("list.json", b"[1, 2]"),
        ("object.json", b"{\"hello\": 1}"),
        ("cut.json", b"{\"version\": \"6.1\", \"groups\": ["),
        ("bytes.json", b"\xff\xfe\x00"),
        ("empty.json", b""),
    ];
    for (name, content) in files {
        let file = write(folder.path(), name, content);
        refused(folder.path(), &["import", file.to_str().unwrap()]);
    }
    refused(folder.path(), &["import", "/nowhere/bot.json"]);
    refused(folder.path(), &["export", "nothing"]);
    let bot = write(folder.path(), "bot.json", greeter().to_string());
    let bot = bot.to_str().unwrap();
    refused(folder.path(), &["import", bot, "--public-id", "a b"]);
    refused(folder.path(), &["import", bot, "--public-id", "api"]);
}

fn refused(data: &Path, arguments: &[&str]) {
    let output = run(data, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let told = told.trim_end();
    let is_sentence = told.ends_with('.') && told.starts_with(|first: char| !first.is_lowercase());
    let is_plain = !told.contains("panicked") && told.lines().count() == 1;
    assert!(is_sentence && is_plain, "{arguments:?}: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_comes_in_beside_a_running_server_is_served_at_once() {
    let folder = place();
    let server = Server::start(folder.path());
    assert_eq!(server.start_chat("greeter").await.status, 404);
    let file = write(folder.path(), "bot.json", greeter().to_string());
    let publishing = ["--publish", "--public-id", "greeter"];
    let first = import(folder.path(), &file, &publishing);
    let began = server.start_chat("greeter").await;
    assert_eq!(began.text("/input/id"), "b_name");
    assert_eq!(began.text("/typebot/id"), first["id"]);

    let changed = bot(&[
        text("b_new", "Newly said."),
        text_input("b_new_input", "v_name"),
    ]);
    let file = write(folder.path(), "bot.json", changed.to_string());
    let second = import(folder.path(), &file, &publishing);
    assert_eq!(second["id"], first["id"], "the same bot got a new draft");
    let anew = server.start_chat("greeter").await;
    assert_eq!(anew.text("/input/id"), "b_new_input");
    let goes_on = server.say(began.text("/sessionId"), "Ada").await;
    assert_eq!(
        goes_on.text("/input/id"),
        "b_email",
        "a conversation keeps its version"
    );
}
