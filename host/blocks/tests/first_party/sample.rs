//! A block that uses all of the contract: inputs, choices, webhooks, old options, exits, and what
//! the server does for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use talkloom_blocks::{
    Abilities, BlockCall, Credential, Declined, Grants, Mail, NewFile, Runtime, Secret, Settings,
    ValueKey, ValueScope, Variable, WebhookCall, WebhookRequest,
};

use super::NOW_MS;

fn wasm() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-blocks");
    let file = folder.join("sample.wasm");
    std::fs::read(&file)
        .unwrap_or_else(|_| panic!("{} is missing: run `cargo xtask blocks`", file.display()))
}

async fn runtime(grants: Grants) -> Runtime {
    let install = move || {
        let runtime = Runtime::new(Settings::new(Arc::new(|| NOW_MS))).expect("sandboxes run");
        runtime.install(wasm(), grants).expect("it is installed");
        runtime
    };
    tokio::task::spawn_blocking(install)
        .await
        .expect("nothing panics")
}

fn call(block_type: &str, action: &str, options: Value) -> BlockCall {
    let variable = |id: &str| Variable {
        id: id.to_owned(),
        name: id.to_uppercase(),
        value: Value::Null,
    };
    BlockCall {
        block_type: block_type.to_owned(),
        action: action.to_owned(),
        options,
        variables: vec![variable("v")],
        ..BlockCall::default()
    }
}

fn credential() -> Credential {
    Credential {
        kind: "sample".to_owned(),
        account: None,
        fields: BTreeMap::from([("host".to_owned(), "mail.example.com".to_owned())]),
        secrets: BTreeMap::from([("signingKey".to_owned(), Secret::new("a signing key"))]),
    }
}

/// Remembers what it is asked for.
#[derive(Debug, Default)]
struct Notebook {
    values: Mutex<BTreeMap<(String, bool, String), Vec<u8>>>,
    mails: Mutex<Vec<Mail>>,
}

#[async_trait::async_trait]
impl Abilities for Notebook {
    async fn get_value(&self, key: ValueKey) -> Result<Option<Vec<u8>>, Declined> {
        Ok(self.values.lock().unwrap().get(&place(key)).cloned())
    }

    async fn set_value(
        &self,
        key: ValueKey,
        value: Vec<u8>,
        _: Option<u32>,
    ) -> Result<(), Declined> {
        self.values.lock().unwrap().insert(place(key), value);
        Ok(())
    }

    async fn delete_value(&self, key: ValueKey) -> Result<(), Declined> {
        self.values.lock().unwrap().remove(&place(key));
        Ok(())
    }

    async fn save_file(&self, file: NewFile) -> Result<String, Declined> {
        Ok(format!("https://files.example/{}", file.name))
    }

    async fn load_file(&self, address: String, _: usize) -> Result<Vec<u8>, Declined> {
        Err(Declined::Denied(format!("{address} is not yours.")))
    }

    async fn send_mail(&self, mail: Mail) -> Result<(), Declined> {
        self.mails.lock().unwrap().push(mail);
        Ok(())
    }
}

fn place(key: ValueKey) -> (String, bool, String) {
    (key.component, key.scope == ValueScope::Workspace, key.key)
}

#[tokio::test]
async fn an_input_is_opened_and_accepts_what_it_kept() {
    let runtime = runtime(Grants::Declared).await;
    let options = json!({"amount": "12", "receiptVariableId": "v"});
    let pay = || call("payment input", "", options.clone());
    let opened = runtime.open_input(pay()).await.expect("it is opened");
    assert_eq!(opened.shown["amountLabel"], "12 USD");
    assert_eq!(opened.kept, json!({"payment": "p-12"}));
    let accepted = runtime.accept_input(pay(), &opened.kept, "Success".to_owned());
    let accepted = accepted.await.expect("it counts");
    assert_eq!(accepted.assignments, [("v".to_owned(), json!("p-12"))]);
    assert_eq!(accepted.exit, None);
    let refund = runtime.accept_input(pay(), &opened.kept, "refund".to_owned());
    assert_eq!(
        refund.await.expect("it counts").exit.as_deref(),
        Some("refunded")
    );
    let refused = runtime.accept_input(pay(), &opened.kept, "later".to_owned());
    let refused = refused.await.expect_err("it does not count");
    assert_eq!(refused.code(), "upstream");
    assert!(
        refused.details().unwrap().contains("balance"),
        "{:?}",
        refused.details()
    );
    let nothing = call("payment input", "", json!({"amount": "nothing"}));
    assert!(runtime.open_input(nothing).await.is_err());
    let action = runtime.open_input(call("sample", "Leave", json!({}))).await;
    assert_eq!(action.expect_err("it is no input").code(), "unknown_action");
}

