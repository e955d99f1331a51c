//! Opening and printing loses nothing, whatever a file holds.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use talkloom_flow::{open, print};

/// Any JSON, a few levels deep.
fn junk() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        Just(json!(1.0)),
        "[a-z{} ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|keys| Value::Object(keys.into_iter().collect())),
        ]
    })
}

/// Keys that the document knows, more often than others.
fn key() -> impl Strategy<Value = String> {
    let known = [
        "id",
        "type",
        "title",
        "name",
        "value",
        "blocks",
        "items",
        "options",
        "content",
        "labels",
        "richText",
        "url",
        "variableId",
        "outgoingEdgeId",
        "graphCoordinates",
        "x",
        "from",
        "to",
        "groupId",
        "blockId",
        "comparisons",
        "condition",
        "displayCondition",
        "isEnabled",
        "min",
        "paths",
        "theme",
        "chat",
        "general",
        "font",
        "webhook",
        "height",
        "length",
        "extra",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "[a-z]{1,6}",
    ]
}

fn block() -> impl Strategy<Value = Value> {
    let types = [
        "text",
        "image",
        "video",
        "embed",
        "audio",
        "text input",
        "number input",
        "email input",
        "url input",
        "phone number input",
        "date input",
        "time input",
        "choice input",
        "picture choice input",
        "cards",
        "payment input",
        "rating input",
        "file input",
        "Set variable",
        "Condition",
        "Redirect",
        "Code",
        "Typebot link",
        "Wait",
        "AB test",
        "Jump",
        "Return",
        "webhook",
        "Webhook",
        "some block",
    ];
    let keys = [
        "id",
        "type",
        "options",
        "content",
        "items",
        "outgoingEdgeId",
    ];
    (
        prop::sample::select(types.to_vec()),
        prop::collection::vec((prop::sample::select(keys.to_vec()), junk()), 0..5),
        prop::collection::vec((key(), junk()), 0..3),
    )
        .prop_map(|(block_type, keys, extra)| {
            let mut block: Map<String, Value> = extra.into_iter().collect();
            block.insert("type".to_owned(), json!(block_type));
            block.extend(keys.into_iter().map(|(key, value)| (key.to_owned(), value)));
            Value::Object(block)
        })
}

fn document() -> impl Strategy<Value = Value> {
    let group = (
        prop::collection::vec(block(), 0..4),
        prop::collection::vec((key(), junk()), 0..4),
    )
        .prop_map(|(blocks, keys)| {
            let mut group: Map<String, Value> = keys.into_iter().collect();
            group.entry("blocks").or_insert(Value::Array(blocks));
            Value::Object(group)
        });
    let keys = [
        "id",
        "name",
        "events",
        "edges",
        "variables",
        "theme",
        "settings",
        "icon",
        "publicId",
        "resultsTablePreferences",
        "unknown",
    ];
    (
        prop::sample::select(vec!["6", "6.1"]),
        prop::collection::vec(prop_oneof![4 => group, 1 => junk()], 0..4),
        prop::collection::vec((prop::sample::select(keys.to_vec()), junk()), 0..8),
    )
        .prop_map(|(version, groups, keys)| {
            let mut document = json!({"version": version, "groups": groups});
            for (key, value) in keys {
                document[key] = value;
            }
            document
        })
}

proptest! {
    #[test]
    fn printing_gives_what_was_opened(document in document()) {
        let (flow, _) = open(document.clone()).expect("it opens");
        prop_assert_eq!(print(&flow), document);
    }

    #[test]
    fn old_and_broken_files_never_panic(version in "[3-7]|6.1|", mut document in document()) {
        document["version"] = json!(version);
        if let Ok((flow, _)) = open(document) {
            let printed = print(&flow);
            let (again, _) = open(printed.clone()).expect("what was printed opens");
            prop_assert_eq!(print(&again), printed);
        }
    }
}

fn fixtures() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("TALKLOOM_FIXTURES")
        .map_or_else(|| root.join("../shared/fixtures"), PathBuf::from)
        .join("typebot");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: no files at {}; set TALKLOOM_FIXTURES to their folder",
        folder.display()
    );
    None
}

fn files_within(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            files_within(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
}

#[test]
fn every_file_at_hand_opens_and_keeps_all() {
    let Some(folder) = fixtures() else { return };
    let mut files = Vec::new();
    files_within(&folder.join("templates"), &mut files);
    files_within(&folder.join("cases"), &mut files);
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        let document: Value = serde_json::from_str(&text).expect("the file is JSON");
        let (flow, diagnostics) = open(&text).expect("the file opens");
        let printed = print(&flow);
        if document["version"]
            .as_str()
            .is_some_and(|version| version.starts_with('6'))
        {
            assert_eq!(printed, document, "{}", file.display());
        } else {
            assert_eq!(printed["version"], "6.1", "{}", file.display());
            assert_eq!(
                printed["variables"],
                document["variables"],
                "{}",
                file.display()
            );
        }
        let misshapen: Vec<_> = diagnostics
            .iter()
            .filter(|found| found.code == "field_misshapen")
            .collect();
        assert!(misshapen.is_empty(), "{}: {misshapen:?}", file.display());
    }
}
