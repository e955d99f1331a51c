//! Reading recorded conversations.

use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;
use talkloom_engine::value;
use talkloom_flow::VariableValue;

/// A bot and the conversations that were held with it.
pub struct Recording {
    pub bot: Value,
    pub walks: Vec<Walk>,
}

/// A conversation: the replies, and one more view than replies.
pub struct Walk {
    pub replies: Vec<Value>,
    pub seen: Vec<Value>,
}

/// A reply to an input, and what it was understood as; none where it was refused.
pub struct Answer {
    pub text: Option<String>,
    pub reply_id: Option<String>,
    pub stored: Option<String>,
}

/// Recordings whose names begin like this; none where there are no recordings at all.
pub fn recordings(prefix: &str) -> Vec<(String, Recording)> {
    let folder = folder().join("battery");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!(
            "skipped: no recordings in {}; set TALKLOOM_FIXTURES",
            folder.display()
        );
        return Vec::new();
    };
    let mut found: Vec<(String, Recording)> = entries
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem()?.to_str()?.to_owned();
            name.starts_with(prefix).then(|| (name, read(path)))
        })
        .collect();
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    assert!(!found.is_empty(), "no recording begins with {prefix}");
    found
}

/// The recording of this name, where there are recordings.
pub fn recording(name: &str) -> Option<Recording> {
    recordings(name)
        .into_iter()
        .find(|(found, _)| found == name)
        .map(|(_, recording)| recording)
}

fn folder() -> PathBuf {
    env::var_os("TALKLOOM_FIXTURES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
        PathBuf::from,
    )
}

fn read(path: PathBuf) -> Recording {
    let mut json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let walks = json["walks"].as_array().unwrap().iter().map(|walk| Walk {
        replies: walk["replies"].as_array().unwrap().clone(),
        seen: walk["seen"].as_array().unwrap().clone(),
    });
    let walks = walks.collect();
    Recording {
        bot: json["bot"].take(),
        walks,
    }
}

impl Recording {
    /// All blocks, in the order of the document.
    pub fn blocks(&self) -> impl Iterator<Item = &Value> {
        let groups = self.bot["groups"].as_array().unwrap();
        groups
            .iter()
            .flat_map(|group| group["blocks"].as_array().unwrap())
    }

    /// A block's options by the block's id.
    pub fn block(&self, id: &str) -> &Value {
        self.blocks().find(|block| block["id"] == id).unwrap()
    }

    /// The value that the document gives to a variable of this name.
    pub fn variable(&self, name: &str) -> Option<VariableValue> {
        let variables = self.bot["variables"].as_array().unwrap();
        variables
            .iter()
            .filter(|variable| variable["name"] == name)
            .map(|variable| document_value(variable.get("value")))
            .find(|value| *value != VariableValue::Null)
    }

    /// The replies to the bot's only input, and how each was understood.
    pub fn answers(&self) -> Vec<Answer> {
        let mut answers = Vec::new();
        for walk in &self.walks {
            for (reply, seen) in walk.replies.iter().zip(&walk.seen[1..]) {
                if seen.get("messages").is_some() {
                    answers.push(answer(&reply["message"], seen));
                }
            }
        }
        assert!(!answers.is_empty());
        answers
    }
}

/// A document's values are kept as they are, empty texts too.
pub fn document_value(value: Option<&Value>) -> VariableValue {
    match value {
        Some(Value::String(text)) => VariableValue::Text(text.clone()),
        other => value::from_json(other),
    }
}

/// A refused reply is answered by the input block's id.
fn answer(message: &Value, seen: &Value) -> Answer {
    let text = message["text"].as_str().map(str::to_owned);
    let is_refused = seen["messages"][0]["id"] == "b1";
    let reformatted = seen.get("reformatted").and_then(Value::as_str);
    let understood = reformatted.map(str::to_owned).or_else(|| text.clone());
    Answer {
        stored: understood.filter(|_| !is_refused),
        reply_id: message["metadata"]["replyId"].as_str().map(str::to_owned),
        text,
    }
}
