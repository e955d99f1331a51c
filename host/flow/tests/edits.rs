//! Edits: what they do, what they refuse, and that their inverse undoes them.

use proptest::prelude::*;
use serde_json::{Value, json};
use talkloom_flow::edit::{Edit, Rejected, apply, undo};
use talkloom_flow::{Flow, diagnose, open, print};

fn sample() -> Flow {
    let document = json!({
        "version": "6.1", "id": "bot", "name": "Sample", "unknown": {"kept": true},
        "events": [{"id": "start", "type": "start", "outgoingEdgeId": "e0"}],
        "groups": [
            {"id": "g1", "title": "One", "graphCoordinates": {"x": 0, "y": 0.5}, "blocks": [
                {"id": "b1", "type": "text", "content": {"richText": [{"text": "{{A}} {{B}}"}]}},
                {"id": "b2", "type": "choice input", "outgoingEdgeId": "e2", "items": [
                    {"id": "i1", "content": "Go", "outgoingEdgeId": "e1"}, {"id": "i2"}]}]},
            {"id": "g2", "title": "Two", "blocks": [
                {"id": "b3", "type": "some block", "options": {"x": [1, 2.0], "deep": {"y": null}}},
                {"id": "b4", "type": "cards", "items": [
                    {"id": "c1", "paths": [{"id": "p1", "outgoingEdgeId": "e3"}]}]}]},
            {"id": "g3", "title": "Three", "blocks": []}],
        "edges": [
            {"id": "e0", "from": {"eventId": "start"}, "to": {"groupId": "g1"}},
            {"id": "e1", "from": {"blockId": "b2", "itemId": "i1"}, "to": {"groupId": "g2"}},
            {"id": "e2", "from": {"blockId": "b2"}, "to": {"groupId": "g2", "blockId": "b4"}},
            {"id": "e3", "from": {"blockId": "b4", "itemId": "c1", "pathId": "p1"},
             "to": {"groupId": "g3"}}],
        "variables": [{"id": "v1", "name": "A"}, {"id": "v2", "name": "B", "value": null}]
    });
    open(document).expect("it opens").0
}

fn edit_from(json: Value) -> Edit {
    serde_json::from_value(json).expect("it is an edit")
}

fn place() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("first")),
        Just(json!("last")),
        prop::sample::select(vec!["g1", "g2", "b1", "b2", "b3", "b4", "n1", "e1", "v1"])
            .prop_map(|id| json!({"after": id})),
    ]
}

fn one_of(ids: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(ids.to_vec())
}

const GROUPS: &[&str] = &["g1", "g2", "g3", "n0"];
const BLOCKS: &[&str] = &["b1", "b2", "b3", "b4", "n1"];
const EDGES: &[&str] = &["e0", "e1", "e2", "e3", "n2"];

