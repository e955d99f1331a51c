//! What the component says of itself, and its work on the visitor's page.

use serde_json::json;
use talkloom_block::Call;
use talkloom_block::manifest::{Hint, Interpolate};
use talkloom_http_request::plugin;

#[test]
fn the_manifest_tells_the_engine_how_to_prepare_the_options() {
    let manifest = plugin().manifest();
    manifest.check().expect("the manifest is right");
    let types: Vec<_> = manifest
        .blocks
        .iter()
        .map(|b| b.block_type.as_str())
        .collect();
    assert_eq!(types, ["Webhook", "Zapier", "Make.com", "Pabbly"]);
    let action = manifest
        .block("Webhook")
        .and_then(|b| b.default_action.as_deref());
    let action = manifest
        .action(action.expect("one that runs"))
        .expect("declared");
    let hints: Vec<_> = action
        .hints()
        .into_iter()
        .map(|h| (h.path, h.hint))
        .collect();
    let variable = "responseVariableMapping/*/variableId".to_owned();
    assert!(hints.contains(&(
        "webhook/body".to_owned(),
        Hint::Interpolate(Interpolate::Json)
    )));
    assert!(hints.contains(&(variable, Hint::Variable)));
}

/// The same request as the reference server hands to the page.
#[test]
fn the_page_is_given_the_whole_request() {
    let options = json!({
        "isExecutedOnClient": true, "isCustomBody": true,
        "webhook": {
            "url": "https://e.com/a \"q\"", "method": "POST",
            "headers": [{ "key": "X-N", "value": "n" }, { "key": "Authorization", "value": "Basic user:pass" }],
            "queryParams": [{ "key": "q", "value": "[\"x\",\"y\"]" }, { "key": "", "value": "z" }],
            "body": "{\"n\":\"a \\\"q\\\"\",\"l\":[\"x\",\"y\"]}",
        },
    });
    let mut call = Call::default();
    plugin()
        .run("Send request", options, &mut call)
        .expect("nothing is sent");
    let expected = json!({
        "type": "httpRequestToExecute",
        "expectsDedicatedReply": true,
        "httpRequestToExecute": {
            "url": "https://e.com/a \"q\"?q=%5B%22x%22%2C%22y%22%5D",
            "method": "POST",
            "headers": { "X-N": "n", "Authorization": "Basic dXNlcjpwYXNz" },
            "body": { "n": "a \"q\"", "l": ["x", "y"] },
        },
    });
    assert_eq!(call.client_actions(), [expected]);
}

#[test]
fn an_unfinished_block_does_nothing() {
    for options in [json!({}), json!({ "webhook": {} })] {
        let mut call = Call::default();
        plugin()
            .run("Send request", options, &mut call)
            .expect("nothing is sent");
        assert_eq!(call, Call::default());
    }
}