#[tokio::test]
async fn an_action_leaves_by_the_exits_that_it_declares() {
    let runtime = runtime(Grants::Declared).await;
    let leave = |by: &str| runtime.call(call("sample", "Leave", json!({"by": by})), None);
    assert_eq!(leave("late").await.unwrap().exit.as_deref(), Some("late"));
    assert_eq!(leave("never").await.unwrap_err().code(), "bad_output");
}

#[tokio::test]
async fn options_that_do_not_fit_are_told_and_not_refused() {
    let runtime = runtime(Grants::Declared).await;
    let done = runtime
        .call(
            call("sample", "Leave", json!({"by": null, "prefix": 3})),
            None,
        )
        .await;
    let failure = done.expect_err("the block checks for itself");
    assert_eq!(failure.code(), "invalid_options");
    let unknown = json!({"by": "late", "fromElsewhere": {"deep": 1}});
    let done = runtime
        .call(call("sample", "Leave", unknown), None)
        .await
        .unwrap();
    assert_eq!(done.logs, [], "keys that nobody knows harm nobody");
}

#[tokio::test]
async fn a_field_lists_its_choices() {
    let runtime = runtime(Grants::Declared).await;
    let mut asked = call("sample", "Leave", json!({"prefix": "at "}));
    let listed = runtime
        .choices(asked.clone(), "by")
        .await
        .expect("there is a list");
    let labels: Vec<_> = listed
        .iter()
        .map(|c| (c.value.as_str(), c.label.as_str()))
        .collect();
    assert_eq!(labels, [("early", "at early"), ("late", "at late")]);
    asked.credential = Some(credential());
    assert_eq!(runtime.choices(asked.clone(), "by").await.unwrap().len(), 3);
    assert!(
        runtime.choices(asked, "prefix").await.is_err(),
        "it has no choices"
    );
}

#[tokio::test]
async fn a_webhook_takes_what_is_signed() {
    let runtime = runtime(Grants::Declared).await;
    let body = r#"{"id":"e1","name":"paid","result":"r1","data":{"sum":12}}"#;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a signing key");
    let signature = hex::encode(ring::hmac::sign(&key, body.as_bytes()));
    let sent = |signature: &str, credential| WebhookCall {
        block_type: "sample".to_owned(),
        webhook: "events".to_owned(),
        request: WebhookRequest {
            method: "POST".to_owned(),
            headers: vec![("signature".to_owned(), signature.to_owned())],
            body: body.into(),
            ..WebhookRequest::default()
        },
        credential,
        ..WebhookCall::default()
    };
    let received = runtime
        .receive(sent(&signature, Some(credential())))
        .await
        .expect("it is taken");
    assert_eq!(received.response.status, 200);
    let [event] = received.events.as_slice() else {
        panic!("{received:?}")
    };
    assert_eq!(
        (event.name.as_str(), event.correlation.as_deref()),
        ("paid", Some("r1"))
    );
    assert_eq!(event.data, json!({"sum": 12}));
    for (signature, credential) in [("forged", Some(credential())), (&*signature, None)] {
        let refused = runtime.receive(sent(signature, credential)).await;
        assert_eq!(refused.expect_err("it is not signed").code(), "denied");
    }
    let mut unknown = sent(&signature, Some(credential()));
    unknown.webhook = "others".to_owned();
    assert!(runtime.receive(unknown).await.is_err());
}

