//! An optional field that tells a null apart from a missing key: none is not written, and what is
//! written is there.

use serde::{Deserialize, Deserializer};

pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
