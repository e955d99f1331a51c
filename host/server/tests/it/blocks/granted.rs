//! What is granted: by a list, to what comes with the server, taken back, by workspace.

use std::collections::BTreeMap;

use talkloom_blocks::{grant_names, read_manifest};
use talkloom_server::{Config, blocks::find};

use super::{Does, blocks, hello, network, publish, refused, said, scripts, text_of, until_said};
use crate::app::place;
use crate::process::Server;

const README: &str = include_str!("../../../../../README.md");

/// A row of the table is `| id | types | what it is granted |`.
#[test]
fn the_readme_says_what_first_party_blocks_are_granted() {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = README
        .lines()
        .filter(|line| line.starts_with("| `talkloom/"));
    let told: BTreeMap<String, String> = rows
        .map(|line| {
            let cells = cells(line);
            (cells[0].clone(), cells[1].clone())
        })
        .collect();
    let components = find(&Config::default()).expect("the blocks can be read");
    let granted: BTreeMap<String, String> = components
        .iter()
        .map(|component| {
            let manifest = read_manifest(&component.wasm, usize::MAX).expect("it has a manifest");
            let names = manifest.permissions.iter();
            let names = names.flat_map(|permission| grant_names(&permission.kind));
            let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
            let names = match names.as_slice() {
                [] => "nothing".to_owned(),
                names => names.join(", "),
            };
            (format!("`{}`", manifest.id), names)
        })
        .collect();
    assert_eq!(
        told, granted,
        "the README's table differs from the manifests"
    );
}

#[tokio::test]
async fn a_server_installs_what_its_list_names() {
    let place = place();
    hello(
        place.path(),
        "1.0.0",
        &Does::Says("one"),
        &[network(), scripts()],
    );
    let list = place.path().join("blocks.toml");
    let entry = "[[block]]\nid = \"acme/hello\"\nfile = \"hello-1.0.0.wasm\"\ngrant = [\"scripts\"]\n\
                 [[block]]\nid = \"acme/gone\"\nfile = \"gone.wasm\"\n";
    std::fs::write(&list, entry).expect("the list can be written");
    let listed = [("TALKLOOM_BLOCKS__FILE", text_of(&list))];
    let server = Server::start_with(place.path(), &listed);
    publish(&place, "hello");
    assert_eq!(said(&server, "hello").await, "before one after");
    let told = blocks(&place, &["show", "acme/hello"]);
    assert!(
        told.contains("[refused]  It may send requests to api.example.com."),
        "{told}"
    );
    assert!(told.contains("[granted]  It may run JavaScript"), "{told}");
    let log = server.finish();
    assert!(
        log.contains("asks for more than blocks.file grants: network:api.example.com"),
        "{log}"
    );
    assert!(
        log.contains("acme/gone is not as blocks.file wants it"),
        "{log}"
    );
}

#[tokio::test]
async fn what_was_granted_is_taken_back_and_blocks_are_switched_off() {
    let place = place();
    let server = Server::start(place.path());
    let one = hello(place.path(), "1.0.0", &Does::Says("one"), &[scripts()]);
    let told = refused(&place, &["install", text_of(&one), "--sha256", "00"]);
    assert!(told.contains("is not the one that you named"), "{told}");
    blocks(&place, &["install", text_of(&one), "--grant"]);
    let told = refused(&place, &["install", text_of(&one)]);
    assert!(told.contains("is installed already"), "{told}");
    publish(&place, "hello");
    until_said(&server, "hello", "before one after").await;
    blocks(&place, &["disable", "acme/hello"]);
    until_said(&server, "hello", "before after").await;
    blocks(&place, &["enable", "acme/hello"]);
    until_said(&server, "hello", "before one after").await;
    blocks(&place, &["revoke", "acme/hello"]);
    until_said(&server, "hello", "before after").await;
    let told = blocks(&place, &["list"]);
    let line = told.lines().find(|line| line.starts_with("acme/hello"));
    assert!(line.is_some_and(|line| line.contains("staged")), "{told}");
    // What comes with the server is in the same books.
    assert!(told.contains("talkloom/script"), "{told}");
    let told = refused(&place, &["uninstall", "talkloom/script"]);
    assert!(told.contains("comes with the server"), "{told}");
    let told = refused(&place, &["show", "acme/none"]);
    assert!(told.contains("There is no block “acme/none”"), "{told}");
    server.kill();
}
