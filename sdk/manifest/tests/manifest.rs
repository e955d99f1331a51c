//! A manifest is read, checked and written.

use std::error::Error;

use serde_json::{Value, json};
use talkloom_manifest::{Manifest, PermissionKind, Place};

fn sample() -> Value {
    json!({
        "id": "acme/chat",
        "version": "1.2.0",
        "contract": "0.1",
        "name": "Chat",
        "provides": ["actions"],
        "blocks": [{ "type": "acme-chat", "name": "Chat", "actions": ["Ask"], "credential": "acme" }],
        "actions": [{ "name": "Ask", "options": { "type": "object" }, "streams": true }],
        "credentials": [{
            "kind": "acme",
            "name": "Acme account",
            "fields": [
                { "name": "baseUrl", "label": "Base URL", "default": "https://api.acme.example/v1" },
                { "name": "apiKey", "label": "API key", "secret": true, "required": true },
            ],
            "injections": [{
                "hosts": ["{baseUrl}"],
                "place": "header", "name": "Authorization",
                "template": "Bearer {apiKey}",
            }],
        }],
        "permissions": [{ "kind": "network", "hosts": ["{baseUrl}"], "reason": "It asks Acme." }],
        "limits": { "wallMs": 60000 },
    })
}

fn parse(value: &Value) -> Result<Manifest, String> {
    Manifest::parse(value.to_string().as_bytes()).map_err(|error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

/// Sets the value at a JSON pointer and gives the complaint.
fn complaint(pointer: &str, value: Value) -> String {
    let mut manifest = sample();
    *manifest.pointer_mut(pointer).expect("the sample has it") = value;
    parse(&manifest).expect_err("must be refused")
}

#[test]
fn is_read_and_written_without_loss() {
    let manifest = parse(&sample()).expect("the sample is right");
    let rule = &manifest.credential("acme").expect("declared").injections[0];
    assert_eq!(rule.place, Place::Header("Authorization".into()));
    assert!(
        matches!(&manifest.permissions[0].kind, PermissionKind::Network { hosts } if hosts == &["{baseUrl}"])
    );
    let bytes = manifest.to_bytes().expect("it is right");
    let again: Value = serde_json::from_slice(&bytes).expect("it is JSON");
    assert_eq!(again, sample());
}

#[test]
fn says_what_is_wrong() {
    let cases = [
        (
            "/id",
            json!("Acme/Chat"),
            "field id: \"Acme/Chat\" must read publisher/name",
        ),
        (
            "/version",
            json!("1.02.0"),
            "\"1.02.0\" is no semantic version",
        ),
        ("/contract", json!("one"), "must read major.minor"),
        ("/provides", json!(["wishes"]), "unknown variant `wishes`"),
        (
            "/provides",
            json!(["choices"]),
            "must name \"actions\" for the action",
        ),
        (
            "/blocks/0/actions",
            json!(["Tell"]),
            "there is no action \"Tell\"",
        ),
        (
            "/blocks/0/credential",
            json!("acne"),
            "there is no credential \"acne\"",
        ),
        ("/actions/0/options", json!([]), "must be a JSON Schema"),
        (
            "/permissions/0/reason",
            json!(" "),
            "permissions/0/reason: must not be empty",
        ),
        (
            "/permissions/0/kind",
            json!("everything"),
            "unknown variant `everything`",
        ),
        (
            "/permissions/0/hosts",
            json!(["*"]),
            "\"*\" must read api.example.com",
        ),
        (
            "/permissions/0/hosts",
            json!(["*.com"]),
            "\"*.com\" must read api.example.com",
        ),
        (
            "/permissions/0/hosts",
            json!(["{apiKey}"]),
            "the field \"apiKey\" is secret",
        ),
        (
            "/credentials/0/injections/0/hosts",
            json!([]),
            "may receive the secret",
        ),
        (
            "/credentials/0/injections/0/template",
            json!("{key}"),
            "there is no field \"key\"",
        ),
    ];
    for (pointer, value, expected) in cases {
        let said = complaint(pointer, value);
        assert!(said.contains(expected), "{pointer}: {said}");
    }
}

#[test]
fn an_answer_reader_asks_for_the_permission() {
    let mut manifest = sample();
    manifest["actions"][0]["readsSubmission"] = json!(true);
    let said = parse(&manifest).expect_err("must be refused");
    assert!(said.contains("permission \"submission\""), "{said}");
    let asked = json!({ "kind": "submission", "reason": "It sends the answers." });
    manifest["permissions"]
        .as_array_mut()
        .expect("a list")
        .push(asked);
    parse(&manifest).expect("now it is right");
}

#[test]
fn unknown_fields_and_large_manifests_are_refused() {
    let mut manifest = sample();
    manifest["privileged"] = json!(true);
    let said = parse(&manifest).expect_err("must be refused");
    assert!(said.contains("unknown field `privileged`"), "{said}");
    manifest["help"] = json!("x".repeat(talkloom_manifest::MAX_BYTES));
    let said = parse(&manifest).expect_err("must be refused");
    assert!(said.contains("at most 262144 are allowed"), "{said}");
}

#[test]
fn whoever_signs_in_is_sent_to_safe_addresses() {
    let with = |pointer: &str, value: Value| {
        let mut manifest = sample();
        manifest["credentials"][0]["oauth2"] = json!({
            "authorizeUrl": "https://id.example/authorize",
            "tokenUrl": "https://id.example/token",
            "scopes": ["rows"],
            "authorizeParameters": { "prompt": "consent" },
            "pkce": true,
            "userInfoUrl": "http://127.0.0.1:9/me",
        });
        manifest["credentials"][0]["oauth2"][pointer] = value;
        parse(&manifest).err()
    };
    assert_eq!(with("pkce", json!(false)), None);
    for (pointer, value, told) in [
        ("tokenUrl", json!("http://id.example/token"), "tokenUrl"),
        ("revokeUrl", json!(""), "revokeUrl"),
        ("userInfoUrl", json!("file:///etc/passwd"), "userInfoUrl"),
        ("authorizeParameters", json!({ "state": "x" }), "\"state\""),
    ] {
        let refused = with(pointer, value).expect("it is refused");
        assert!(refused.contains(told), "{refused}");
    }
}
