//! A small block, as an author writes one: its manifest and its work.

use serde_json::{Value, json};
use talkloom_block::manifest::{Interface, PermissionKind};
use talkloom_block::prelude::*;

/// How to greet.
#[options]
struct Greeting {
    /// Who is greeted.
    #[field(label = "Name", placeholder = "Ada")]
    name: String,
    /// How warmly.
    tone: Tone,
    #[field(interpolate = "raw", input = "code")]
    code: Option<String>,
    results: Vec<Mapping>,
}

#[options]
enum Tone {
    #[default]
    #[serde(rename = "Friendly")]
    Friendly,
    #[serde(rename = "Very friendly")]
    VeryFriendly,
}

#[options]
struct Mapping {
    item: Option<String>,
    #[field(stream_variable = { "item": ["Text", null] })]
    variable_id: Variable,
}

fn greet(options: Greeting, call: &mut Call) -> Result<(), Failure> {
    let mark = if options.tone == Tone::VeryFriendly {
        "!!"
    } else {
        "!"
    };
    let text = format!("Hello, {}{mark}", options.name);
    for mapping in &options.results {
        call.set(&mapping.variable_id, text.clone());
    }
    Ok(())
}

block!(
    Plugin::new("acme/hello", "Hello")
        .permission(PermissionKind::Scripts, "It counts in JavaScript.")
        .action(
            Action::new("Greet", greet)
                .help("Greets the visitor.")
                .streams()
        )
);

#[test]
fn describes_itself() {
    let manifest = plugin().manifest();
    manifest.check().expect("the manifest is right");
    assert_eq!(manifest.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest.provides, [Interface::Actions]);
    let block = manifest.block("hello").expect("named after the id");
    assert_eq!(block.default_action.as_deref(), Some("Greet"));

    let action = manifest.action("Greet").expect("declared");
    let name = &action.options["properties"]["name"];
    assert_eq!(
        *name,
        json!({
            "description": "Who is greeted.", "type": "string", "default": "",
            "x-label": "Name", "x-placeholder": "Ada",
        })
    );
    let hints: Vec<_> = action.hints().into_iter().map(|h| h.path).collect();
    let mapping = "results/*/variableId";
    assert_eq!(hints, ["code", mapping, mapping, mapping]);
}

fn run(options: Value) -> Result<Call, Failure> {
    let mut call = Call::default().with_variable("v1", "Greeting", Value::Null);
    plugin().run("Greet", options, &mut call)?;
    Ok(call)
}

#[test]
fn does_its_work() {
    let options = json!({
        "name": "Ada", "tone": "Very friendly",
        "results": [{ "variableId": "v1" }, { "item": "Text" }],
    });
    let call = run(options).expect("it greets");
    assert_eq!(
        call.assignments(),
        [("v1".to_owned(), json!("Hello, Ada!!"))]
    );
    let half_drawn = run(json!({})).expect("nothing is needed");
    assert_eq!(half_drawn.assignments(), []);
}

#[test]
fn refuses_options_that_do_not_fit() {
    let refused = run(json!({ "tone": "Rude" })).expect_err("there is no such tone");
    assert!(matches!(&refused, Failure::InvalidOptions(_)));
    assert!(
        refused.to_string().contains("unknown variant `Rude`"),
        "{refused}"
    );
}
