//! Small bots for the tests, and a chat with one of them.

use crate::support::{Session, World, reply_of, start_of};
use serde_json::{Value, json};
use std::sync::Arc;
use talkloom_engine::output::Record;
use talkloom_engine::{Output, Refusal, Reply, State};
use talkloom_flow::catalog::{ActionSpec, BlockSpec, Catalog};
use talkloom_flow::open;

/// A bot of one group, the start leading to it.
pub fn bot(blocks: Value) -> Value {
    json!({
        "version": "6.1", "name": "bot",
        "events": [{"id": "start", "type": "start", "outgoingEdgeId": "e0"}],
        "groups": [{"id": "g", "title": "Main", "blocks": blocks}],
        "edges": [{"id": "e0", "from": {"eventId": "start"}, "to": {"groupId": "g"}}],
        "variables": [
            {"id": "v", "name": "V"}, {"id": "w", "name": "W"},
            {"id": "l", "name": "L", "value": ["a", "b"]}
        ]
    })
}

/// Adds a group, an edge `to-ID` that leads to it, and gives the bot back.
pub fn group(mut bot: Value, id: &str, blocks: Value) -> Value {
    push(
        &mut bot,
        "groups",
        json!({"id": id, "title": id.to_uppercase(), "blocks": blocks}),
    );
    let edge = json!({"id": format!("to-{id}"), "from": {"blockId": "x"}, "to": {"groupId": id}});
    push(&mut bot, "edges", edge);
    bot
}

/// Adds an event that leads to a group.
pub fn event(mut bot: Value, kind: &str, to: &str, options: Value) -> Value {
    let event = json!({
        "id": format!("on-{kind}"), "type": kind, "options": options,
        "outgoingEdgeId": format!("to-{to}"),
    });
    push(&mut bot, "events", event);
    bot
}

/// Appends to a list of the document.
pub fn push(bot: &mut Value, list: &str, element: Value) {
    let list = bot[list].as_array_mut().expect("the bot has the list");
    list.push(element);
}

/// A text bubble.
pub fn say(id: &str, text: &str) -> Value {
    json!({"id": id, "type": "text",
        "content": {"richText": [{"type": "p", "children": [{"text": text}]}]}})
}

/// A reply with a text.
pub fn text(text: &str) -> Value {
    json!({"message": {"type": "text", "text": text}})
}

/// A chat with a bot.
pub struct Chat {
    pub world: World,
    session: Option<Session>,
}

impl Chat {
    /// A world that holds the bot as `bot`.
    pub fn with(document: Value) -> Self {
        let mut chat = Self {
            world: World {
                now_ms: 1_700_000_000_000,
                random: 0.25,
                ..World::default()
            },
            session: None,
        };
        chat.add("bot", document);
        chat
    }

    /// Adds another bot that links can lead to.
    pub fn add(&mut self, name: &str, document: Value) {
        let (flow, _) = open(document).expect("it opens");
        self.world.bots.insert(name.to_owned(), Arc::new(flow));
    }

    /// Installs a block type with one action that runs by default.
    pub fn install(
        &mut self,
        block_type: &str,
        spec: ActionSpec,
        component: crate::support::Component,
    ) {
        let mut blocks = self.world.catalog.blocks.clone();
        let spec = BlockSpec {
            default_action: Some("do".to_owned()),
            actions: [("do".to_owned(), spec)].into(),
        };
        blocks.insert(block_type.to_owned(), Arc::new(spec));
        self.world.catalog = Arc::new(Catalog { blocks });
        self.world
            .components
            .insert(block_type.to_owned(), component);
    }

    /// Starts, with options as the chat API takes them.
    pub fn start(&mut self, options: Value) -> Result<Output, Refusal> {
        let mut start = start_of(&options, "bot");
        if options["preview"] == true {
            start.result = None;
        }
        let (session, end) = Session::start(&mut self.world, "bot", start);
        self.session = Some(session);
        end
    }

    /// Starts without options; the start is served.
    pub fn begin(&mut self) -> Output {
        self.start(json!({})).expect("the start is served")
    }

    /// Replies as the chat API takes it.
    pub fn send(&mut self, reply: Value) -> Result<Output, Refusal> {
        let session = self.session.as_mut().expect("the chat began");
        session.reply(&mut self.world, reply_of(&reply))
    }

    /// Gives a whole reply; it is served.
    pub fn reply(&mut self, reply: Reply) -> Output {
        let session = self.session.as_mut().expect("the chat began");
        session
            .reply(&mut self.world, reply)
            .expect("the reply is served")
    }

    /// Replies with a text; the reply is served.
    pub fn say(&mut self, reply: &str) -> Output {
        self.send(text(reply)).expect("the reply is served")
    }

    /// The state as it was kept; none once the conversation is over.
    pub fn state(&self) -> Option<State> {
        let json = self.session.as_ref()?.state.as_ref()?;
        Some(serde_json::from_str(json).expect("states are read back"))
    }
}

/// The bubbles of a turn as plain text, addresses for media.
pub fn said(output: &Output) -> Vec<String> {
    let line = |message: &Value| match message["content"]["richText"].as_array() {
        Some(elements) => elements.iter().map(plain).collect(),
        None => message["content"]["url"].as_str().unwrap_or("").to_owned(),
    };
    output.reply.messages.iter().map(line).collect()
}

fn plain(element: &Value) -> String {
    match &element["children"] {
        Value::Array(children) => children.iter().map(plain).collect(),
        _ => element["text"].as_str().unwrap_or_default().to_owned(),
    }
}

/// The id of the input that is awaited.
pub fn asked(output: &Output) -> Option<&str> {
    output.reply.input.as_ref()?["id"].as_str()
}

/// The answers that a turn recorded, with their blocks.
pub fn answers(output: &Output) -> Vec<(&str, &str)> {
    let records = output.records.iter();
    records
        .filter_map(|record| match record {
            Record::Answer { block, content, .. } => Some((block.as_str(), content.as_str())),
            _ => None,
        })
        .collect()
}
