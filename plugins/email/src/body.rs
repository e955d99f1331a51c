//! What a mail says: a text, HTML, or a list of all answers and variables.

use serde_json::Value;
use talkloom_block::Call;

use crate::options::Options;

/// A mail's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// As plain text.
    pub text: Option<String>,
    /// As HTML.
    pub html: Option<String>,
}

/// The words that the builder wrote, or the answers.
pub fn of(options: &Options, call: &Call, submission: &Value) -> Body {
    let written = options.body.as_deref().unwrap_or_default();
    // Old documents do not say; they mean what they have.
    let is_custom = options.is_custom_body.unwrap_or(!written.is_empty());
    if !is_custom {
        return summary(submission);
    }
    if !options.is_body_code.unwrap_or_default() {
        return Body {
            text: Some(written.to_owned()),
            html: None,
        };
    }
    let html = match lone_value(written, call) {
        Some(value) => with_breaks(value),
        None => written.to_owned(),
    };
    Body {
        text: Some(without_tags(&html)),
        html: Some(html),
    }
}

/// The value of the variable that is the whole text.
fn lone_value<'c>(text: &str, call: &'c Call) -> Option<&'c Value> {
    let mut values = call.variables().map(|(variable, _)| call.value(&variable));
    values.find(|value| printed(value) == text)
}

fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as HTML: each line on its own, each entry of a list too.
fn with_breaks(value: &Value) -> String {
    match value {
        Value::Array(list) => {
            let entries: Vec<_> = list.iter().map(with_breaks).collect();
            entries.join("<br />")
        }
        Value::Null => String::new(),
        other => printed(other).replace("\r\n", "\n").replace('\n', "<br />"),
    }
}

/// For programs that show no HTML.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = tag.split_once('>') else {
            rest = "";
            break;
        };
        let name = tag.trim_start_matches('/').split([' ', '/']).next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if ["br", "p", "div", "tr", "li", "h1", "h2", "h3"].contains(&name.as_str())
            && (tag.starts_with('/') || name == "br")
        {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    let unescaped = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    for (escaped, letter) in unescaped {
        text = text.replace(escaped, letter);
    }
    text.trim().to_owned()
}

/// All answers and variables, as a table and as lines.
fn summary(submission: &Value) -> Body {
    let mut text = String::new();
    let mut rows = String::new();
    for (key, value) in submission.as_object().into_iter().flatten() {
        let value = match value {
            Value::Array(list) => {
                let entries: Vec<_> = list.iter().map(printed).collect();
                entries.join(", ")
            }
            other => printed(other),
        };
        text.push_str(&format!("{key}: {value}\n"));
        let value = escaped(&value).replace('\n', "<br />");
        rows.push_str(&format!(
            "<tr><th align=\"left\" valign=\"top\">{}</th><td>{value}</td></tr>",
            escaped(key)
        ));
    }
    if rows.is_empty() {
        let nothing = "Nothing was answered.";
        return Body {
            text: Some(nothing.to_owned()),
            html: Some(format!("<p>{nothing}</p>")),
        };
    }
    Body {
        text: Some(text),
        html: Some(format!("<table cellpadding=\"6\">{rows}</table>")),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(options: Value, call: &Call) -> Body {
        let options: Options = serde_json::from_value(options).expect("valid options");
        let submission = json!({ "Name <1>": "Ada & \"Bob\"\nEve", "Tags": ["a", "b"], "Age": 36 });
        of(&options, call, &submission)
    }

    #[test]
    fn without_words_of_its_own_a_mail_lists_the_answers() {
        let listed = body(json!({}), &Call::default());
        let text = "Name <1>: Ada & \"Bob\"\nEve\nTags: a, b\nAge: 36\n";
        assert_eq!(listed.text.as_deref(), Some(text));
        let html = listed.html.clone().expect("it is HTML too");
        let row = "<th align=\"left\" valign=\"top\">Name &lt;1&gt;</th>\
                   <td>Ada &amp; &quot;Bob&quot;<br />Eve</td>";
        assert!(html.contains(row), "{html}");
        let unused = json!({ "isCustomBody": false, "body": "mine" });
        assert_eq!(body(unused, &Call::default()), listed);
        let empty = of(&Options::default(), &Call::default(), &Value::Null);
        assert_eq!(empty.text.as_deref(), Some("Nothing was answered."));
    }

    #[test]
    fn a_text_is_sent_as_it_is() {
        for options in [
            json!({ "isCustomBody": true, "body": "a\n<b>" }),
            json!({ "body": "a\n<b>" }),
        ] {
            let sent = body(options, &Call::default());
            assert_eq!((sent.text.as_deref(), sent.html), (Some("a\n<b>"), None));
        }
        let empty = body(json!({ "isCustomBody": true }), &Call::default());
        assert_eq!((empty.text.as_deref(), empty.html), (Some(""), None));
    }

    #[test]
    fn html_comes_with_its_text() {
        let html = "<p>Hi &amp; <b>you</b></p>\n<p>Bye<br/>!</p>";
        let sent = body(
            json!({ "isCustomBody": true, "isBodyCode": true, "body": html }),
            &Call::default(),
        );
        assert_eq!(sent.html.as_deref(), Some(html));
        assert_eq!(sent.text.as_deref(), Some("Hi & you\n\nBye\n!"));
    }

    #[test]
    fn a_lone_variable_keeps_its_lines() {
        let call = Call::default()
            .with_variable("v", "Note", "one\r\ntwo\nthree")
            .with_variable("l", "List", json!(["a", "b"]));
        let html = |text: &str| {
            let options = json!({ "isCustomBody": true, "isBodyCode": true, "body": text });
            body(options, &call).html
        };
        assert_eq!(
            html("one\r\ntwo\nthree").as_deref(),
            Some("one<br />two<br />three")
        );
        assert_eq!(html("[\"a\",\"b\"]").as_deref(), Some("a<br />b"));
        assert_eq!(html("x one\ntwo").as_deref(), Some("x one\ntwo"));
    }
}
