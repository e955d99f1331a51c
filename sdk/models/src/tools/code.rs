//! Variables in a tool's code. Visitors write their values, so whatever a value holds, it stays a
//! value: everything in it that means something to JavaScript is written as an escape.

use serde_json::Value;
use talkloom_block::Call;

/// Puts values in for `{{Name}}`: within a quoted text as a part of it, elsewhere as a literal.
/// Names that are no variables stay, since code may hold such braces too.
pub(super) fn fill(code: &str, call: &Call) -> String {
    let mut filled = String::with_capacity(code.len());
    let mut reader = Reader::default();
    let mut rest = code;
    while let Some(next) = rest.chars().next() {
        if let Some((value, after)) = placeholder(rest, call) {
            match reader.place {
                Place::Text(_) => escaped(&printed(&value), &mut filled),
                Place::Code | Place::Line | Place::Comment => literal(&value, &mut filled),
            }
            rest = after;
            continue;
        }
        // A dollar sign before a placeholder is one.
        let opens = rest.starts_with("${") && placeholder(&rest[1..], call).is_none();
        let width = reader.step(rest, opens).max(next.len_utf8());
        filled.push_str(&rest[..width]);
        rest = &rest[width..];
    }
    filled
}

/// Where in the code one is. A regular expression with a quote in it is taken for a text, which
/// the escapes make harmless.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Code,
    /// Within these quotes.
    Text(char),
    /// In a comment that ends with the line.
    Line,
    /// In a comment that ends with `*/`.
    Comment,
}

/// Reads code from its beginning.
#[derive(Debug, Default)]
struct Reader {
    place: Place,
    /// For each `${` that is open within a template: how many braces are open in it.
    templates: Vec<usize>,
}

impl Reader {
    /// Moves over what begins here; gives how many bytes belong together. `opens`: it is code
    /// within a template, if it stands in one.
    fn step(&mut self, rest: &str, opens: bool) -> usize {
        let next = rest.chars().next().unwrap_or_default();
        let (place, width) = match (self.place, next) {
            (Place::Code, '{' | '}') => (self.brace(next), 1),
            (Place::Code, '"' | '\'' | '`') => (Place::Text(next), 1),
            (Place::Code, _) if rest.starts_with("//") => (Place::Line, 2),
            (Place::Code, _) if rest.starts_with("/*") => (Place::Comment, 2),
            (Place::Text('`'), _) if opens => {
                self.templates.push(0);
                (Place::Code, 2)
            }
            (Place::Text(_), '\\') => {
                let escaped = rest.chars().nth(1).map_or(0, char::len_utf8);
                (self.place, 1 + escaped)
            }
            (Place::Text(quote), _) if next == quote => (Place::Code, 1),
            // A text in plain quotes ends with its line at the latest.
            (Place::Text('"' | '\''), '\n') | (Place::Line, '\n') => (Place::Code, 1),
            (Place::Comment, _) if rest.starts_with("*/") => (Place::Code, 2),
            (place, _) => (place, next.len_utf8()),
        };
        self.place = place;
        width
    }

    /// The last brace of code within a template leads back into it.
    fn brace(&mut self, brace: char) -> Place {
        match (self.templates.last_mut(), brace) {
            (Some(0), '}') => {
                self.templates.pop();
                return Place::Text('`');
            }
            (Some(open), '}') => *open -= 1,
            (Some(open), _) => *open += 1,
            (None, _) => {}
        }
        Place::Code
    }
}

/// The value of the placeholder that begins here, and what follows it.
fn placeholder<'r>(rest: &'r str, call: &Call) -> Option<(Value, &'r str)> {
    let (name, after) = rest.strip_prefix("{{")?.split_once("}}")?;
    let variable = call.named(name)?;
    Some((call.current(&variable).clone(), after))
}

fn printed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The value as code takes it: what reads as a number or a truth value is one.
fn literal(value: &Value, filled: &mut String) {
    match value {
        Value::Null => filled.push_str("null"),
        Value::String(text) if is_plain(text) => filled.push_str(text),
        Value::String(text) => quoted(text, filled),
        Value::Array(items) => {
            filled.push('[');
            for item in items {
                literal(item, filled);
                filled.push(',');
            }
            filled.push(']');
        }
        other => quoted(&other.to_string(), filled),
    }
}

/// A number as JSON writes one, or a truth value.
fn is_plain(text: &str) -> bool {
    let value = serde_json::from_str::<Value>(text);
    value.is_ok_and(|value| value.is_number() || value.is_boolean())
}

fn quoted(text: &str, filled: &mut String) {
    filled.push('"');
    escaped(text, filled);
    filled.push('"');
}

/// Only letters, digits and spaces stand for themselves.
fn escaped(text: &str, filled: &mut String) {
    let mut units = [0; 2];
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || character == ' ' {
            filled.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            filled.push_str(&format!("\\u{unit:04x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call() -> Call {
        Call::default()
            .with_variable("v1", "Name", "O\"Hara'`; x()")
            .with_variable("v2", "Age", "36")
            .with_variable("v3", "List", json!(["a", "1"]))
            .with_variable("v4", "None", Value::Null)
    }

    fn filled(code: &str) -> String {
        fill(code, &call())
    }

    #[test]
    fn values_stay_values() {
        let name = r"O\u0022Hara\u0027\u0060\u003b x\u0028\u0029";
        assert_eq!(filled("return {{Name}}"), format!("return \"{name}\""));
        for quote in ['"', '\'', '`'] {
            let code = format!("return {quote}Hi {{{{Name}}}}{quote} + {{{{Age}}}}");
            let expected = format!("return {quote}Hi {name}{quote} + 36");
            assert_eq!(filled(&code), expected);
        }
        assert_eq!(
            filled("f({{List}}, {{None}}, '{{None}}')"),
            "f([\"a\",1,], null, '')"
        );
        assert_eq!(filled("'é' // {{List}}"), "'é' // [\"a\",1,]");
    }

    #[test]
    fn texts_and_comments_are_told_from_code() {
        for (code, expected) in [
            ("// don't\nf({{List}})", "// don't\nf([\"a\",1,])"),
            ("/* it's */ f({{List}})", "/* it's */ f([\"a\",1,])"),
            ("'it\\'s' + {{List}}", "'it\\'s' + [\"a\",1,]"),
            ("'cut\nf({{List}})", "'cut\nf([\"a\",1,])"),
            ("`a\n{{Age}}`", "`a\n36`"),
            (
                "`${f({{List}})} ${{Age}} ${{{List}}}`",
                "`${f([\"a\",1,])} $36 ${[\"a\",1,]}`",
            ),
            (
                "`${{a: {{List}}}.a} {{None}}` + {{None}}",
                "`${{a: [\"a\",1,]}.a} ` + null",
            ),
        ] {
            assert_eq!(filled(code), expected);
        }
    }

    #[test]
    fn other_braces_stay() {
        let code = "const a = {b: {c: {{Unknown}}}}; return {{";
        assert_eq!(filled(code), code);
    }

    #[test]
    fn what_was_set_meanwhile_counts() {
        let mut call = call();
        let age = call.named("Age").expect("it is known");
        call.set(&age, "37");
        assert_eq!(fill("{{Age}}", &call), "37");
    }
}
