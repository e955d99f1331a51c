//! What the component says of itself.

use talkloom_block::manifest::{Interface, PermissionKind, Place, When};
use talkloom_stripe::plugin;

#[test]
fn the_manifest_keeps_the_keys_in_the_host() {
    let manifest = plugin().manifest();
    manifest.check().expect("the manifest is right");
    let credential = manifest.credential("stripe").expect("declared");
    for field in &credential.fields {
        let hides = field.name.to_lowercase().contains("secret");
        assert_eq!(field.secret, hides, "{}", field.name);
    }
    let rules: Vec<_> = credential.injections.iter().collect();
    let [live, preview] = rules.as_slice() else {
        panic!("{rules:?}")
    };
    assert_eq!(
        (live.template.as_str(), live.when),
        ("Bearer {live.secretKey}", None)
    );
    assert_eq!(preview.template, "Bearer {test.secretKey}");
    assert_eq!(preview.when, Some(When::Preview));
    assert_eq!(live.place, Place::Header("Authorization".to_owned()));
    assert_eq!(live.place, preview.place);
    let reveals = |permission: &talkloom_block::manifest::Permission| {
        permission.kind == PermissionKind::Reveal
    };
    assert!(!manifest.permissions.iter().any(reveals));
}

#[test]
fn it_stands_behind_the_payment_input() {
    let manifest = plugin().manifest();
    assert_eq!(manifest.provides, [Interface::Inputs, Interface::Webhooks]);
    let block = manifest.block("payment input").expect("claimed");
    let action = block.default_action.as_deref().expect("there is one");
    assert!(manifest.action(action).expect("declared").input);
    assert_eq!(block.credential.as_deref(), Some("stripe"));
}
