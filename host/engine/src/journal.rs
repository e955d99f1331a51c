//! A turn as it can be replayed: what came in, and what every effect gave.
//!
//! An entry is compact JSON: `{"version":…,"catalog":…,"start":{…},"effects":[…]}` for the first
//! turn, `{"catalog":…,"reply":{…},"effects":[…]}` for the others, and
//! `{"version":…,"catalog":…,"effects":[]}` where the conversation took a newer version. The engine
//! is deterministic, so the entries, the documents and the catalogs that they name rebuild every
//! step.
//!
//! Whatever is recorded is used as it will be read: a number whose JSON is read back as another one
//! would make the replay differ from the conversation, so the conversation goes on with that other.

use crate::effect::EffectResult;
use crate::message::{Reply, Start};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Writes the entry of a turn under way.
#[derive(Debug)]
pub struct Recorder {
    entry: Vec<u8>,
    effects: usize,
}

impl Recorder {
    /// Records a start with a version; gives the start to go on with. `catalog` names what was
    /// installed.
    ///
    /// # Errors
    /// Where the start has no JSON form.
    pub fn of_start(
        version: &str,
        catalog: &str,
        start: Start,
    ) -> serde_json::Result<(Self, Start)> {
        let mut recorder = Self::new(512);
        recorder.field("{\"version\":", version)?;
        recorder.field(",\"catalog\":", catalog)?;
        let start = recorder.settled(",\"start\":", start, start_holds_float)?;
        recorder.entry.extend_from_slice(b",\"effects\":[");
        Ok((recorder, start))
    }

    /// Records a reply. `catalog` names what was installed.
    ///
    /// # Errors
    /// Where the reply has no JSON form.
    pub fn of_reply(catalog: &str, reply: &Reply) -> serde_json::Result<Self> {
        let mut recorder = Self::new(256);
        recorder.field("{\"catalog\":", catalog)?;
        recorder.field(",\"reply\":", reply)?;
        recorder.entry.extend_from_slice(b",\"effects\":[");
        Ok(recorder)
    }

    /// Records that the conversation goes on with a version. `catalog` names what was installed.
    ///
    /// # Errors
    /// Where a name has no JSON form.
    pub fn of_update(version: &str, catalog: &str) -> serde_json::Result<Self> {
        let mut recorder = Self::new(128);
        recorder.field("{\"version\":", version)?;
        recorder.field(",\"catalog\":", catalog)?;
        recorder.entry.extend_from_slice(b",\"effects\":[");
        Ok(recorder)
    }

    /// Records what an effect gave; gives the result to go on with.
    ///
    /// # Errors
    /// Where the result has no JSON form.
    pub fn effect(&mut self, result: EffectResult) -> serde_json::Result<EffectResult> {
        let comma = if self.effects == 0 { "" } else { "," };
        self.effects += 1;
        self.settled(comma, result, result_holds_float)
    }

    /// The finished entry.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry.extend_from_slice(b"]}");
        self.entry
    }

    fn new(capacity: usize) -> Self {
        Self {
            entry: Vec::with_capacity(capacity),
            effects: 0,
        }
    }

    fn field(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
        self.entry.extend_from_slice(key.as_bytes());
        serde_json::to_writer(&mut self.entry, value)
    }

    /// Writes a value and gives it as it will be read; only fractions can differ.
    fn settled<T: Serialize + DeserializeOwned>(
        &mut self,
        key: &str,
        value: T,
        holds_float: impl Fn(&T) -> bool,
    ) -> serde_json::Result<T> {
        let from = self.entry.len() + key.len();
        self.field(key, &value)?;
        if holds_float(&value) {
            return serde_json::from_slice(&self.entry[from..]);
        }
        Ok(value)
    }
}

/// A recorded turn, read back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Form")]
pub struct Entry {
    /// Names what was installed.
    pub catalog: String,
    /// What came in.
    pub input: Input,
    /// What every effect gave, in order. A linked bot's version is named, without its document.
    pub effects: Vec<EffectResult>,
}

/// What began a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The conversation began.
    Start {
        /// The version it began with.
        version: String,
        /// The start.
        start: Box<Start>,
    },
    /// The visitor replied.
    Reply(Reply),
    /// The conversation took a newer version of its bot.
    Update {
        /// The version.
        version: String,
    },
}

impl Entry {
    /// Reads an entry.
    ///
    /// # Errors
    /// Where it is none, or one of another release.
    pub fn read(entry: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(entry)
    }

    /// The versions of bots that a replay of this turn needs.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let begun = match &self.input {
            Input::Start { version, .. } | Input::Update { version } => Some(version.as_str()),
            Input::Reply(_) => None,
        };
        let linked = self.effects.iter().filter_map(|result| match result {
            EffectResult::Flow(Some(linked)) => Some(linked.version.as_str()),
            _ => None,
        });
        begun.into_iter().chain(linked)
    }
}

#[derive(Deserialize)]
struct Form {
    version: Option<String>,
    catalog: String,
    start: Option<Box<Start>>,
    reply: Option<Reply>,
    effects: Vec<EffectResult>,
}

