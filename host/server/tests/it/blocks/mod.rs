//! The life of installed blocks, as an operator leads it beside a running server.

mod bomb;
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
    let mut wasm = code(does);
    append_manifest(&mut wasm, &manifest);
    wasm
}

/// A component without a manifest. The tests of `talkloom-blocks` make it and hold it against its
/// text, `hello.wat`: it traps where its message begins with an exclamation mark, else it says it.
const HELLO: &[u8] = include_bytes!("../../../../blocks/tests/hostile/hello.wasm");
const MESSAGE_BYTES: usize = 256;

/// The component with this for a message.
fn code(does: &Does<'_>) -> Vec<u8> {
    let message = match does {
        Does::Says(said) => {
            let paragraph = json!({"type": "p", "children": [{"text": said}]});
            let content = json!({"type": "richText", "richText": [paragraph]});
            json!({"id": "said", "type": "text", "content": content}).to_string()
        }
        Does::Traps => "!".to_owned(),
    };
    let message = format!("{message:<MESSAGE_BYTES$}");
    assert_eq!(message.len(), MESSAGE_BYTES, "the message is too long");
    let place = "#".repeat(MESSAGE_BYTES);
    let at = HELLO
        .windows(MESSAGE_BYTES)
        .position(|bytes| bytes == place.as_bytes());
    let at = at.expect("there is a place for the message");
    let mut wasm = HELLO.to_vec();
    wasm[at..at + MESSAGE_BYTES].copy_from_slice(message.as_bytes());
    wasm
}

/// Appends the custom section that holds a manifest.
fn append_manifest(wasm: &mut Vec<u8>, manifest: &Value) {
    let name = talkloom_manifest::SECTION;
    let mut section = vec![u8::try_from(name.len()).expect("the name is short")];
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(manifest.to_string().as_bytes());
    append(wasm, 0, &section);
}

/// Appends a section: its number, its length, its bytes.
fn append(wasm: &mut Vec<u8>, number: u8, section: &[u8]) {
    wasm.push(number);
    leb(wasm, section.len());
    wasm.extend_from_slice(section);
}

/// A number as the format writes it.
fn leb(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("seven bits"));
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
