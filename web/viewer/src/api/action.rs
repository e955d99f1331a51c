//! Client-side actions: what the bot asks the page to do.

use serde_json::{Value, json};

use crate::json::Fields;

/// One thing to do, and where in the turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// What to do.
    pub kind: ActionKind,
    /// The bubble after which it is done; none: before anything is shown.
    pub after: Option<String>,
    /// The server waits for this action's result.
    pub expects_reply: bool,
}

/// What the page can be asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionKind {
    /// Let some time pass.
    Wait {
        /// How long.
        seconds: f64,
    },
    /// Go to another page.
    Redirect {
        /// Where to.
        url: String,
        /// Leave this page open.
        new_tab: bool,
    },
    /// Run JavaScript and forget it.
    Run(Script),
    /// Run JavaScript and answer with its value.
    Compute(Script),
    /// Fetch from the visitor's browser and answer with the response.
    Fetch(Value),
    /// Show a text while it is written and answer with it; the request's body.
    Stream(Value),
    /// Put the bot's own tags on the page.
    Tags(Tags),
    /// Tell a service that counts visitors.
    Count(Value),
    /// Wait for an outside system to call, and answer with what it sent.
    Listen,
    /// Something this page does not know; its type.
    Unknown(String),
}

/// JavaScript of the bot's builder.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The body of an async function.
    pub content: String,
    /// The function's parameters and their values.
    pub args: Vec<(String, Value)>,
}

/// What a bot puts on the page that it is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Tags {
    /// HTML for the page's head.
    pub head: Option<String>,
    /// All of them, as they were sent.
    pub all: Value,
}

impl Tags {
    fn read(value: &Value) -> Self {
        Self {
            head: value.text("customHeadCode"),
            all: value.clone(),
        }
    }
}

impl Action {
    /// Reads an action. As in the original client the payload's key decides, not the type.
    pub fn read(value: &Value) -> Self {
        Self {
            kind: ActionKind::read(value),
            after: value.text("lastBubbleBlockId"),
            expects_reply: value.flag("expectsDedicatedReply", false),
        }
    }
}

impl Action {
    /// Belongs to the page and not to the moment: it is done again when the page is loaded again.
    pub fn is_lasting(&self) -> bool {
        matches!(self.kind, ActionKind::Tags(_))
    }
}

impl ActionKind {
    fn read(value: &Value) -> Self {
        if let Some(seconds) = value.number("wait/secondsToWaitFor") {
            Self::Wait { seconds }
        } else if let Some(url) = value.text("redirect/url") {
            Self::Redirect {
                url,
                new_tab: value.flag("redirect/isNewTab", false),
            }
        } else if value.at("scriptToExecute").is_object() {
            Self::Run(Script::read(value.at("scriptToExecute")))
        } else if value.at("setVariable").is_object() {
            Self::Compute(Script::read(value.at("setVariable/scriptToExecute")))
        } else if value.at("codeToExecute").is_object() {
            Self::Run(Script::read(value.at("codeToExecute")))
        } else if value.at("chatwoot/scriptToExecute").is_object() {
            Self::Run(Script::read(value.at("chatwoot/scriptToExecute")))
        } else if value.at("streamOpenAiChatCompletion").is_object() {
            Self::Stream(value.at("streamOpenAiChatCompletion").clone())
        } else if value.flag("stream", false) {
            Self::Stream(json!({}))
        } else if value.at("startPropsToInject").is_object() {
            Self::Tags(Tags::read(value.at("startPropsToInject")))
        } else if value.at("googleAnalytics").is_object() || value.at("pixel").is_object() {
            Self::Count(value.clone())
        } else if value.at("httpRequestToExecute").is_object() {
            Self::Fetch(value.at("httpRequestToExecute").clone())
        } else if value.at("type") == "listenForWebhook" {
            Self::Listen
        } else {
            Self::Unknown(value.text_or("type", "?"))
        }
    }
}

impl Script {
    pub(super) fn read(value: &Value) -> Self {
        let args = match value.at("args") {
            Value::Array(list) => list
                .iter()
                .filter_map(|arg| Some((arg.text("id")?, arg.at("value").clone())))
                .collect(),
            Value::Object(map) => map
                .iter()
                .map(|(id, value)| (id.clone(), value.clone()))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            content: unwrap_tag(&value.text_or("content", "")).to_owned(),
            args,
        }
    }

    /// The code as a function's body: a bare expression is returned.
    pub fn returning(&self) -> Self {
        let mut script = self.clone();
        if !script.content.contains("return ") {
            script.content.insert_str(0, "return ");
        }
        script
    }
}

/// Builders paste snippets with their `<script>` tag.
fn unwrap_tag(content: &str) -> &str {
    let text = content.trim();
    if !text.starts_with("<script") {
        return content;
    }
    let body = text.split_once('>').map_or(text, |(_, rest)| rest);
    body.strip_suffix("</script>").unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_payload_decides() {
        let wait = Action::read(&json!({"type": "wait", "wait": {"secondsToWaitFor": "0.5"},
            "lastBubbleBlockId": "b1", "expectsDedicatedReply": true}));
        assert_eq!(wait.kind, ActionKind::Wait { seconds: 0.5 });
        assert_eq!(wait.after.as_deref(), Some("b1"));
        assert!(wait.expects_reply);
        let odd = Action::read(&json!({"type": "dance", "dance": {}}));
        assert_eq!(odd.kind, ActionKind::Unknown("dance".into()));
        let stream = Action::read(&json!({"type": "stream", "stream": true}));
        assert_eq!(stream.kind, ActionKind::Stream(json!({})));
    }

    #[test]
    fn an_expression_is_returned_and_a_body_left_alone() {
        let compute = |content: &str| {
            let value = json!({"setVariable": {"scriptToExecute":
                {"content": content, "args": [{"id": "v1", "value": 41}]}}});
            match Action::read(&value).kind {
                ActionKind::Compute(script) => script.returning(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(compute("v1 + 1").content, "return v1 + 1");
        assert_eq!(
            compute("const a = 1; return a").content,
            "const a = 1; return a"
        );
        assert_eq!(compute("v1").args, vec![("v1".to_owned(), json!(41))]);
    }

    #[test]
    fn a_script_tag_is_taken_off() {
        assert_eq!(unwrap_tag("<script async>\nfoo()</script>"), "\nfoo()");
        assert_eq!(unwrap_tag("a < b"), "a < b");
    }
}