impl TryFrom<Form> for Entry {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, Self::Error> {
        let input = match (form.version, form.start, form.reply) {
            (Some(version), Some(start), None) => Input::Start { version, start },
            (None, None, Some(reply)) => Input::Reply(reply),
            (Some(version), None, None) => Input::Update { version },
            _ => return Err("an entry is a start of a version, a reply or an update"),
        };
        Ok(Self {
            catalog: form.catalog,
            input,
            effects: form.effects,
        })
    }
}

fn start_holds_float(start: &Start) -> bool {
    let remembered = start.remembered.iter().flat_map(|past| &past.variables);
    let mut given = start.prefilled_variables.values().chain(remembered);
    given.any(holds_float)
}

fn result_holds_float(result: &EffectResult) -> bool {
    match result {
        EffectResult::Random(_) => true,
        EffectResult::Evaluated(Ok(evaluation)) => {
            let assigned = evaluation.assignments.iter().map(|(_, value)| value);
            evaluation.value.iter().chain(assigned).any(holds_float)
        }
        EffectResult::Called(Ok(outcome)) | EffectResult::Accepted(Ok(outcome)) => {
            let assigned = outcome.assignments.iter().map(|(_, value)| value);
            let shown = outcome.client_actions.iter().chain(&outcome.messages);
            assigned.chain(shown).any(holds_float)
        }
        EffectResult::Prepared(Ok(prepared)) => {
            holds_float(&prepared.shown) || holds_float(&prepared.kept)
        }
        _ => false,
    }
}

fn holds_float(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(elements) => elements.iter().any(holds_float),
        Value::Object(keys) => keys.values().any(holds_float),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{BlockFailure, BlockOutcome, Evaluation, FlowRef, ScriptError};
    use crate::message::Message;
    use serde_json::json;

    fn results() -> Vec<EffectResult> {
        let evaluated = |value| {
            EffectResult::Evaluated(Ok(Evaluation {
                value,
                assignments: vec![("Name".to_owned(), json!(["Ada", null]))],
            }))
        };
        vec![
            EffectResult::Now(5),
            EffectResult::Id("x".to_owned()),
            evaluated(None),
            evaluated(Some(Value::Null)),
            evaluated(Some(json!({"deep": [1, "2"]}))),
            EffectResult::Evaluated(Err(ScriptError {
                message: "TypeError".to_owned(),
            })),
            EffectResult::Flow(None),
            EffectResult::Flow(Some(FlowRef {
                version: "w".to_owned(),
                flow: None,
            })),
            EffectResult::Called(Ok(BlockOutcome {
                exit: Some("error".to_owned()),
                ..BlockOutcome::default()
            })),
            EffectResult::Called(Err(BlockFailure {
                code: "timeout".to_owned(),
                message: "It took too long.".to_owned(),
                details: None,
            })),
        ]
    }

    #[test]
    fn what_was_written_is_read() {
        let start = Start {
            bot: "b".to_owned(),
            message: Some(Message::text("hi")),
            ..Start::default()
        };
        let (mut recorder, _) = Recorder::of_start("v", "c", start.clone()).unwrap();
        for result in results() {
            assert_eq!(recorder.effect(result.clone()).unwrap(), result);
        }
        let entry = Entry::read(&recorder.finish()).unwrap();
        assert_eq!((entry.catalog.as_str(), &entry.effects), ("c", &results()));
        assert_eq!(entry.versions().collect::<Vec<_>>(), ["v", "w"]);
        let begun = Input::Start {
            version: "v".to_owned(),
            start: Box::new(start),
        };
        assert_eq!(entry.input, begun);

        let reply = Reply {
            message: Some(Message::Command {
                command: "menu".to_owned(),
            }),
            ..Reply::default()
        };
        let recorder = Recorder::of_reply("c", &reply).unwrap();
        let entry = Entry::read(&recorder.finish()).unwrap();
        assert_eq!((entry.input, entry.effects), (Input::Reply(reply), vec![]));
    }

    #[test]
    fn fractions_go_on_as_they_are_read() {
        let mut recorder = Recorder::of_reply("c", &Reply::default()).unwrap();
        let mut went_on = Vec::new();
        for bits in (0..4_000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            let number = f64::from_bits(bits);
            if number.is_finite() {
                went_on.push(recorder.effect(EffectResult::Random(number)).unwrap());
            }
        }
        let entry = Entry::read(&recorder.finish()).unwrap();
        assert_eq!(entry.effects, went_on);

        let prefilled = json!({"Length": [0.1, 2.225_073_858_507_201e-308]});
        let start = Start {
            prefilled_variables: prefilled.as_object().cloned().unwrap(),
            ..Start::default()
        };
        let (recorder, went_on) = Recorder::of_start("v", "c", start).unwrap();
        let entry = Entry::read(&recorder.finish()).unwrap();
        let Input::Start { start, .. } = entry.input else {
            panic!("it is a start");
        };
        assert_eq!(*start, went_on);
    }

    #[test]
    fn an_entry_is_a_start_or_a_reply() {
        for broken in [
            "",
            "{}",
            r#"{"catalog":"c","effects":[]}"#,
            r#"{"catalog":"c","start":{},"effects":[]}"#,
            r#"{"version":"v","catalog":"c","start":{},"reply":{},"effects":[]}"#,
        ] {
            assert!(Entry::read(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
