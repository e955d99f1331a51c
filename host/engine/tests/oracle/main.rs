//! Recorded conversations, held again with our engine: every turn must be equal.

mod fixtures;
#[path = "../support/mod.rs"]
mod support;
mod view;

use fixtures::{folder, json_files, read};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use support::{Component, Session, World, reply_of, start_of};
use talkloom_engine::effect::BlockOutcome;
use talkloom_engine::{Output, Refusal};
use talkloom_flow::catalog::{ActionSpec, BlockSpec, Catalog};
use talkloom_flow::open;
use view::{first_difference, view};

/// Recordings that differ, and why. One that starts to agree fails the test too.
const DIFFERENT: &[(&str, &str)] = &[(
    "t-webhook",
    "the failed request's body comes from the component, which is not run here",
)];

/// 22 November 2026, noon.
const NOW_MS: i64 = 1_795_348_800_000;

fn seen(end: &Result<Output, Refusal>) -> Value {
    match end {
        Ok(output) => view(output),
        Err(refusal) => json!({"status": refusal.status}),
    }
}

/// The first difference between a recorded walk and ours.
fn hold(world: &mut World, bot: &str, walk: &Value) -> Option<String> {
    let start = walk.get("start").cloned().unwrap_or_else(|| json!({}));
    let (mut session, end) = Session::start(world, bot, start_of(&start, bot));
    let mut ours = vec![seen(&end)];
    for reply in walk["replies"].as_array().into_iter().flatten() {
        ours.push(seen(&session.reply(world, reply_of(reply))));
    }
    let recorded = walk["seen"].as_array().cloned().unwrap_or_default();
    assert_eq!(
        recorded.len(),
        ours.len(),
        "one view for the start and for each reply"
    );
    recorded
        .into_iter()
        .zip(&ours)
        .enumerate()
        .find_map(|(turn, (mut recorded, ours))| {
            if recorded["status"].is_number() {
                recorded = json!({"status": recorded["status"]});
            }
            first_difference(&recorded, ours, &format!("turn {turn}"))
        })
}

fn world(bots: impl IntoIterator<Item = (String, Value)>) -> World {
    let mut world = World {
        now_ms: NOW_MS,
        random: 0.5,
        ..World::default()
    };
    for (name, document) in bots {
        let (flow, _) = open(document).expect("the bot opens");
        world.bots.insert(name, Arc::new(flow));
    }
    world
}

/// Compares all walks of a recording; panics unless they agree exactly when expected.
fn check(failures: &mut Vec<String>, name: &str, world: &mut World, bot: &str, walks: &Value) {
    let difference = walks
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .find_map(|(number, walk)| Some(format!("walk {number} {}", hold(world, bot, walk)?)));
    let expected = DIFFERENT.iter().find(|(different, _)| *different == name);
    match (difference, expected) {
        (Some(difference), None) => failures.push(format!("{name}: {difference}")),
        (None, Some((_, reason))) => {
            failures.push(format!(
                "{name} agrees now; take it off the list ({reason})"
            ));
        }
        _ => {}
    }
}

#[test]
fn the_battery_is_equal() {
    let Some(folder) = folder() else { return };
    let mut failures = Vec::new();
    for (name, recording) in json_files(&folder.join("battery")) {
        let mut world = world([(name.clone(), recording["bot"].clone())]);
        if name == "client-http" {
            install_recorded_request(&mut world, &recording);
        }
        check(&mut failures, &name, &mut world, &name, &recording["walks"]);
    }
    assert!(
        failures.is_empty(),
        "{} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// A component that gives the page the recorded request; what follows is the engine's part.
fn install_recorded_request(world: &mut World, recording: &Value) {
    let recorded = &recording["walks"][0]["seen"][0]["actions"][0];
    let request = json!({
        "type": recorded["type"],
        "httpRequestToExecute": recorded["httpRequestToExecute"],
    });
    let spec = BlockSpec {
        default_action: Some("request".to_owned()),
        actions: BTreeMap::from([("request".to_owned(), ActionSpec::default())]),
    };
    let blocks = BTreeMap::from([("Webhook".to_owned(), Arc::new(spec))]);
    world.catalog = Arc::new(Catalog { blocks });
    let component: Component = Box::new(move |_| {
        Ok(BlockOutcome {
            client_actions: vec![request.clone()],
            ..BlockOutcome::default()
        })
    });
    world.components.insert("Webhook".to_owned(), component);
}

#[test]
fn the_templates_are_equal() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("typebot");
    let mut failures = Vec::new();
    for (name, recording) in json_files(&folder.join("walks")) {
        let file = folder.join(
            recording["file"]
                .as_str()
                .expect("a recording names its bot"),
        );
        let siblings = file.parent().map(json_files).unwrap_or_default();
        let mut bots: Vec<(String, Value)> = siblings
            .into_iter()
            .filter_map(|(_, document)| Some((document["id"].as_str()?.to_owned(), document)))
            .filter(|(_, document)| open(document.clone()).is_ok())
            .collect();
        bots.push((name.clone(), read(&file)));
        let mut world = world(bots);
        check(&mut failures, &name, &mut world, &name, &recording["walks"]);
    }
    assert!(
        failures.is_empty(),
        "{} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
