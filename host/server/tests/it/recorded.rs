//! Recorded conversations on the command line: printed, compared, kept as tests.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use services::Place;

use crate::app::place;
use crate::bots::{bot, greeter, text, text_input};
use crate::process::{Server, export, import, run};

/// What a command printed, and its exit code.
fn told(data: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = run(data, arguments);
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    (printed, output.status.code())
}

fn publish(folder: &Place, document: &Value, public_id: &str) {
    let file = write(folder, "bot.json", document);
    import(
        folder.path(),
        &file,
        &["--publish", "--public-id", public_id],
    );
}

fn write(folder: &Place, name: &str, json: &Value) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, json.to_string()).expect("the file can be written");
    path
}

/// The greeter with a fresh id and a script, so that the world has a part in it.
fn lottery() -> Value {
    let set =
        |id: &str, options: Value| json!({"id": id, "type": "Set variable", "options": options});
    bot(&[
        set(
            "b_draw",
            json!({"variableId": "v_city", "type": "Random ID"}),
        ),
        text("b_hello", "Ticket {{City}}. Who are you?"),
        text_input("b_name", "v_name"),
        set(
            "b_shout",
            json!({"variableId": "v_city", "expressionToEvaluate": "{{Name}}.toUpperCase()"}),
        ),
        text("b_bye", "Bye, {{City}}."),
    ])
}

/// Holds a conversation to its end; gives its result's and its session's id.
async fn hold(folder: &Place, public_id: &str, replies: &[&str]) -> (String, String) {
    let server = Server::start(folder.path());
    let began = server.start_chat(public_id).await;
    let (result, session) = (began.text("/resultId"), began.text("/sessionId"));
    for reply in replies {
        let answer = server.say(session, reply).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    server.kill();
    (result.to_owned(), session.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_printed_and_compared() {
    let folder = place();
    let data = folder.path();
    publish(&folder, &lottery(), "lottery");
    let (result, session) = hold(&folder, "lottery", &["Ada"]).await;

    let (printed, code) = told(data, &["replay", &result]);
    assert_eq!(code, Some(0), "{printed}");
    for line in [
        "visitor  (the conversation begins)",
        "asks     text input (b_name)",
        "visitor  Ada",
        "\"ADA\"",
        "bot      Bye, ADA.",
        "set      City = \"ADA\"",
        "end      The conversation is over.",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let (json, code) = told(data, &["replay", &session, "--json"]);
    let json: Value = serde_json::from_str(&json).expect("it prints JSON");
    assert_eq!((code, &json["session"]), (Some(0), &json!(session)));
    assert_eq!(json["turns"][1]["did"]["bot"], json!(["Bye, ADA."]));

    let (printed, code) = told(data, &["replay", &result, "--against", "lottery"]);
    assert_eq!(
        (code, printed.contains("all 2 turns")),
        (Some(0), true),
        "{printed}"
    );
    let (printed, code) = told(data, &["replay", "nobody"]);
    assert_eq!(
        (code, printed.contains("“nobody”")),
        (Some(2), true),
        "{printed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_difference_is_named() {
    let folder = place();
    let data = folder.path();
    publish(&folder, &lottery(), "lottery");
    let (result, _) = hold(&folder, "lottery", &["Ada"]).await;
    let changed = |from: &str, to: &str| {
        let document = export(data, "lottery").to_string();
        assert!(document.contains(from), "{from}: {document}");
        let other = document.replace(from, to);
        let file = folder.path().join("other.json");
        std::fs::write(&file, other).unwrap();
        let file = file.to_str().unwrap();
        let (printed, code) = told(data, &["replay", &result, "--against", file]);
        assert_eq!(code, Some(1), "{printed}");
        printed
    };
    let text = changed("Bye, ", "Farewell, ");
    assert!(text.starts_with("Turn 2 differs"), "{text}");
    assert!(
        text.contains("- bot      Bye, ADA.\n+ bot      Farewell, ADA."),
        "{text}"
    );
    let input = changed("text input", "email input");
    assert!(input.starts_with("Turn 1 differs"), "{input}");
    assert!(input.contains("+ asks     email input (b_name)"), "{input}");
    let script = changed("toUpperCase", "toLowerCase");
    assert!(script.contains("another script"), "{script}");
    assert!(script.contains("- return v_name.toUpperCase()"), "{script}");
    assert!(script.contains("+ return v_name.toLowerCase()"), "{script}");
    let fewer = changed("Set variable", "Unheard of");
    assert!(fewer.contains("- set      City = "), "{fewer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_conversation_becomes_a_test() {
    let folder = place();
    let data = folder.path();
    publish(&folder, &lottery(), "lottery");
    let (result, _) = hold(&folder, "lottery", &["Ada"]).await;
    let saved = data.join("talks/lottery.talk.json");
    std::fs::create_dir(data.join("talks")).unwrap();
    let (talks, saved) = (data.join("talks"), saved.to_str().unwrap());
    let talks = talks.to_str().unwrap();
    let (printed, code) = told(data, &["test", "--save", &result, "--out", saved]);
    assert_eq!(code, Some(0), "{printed}");
    let (printed, code) = told(data, &["test", talks]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        printed.contains("1 conversation: 1 as expected, 0 not."),
        "{printed}"
    );

    let other = lottery().to_string().replace("Bye", "Farewell");
    let other = write(
        &folder,
        "other.json",
        &serde_json::from_str(&other).unwrap(),
    );
    let other = other.to_str().unwrap();
    let (printed, code) = told(data, &["test", talks, "--bot", other]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("Step 2 differs"), "{printed}");
    assert!(printed.contains("+ bot      Farewell, ADA."), "{printed}");
    let (printed, code) = told(data, &["test", talks, "--bot", "nobody"]);
    assert_eq!(
        (code, printed.contains("“nobody”")),
        (Some(2), true),
        "{printed}"
    );
}

#[test]
fn the_demo_bot_talks_as_it_was_saved() {
    let folder = place();
    let saved = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations");
    let (printed, code) = told(folder.path(), &["test", saved.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{printed}");
}

#[test]
fn a_test_that_nobody_can_run_says_why() {
    let folder = place();
    let data = folder.path();
    let greeter = write(&folder, "greeter.json", &greeter());
    let talk = |steps: Value| {
        let bot = greeter.to_str();
        let talk = json!({"title": "A talk", "bot": bot, "steps": steps});
        let file = write(&folder, "a.talk.json", &talk);
        told(data, &["test", file.to_str().unwrap()])
    };
    let (printed, code) = talk(json!([{"expect": {"bot": ["Hello! Who are you?"]}}]));
    assert_eq!(code, Some(0), "{printed}");
    for (steps, reason) in [
        (json!([]), "no steps"),
        (json!([{"expects": {}}]), "field `expects`"),
        (json!([{"effects": [{"fails": "x"}]}]), "is of no kind"),
    ] {
        let (printed, code) = talk(steps);
        assert_eq!(
            (code, printed.contains(reason)),
            (Some(2), true),
            "{printed}"
        );
    }
    let steps = json!([{}, {"visitor": "Ada", "expect": {"variables": {"Name": "Bob"}}}]);
    let (printed, code) = talk(steps);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("+ set      Name = \"Ada\""), "{printed}");
}
