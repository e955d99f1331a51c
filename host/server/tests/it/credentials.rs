//! Stored credentials from the command line to the request of a block.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use talkloom_server::credentials::NewAccount;
use talkloom_store::repository::NewCredential;
use talkloom_store::{CredentialId, Owner, Repositories, ResultId, WorkspaceId};
use talkloom_vault::Secret;

use crate::app::{Answer, TestApp, workspace};
use crate::bots::{bot, text, text_input};
use crate::model::Model;
use crate::process::{program, run};
use crate::vault::home;

const NOT_HERE: &str =
    "The block's credential is not in this workspace. Choose one in the block's settings.";

/// Asks a model with the given options and says what it answered.
pub fn model_bot(options: &Value) -> Value {
    let mut all = json!({
        "action": "Create chat completion",
        "messages": [{"role": "user", "content": "Hello"}],
        "responseMapping": [{"item": "Message content", "variableId": "v_name"}],
    });
    for (name, value) in options.as_object().expect("options are an object") {
        all[name] = value.clone();
    }
    bot(&[
        json!({"id": "b_ai", "type": "openai", "options": all}),
        text("b_so", "It said: {{Name}}"),
        text_input("b_next", "v_city"),
    ])
}

struct Chat {
    app: TestApp,
    model: Model,
}

impl Chat {
    async fn new() -> Self {
        let model = Model::start().await;
        let allow = vec![model.address.to_string()];
        let app = TestApp::with(|config| config.egress.allow = allow).await;
        Self { app, model }
    }

    async fn keep(&self, owner: &Owner, kind: &str) -> CredentialId {
        let base_url = self.model.base_url();
        let new = NewAccount {
            kind: kind.to_owned(),
            name: "Shop".into(),
            account: None,
            fields: BTreeMap::from([("baseUrl".to_owned(), base_url)]),
            secrets: BTreeMap::from([("apiKey".to_owned(), Secret::new("sk-shop"))]),
        };
        self.app.app.vault.add(owner, &new).await.unwrap()
    }

    /// Starts a bot whose model answers; gives the start, what the model was shown, and the log.
    async fn start(&mut self, public_id: &str) -> (Answer, Option<String>, Vec<String>) {
        let answer = async {
            let asked = self.model.next().await;
            let shown = asked.authorization.clone();
            let parts = asked.stream();
            parts.say("Hi").await;
            parts.done().await;
            shown
        };
        let (started, shown) = tokio::join!(self.app.start(public_id, json!({})), answer);
        let result = ResultId(started.text("/resultId").to_owned());
        let logs = self.app.app.store.reader().logs();
        let lines = logs.of_result(&workspace(), &result).await.unwrap();
        let lines = lines.into_iter().map(|line| line.description).collect();
        (started, shown, lines)
    }
}

#[tokio::test]
async fn a_block_reaches_its_service_with_the_stored_key() {
    let mut chat = Chat::new().await;
    let id = chat.keep(&home(), "openai").await;
    let options = json!({"credentialsId": id.as_str()});
    chat.app.publish("model", &model_bot(&options)).await;
    let (started, shown, log) = chat.start("model").await;
    assert_eq!(shown.as_deref(), Some("Bearer sk-shop"));
    assert_eq!(log, [""; 0]);
    let said = started.text("/messages/0/content/richText/0/children/1/text");
    assert_eq!(said, "Hi");
}

#[tokio::test]
async fn without_its_credential_a_block_goes_on_and_says_so() {
    let mut chat = Chat::new().await;
    let other = WorkspaceId("wother".into());
    let tx = chat.app.app.store.begin().await.unwrap();
    tx.workspaces().add(&other, "Other", 0).await.unwrap();
    tx.commit().await.unwrap();
    let wrong = "The credential “Shop” is of the kind “mail”, this block needs “openai”. Choose \
                 another in the block's settings.";
    let ids = [
        (CredentialId("cgone".into()), NOT_HERE),
        (
            chat.keep(&Owner::Workspace(other), "openai").await,
            NOT_HERE,
        ),
        (
            chat.keep(&Owner::User("u1".into()), "openai").await,
            NOT_HERE,
        ),
        (chat.keep(&home(), "mail").await, wrong),
    ];
    let published = chat.app.publish("model", &model_bot(&json!({}))).await;
    for (id, told) in ids {
        let base_url = chat.model.base_url();
        let options = json!({"credentialsId": id.as_str(), "baseUrl": base_url});
        let document = model_bot(&options);
        chat.app.publish_version(&published, &document).await;
        let (_, shown, log) = chat.start("model").await;
        assert_eq!((shown, log), (None, vec![told.to_owned()]), "{id}");

        // Without an address there is nowhere to go: the block's own words, and why.
        let document = model_bot(&json!({"credentialsId": id.as_str()}));
        chat.app.publish_version(&published, &document).await;
        let started = chat.app.start("model", json!({})).await;
        let result = ResultId(started.text("/resultId").to_owned());
        let logs = chat.app.app.store.reader().logs();
        let lines = logs.of_result(&workspace(), &result).await.unwrap();
        assert!(
            lines[0]
                .description
                .contains("account in the block's settings")
        );
        assert_eq!(lines[0].details.as_deref(), Some(told));
    }
    assert!(chat.model.is_idle());
}

