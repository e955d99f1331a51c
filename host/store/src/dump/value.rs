//! One value, between a database and JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sea_orm::{DbErr, QueryResult, Value};
use serde_json::Value as Json;

use super::schema::{Column, Kind, quoted};

/// How a column is asked for: whole numbers in one width, whatever the column's is.
pub(super) fn selected(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        Kind::Integer => format!("CAST({name} AS BIGINT)"),
        Kind::Number => format!("CAST({name} AS DOUBLE PRECISION)"),
        Kind::Text | Kind::Boolean | Kind::Bytes => name,
    }
}

/// A value as JSON, and as one that can be asked for.
pub(super) fn read(row: &QueryResult, index: usize, kind: Kind) -> Result<(Json, Value), DbErr> {
    Ok(match kind {
        Kind::Text => {
            let text: Option<String> = row.try_get_by_index(index)?;
            (text.clone().into(), text.into())
        }
        Kind::Integer => {
            let number: Option<i64> = row.try_get_by_index(index)?;
            (number.into(), number.into())
        }
        Kind::Number => {
            let number: Option<f64> = row.try_get_by_index(index)?;
            (number.into(), number.into())
        }
        Kind::Boolean => {
            let is: Option<bool> = row.try_get_by_index(index)?;
            (is.into(), is.into())
        }
        Kind::Bytes => {
            let bytes: Option<Vec<u8>> = row.try_get_by_index(index)?;
            let text = bytes.as_ref().map(|bytes| BASE64.encode(bytes));
            (text.into(), bytes.into())
        }
    })
}

/// A value from JSON; none where it is of another kind. `keeps_nul` says whether the database takes
/// the character U+0000 in texts; where it does not, U+FFFD stands for it.
pub(super) fn parse(value: Json, kind: Kind, keeps_nul: bool) -> Option<Value> {
    Some(match (kind, value) {
        (Kind::Text, Json::Null) => Value::String(None),
        (Kind::Text, Json::String(text)) if keeps_nul || !text.contains('\0') => text.into(),
        (Kind::Text, Json::String(text)) => text.replace('\0', "\u{fffd}").into(),
        (Kind::Integer, Json::Null) => Value::BigInt(None),
        (Kind::Integer, Json::Number(number)) => number.as_i64()?.into(),
        (Kind::Number, Json::Null) => Value::Double(None),
        (Kind::Number, Json::Number(number)) => number.as_f64()?.into(),
        (Kind::Boolean, Json::Null) => Value::Bool(None),
        (Kind::Boolean, Json::Bool(is)) => is.into(),
        (Kind::Bytes, Json::Null) => Value::Bytes(None),
        (Kind::Bytes, Json::String(text)) => BASE64.decode(text).ok()?.into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_another_kind_are_refused() {
        let parse = |value, kind| parse(value, kind, false);
        assert_eq!(parse(json!("a\0b"), Kind::Text), Some("a\u{fffd}b".into()));
        assert_eq!(
            parse(json!("AAE="), Kind::Bytes),
            Some(vec![0_u8, 1].into())
        );
        for (value, kind) in [
            (json!(1), Kind::Text),
            (json!("1"), Kind::Integer),
            (json!(1.5), Kind::Integer),
            (json!(1), Kind::Boolean),
            (json!("%"), Kind::Bytes),
        ] {
            assert_eq!(parse(value.clone(), kind), None, "{value}");
        }
    }
}
