//! A turn as people read and compare it: texts as Markdown, variables by name, no ids of bubbles.

use super::{Ended, Library, Played};
use crate::output::{LogLine, Record};
use crate::rich_text::to_markdown;
use crate::state::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a turn did. Progress and looks are left out: they follow from the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TurnView {
    /// What the bot said: a text as Markdown, anything else as `{type: content}`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bot: Vec<Value>,
    /// What it asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<InputView>,
    /// What the visitor's page is to do: `{type: …}`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Value>,
    /// The answer as it was understood, where that differs from what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub understood: Option<String>,
    /// Variables that changed, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// Edges off the default path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branch: Vec<String>,
    /// Lines of the conversation's log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogLine>,
    /// Whether the conversation is over.
    #[serde(skip_serializing_if = "is_false")]
    pub ends: bool,
    /// Why the bot refused the turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What a bot asks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InputView {
    /// The block's type.
    pub r#type: String,
    /// The block's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub block: String,
    /// What can be chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// How it is asked, variables put in.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub options: Value,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl TurnView {
    /// Looks at a turn; `before` is the state that it began with.
    pub fn of(library: &Library, before: Option<&State>, played: &Played) -> Self {
        match &played.end {
            Ok(ended) => Self::of_end(library, before, ended),
            Err(refusal) => Self {
                refused: Some(refusal.message.clone()),
                ..Self::default()
            },
        }
    }

    /// Looks at the end of a turn; `before` is the state that it began with.
    pub fn of_end(library: &Library, before: Option<&State>, ended: &Ended) -> Self {
        let reply = &ended.output.reply;
        let edges = ended
            .output
            .records
            .iter()
            .filter_map(|record| match record {
                Record::VisitedEdge { edge, .. } => Some(edge.clone()),
                _ => None,
            });
        Self {
            bot: reply.messages.iter().map(bubble).collect(),
            input: reply.input.as_ref().map(InputView::of),
            actions: reply.client_side_actions.iter().map(action).collect(),
            understood: reply.last_message_new_format.clone(),
            variables: changed(library, before, &ended.state),
            branch: edges.collect(),
            logs: reply.logs.clone(),
            ends: ended.is_over,
            refused: None,
        }
    }

    /// The turn line by line, each with a word for what it is. `in_full` shows an input's options
    /// too.
    pub fn lines(&self, in_full: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let mut tell = |word: &str, what: &str| lines.extend(labelled(word, what));
        for bubble in &self.bot {
            match bubble {
                Value::String(text) => tell("bot", text),
                other => tell("bot", &other.to_string()),
            }
        }
        for action in &self.actions {
            tell("page", &action.to_string());
        }
        if let Some(text) = &self.understood {
            tell("heard", text);
        }
        for (name, value) in &self.variables {
            tell("set", &format!("{name} = {value}"));
        }
        for edge in &self.branch {
            tell("branch", edge);
        }
        for line in &self.logs {
            let details = line.details.as_deref();
            let details = details.map(|details| format!(" ({details})"));
            let LogLine {
                status,
                description,
                ..
            } = line;
            tell(
                "log",
                &format!("{status}: {description}{}", details.unwrap_or_default()),
            );
        }
        if let Some(input) = &self.input {
            tell("asks", &input.line());
            if in_full && !input.options.is_null() {
                tell("", &input.options.to_string());
            }
        }
        if let Some(reason) = &self.refused {
            tell("refuses", reason);
        }
        if self.ends {
            tell("end", "The conversation is over.");
        }
        lines
    }
}

/// `word     text`, further lines of the text under the first.
pub fn labelled(word: &str, text: &str) -> Vec<String> {
    let lines = if text.is_empty() {
        vec![""]
    } else {
        text.split('\n').collect()
    };
    let words = std::iter::once(word).chain(std::iter::repeat(""));
    let lines = words.zip(lines);
    lines
        .map(|(word, line)| format!("{word:<8} {line}").trim_end().to_owned())
        .collect()
}

impl InputView {
    fn of(input: &Value) -> Self {
        let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
        let items = input["items"].as_array();
        let choices = items.into_iter().flatten().filter_map(choice);
        let mut options = input["options"].clone();
        if let Some(prefilled) = input.get("prefilledValue") {
            options = json!({"options": options, "prefilledValue": prefilled});
        }
        Self {
            r#type: text("type"),
            block: text("id"),
            choices: choices.collect(),
            options,
        }
    }

    fn line(&self) -> String {
        let mut line = self.r#type.clone();
        if !self.block.is_empty() {
            line.push_str(&format!(" ({})", self.block));
        }
        if !self.choices.is_empty() {
            line.push_str(": ");
            line.push_str(&self.choices.join(" | "));
        }
        line
    }
}

/// What a choice is called: its text, else its title, else its picture.
fn choice(item: &Value) -> Option<String> {
    let keys = ["content", "title", "pictureSrc", "imageUrl"];
    let texts = keys.iter().filter_map(|key| item[*key].as_str());
    let mut texts = texts.filter(|text| !text.is_empty());
    texts.next().map(str::to_owned)
}

fn bubble(message: &Value) -> Value {
    let kind = message["type"].as_str().unwrap_or_default();
    let content = &message["content"];
    if kind == "text" {
        let text = match content["richText"].as_array() {
            Some(elements) => to_markdown(elements),
            None => content["markdown"].as_str().unwrap_or_default().to_owned(),
        };
        return Value::String(text);
    }
    json!({kind: content})
}

/// An action without what only places it among the bubbles.
fn action(action: &Value) -> Value {
    let kind = action["type"].as_str().unwrap_or_default();
    match action.get(kind) {
        Some(payload) => json!({kind: payload}),
        None => json!({kind: {}}),
    }
}

/// Variables by name as they are after a turn; those of the running bot count first.
pub fn variables(library: &Library, state: &State) -> Map<String, Value> {
    let mut held = Map::new();
    for frame in state.frames.iter().rev() {
        let flow = library.flows.get(&frame.version);
        for variable in &frame.variables {
            let own = flow.and_then(|flow| flow.variable(&variable.id));
            let name = variable.name.as_deref();
            let name = name
                .or_else(|| Some(own?.name.text()))
                .unwrap_or(&variable.id);
            let value = serde_json::to_value(&variable.value).unwrap_or_default();
            held.insert(name.to_owned(), value);
        }
    }
    held
}

fn changed(library: &Library, before: Option<&State>, after: &State) -> Map<String, Value> {
    let before = before
        .map(|state| variables(library, state))
        .unwrap_or_default();
    let mut after = variables(library, after);
    after.retain(|name, value| before.get(name).unwrap_or(&Value::Null) != value);
    after
}
