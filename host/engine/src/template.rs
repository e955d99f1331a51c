//! Texts with placeholders: `{{Name}}` for a variable, `{{=code=}}` for JavaScript.
//!
//! Code is never run here. A caller finds it with [`find_code`], evaluates it, puts the results in
//! with [`replace_code`], and then puts the variables in with [`interpolate`].

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use talkloom_flow::VariableValue;

use crate::value;

static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{=([^\n\r\u{2028}\u{2029}]+?)=\}\}").expect("the pattern is valid")
});
static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{([^{}]+)\}\}").expect("the pattern is valid"));

/// A piece of a template, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text that stays as it is.
    Text(String),
    /// `{{name}}`.
    Variable(String),
    /// `{{=code=}}`, without the braces.
    Code(String),
}

/// A text cut at its placeholders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// The pieces; no two texts follow each other.
    pub segments: Vec<Segment>,
}

/// How values are put into a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// As they print; a list as a JSON array.
    #[default]
    Text,
    /// As they print; of a list the last element only.
    Latest,
    /// Escaped for use between the quotes of a JSON string; a list as a JSON array.
    Json,
    /// With `<` and `>` escaped.
    Html,
}

/// A place in a text that holds code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSpan<'t> {
    /// The placeholder with its braces, in bytes.
    pub range: Range<usize>,
    /// The code between `{{=` and `=}}`.
    pub code: &'t str,
}

impl Template {
    /// Cuts a text at its placeholders; a variable inside code belongs to the code.
    pub fn parse(text: &str) -> Self {
        let mut segments = Vec::new();
        let mut end = 0;
        for span in find_code(text) {
            push_variables(&mut segments, &text[end..span.range.start]);
            segments.push(Segment::Code(span.code.to_owned()));
            end = span.range.end;
        }
        push_variables(&mut segments, &text[end..]);
        Self { segments }
    }

    /// The code of the template, in order.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Code(code) => Some(code.as_str()),
            _ => None,
        })
    }
}

fn push_variables(segments: &mut Vec<Segment>, text: &str) {
    let mut end = 0;
    for found in VARIABLE.captures_iter(text) {
        let (whole, [name]) = found.extract();
        let start = found.get_match().start();
        push_text(segments, &text[end..start]);
        segments.push(Segment::Variable(name.to_owned()));
        end = start + whole.len();
    }
    push_text(segments, &text[end..]);
}

fn push_text(segments: &mut Vec<Segment>, text: &str) {
    if !text.is_empty() {
        segments.push(Segment::Text(text.to_owned()));
    }
}

/// Finds the `{{=code=}}` placeholders of a text.
pub fn find_code(text: &str) -> impl Iterator<Item = CodeSpan<'_>> {
    CODE.captures_iter(text).map(|found| CodeSpan {
        range: found.get_match().range(),
        code: found.get(1).map_or("", |code| code.as_str()),
    })
}

/// Replaces each `{{=code=}}` by what `result` gives for the code.
pub fn replace_code(text: &str, mut result: impl FnMut(&str) -> String) -> Cow<'_, str> {
    CODE.replace_all(text, |found: &regex::Captures<'_>| result(&found[1]))
}

/// Puts values into a text; `lookup` gives the value of a variable's name, none where no variable
/// of that name has a value. Code must have been replaced before.
pub fn interpolate<'v>(
    text: &str,
    mode: Mode,
    mut lookup: impl FnMut(&str) -> Option<&'v VariableValue>,
) -> String {
    replace_variables(text, |name| {
        lookup(name).map_or_else(String::new, |value| print_in(mode, value))
    })
    .into_owned()
}

/// Replaces each `{{Name}}` by what `replacement` gives for the name; to write a variable's id
/// into code, give its id.
pub fn replace_variables(text: &str, mut replacement: impl FnMut(&str) -> String) -> Cow<'_, str> {
    VARIABLE.replace_all(text, |found: &regex::Captures<'_>| replacement(&found[1]))
}

