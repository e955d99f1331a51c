//! How blocks are read and written: the `type` decides what the other keys mean.

use super::{Block, BlockKind};
use crate::field::{Field, Inspect};
use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

fn take<T: DeserializeOwned>(keys: &mut Map<String, Value>, key: &str) -> Field<T> {
    keys.remove(key).map_or(Field::Absent, Field::read)
}

impl BlockKind {
    fn take(block_type: &str, keys: &mut Map<String, Value>) -> Self {
        match block_type {
            "text" => Self::Text(take(keys, "content")),
            "image" => Self::Image(take(keys, "content")),
            "video" => Self::Video(take(keys, "content")),
            "embed" => Self::Embed(take(keys, "content")),
            "audio" => Self::Audio(take(keys, "content")),
            "text input" => Self::TextInput(take(keys, "options")),
            "number input" => Self::NumberInput(take(keys, "options")),
            "email input" => Self::EmailInput(take(keys, "options")),
            "url input" => Self::UrlInput(take(keys, "options")),
            "phone number input" => Self::PhoneInput(take(keys, "options")),
            "date input" => Self::DateInput(take(keys, "options")),
            "time input" => Self::TimeInput(take(keys, "options")),
            "choice input" => Self::Buttons {
                options: take(keys, "options"),
                items: take(keys, "items"),
            },
            "picture choice input" => Self::Pictures {
                options: take(keys, "options"),
                items: take(keys, "items"),
            },
            "cards" => Self::Cards {
                options: take(keys, "options"),
                items: take(keys, "items"),
            },
            "payment input" => Self::Payment(take(keys, "options")),
            "rating input" => Self::Rating(take(keys, "options")),
            "file input" => Self::File(take(keys, "options")),
            "Set variable" => Self::SetVariable(take(keys, "options")),
            "Condition" => Self::Condition {
                items: take(keys, "items"),
            },
            "Redirect" => Self::Redirect(take(keys, "options")),
            "Code" => Self::Script(take(keys, "options")),
            "Typebot link" => Self::Link(take(keys, "options")),
            "Wait" => Self::Wait(take(keys, "options")),
            "AB test" => Self::AbTest {
                options: take(keys, "options"),
                items: take(keys, "items"),
            },
            "Jump" => Self::Jump(take(keys, "options")),
            "Return" => Self::Return,
            "webhook" => Self::Listener(take(keys, "options")),
            "start" => Self::Start,
            _ => Self::Integration(take(keys, "options")),
        }
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Text(content) => put(map, "content", content),
            Self::Image(content) => put(map, "content", content),
            Self::Video(content) => put(map, "content", content),
            Self::Embed(content) => put(map, "content", content),
            Self::Audio(content) => put(map, "content", content),
            Self::TextInput(options) => put(map, "options", options),
            Self::NumberInput(options) => put(map, "options", options),
            Self::EmailInput(options) | Self::UrlInput(options) | Self::PhoneInput(options) => {
                put(map, "options", options)
            }
            Self::DateInput(options) => put(map, "options", options),
            Self::TimeInput(options) => put(map, "options", options),
            Self::Buttons { options, items } => put_both(map, options, items),
            Self::Pictures { options, items } => put_both(map, options, items),
            Self::Cards { options, items } => put_both(map, options, items),
            Self::Payment(options) => put(map, "options", options),
            Self::Rating(options) => put(map, "options", options),
            Self::File(options) => put(map, "options", options),
            Self::SetVariable(options) => put(map, "options", options),
            Self::Condition { items } => put(map, "items", items),
            Self::Redirect(options) => put(map, "options", options),
            Self::Script(options) => put(map, "options", options),
            Self::Link(options) => put(map, "options", options),
            Self::Wait(options) => put(map, "options", options),
            Self::AbTest { options, items } => put_both(map, options, items),
            Self::Jump(options) => put(map, "options", options),
            Self::Listener(options) => put(map, "options", options),
            Self::Integration(options) => put(map, "options", options),
            Self::Return | Self::Start => Ok(()),
        }
    }
}