fn edit() -> impl Strategy<Value = Edit> {
    let source = prop_oneof![
        Just(json!({"eventId": "start"})),
        one_of(BLOCKS).prop_map(|block| json!({"blockId": block})),
        Just(json!({"blockId": "b2", "itemId": "i2"})),
        Just(json!({"blockId": "b4", "itemId": "c1", "pathId": "p1"})),
    ];
    let path = prop_oneof![
        Just(json!(["options", "deep", "new"])),
        Just(json!(["options", "x", 1])),
        Just(json!(["items", {"id": "i1"}, "content"])),
        Just(json!(["content"])),
        Just(json!(["options"])),
    ];
    let value = prop_oneof![Just(json!(7)), Just(json!({"z": []})), Just(json!("text"))];
    let json =
        prop_oneof![
        (place(), any::<bool>()).prop_map(|(place, full)| {
            let blocks = if full { json!([{"id": "n1", "type": "text"}]) } else { json!([]) };
            json!({"type": "addGroup", "place": place, "group": {"id": "n0", "blocks": blocks}})
        }),
        one_of(GROUPS).prop_map(|group| json!({"type": "removeGroup", "group": group})),
        (one_of(GROUPS), any::<i32>()).prop_map(|(group, x)| {
            json!({"type": "moveGroup", "group": group, "coordinates": {"x": x, "y": 1}})
        }),
        (one_of(GROUPS), place()).prop_map(|(group, place)| {
            let block = json!({"id": "n1", "type": "Wait", "odd": 1});
            json!({"type": "addBlock", "group": group, "block": block, "place": place})
        }),
        one_of(BLOCKS).prop_map(|block| json!({"type": "removeBlock", "block": block})),
        (one_of(BLOCKS), one_of(GROUPS), place()).prop_map(|(block, group, place)| {
            json!({"type": "moveBlock", "block": block, "group": group, "place": place})
        }),
        (one_of(BLOCKS), path, prop::option::of(value)).prop_map(|(block, path, value)| {
            let target = json!({"kind": "block", "id": block});
            json!({"type": "set", "target": target, "path": path, "value": value})
        }),
        (source, one_of(GROUPS), place()).prop_map(|(from, group, place)| {
            let edge = json!({"id": "n2", "from": from, "to": {"groupId": group}});
            json!({"type": "connect", "edge": edge, "place": place})
        }),
        one_of(EDGES).prop_map(|edge| json!({"type": "disconnect", "edge": edge})),
        place().prop_map(|place| {
            json!({"type": "addVariable", "variable": {"id": "n3", "name": "N"}, "place": place})
        }),
        (one_of(&["v1", "v2", "n3"]), one_of(&["A", "C", "N"])).prop_map(|(variable, name)| {
            json!({"type": "renameVariable", "variable": variable, "name": name})
        }),
        one_of(&["v1", "v2", "n3"])
            .prop_map(|variable| json!({"type": "removeVariable", "variable": variable})),
    ];
    json.prop_map(edit_from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_inverse_undoes_and_undoing_that_does_again(edits in prop::collection::vec(edit(), 1..8)) {
        let mut flow = sample();
        for edit in edits {
            let before = flow.clone();
            match apply(&mut flow, &edit) {
                Err(_) => prop_assert_eq!(&flow, &before, "{:?}", edit),
                Ok(inverse) => {
                    let mut back = flow.clone();
                    let again = undo(&mut back, &inverse).expect("an inverse is never refused");
                    prop_assert_eq!(&back, &before, "{:?}", edit);
                    undo(&mut back, &again).expect("an inverse is never refused");
                    prop_assert_eq!(&back, &flow, "{:?}", edit);
                }
            }
            let (reopened, _) = open(print(&flow)).expect("an edited document opens");
            prop_assert_eq!(&reopened, &flow);
        }
    }

    #[test]
    fn edits_survive_the_wire(edit in edit()) {
        let json = serde_json::to_value(&edit).expect("edits are JSON");
        prop_assert_eq!(edit_from(json), edit);
    }

    #[test]
    fn no_edit_leaves_an_edge_dangling(edits in prop::collection::vec(edit(), 1..12)) {
        let mut flow = sample();
        for edit in edits {
            // Fields are free: a set may remove the item that an edge begins at.
            if !matches!(edit, Edit::Set { .. }) {
                let _ = apply(&mut flow, &edit);
            }
        }
        let dangling: Vec<_> = diagnose(&flow)
            .into_iter()
            .filter(|found| matches!(found.code, "edge_missing" | "target_missing"))
            .collect();
        prop_assert!(dangling.is_empty(), "{:?}", dangling);
    }
}

#[test]
fn a_renamed_variable_is_followed_by_its_placeholders() {
    let mut flow = sample();
    let rename = json!({"type": "renameVariable", "variable": "v1", "name": "Name"});
    apply(&mut flow, &edit_from(rename)).expect("the name is free");
    let text = &print(&flow)["groups"][0]["blocks"][0]["content"]["richText"][0]["text"];
    assert_eq!(text, "{{Name}} {{B}}");
}

#[test]
fn what_is_gone_is_named() {
    let mut flow = sample();
    let remove = edit_from(json!({"type": "removeBlock", "block": "b2"}));
    apply(&mut flow, &remove).expect("it is there");
    assert_eq!(
        apply(&mut flow, &remove),
        Err(Rejected::Gone {
            kind: "block",
            id: "b2".to_owned()
        })
    );
    assert!(flow.edge("e1").is_none(), "its edges went with it");
}