#[tokio::test]
async fn a_changed_row_is_not_opened() {
    let mut chat = Chat::new().await;
    let sealed = chat.keep(&home(), "openai").await;
    let id = CredentialId("cplanted".into());
    let tx = chat.app.app.store.begin().await.unwrap();
    let mut secrets = tx.credentials().secrets(&home(), &sealed).await.unwrap();
    secrets[0].credential_id = id.clone();
    let planted = NewCredential {
        id: id.clone(),
        kind: "openai".into(),
        name: "Planted".into(),
        account: None,
        fields: "{}".into(),
    };
    let credentials = tx.credentials();
    let added = credentials.add(&home(), planted, secrets, 0).await;
    added.unwrap();
    tx.commit().await.unwrap();
    let base_url = chat.model.base_url();
    let options = json!({"credentialsId": id.as_str(), "baseUrl": base_url});
    chat.app.publish("model", &model_bot(&options)).await;
    let (_, shown, log) = chat.start("model").await;
    let told = "The block's credential could not be opened. The server's log says why.";
    assert_eq!((shown, log), (None, vec![told.to_owned()]));
    let logged = crate::errors::take();
    assert!(logged.contains("belongs to another place"), "{logged}");
}

#[tokio::test]
async fn a_file_keeps_the_workspaces_own_credentials() {
    let chat = Chat::new().await;
    let ours = chat.keep(&home(), "openai").await;
    for (id, kept) in [
        (ours.as_str(), json!(ours.as_str())),
        ("ctheirs", Value::Null),
    ] {
        let bot = model_bot(&json!({"credentialsId": id}));
        let imported = chat.app.publish(&format!("with-{id}"), &bot).await;
        let bots = chat.app.app.store.reader().bots();
        let bot = bots.find(&workspace(), &imported).await.unwrap().unwrap();
        let document: Value = serde_json::from_str(&bot.document).unwrap();
        let options = &document["groups"][0]["blocks"][0]["options"];
        assert_eq!(options["credentialsId"], kept);
    }
}

fn told_with(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = program(data)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that refuses its arguments does not read.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it is text")
}

#[test]
fn credentials_are_added_listed_and_removed() {
    let data = tempfile::tempdir().unwrap();
    let add = ["credential", "add", "openai", "Shop", "--account", "ada"];
    let added = told_with(data.path(), &add, "{\"apiKey\": \"sk-canary\"}");
    let warned = text_of(&added.stderr);
    assert!(added.status.success(), "{warned}");
    assert!(warned.contains("master.key was made"), "{warned}");
    let id = text_of(&added.stdout).trim().to_owned();
    assert_eq!(id.len(), 24);
    let again = told_with(
        data.path(),
        &add,
        "apiKey=sk-canary\nbaseUrl=https://a.example\n",
    );
    assert_eq!(text_of(&again.stderr), "");

    let listed = text_of(&run(data.path(), &["credential", "list"]).stdout);
    assert!(!listed.contains("canary"), "{listed}");
    let line: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!((&line["id"], &line["kind"]), (&json!(id), &json!("openai")));
    assert_eq!(
        (&line["account"], &line["lastUsedAt"]),
        (&json!("ada"), &Value::Null)
    );

    let remove = |wanted: &str| run(data.path(), &["credential", "remove", wanted]);
    let several = text_of(&remove("Shop").stderr);
    assert!(several.starts_with("Several credentials"), "{several}");
    assert!(remove(&id).status.success() && remove("Shop").status.success());
    let none = text_of(&remove("Shop").stderr);
    assert!(none.starts_with("There is no credential"), "{none}");
    let own = ["credential", "add", "openai", "Mine", "--user", "u1"];
    assert!(
        told_with(data.path(), &own, "apiKey=sk-canary")
            .status
            .success()
    );
    assert_eq!(run(data.path(), &["credential", "list"]).stdout, b"");
    let listed = run(data.path(), &["credential", "list", "--user", "u1"]);
    assert!(text_of(&listed.stdout).contains("Mine"));
}

#[test]
fn what_does_not_fit_is_refused_without_being_told() {
    let data = tempfile::tempdir().unwrap();
    for (kind, input, told) in [
        (
            "carrier-pigeon",
            "apiKey=sk-canary",
            "There are: google-sheets, openai.",
        ),
        ("openai", "", "The field “apiKey” (API key) is missing."),
        (
            "openai",
            "apiKey= ",
            "The field “apiKey” (API key) is missing.",
        ),
        ("openai", "apikey=sk-canary", "is missing"),
        (
            "openai",
            "apiKey=sk\nother=sk-canary",
            "which has: apiKey, baseUrl.",
        ),
        ("openai", "sk-canary", "Line 1 of the standard input"),
        ("openai", "{\"apiKey\": 1}", "no JSON object of texts"),
        ("openai", "{sk-canary}", "no JSON object of texts"),
    ] {
        let add = ["credential", "add", kind, "Shop"];
        let refused = told_with(data.path(), &add, input);
        let error = text_of(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{input}: {error}");
        assert!(error.contains(told), "{input}: {error}");
        assert!(!error.contains("canary"), "{error}");
    }
    assert_eq!(run(data.path(), &["credential", "list"]).stdout, b"");
}
