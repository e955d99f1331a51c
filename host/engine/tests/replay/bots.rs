//! The bots that conversations are held with: those of the recordings, or our own demo bot.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use talkloom_engine::FlowRef;
use talkloom_engine::replay::Library;
use talkloom_flow::catalog::{
    ActionSpec, BlockSpec, Catalog, FieldPath, Interpolation, StreamVariable,
};
use talkloom_flow::{BlockKind, Flow, open};

use crate::fixtures;

/// The catalog's name in the journal.
pub const CATALOG: &str = "all";

pub struct Bots {
    pub library: Library,
    pub names: Vec<String>,
    pub catalog: Arc<Catalog>,
}

impl Bots {
    pub fn load() -> Self {
        let mut documents = vec![("demo".to_owned(), demo()), ("chance".to_owned(), chance())];
        if let Some(folder) = fixtures::folder() {
            for (name, recording) in fixtures::json_files(&folder.join("battery")) {
                documents.push((name, recording["bot"].clone()));
            }
            for within in ["templates", "cases", "cases/chat", "cases/linkTypebots"] {
                documents.extend(fixtures::json_files(&folder.join("typebot").join(within)));
            }
        }
        let mut flows = BTreeMap::new();
        for (name, document) in documents {
            // Links name a bot by the id of its document.
            let id = document["id"].as_str().unwrap_or(&name).to_owned();
            if let Ok((flow, _)) = open(document) {
                flows.insert(id, Arc::new(flow));
            }
        }
        let catalog = Arc::new(catalog(flows.values()));
        let catalogs = BTreeMap::from([(CATALOG.to_owned(), Arc::clone(&catalog))]);
        Self {
            names: flows.keys().cloned().collect(),
            library: Library { flows, catalogs },
            catalog,
        }
    }

    pub fn flow(&self, bot: &str) -> Option<FlowRef> {
        self.library.flow(bot)
    }
}

pub fn demo() -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/assets/demo.json");
    fixtures::read(&root)
}

/// Asks for everything that varies, in a circle.
fn chance() -> Value {
    let set = |id: &str, kind: &str| {
        let options = json!({"variableId": id, "type": kind});
        json!({"id": format!("b_{id}"), "type": "Set variable", "options": options})
    };
    let shown = "{{Now}} {{Id}} {{Sum}} {{=Math.random()=}}";
    let text = json!({"richText": [{"type": "p", "children": [{"text": shown}]}]});
    let expression = json!({"variableId": "sum", "expressionToEvaluate": "{{Sum}} + 0.1"});
    let link = json!({"typebotId": "demo", "mergeResults": false});
    let halves = json!([
        {"id": "a", "path": "a", "outgoingEdgeId": "e1"},
        {"id": "b", "path": "b", "outgoingEdgeId": "e2"},
    ]);
    json!({
        "version": "6.1", "id": "chance", "name": "Chance",
        "events": [{"id": "start", "type": "start", "outgoingEdgeId": "e0"}],
        "groups": [
            {"id": "g", "title": "Main", "blocks": [
                set("now", "Now"),
                set("id", "Random ID"),
                {"id": "b_sum", "type": "Set variable", "options": expression},
                {"id": "b_text", "type": "text", "content": text},
                {"id": "b_half", "type": "AB test", "items": halves, "options": {"aPercent": 50}},
            ]},
            {"id": "asks", "title": "Asks", "blocks": [
                {"id": "b_date", "type": "date input", "options": {"variableId": "now"}, "outgoingEdgeId": "e0"},
            ]},
            {"id": "links", "title": "Links", "blocks": [
                {"id": "b_link", "type": "Typebot link", "options": link, "outgoingEdgeId": "e1"},
            ]},
        ],
        "edges": [
            {"id": "e0", "from": {"eventId": "start"}, "to": {"groupId": "g"}},
            {"id": "e1", "from": {"blockId": "b_half"}, "to": {"groupId": "asks"}},
            {"id": "e2", "from": {"blockId": "b_half"}, "to": {"groupId": "links"}},
        ],
        "variables": [
            {"id": "now", "name": "Now"}, {"id": "id", "name": "Id"}, {"id": "sum", "name": "Sum"},
        ],
    })
}

/// Installs every integration that the bots have, with all kinds of fields.
fn catalog<'f>(flows: impl Iterator<Item = &'f Arc<Flow>>) -> Catalog {
    let mut actions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for flow in flows {
        let groups = flow.document().groups.items();
        for block in groups.flat_map(|group| group.blocks.items()) {
            let BlockKind::Integration(options) = &block.kind else {
                continue;
            };
            let action = options.get().and_then(|options| options.get("action"));
            let action = action.and_then(Value::as_str).unwrap_or("run").to_owned();
            let known = actions.entry(block.type_name().to_owned()).or_default();
            known.insert(action);
        }
    }
    let paths = |texts: &[&str]| texts.iter().map(|text| FieldPath::parse(text)).collect();
    let action = ActionSpec {
        code: Vec::new(),
        interpolation: vec![
            (FieldPath::parse("webhook/body"), Interpolation::Json),
            (FieldPath::parse("code"), Interpolation::Raw),
        ],
        variables: paths(&[
            "responseVariableMapping/*/variableId",
            "responseMapping/*/variableId",
            "variableId",
        ]),
        reads_submission: true,
        stream_variable: Some(StreamVariable {
            path: FieldPath::parse("responseMapping/*/variableId"),
            when: None,
        }),
        is_input: true,
        exits: Vec::new(),
    };
    let spec = |names: BTreeSet<String>| BlockSpec {
        default_action: names.first().cloned(),
        actions: names
            .into_iter()
            .map(|name| (name, action.clone()))
            .collect(),
    };
    let blocks = actions
        .into_iter()
        .map(|(name, actions)| (name, Arc::new(spec(actions))));
    Catalog {
        blocks: blocks.collect(),
    }
}
