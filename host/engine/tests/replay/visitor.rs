//! What visitors send by chance: answers that fit and that do not, commands, nothing.

use serde_json::{Map, Value};
use talkloom_engine::message::{
    Channel, Contact, Limits, Message, MessageMetadata, Remembered, RememberedAnswer, StartFrom,
    TextFormat,
};
use talkloom_engine::{Reply, Start};
use talkloom_flow::Flow;

use crate::chance::Chance;

/// Answers that some input takes.
const ANSWERS: [&str; 14] = [
    "12",
    "3.5",
    "ada@example.com",
    "example.com/page",
    "+33 6 12 34 56 78",
    "0612345678",
    "tomorrow",
    "2026-02-03",
    "03/02/2026 14:05",
    "10:30 pm",
    "12/03/2026 to 14/03/2026",
    "http://intranet/a.png, https://example.com/b.pdf",
    "Success",
    "{\"statusCode\": 200, \"data\": {\"name\": \"Ada\", \"size\": 0.1}}",
];

pub fn start(chance: &mut Chance, bot: &str, flow: &Flow) -> Start {
    let mut start = Start {
        bot: bot.to_owned(),
        result: (!chance.once_in(8)).then(|| "result".to_owned()),
        is_stream_enabled: chance.once_in(2),
        is_only_registering: chance.once_in(12),
        text_format: text_format(chance),
        limits: limits(chance),
        own_hosts: own_hosts(chance),
        ..Start::default()
    };
    if chance.once_in(3) {
        start.prefilled_variables = variables(chance, flow);
    }
    if chance.once_in(8) {
        start.message = Some(message(chance, flow, None));
    }
    if chance.once_in(8) {
        start.remembered = Some(remembered(chance, flow));
    }
    if chance.once_in(8) {
        start.contact = Contact {
            channel: Channel::Messenger,
            name: Some(chance.text()),
            phone_number: Some("+33612345678".to_owned()),
            ..Contact::default()
        };
    }
    let groups: Vec<_> = flow.document().groups.items().collect();
    if let Some(group) = chance.one_of(&groups)
        && chance.once_in(3)
    {
        let group_id = group.id.text().to_owned();
        start.from = Some(StartFrom::Group { group_id });
    }
    start
}

pub fn reply(chance: &mut Chance, flow: &Flow, input: Option<&Value>) -> Reply {
    Reply {
        message: (!chance.once_in(10)).then(|| message(chance, flow, input)),
        text_format: chance.once_in(2).then(|| text_format(chance)),
        limits: limits(chance),
        own_hosts: own_hosts(chance),
    }
}

fn own_hosts(chance: &mut Chance) -> Vec<String> {
    let host = chance.once_in(4).then(|| "intranet".to_owned());
    host.into_iter().collect()
}

fn text_format(chance: &mut Chance) -> TextFormat {
    if chance.once_in(3) {
        TextFormat::Markdown
    } else {
        TextFormat::RichText
    }
}

fn limits(chance: &mut Chance) -> Limits {
    let blocks = if chance.once_in(10) { 5 } else { 30 };
    Limits { blocks }
}

fn message(chance: &mut Chance, flow: &Flow, input: Option<&Value>) -> Message {
    match chance.below(16) {
        0 => command(chance, flow),
        1 => Message::Audio {
            url: "https://example.com/voice.webm".to_owned(),
        },
        2 | 3 => Message::text(chance.text()),
        4 | 5 => Message::text(ANSWERS[chance.below(ANSWERS.len())]),
        _ => answer(chance, input),
    }
}

fn command(chance: &mut Chance, flow: &Flow) -> Message {
    let events: Vec<_> = flow.document().events.items().collect();
    let event = chance.one_of(&events).and_then(|event| event.options.get());
    let command = event.map_or("none", |options| options.command.text());
    Message::Command {
        command: command.to_owned(),
    }
}

/// An answer that fits what is asked, mostly.
fn answer(chance: &mut Chance, input: Option<&Value>) -> Message {
    let Some(input) = input else {
        return Message::text(ANSWERS[chance.below(ANSWERS.len())]);
    };
    let items = input["items"].as_array().map(Vec::as_slice);
    if let Some(item) = items.and_then(|items| chance.one_of(items)) {
        let text = item["content"].as_str().or(item["title"].as_str());
        let reply_id = item["id"].as_str().map(str::to_owned);
        return Message::Text {
            text: text.unwrap_or("1").to_owned(),
            metadata: chance.once_in(2).then_some(MessageMetadata { reply_id }),
            attached_file_urls: Vec::new(),
        };
    }
    let text = match input["type"].as_str().unwrap_or_default() {
        "number input" | "rating input" => "4",
        "email input" => "Ada@Example.com",
        "url input" => "example.com",
        "phone number input" => "+33612345678",
        "date input" => "2026-03-02",
        "time input" => "9:15",
        "file input" => "https://example.com/a.png",
        "payment input" => "Success",
        _ => return Message::text(chance.text()),
    };
    let files = chance
        .once_in(6)
        .then(|| "https://example.com/c.txt".to_owned());
    Message::Text {
        text: text.to_owned(),
        metadata: None,
        attached_file_urls: files.into_iter().collect(),
    }
}

fn variables(chance: &mut Chance, flow: &Flow) -> Map<String, Value> {
    let variables = flow.document().variables.items();
    let mut given = Map::new();
    for variable in variables {
        if chance.once_in(2) {
            given.insert(variable.name.text().to_owned(), chance.value(2));
        }
    }
    given.insert("Unknown".to_owned(), chance.value(1));
    given
}

fn remembered(chance: &mut Chance, flow: &Flow) -> Remembered {
    let variables = variables(chance, flow).into_iter();
    let variables = variables
        .map(|(name, value)| serde_json::json!({"id": "old", "name": name, "value": value}));
    let groups = flow.document().groups.items();
    let inputs = groups
        .flat_map(|group| group.blocks.items())
        .filter(|block| block.is_input());
    let answers = inputs.take(2).map(|block| RememberedAnswer {
        block: block.id().to_owned(),
        content: chance.text(),
    });
    Remembered {
        answers: answers.collect(),
        variables: variables.collect(),
    }
}
