//! API tokens, from the command line to a request.

use std::path::Path;

use serde_json::Value;

use crate::app::place;
use crate::process::run;

fn told(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let data = place();
    let token = told(data.path(), &["token", "create", "CI"]);
    assert!(token.starts_with("tlk_"), "{token}");
    assert_eq!(token.trim().len(), 47);

    let listed = told(data.path(), &["token", "list"]);
    assert!(!listed.contains(token.trim()), "{listed}");
    let line: Value = serde_json::from_str(&listed).expect("one line of JSON");
    assert_eq!(line["name"], "CI");
    assert_eq!(line["lastUsedAt"], Value::Null);

    told(data.path(), &["token", "create", "CI"]);
    let refused = run(data.path(), &["token", "revoke", "CI"]);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.starts_with("Several tokens"), "{error}");
    let id = line["id"].as_str().unwrap();
    told(data.path(), &["token", "revoke", id]);
    told(data.path(), &["token", "revoke", "CI"]);
    assert_eq!(told(data.path(), &["token", "list"]), "");
    let refused = run(data.path(), &["token", "revoke", "CI"]);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.starts_with("There is no token"), "{error}");
}