fn put<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &str,
    field: &Field<T>,
) -> Result<(), M::Error> {
    if field.is_absent() {
        Ok(())
    } else {
        map.serialize_entry(key, field)
    }
}

fn put_both<M: SerializeMap, O: Serialize, I: Serialize>(
    map: &mut M,
    options: &Field<O>,
    items: &Field<I>,
) -> Result<(), M::Error> {
    put(map, "options", options)?;
    put(map, "items", items)
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put(&mut map, "id", &self.id)?;
        put(&mut map, "type", &self.block_type)?;
        put(&mut map, "outgoingEdgeId", &self.outgoing_edge_id)?;
        self.kind.write(&mut map)?;
        put(&mut map, "items", &self.exits)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = Map::deserialize(deserializer)?;
        let id = take(&mut keys, "id");
        let block_type: Field<String> = take(&mut keys, "type");
        let outgoing_edge_id = take(&mut keys, "outgoingEdgeId");
        let kind = BlockKind::take(block_type.text(), &mut keys);
        // A type with items of its own has taken them by now.
        let exits = take(&mut keys, "items");
        Ok(Self {
            id,
            block_type,
            outgoing_edge_id,
            kind,
            exits,
            extra: keys,
        })
    }
}

impl Inspect for Block {
    fn inspect(&self, path: &mut Vec<String>, report: &mut dyn FnMut(&[String])) {
        at("id", &self.id, path, report);
        at("type", &self.block_type, path, report);
        at("outgoingEdgeId", &self.outgoing_edge_id, path, report);
        self.kind.inspect(path, report);
        at("items", &self.exits, path, report);
    }
}

impl Inspect for BlockKind {
    fn inspect(&self, path: &mut Vec<String>, report: &mut dyn FnMut(&[String])) {
        match self {
            Self::Text(content) => at("content", content, path, report),
            Self::Image(content) => at("content", content, path, report),
            Self::Video(content) => at("content", content, path, report),
            Self::Embed(content) => at("content", content, path, report),
            Self::Audio(content) => at("content", content, path, report),
            Self::TextInput(options) => at("options", options, path, report),
            Self::NumberInput(options) => at("options", options, path, report),
            Self::EmailInput(options) | Self::UrlInput(options) | Self::PhoneInput(options) => {
                at("options", options, path, report);
            }
            Self::DateInput(options) => at("options", options, path, report),
            Self::TimeInput(options) => at("options", options, path, report),
            Self::Buttons { options, items } => both(options, items, path, report),
            Self::Pictures { options, items } => both(options, items, path, report),
            Self::Cards { options, items } => both(options, items, path, report),
            Self::Payment(options) => at("options", options, path, report),
            Self::Rating(options) => at("options", options, path, report),
            Self::File(options) => at("options", options, path, report),
            Self::SetVariable(options) => at("options", options, path, report),
            Self::Condition { items } => at("items", items, path, report),
            Self::Redirect(options) => at("options", options, path, report),
            Self::Script(options) => at("options", options, path, report),
            Self::Link(options) => at("options", options, path, report),
            Self::Wait(options) => at("options", options, path, report),
            Self::AbTest { options, items } => both(options, items, path, report),
            Self::Jump(options) => at("options", options, path, report),
            Self::Listener(options) => at("options", options, path, report),
            Self::Integration(options) => at("options", options, path, report),
            Self::Return | Self::Start => {}
        }
    }
}

fn at<T: Inspect>(
    key: &str,
    field: &Field<T>,
    path: &mut Vec<String>,
    report: &mut dyn FnMut(&[String]),
) {
    path.push(key.to_owned());
    field.inspect(path, report);
    path.pop();
}

fn both<O: Inspect, I: Inspect>(
    options: &Field<O>,
    items: &Field<I>,
    path: &mut Vec<String>,
    report: &mut dyn FnMut(&[String]),
) {
    at("options", options, path, report);
    at("items", items, path, report);
}
