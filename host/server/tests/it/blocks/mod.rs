//! The life of installed blocks, as an operator leads it beside a running server.

mod bomb;
#[path = "../../../../blocks/tests/support/component.rs"]
mod component;
mod granted;
mod sent;
mod side_by_side;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use services::Place;

use crate::bots::{bot, text};
use crate::model::PATIENCE;
use crate::process::{Server, import, run};

/// What the component does when it is called.
pub enum Does<'d> {
    /// Says a text.
    Says(&'d str),
    /// Breaks.
    Traps,
}

/// Writes a version of the block `acme/hello`, which stands behind the type `Hello`.
pub fn hello(folder: &Path, version: &str, does: &Does<'_>, permissions: &[Value]) -> PathBuf {
    let path = folder.join(format!("hello-{version}.wasm"));
    let wasm = component(version, does, permissions);
    std::fs::write(&path, wasm).expect("the file can be written");
    path
}

fn component(version: &str, does: &Does<'_>, permissions: &[Value]) -> Vec<u8> {
    let manifest = json!({
        "id": "acme/hello",
        "version": version,
        "contract": "0.1",
        "name": "Hello",
        "provides": ["actions"],
        "blocks": [{"type": "Hello", "name": "Hello", "actions": ["run"], "defaultAction": "run"}],
        "actions": [{"name": "run", "options": {"type": "object"}}],
        "permissions": permissions,
    });
    component::component(&core(does), component::CONTRACT, "action-block", &manifest)
}

/// The outcome lies at 1024: of its lists only the messages, at 1056, are filled.
fn core(does: &Does<'_>) -> String {
    let (message, run) = match does {
        Does::Says(said) => {
            let paragraph = json!({"type": "p", "children": [{"text": said}]});
            let content = json!({"type": "richText", "richText": [paragraph]});
            let message = json!({"id": "said", "type": "text", "content": content});
            (message.to_string(), "(i32.const 1024)")
        }
        Does::Traps => (String::new(), "(unreachable)"),
    };
    let (length, text) = (message.len(), message.replace('"', "\\22"));
    format!(
        r#"(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 8192))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (data (i32.const 4096) "{text}")
  (func (export "talkloom:block/actions@0.1.0#run") (param $call i32) (result i32)
    (i32.store (i32.const 600) (i32.const 4096))
    (i32.store (i32.const 604) (i32.const {length}))
    (i32.store (i32.const 1056) (i32.const 600))
    (i32.store (i32.const 1060) (i32.const 1))
    {run})
)"#
    )
}

/// Asks for a host and for scripts.
pub fn network() -> Value {
    json!({"kind": "network", "hosts": ["api.example.com"], "reason": "It looks names up."})
}

pub fn scripts() -> Value {
    json!({"kind": "scripts", "reason": "It counts."})
}

/// A bot that calls the block and goes on.
pub fn greeting() -> Value {
    bot(&[
        text("b_before", "before"),
        json!({"id": "b_hello", "type": "Hello", "options": {}}),
        text("b_after", "after"),
    ])
}

/// Imports and publishes a bot that calls the block.
pub fn publish(place: &Place, public_id: &str) {
    let file = place.path().join("greeting.json");
    std::fs::write(&file, greeting().to_string()).expect("the file can be written");
    import(
        place.path(),
        &file,
        &["--publish", "--public-id", public_id],
    );
}

/// Runs `talkloom blocks …`; gives what it printed.
pub fn blocks(place: &Place, arguments: &[&str]) -> String {
    let output = run(place.path(), &[&["blocks"], arguments].concat());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).expect("it prints text")
}

/// The same where it is refused; gives the reason.
pub fn refused(place: &Place, arguments: &[&str]) -> String {
    let output = run(place.path(), &[&["blocks"], arguments].concat());
    assert!(!output.status.success(), "{arguments:?} is taken");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a bot says, bubble by bubble, joined by spaces.
pub async fn said(server: &Server, public_id: &str) -> String {
    let answer = server.start_chat(public_id).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let messages = answer.body["messages"].as_array().cloned();
    let texts = messages.unwrap_or_default();
    let texts = texts.iter().map(|message| {
        let text = &message["content"]["richText"][0]["children"][0]["text"];
        text.as_str().unwrap_or_default().to_owned()
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// Waits until a bot says this: servers follow within about a second.
pub async fn until_said(server: &Server, public_id: &str, expected: &str) {
    let began = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    loop {
        looks.tick().await;
        let found = said(server, public_id).await;
        if found == expected {
            return;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "it says “{found}”, not “{expected}”"
        );
    }
}

pub fn text_of(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}
