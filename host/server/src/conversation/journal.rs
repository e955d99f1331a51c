//! A turn as it can be replayed: what came in, and what every effect gave.
//!
//! Compact JSON, one entry a turn: `{"version":…,"start":{…},"effects":[…]}`, then
//! `{"reply":{…},"effects":[…]}`. The engine is deterministic, so this and the version's document
//! rebuild every step.

use serde::Serialize;
use talkloom_engine::{EffectResult, Reply, Start};

/// The journal entry of a turn under way.
pub(super) struct Journal {
    entry: Vec<u8>,
    effects: usize,
}

impl Journal {
    pub(super) fn of_start(version: &str, start: &Start) -> serde_json::Result<Self> {
        let mut journal = Self {
            entry: Vec::with_capacity(512),
            effects: 0,
        };
        journal.field("{\"version\":", version)?;
        journal.field(",\"start\":", start)?;
        journal.entry.extend_from_slice(b",\"effects\":[");
        Ok(journal)
    }

    pub(super) fn of_reply(reply: &Reply) -> serde_json::Result<Self> {
        let mut journal = Self {
            entry: Vec::with_capacity(256),
            effects: 0,
        };
        journal.field("{\"reply\":", reply)?;
        journal.entry.extend_from_slice(b",\"effects\":[");
        Ok(journal)
    }

    fn field(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
        self.entry.extend_from_slice(key.as_bytes());
        serde_json::to_writer(&mut self.entry, value)
    }

    pub(super) fn effect(&mut self, result: &EffectResult) -> serde_json::Result<()> {
        let comma = if self.effects == 0 { "" } else { "," };
        self.effects += 1;
        self.field(comma, result)
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entry.extend_from_slice(b"]}");
        self.entry
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use talkloom_engine::{EffectResult, Message, Reply, Start};

    use super::Journal;

    #[test]
    fn entries_are_read_back_as_json() {
        let reply = Reply {
            message: Some(Message::text("hi")),
            ..Reply::default()
        };
        let mut journal = Journal::of_reply(&reply).unwrap();
        journal.effect(&EffectResult::Now(5)).unwrap();
        journal.effect(&EffectResult::Id("x".into())).unwrap();
        let entry: Value = serde_json::from_slice(&journal.finish()).unwrap();
        assert_eq!(
            serde_json::from_value::<Reply>(entry["reply"].clone()).unwrap(),
            reply
        );
        let effects = json!([{"kind": "now", "value": 5}, {"kind": "id", "value": "x"}]);
        assert_eq!(entry["effects"], effects);

        let start = Start {
            bot: "b".into(),
            ..Start::default()
        };
        let journal = Journal::of_start("v", &start).unwrap();
        let entry: Value = serde_json::from_slice(&journal.finish()).unwrap();
        assert_eq!(entry["version"], "v");
        assert_eq!(
            serde_json::from_value::<Start>(entry["start"].clone()).unwrap(),
            start
        );
    }
}