/// Prints a value as a mode asks.
pub fn print_in(mode: Mode, given: &VariableValue) -> String {
    match mode {
        Mode::Text => value::print(given),
        Mode::Latest => value::print_latest(given),
        Mode::Json => value::print_json(given),
        Mode::Html => value::print(given)
            .replace('<', "&lt;")
            .replace('>', "&gt;"),
    }
}

/// The name in a text that is one `{{Name}}` and nothing else.
pub fn single_variable(text: &str) -> Option<&str> {
    let found = VARIABLE.captures(text)?;
    (found.get_match().len() == text.len())
        .then(|| found.get(1))
        .flatten()
        .map(|name| name.as_str())
}

/// Whether a text begins with `{{`, ends with `}}` and has no second `{{`.
pub fn looks_like_single_variable(text: &str) -> bool {
    text.starts_with("{{") && text.ends_with("}}") && text.matches("{{").count() == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str, mode: Mode) -> String {
        let name = VariableValue::Text("<A\">".into());
        let names = VariableValue::List(vec![Some("x".into()), Some("y".into())]);
        interpolate(text, mode, |wanted| match wanted {
            "Name" => Some(&name),
            "List" => Some(&names),
            _ => None,
        })
    }

    #[test]
    fn variables_are_put_in() {
        let cases = [
            ("Hi {{Name}}!", Mode::Text, "Hi <A\">!"),
            ("{{ Name }}{{name}}|", Mode::Text, "|"),
            ("${{Name}} {{{Name}}}", Mode::Text, "$<A\"> {<A\">}"),
            ("{{List}}", Mode::Text, r#"["x","y"]"#),
            ("{{List}}", Mode::Latest, "y"),
            (
                r#"{"n":"{{Name}}","l":{{List}}}"#,
                Mode::Json,
                r#"{"n":"<A\">","l":["x","y"]}"#,
            ),
            ("<b>{{Name}}", Mode::Html, "<b>&lt;A\"&gt;"),
            ("{{}} {{Name} {Name}}", Mode::Text, "{{}} {{Name} {Name}}"),
        ];
        for (text, mode, expected) in cases {
            assert_eq!(filled(text, mode), expected, "{text}");
        }
    }

    #[test]
    fn code_is_found_and_replaced() {
        let text = "a {{= {{X}} + 1 =}} b {{=2=}}{{=\n=}}";
        let code: Vec<_> = find_code(text).map(|span| span.code).collect();
        assert_eq!(code, [" {{X}} + 1 ", "2"]);
        assert_eq!(
            replace_code(text, |code| code.len().to_string()),
            "a 11 b 1{{=\n=}}"
        );
    }

    #[test]
    fn a_template_is_cut_at_its_placeholders() {
        let template = Template::parse("x{{={{A}}=}}{{B}}y");
        assert_eq!(
            template.segments,
            [
                Segment::Text("x".into()),
                Segment::Code("{{A}}".into()),
                Segment::Variable("B".into()),
                Segment::Text("y".into()),
            ]
        );
        assert_eq!(template.code().collect::<Vec<_>>(), ["{{A}}"]);
    }

    #[test]
    fn single_variables_are_told_apart() {
        assert_eq!(single_variable("{{A b}}"), Some("A b"));
        assert_eq!(single_variable(" {{A}}"), None);
        assert_eq!(single_variable("{{A}}{{B}}"), None);
        assert!(looks_like_single_variable("{{{A}}}"));
        assert!(!looks_like_single_variable("{{= {{A}} =}}"));
    }

    proptest! {
        #[test]
        fn no_text_is_lost(text in r"[{}=a-c \n$]{0,40}") {
            let mut joined = String::new();
            for segment in Template::parse(&text).segments {
                match segment {
                    Segment::Text(text) => joined.push_str(&text),
                    Segment::Variable(name) => joined.push_str(&format!("{{{{{name}}}}}")),
                    Segment::Code(code) => joined.push_str(&format!("{{{{={code}=}}}}")),
                }
            }
            prop_assert_eq!(joined, text);
        }
    }
}