#[tokio::test]
async fn old_options_are_brought_up_to_date() {
    let runtime = runtime(Grants::Declared).await;
    let old = json!({"exit": "late", "x": 1});
    let migrated = runtime.migrate("sample", "0.1.7", "Leave", &old).await;
    assert_eq!(migrated, Ok(json!({"x": 1, "by": "late"})));
    let same = runtime.migrate("sample", "0.2.0", "Leave", &old).await;
    assert_eq!(same, Ok(old));
}

#[tokio::test]
async fn what_the_server_does_needs_its_grant() {
    let runtime = runtime(Grants::Only(["state".to_owned()].into())).await;
    let notebook = Arc::new(Notebook::default());
    let ask = |action: &'static str, options: Value| {
        let mut asked = call("sample", action, options);
        asked.abilities = Some(notebook.clone());
        runtime.call(asked, None)
    };
    let keep = json!({"key": "k", "value": "one"});
    ask("Keep value", keep).await.expect("it is granted");
    let read = ask("Keep value", json!({"key": "k", "saveIn": "v"}))
        .await
        .unwrap();
    assert_eq!(read.assignments, [("v".to_owned(), json!("one"))]);
    let other = ask(
        "Keep value",
        json!({"key": "k", "shared": true, "saveIn": "v"}),
    )
    .await;
    assert_eq!(other.unwrap().assignments, [], "each scope has its own");
    let large = ask("Keep value", json!({"key": "k", "size": (64 << 10) + 1})).await;
    assert_eq!(large.unwrap_err().code(), "denied");
    let long = ask("Keep value", json!({"key": "k".repeat(257)})).await;
    assert_eq!(long.unwrap_err().code(), "denied");
    for action in ["Save file", "Load file", "Send mail"] {
        let denied = ask(action, json!({"key": "k", "to": "a@b.example"}))
            .await
            .unwrap_err();
        assert_eq!(denied.code(), "denied", "{action}");
        assert!(denied.to_string().contains("permission"), "{denied}");
    }
    assert!(notebook.mails.lock().unwrap().is_empty());
    let alone = runtime
        .call(call("sample", "Keep value", json!({"key": "k"})), None)
        .await;
    assert_eq!(
        alone.unwrap_err().code(),
        "denied",
        "there is no server behind this call"
    );
}

#[tokio::test]
async fn a_mail_goes_through_the_calls_own_credential() {
    let runtime = runtime(Grants::Declared).await;
    let notebook = Arc::new(Notebook::default());
    let mut asked = call(
        "sample",
        "Send mail",
        json!({"to": "ada@example.com", "subject": "Hi", "key": "k", "ownServer": true}),
    );
    asked.abilities = Some(notebook.clone());
    asked.credential = Some(credential());
    runtime
        .call(asked.clone(), None)
        .await
        .expect("it is handed on");
    let mails = std::mem::take(&mut *notebook.mails.lock().unwrap());
    let through = mails[0]
        .through
        .as_ref()
        .expect("the credential goes along");
    assert_eq!(through.secrets["signingKey"].expose(), "a signing key");
    assert_eq!(mails[0].component, "talkloom/sample");
    asked.options["to"] = json!("x".repeat(9 << 20));
    assert!(runtime.call(asked, None).await.is_err(), "it is too large");
}

/// Only what the manifest provides stands in the component.
#[test]
fn the_first_party_components_export_what_they_provide() {
    for (name, bytes) in [("sample", wasm()), ("openai", super::component("openai"))] {
        let mut exports = Vec::new();
        let mut depth = 0;
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            match payload.expect("it parses") {
                wasmparser::Payload::ModuleSection { .. }
                | wasmparser::Payload::ComponentSection { .. } => depth += 1,
                wasmparser::Payload::End(_) => depth -= 1,
                wasmparser::Payload::ComponentExportSection(section) if depth == 0 => {
                    exports.extend(section.into_iter().map(|e| e.expect("it parses").name.name));
                }
                _ => {}
            }
        }
        let all = ["actions", "inputs", "choices", "webhooks", "migrate"];
        let has = |interface: &&str| exports.iter().any(|e| e.contains(*interface));
        let found: Vec<_> = all.iter().filter(|interface| has(interface)).collect();
        assert_eq!(
            found.len() == all.len(),
            name == "sample",
            "{name}: {exports:?}"
        );
        assert!(has(&"actions"), "{name}: {exports:?}");
    }
}
