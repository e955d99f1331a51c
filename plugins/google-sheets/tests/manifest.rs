//! What the component says of itself.

use talkloom_block::manifest::Hint;
use talkloom_google_sheets::plugin;

#[test]
fn the_manifest_keeps_the_tokens_in_the_host() {
    let manifest = plugin().manifest();
    manifest.check().expect("the manifest is right");
    let account = manifest.credential("google-sheets").expect("declared");
    assert!(account.fields.iter().all(|field| !field.secret));
    let oauth = account
        .oauth2
        .as_ref()
        .expect("it is connected by signing in");
    assert!(oauth.pkce && oauth.revoke_url.is_some());
    assert_eq!(oauth.authorize_parameters["access_type"], "offline");
    assert_eq!(account.injections[0].template, "Bearer {accessToken}");
}

#[test]
fn only_cells_that_are_extracted_set_variables() {
    let manifest = plugin().manifest();
    let block = manifest.block("Google Sheets").expect("claimed");
    assert_eq!(
        block.actions,
        ["Get data from sheet", "Insert a row", "Update a row"]
    );
    let variables = |action: &str| {
        let hints = manifest.action(action).expect("declared").hints();
        let variables = hints.into_iter().filter(|hint| hint.hint == Hint::Variable);
        variables.map(|hint| hint.path).collect::<Vec<_>>()
    };
    assert_eq!(
        variables("Get data from sheet"),
        ["cellsToExtract/*/variableId"]
    );
    assert_eq!(variables("Insert a row"), [""; 0]);
    assert_eq!(variables("Update a row"), [""; 0]);
}
