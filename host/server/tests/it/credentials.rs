//! Stored credentials from the command line to the request of a block.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use talkloom_server::credentials::NewAccount;
use talkloom_store::repository::NewCredential;
use talkloom_store::{
    BotId, CredentialId, Database, Owner, Repositories, ResultId, Role, Store, WorkspaceId,
};
use talkloom_vault::Secret;

use crate::app::{Answer, TestApp, workspace};
use crate::bots::{bot, text, text_input};
use crate::model::Model;
use crate::process::{program, run, run_with};
use crate::vault::{add_user, fresh_key, home};

const NOT_HERE: &str = "The block's credential belongs neither to this workspace nor to one of its members. Choose \
     another in the block's settings.";

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
    let stranger = add_user(&chat.app.app.store, "u1").await;
    let wrong = "The credential “Shop” is of the kind “mail”, this block needs “openai”. Choose \
                 another in the block's settings.";
    let ids = [
        (CredentialId("cgone".into()), NOT_HERE),
        (
            chat.keep(&Owner::Workspace(other), "openai").await,
            NOT_HERE,
        ),
        (chat.keep(&Owner::User(stranger), "openai").await, NOT_HERE),
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
}

#[tokio::test]
async fn a_persons_credentials_are_the_persons_own_and_listed_where_they_work() {
    let data = tempfile::tempdir().unwrap();
    let own = ["credential", "add", "openai", "Mine", "--user", "u1"];
    let unknown = told_with(data.path(), &own, "apiKey=sk-canary");
    let told = text_of(&unknown.stderr);
    assert!(told.contains("There is no person “u1”."), "{told}");
    let database = Database::Sqlite(data.path().join("talkloom.db"));
    let store = Store::open(&database).await.unwrap();
    let user = add_user(&store, "u1").await;
    for _ in 0..2 {
        let added = told_with(data.path(), &own, "apiKey=sk-canary");
        assert!(added.status.success(), "{}", text_of(&added.stderr));
    }
    let list = |more: &[&str]| {
        let listed = run(data.path(), &[&["credential", "list"], more].concat());
        text_of(&listed.stdout)
    };
    assert_eq!(list(&[]), "", "the person is no member");
    let listed = list(&["--user", "U1@example.com"]);
    assert_eq!(listed.matches("Mine").count(), 2, "{listed}");

    let tx = store.begin().await.unwrap();
    let members = tx.members();
    members
        .add(&workspace(), &user, Role::Guest, 0)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let listed = list(&[]);
    assert_eq!(listed.matches("\"user\":\"u1\"").count(), 2, "{listed}");
    assert!(!listed.contains("canary"), "{listed}");
    // Whoever is gone leaves no secret behind.
    let tx = store.begin().await.unwrap();
    assert!(tx.users().remove(&user).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(list(&[]), "");
    let file = rusqlite::Connection::open(data.path().join("talkloom.db")).unwrap();
    let left = "SELECT (SELECT COUNT(*) FROM credential_secrets) + (SELECT COUNT(*) FROM data_keys \
                WHERE user_id IS NOT NULL)";
    assert_eq!(file.query_one(left, [], |row| row.get::<_, i64>(0)), Ok(0));
}

/// Asks the model that the chat's own server plays; gives what it was shown and the log.
async fn ask_with(
    chat: &mut Chat,
    bot: &BotId,
    id: &CredentialId,
) -> (Option<String>, Vec<String>) {
    let base_url = chat.model.base_url();
    let options = json!({"credentialsId": id.as_str(), "baseUrl": base_url});
    chat.app.publish_version(bot, &model_bot(&options)).await;
    let (_, shown, log) = chat.start("model").await;
    (shown, log)
}

#[tokio::test]
async fn a_members_credential_works_until_the_member_leaves() {
    let mut chat = Chat::new().await;
    let store = chat.app.app.store.clone();
    let user = add_user(&store, "u1").await;
    let id = chat.keep(&Owner::User(user.clone()), "openai").await;
    let bot = chat.app.publish("model", &model_bot(&json!({}))).await;
    let nothing = (None, vec![NOT_HERE.to_owned()]);
    assert_eq!(ask_with(&mut chat, &bot, &id).await, nothing, "not yet");

    let tx = store.begin().await.unwrap();
    let members = tx.members();
    members
        .add(&workspace(), &user, Role::Member, 0)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let shown = (Some("Bearer sk-shop".to_owned()), Vec::new());
    assert_eq!(ask_with(&mut chat, &bot, &id).await, shown);
    // It is written down in the workspace whose bot used it.
    let noted = async {
        loop {
            let log = store
                .reader()
                .audit_log()
                .page(&workspace(), None, 10)
                .await;
            if let Some(entry) = log.unwrap().pop() {
                break entry;
            }
            tokio::task::yield_now().await;
        }
    };
    let noted = tokio::time::timeout(crate::model::PATIENCE, noted).await;
    let noted = noted.expect("the use is noted");
    assert_eq!(
        (&*noted.action, &*noted.target),
        ("credential.opened", id.as_str())
    );
    assert_eq!(noted.details.as_deref(), Some(r#"{"user":"u1"}"#));

    let tx = store.begin().await.unwrap();
    assert!(tx.members().remove(&workspace(), &user).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(ask_with(&mut chat, &bot, &id).await, nothing, "no longer");
}

#[test]
fn a_credential_is_tested_as_far_as_that_goes() {
    let data = tempfile::tempdir().unwrap();
    let test = |wanted: &str| run(data.path(), &["credential", "test", wanted]);
    for (name, input) in [
        ("Here", "apiKey=sk-canary\nbaseUrl=http://127.0.0.1:9/v1"),
        (
            "Nowhere",
            "apiKey=sk-canary\nbaseUrl=https://nothing.invalid",
        ),
    ] {
        let added = told_with(data.path(), &["credential", "add", "openai", name], input);
        assert!(added.status.success(), "{}", text_of(&added.stderr));
    }
    let here = test("Here");
    let told = text_of(&here.stderr);
    assert!(
        told.contains("127.0.0.1 has an address that is not public"),
        "{told}"
    );
    let allowed = [("TALKLOOM_EGRESS__ALLOW", "127.0.0.1:9")];
    let here = run_with(data.path(), &["credential", "test", "Here"], &allowed);
    assert!(here.status.success(), "{}", text_of(&here.stderr));
    let printed = text_of(&here.stdout);
    assert!(!printed.contains("canary"), "{printed}");
    let told: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(told["ok"], true);
    let well = [
        "It opens.",
        "Every field that it needs is filled in.",
        "127.0.0.1 can be found.",
    ];
    assert_eq!(told["well"], json!(well));
    assert!(told["note"].as_str().unwrap().contains("was not asked"));

    let nowhere = test("Nowhere");
    assert_eq!(nowhere.status.code(), Some(2));
    let told = text_of(&nowhere.stderr);
    assert!(told.contains("nothing.invalid cannot be found"), "{told}");
    assert!(text_of(&test("Other").stderr).contains("There is no credential"));
    let file = rusqlite::Connection::open(data.path().join("talkloom.db")).unwrap();
    let noted = "SELECT COUNT(*) FROM audit_log WHERE action = 'credential.opened'";
    assert_eq!(file.query_one(noted, [], |row| row.get::<_, i64>(0)), Ok(3));
    let broken = "UPDATE credential_secrets SET sealed = sealed || 'x'";
    assert_eq!(file.execute(broken, []), Ok(2));
    let told = text_of(&test("Here").stderr);
    assert!(told.contains("It does not open"), "{told}");
}

#[test]
fn what_is_lost_is_forgotten_only_when_that_is_said() {
    let data = tempfile::tempdir().unwrap();
    let (old, new) = (fresh_key(), fresh_key());
    let with = |key: &Secret, arguments: &[&str]| {
        run_with(
            data.path(),
            arguments,
            &[("TALKLOOM_MASTER_KEY", key.expose())],
        )
    };
    let add = |key: &Secret, name: &str| {
        let mut child = program(data.path())
            .args(["credential", "add", "openai", name])
            .env("TALKLOOM_MASTER_KEY", key.expose())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"apiKey=sk-canary").unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success(), "{name}");
    };
    add(&old, "Shop");
    let forget = ["credential", "forget-lost"];
    let nothing = with(&old, &forget);
    assert!(text_of(&nothing.stderr).contains("nothing is lost"));

    // Another key: the server does not start, and nothing is forgotten unasked.
    assert_eq!(with(&new, &["credential", "list"]).status.code(), Some(2));
    let listed = with(&new, &forget);
    assert_eq!(listed.status.code(), Some(2));
    let told = text_of(&listed.stderr);
    assert!(
        told.contains("1 credentials do not open") && told.contains("--yes"),
        "{told}"
    );
    assert!(text_of(&listed.stdout).contains("\"name\":\"Shop\""));
    assert!(text_of(&with(&old, &["credential", "list"]).stdout).contains("Shop"));

    let forgotten = with(&new, &[&forget[..], &["--yes"]].concat());
    assert!(forgotten.status.success(), "{}", text_of(&forgotten.stderr));
    assert!(text_of(&forgotten.stderr).contains("Enter them anew"));
    assert_eq!(with(&new, &["credential", "list"]).stdout, b"");
    add(&new, "Shop again");
    assert_eq!(with(&old, &["credential", "list"]).status.code(), Some(2));
    assert!(text_of(&with(&new, &forget).stderr).contains("nothing is lost"));

    // A broken row goes alone.
    add(&new, "Broken");
    let file = rusqlite::Connection::open(data.path().join("talkloom.db")).unwrap();
    let broken = "UPDATE credential_secrets SET sealed = sealed || 'x' WHERE credential_id = \
                  (SELECT id FROM credentials WHERE name = 'Broken')";
    assert_eq!(file.execute(broken, []), Ok(1));
    let told = text_of(&with(&new, &forget).stderr);
    assert!(told.contains("their rows are broken"), "{told}");
    let forgotten = with(&new, &[&forget[..], &["--yes"]].concat());
    assert!(forgotten.status.success(), "{}", text_of(&forgotten.stderr));
    let listed = text_of(&with(&new, &["credential", "list"]).stdout);
    assert!(
        listed.contains("Shop again") && !listed.contains("Broken"),
        "{listed}"
    );
    let noted = "SELECT COUNT(*) FROM audit_log WHERE action = 'credential.forgotten'";
    assert_eq!(file.query_one(noted, [], |row| row.get::<_, i64>(0)), Ok(2));
}

#[test]
fn what_does_not_fit_is_refused_without_being_told() {
    let data = tempfile::tempdir().unwrap();
    for (kind, input, told) in [
        (
            "carrier-pigeon",
            "apiKey=sk-canary",
            "There are: google-sheets, openai, smtp, stripe, webhook-secret.",
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
