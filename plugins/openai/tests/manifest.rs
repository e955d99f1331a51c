//! What the component says of itself.

use talkloom_block::manifest::{Hint, Manifest, Place, StreamVariable};
use talkloom_openai::plugin;

fn paths(manifest: &Manifest, action: &str, hint: &Hint) -> Vec<String> {
    let hints = manifest.action(action).expect("declared").hints();
    let same = hints.into_iter().filter(|found| found.hint == *hint);
    same.map(|found| found.path).collect()
}

#[test]
fn the_manifest_keeps_the_key_in_the_host() {
    let manifest = plugin().manifest();
    manifest.check().expect("the manifest is right");
    let credential = manifest.credential("openai").expect("declared");
    assert!(credential.field("apiKey").expect("declared").secret);
    let places: Vec<_> = credential
        .injections
        .iter()
        .map(|rule| &rule.place)
        .collect();
    let header = |name: &str| Place::Header(name.to_owned());
    assert_eq!(places, [&header("Authorization"), &header("api-key")]);
    let hosts = credential.injections.iter().flat_map(|rule| &rule.hosts);
    assert!(hosts.eq(["{baseUrl}", "{baseUrl}"].iter()));
}

#[test]
fn old_and_new_blocks_are_claimed() {
    let manifest = plugin().manifest();
    let block = manifest.block("openai").expect("claimed");
    assert_eq!(
        block.default_action, None,
        "a block without an action does nothing"
    );
    let hidden = |name: &&String| manifest.action(name).expect("declared").hidden;
    let offered = block.actions.iter().filter(|name| !hidden(name));
    let expected = [
        "Create chat completion",
        "Ask Model",
        "Generate variables",
        "Create speech",
        "Create transcription",
    ];
    assert!(offered.eq(expected.iter()));
    let old = manifest.block("OpenAI").expect("claimed");
    assert_eq!(old.default_action.as_ref(), Some(&old.actions[0]));
    assert!(old.actions.iter().all(|name| hidden(&name)));
}

#[test]
fn the_manifest_names_the_streamed_variables() {
    let manifest = plugin().manifest();
    let old = &manifest.block("OpenAI").expect("claimed").actions[0];
    for (action, sibling, value) in [
        ("Create chat completion", "item", "Message content"),
        ("Ask Model", "item", "Message"),
        (old, "valueToExtract", "Message content"),
    ] {
        let when = Some((sibling.to_owned(), vec![Some(value.to_owned()), None]));
        let streams = Hint::StreamVariable(StreamVariable { when });
        let found = paths(&manifest, action, &streams);
        assert_eq!(found, ["responseMapping/*/variableId"], "{action}");
    }
}

#[test]
fn the_manifest_names_every_variable() {
    let manifest = plugin().manifest();
    let old = &manifest.block("OpenAI").expect("claimed").actions[0];
    let table: [(&str, &[&str]); 6] = [
        (
            "Create chat completion",
            &[
                "messages/*/dialogueVariableId",
                "responseMapping/*/variableId",
            ],
        ),
        (
            "Ask Model",
            &["responseIdVariableId", "responseMapping/*/variableId"],
        ),
        ("Generate variables", &["variablesToExtract/*/variableId"]),
        ("Create speech", &["saveUrlInVariableId"]),
        ("Create transcription", &["transcriptionVariableId"]),
        (
            old,
            &[
                "messages/*/content/assistantMessagesVariableId",
                "messages/*/content/userMessagesVariableId",
                "messages/*/dialogueVariableId",
                "responseMapping/*/variableId",
                "saveUrlInVariableId",
            ],
        ),
    ];
    for (action, expected) in table {
        assert_eq!(
            paths(&manifest, action, &Hint::Variable),
            expected,
            "{action}"
        );
    }
    for (action, path) in [
        ("Create chat completion", "tools/*/code"),
        ("Ask Model", "functions/*/code"),
    ] {
        assert_eq!(paths(&manifest, action, &Hint::NamesVariables), [path]);
    }
}
