//! The schema, brought forward and back from the command line.

use std::path::Path;

use crate::app::place;
use crate::bots::greeter;
use crate::process::{export, import, run};

fn told(data: &Path, arguments: &[&str]) -> Vec<String> {
    let output = run(data, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    let told = String::from_utf8(output.stdout).expect("it prints text");
    told.lines().map(str::to_owned).collect()
}

#[test]
fn the_schema_goes_forward_and_back() {
    let data = place();
    told(data.path(), &["migrate"]);
    assert_eq!(told(data.path(), &["migrate", "up"]), ["Nothing is to do."]);
    let status = told(data.path(), &["migrate", "status"]);
    assert!(status.len() > 5, "{status:?}");
    assert!(
        status.iter().all(|line| line.ends_with(" applied")),
        "{status:?}"
    );

    let file = data.path().join("bot.json");
    std::fs::write(&file, greeter().to_string()).unwrap();
    let imported = import(data.path(), &file, &["--publish"]);
    let back = told(data.path(), &["migrate", "down", "2"]);
    let last = status.last().unwrap().split(' ').next().unwrap();
    assert_eq!(back.len(), 2, "{back:?}");
    assert_eq!(back[0], format!("{last} taken back"));
    let now = told(data.path(), &["migrate", "status"]);
    assert!(now.last().unwrap().ends_with(" missing"), "{now:?}");

    // Whatever needs the schema brings it forward by itself.
    let exported = export(data.path(), imported["id"].as_str().unwrap());
    assert_eq!(exported["groups"], greeter()["groups"]);
    assert_eq!(told(data.path(), &["migrate", "status"]), status);
}
