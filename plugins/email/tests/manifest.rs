//! What the component says of itself, and its work without a host.

use serde_json::json;
use talkloom_block::manifest::Hint;
use talkloom_email::plugin;

#[test]
fn the_manifest_tells_the_engine_how_to_prepare_the_options() {
    let manifest = plugin().manifest();
    manifest.check().expect("the manifest is right");
    let block = manifest.block("Email").expect("it claims the type");
    assert_eq!(block.credential.as_deref(), Some("smtp"));
    let action = block.default_action.as_deref().expect("one that runs");
    let action = manifest.action(action).expect("declared");
    assert!(action.reads_submission);
    let hints: Vec<_> = action
        .hints()
        .into_iter()
        .map(|h| (h.path, h.hint))
        .collect();
    let of = |path: &str, hint: Hint| hints.contains(&(path.to_owned(), hint));
    assert!(of("attachmentsVariableId", Hint::Variable), "{hints:?}");
    assert!(of("body", Hint::NamesVariables), "{hints:?}");
    let password = manifest.credentials[0].field("password");
    assert!(password.is_some_and(|field| field.secret));
    // What a document may hold is understood.
    let schema = serde_json::to_string(&json!(action.options)).expect("it is JSON");
    for key in [
        "recipients",
        "replyTo",
        "cc",
        "bcc",
        "isCustomBody",
        "isBodyCode",
    ] {
        assert!(schema.contains(&format!("\"{key}\"")), "{key}");
    }
}
