//! What the component says of itself.

use talkloom_block::manifest::{Hint, Place, StreamVariable};
use talkloom_openai::plugin;

#[test]
fn the_manifest_keeps_the_key_in_the_host() {
    let manifest = plugin().manifest();
    manifest.check().expect("the manifest is right");
    let credential = manifest.credential("openai").expect("declared");
    assert!(credential.field("apiKey").expect("declared").secret);
    let rule = &credential.injections[0];
    assert_eq!(rule.hosts, ["{baseUrl}"]);
    assert_eq!(rule.place, Place::Header("Authorization".to_owned()));
}

#[test]
fn the_manifest_names_the_streamed_variable() {
    let manifest = plugin().manifest();
    let block = manifest.block("openai").expect("claimed");
    assert_eq!(
        block.default_action, None,
        "a block without an action does nothing"
    );
    let hints = manifest
        .action(&block.actions[0])
        .expect("declared")
        .hints();
    let variables: Vec<_> = hints.iter().filter(|h| h.hint == Hint::Variable).collect();
    let paths: Vec<_> = variables.iter().map(|h| h.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "messages/*/dialogueVariableId",
            "responseMapping/*/variableId"
        ]
    );
    let text = vec![Some("Message content".to_owned()), None];
    let when = Some(("item".to_owned(), text));
    let streams = Hint::StreamVariable(StreamVariable { when });
    assert!(hints.iter().any(|h| h.hint == streams));
}
