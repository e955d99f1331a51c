//! What a file may not bring along is taken out, told, and nothing else is touched.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use talkloom_flow::import::{ImportRules, sanitize};
use talkloom_flow::{open, print};

fn document() -> Value {
    json!({
        "version": "6.1", "name": "bot",
        "events": [{"id": "s", "type": "start"}],
        "groups": [{"id": "g", "title": "G", "blocks": [
            {"id": "ask", "type": "text input", "options": {"variableId": "answer"}},
            {"id": "pay", "type": "payment input", "options": {"credentialsId": "theirs"}},
            {"id": "mail", "type": "Email", "options": {"credentialsId": "theirs"}},
            {"id": "own", "type": "Email", "options": {"credentialsId": "default"}},
            {"id": "http", "type": "Webhook", "options": {"proxyCredentialsId": "theirs", "timeout": 3}},
            {"id": "ai", "type": "model", "options": {"credentialsId": "ours", "action": "Do"}},
            {"id": "told", "type": "Set variable", "options": {"variableId": "script", "type": "Transcript"}},
            {"id": "page", "type": "Code", "options": {"content": "1"}},
            {"id": "server", "type": "Code", "options": {"content": "1", "isExecutedOnClient": false}},
            {"id": "set", "type": "Set variable", "options": {"variableId": "other", "isExecutedOnClient": true}},
            {"id": "hook", "type": "webhook", "options": {"signature": {"type": "hmac", "credentialsId": "theirs"}}}
        ]}],
        "edges": [],
        "variables": [
            {"id": "answer", "name": "Answer", "isSessionVariable": true},
            {"id": "script", "name": "Script"},
            {"id": "other", "name": "Other", "isSessionVariable": true}
        ],
        "theme": {},
        "settings": {"publicShare": {"isEnabled": true}, "whatsApp": {"isEnabled": true, "kept": 1}}
    })
}

fn sanitized(document: Value, enable_safety_flags: bool) -> (Value, Vec<String>) {
    let credentials = BTreeSet::from(["ours".to_owned()]);
    let (mut flow, _) = open(document).expect("it opens");
    let rules = ImportRules {
        credentials: &credentials,
        enable_safety_flags,
    };
    let report = sanitize(&mut flow, rules);
    let line = |d: &talkloom_flow::Diagnostic| {
        let block = d.block.as_deref().unwrap_or("-");
        format!("{} {block} {}", d.code, d.field.as_deref().unwrap_or("-"))
    };
    (print(&flow), report.iter().map(line).collect())
}

#[test]
fn what_is_not_ours_is_taken_out_and_told() {
    let (printed, report) = sanitized(document(), false);
    assert_eq!(
        report,
        [
            "share_removed - settings.publicShare",
            "messenger_disabled - settings.whatsApp.isEnabled",
            "variable_kept - variables.answer.isSessionVariable",
            "variable_for_session - variables.script.isSessionVariable",
            "credentials_removed pay options.credentialsId",
            "credentials_removed mail options.credentialsId",
            "credentials_removed http options.proxyCredentialsId",
            "credentials_removed hook options.signature.credentialsId",
        ]
    );
    let mut expected = document();
    expected["settings"] = json!({"whatsApp": {"isEnabled": false, "kept": 1}});
    expected["variables"][0]["isSessionVariable"] = json!(false);
    expected["variables"][1]["isSessionVariable"] = json!(true);
    let blocks = &mut expected["groups"][0]["blocks"];
    blocks[1]["options"] = json!({});
    blocks[2]["options"]["credentialsId"] = json!("default");
    blocks[4]["options"] = json!({"timeout": 3});
    blocks[10]["options"] = json!({"signature": {"type": "hmac"}});
    assert_eq!(printed, expected);
}

#[test]
fn code_from_elsewhere_is_marked_where_that_is_wanted() {
    let (printed, report) = sanitized(document(), true);
    let flag = |block: usize| &printed["groups"][0]["blocks"][block]["options"]["isUnsafe"];
    assert_eq!(
        [flag(6), flag(7), flag(8), flag(9)],
        [false, true, false, true]
    );
    let told: Vec<_> = report
        .iter()
        .filter_map(|line| line.strip_prefix("code_distrusted "))
        .collect();
    assert_eq!(told, ["page options.isUnsafe", "set options.isUnsafe"]);
}

#[test]
fn a_second_time_changes_nothing() {
    let (once, _) = sanitized(document(), true);
    let (twice, report) = sanitized(once.clone(), true);
    assert_eq!(once, twice);
    assert!(report.is_empty(), "{report:?}");
}
