//! A field of the document that survives reading and writing whatever it held.
//!
//! A file may lack a field, hold an explicit null, or hold something of the wrong shape. All three
//! are kept, so that opening never fails below the document's skeleton and printing loses nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A field as the file had it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Field<T> {
    /// The key is missing: the default applies.
    #[default]
    Absent,
    /// The key holds an explicit null.
    Null,
    /// The key holds what it should.
    Value(T),
    /// The key holds something of another shape; it is printed back as it was.
    Invalid(Value),
}

impl<T> Field<T> {
    /// Whether the key is missing.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, where there is a proper one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The value, to change, where there is a proper one.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// What stands there with a wrong shape.
    pub fn invalid(&self) -> Option<&Value> {
        match self {
            Self::Invalid(value) => Some(value),
            _ => None,
        }
    }
}

impl<T: DeserializeOwned> Field<T> {
    /// Reads a value that stands in the document.
    pub fn read(value: Value) -> Self {
        if value.is_null() {
            return Self::Null;
        }
        match T::deserialize(&value) {
            Ok(read) => Self::Value(read),
            Err(_) => Self::Invalid(value),
        }
    }
}

impl Field<String> {
    /// The text, or an empty one.
    pub fn text(&self) -> &str {
        self.get().map_or("", String::as_str)
    }

    /// The text, where there is one that is not empty.
    pub fn filled(&self) -> Option<&str> {
        self.get()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

impl Field<bool> {
    /// The switch's position, or what applies where the file says nothing.
    pub fn is_on(&self, default: bool) -> bool {
        self.get().copied().unwrap_or(default)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_unit(),
            Self::Value(value) => value.serialize(serializer),
            Self::Invalid(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(Value::deserialize(deserializer)?))
    }
}

/// A list of the document; an element of a wrong shape keeps its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<Field<T>>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<T> {
    /// The proper elements, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter().filter_map(Field::get)
    }

    /// The proper elements with their places.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (usize, &T)> {
        self.0
            .iter()
            .enumerate()
            .filter_map(|(place, element)| Some((place, element.get()?)))
    }

    /// The element at a place, where it is a proper one.
    pub fn at(&self, place: usize) -> Option<&T> {
        self.0.get(place).and_then(Field::get)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

impl<T> Field<List<T>> {
    /// The proper elements, in order; none where there is no list.
    pub fn items(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.get().into_iter().flat_map(List::iter)
    }

    /// The proper elements with their places; none where there is no list.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (usize, &T)> {
        self.get().into_iter().flat_map(List::entries)
    }
}

/// Finds the fields of a wrong shape within something.
pub(crate) trait Inspect {
    /// Calls `report` with the path of each.
    fn inspect(&self, path: &mut Vec<String>, report: &mut dyn FnMut(&[String]));
}

impl<T: Inspect> Inspect for Field<T> {
    fn inspect(&self, path: &mut Vec<String>, report: &mut dyn FnMut(&[String])) {
        match self {
            Self::Value(value) => value.inspect(path, report),
            Self::Invalid(_) => report(path),
            Self::Absent | Self::Null => {}
        }
    }
}

impl<T: Inspect> Inspect for List<T> {
    fn inspect(&self, path: &mut Vec<String>, report: &mut dyn FnMut(&[String])) {
        for (place, element) in self.0.iter().enumerate() {
            path.push(place.to_string());
            element.inspect(path, report);
            path.pop();
        }
    }
}

macro_rules! plain {
    ($($kind:ty),*) => {$(
        impl Inspect for $kind {
            fn inspect(&self, _: &mut Vec<String>, _: &mut dyn FnMut(&[String])) {}
        }
    )*};
}
plain!(
    String,
    bool,
    serde_json::Number,
    Vec<Value>,
    serde_json::Map<String, Value>,
    crate::bubble::NumberOrText,
    crate::theme::Font,
    crate::VariableValue
);

/// The wire name of a struct's field.
pub(crate) fn key_of(field: &str) -> String {
    let mut key = String::with_capacity(field.len());
    for (place, word) in field.trim_start_matches("r#").split('_').enumerate() {
        match word.chars().next() {
            Some(first) if place > 0 => {
                key.extend(first.to_uppercase());
                key.push_str(&word[first.len_utf8()..]);
            }
            _ => key.push_str(word),
        }
    }
    key
}

/// Declares structs of the document: every field is a [`Field`], unknown keys go to `extra`.
macro_rules! record {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::Field::is_absent")]
                pub $field: crate::Field<$kind>,
            )*
            /// Keys of the file that are not known here.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl crate::field::Inspect for $name {
            fn inspect(&self, path: &mut Vec<String>, report: &mut dyn FnMut(&[String])) {
                $(
                    path.push(crate::field::key_of(stringify!($field)));
                    self.$field.inspect(path, report);
                    path.pop();
                )*
            }
        }
    )*};
}
pub(crate) use record;
