//! Bounds of inputs as the page can use them, once variables stand in them.

use crate::inputs::number::parse_bound;
use crate::talk::wait::number;
use serde_json::{Map, Value, json};
use talkloom_flow::{Block, BlockKind};

/// Makes numbers of number inputs' and ratings' bounds, and dates as fields take them of dates'.
/// What is neither is left out.
pub(super) fn settle(block: &Block, options: &mut Value) {
    let Value::Object(options) = options else {
        return;
    };
    match &block.kind {
        BlockKind::NumberInput(_) => numbers(options, &["min", "max", "step"]),
        BlockKind::Rating(_) => numbers(options, &["startsAt"]),
        BlockKind::DateInput(_) => {
            let has_time = options.get("hasTime") == Some(&json!(true));
            for key in ["min", "max"] {
                let day = options.get(key).and_then(Value::as_str);
                if let Some(day) = day.and_then(|text| field_date(text, has_time)) {
                    options[key] = json!(day);
                }
            }
        }
        _ => {}
    }
}

fn numbers(options: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        let Some(text) = options.get(*key).and_then(Value::as_str) else {
            continue;
        };
        match parse_bound(text).and_then(number) {
            Some(bound) => options[*key] = bound,
            None => {
                options.remove(*key);
            }
        }
    }
}

/// The ISO date in a text, without seconds and zone; without the time where none is asked for.
fn field_date(text: &str, has_time: bool) -> Option<String> {
    let day = text.get(..10).filter(|day| is_shaped(day, "dddd-dd-dd"))?;
    let time = text
        .get(10..16)
        .filter(|time| is_shaped(time, "Tdd:dd"))
        .unwrap_or("T00:00");
    Some(if has_time {
        format!("{day}{time}")
    } else {
        day.to_owned()
    })
}

/// Whether a text has digits where the shape has a `d`, and else the same characters.
fn is_shaped(text: &str, shape: &str) -> bool {
    let fits = |(c, wanted): (u8, u8)| c == wanted || (wanted == b'd' && c.is_ascii_digit());
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_those_of_fields() {
        let cases = [
            ("2024-03-05", false, Some("2024-03-05")),
            ("2024-03-05", true, Some("2024-03-05T00:00")),
            ("2024-03-05T10:30:00.000Z", true, Some("2024-03-05T10:30")),
            ("2024-03-05T10:30:00+01:00", false, Some("2024-03-05")),
            ("5 March", false, None),
            ("", true, None),
            ("2024-03-0é", false, None),
        ];
        for (text, has_time, expected) in cases {
            assert_eq!(field_date(text, has_time).as_deref(), expected, "{text}");
        }
    }
}
