//! Every operation of the chat API.

use serde_json::{Map, Value, json};

use super::schema::{Done, Error, PublishedBot, Replied, Started};
use super::{Types, responses};
use crate::chat::requests::{ClientLogs, ContinueChat, SendMessage, StartChat, StartPreview};
use crate::uploads::requests::{UploadUrl, UploadUrlWanted};

/// One operation.
pub(super) struct Operation {
    pub(super) path: &'static str,
    pub(super) method: &'static str,
    name: &'static str,
    summary: &'static str,
    body: Option<Value>,
    answer: Value,
    token: Token,
    is_deprecated: bool,
    links: Value,
}

/// Whether an operation needs an API token.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    No,
    May,
    Must,
}

const GOES_ON: &str = "$response.body#/sessionId";

impl Operation {
    fn post(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self {
            path,
            method: "post",
            name,
            summary,
            body: None,
            answer: json!({}),
            token: Token::No,
            is_deprecated: false,
            links: json!({}),
        }
    }

    fn get(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self {
            method: "get",
            ..Self::post(path, name, summary)
        }
    }

    fn takes(mut self, schema: Value, example: Value) -> Self {
        self.body = Some(json!({"schema": schema, "example": example}));
        self
    }

    fn answers(self, schema: &Value) -> Self {
        self.answers_as("200", "application/json", schema)
    }

    fn answers_as(mut self, status: &str, kind: &str, schema: &Value) -> Self {
        let content = json!({kind: {"schema": schema}});
        self.answer = json!({status: {"description": self.summary, "content": content}});
        self
    }

    fn with(mut self, token: Token) -> Self {
        self.token = token;
        self
    }

    fn deprecated(mut self) -> Self {
        self.is_deprecated = true;
        self
    }

    /// What began here goes on there.
    fn begins(mut self) -> Self {
        let link = |to: &str| json!({"operationId": to, "parameters": {"sessionId": GOES_ON}});
        self.links = json!({
            "reply": link("continueChat"),
            "log": link("saveClientLogs"),
            "update": link("updateTypebot"),
        });
        self
    }

    pub(super) fn json(self) -> Value {
        let mut answers: Map<String, Value> = self.answer.as_object().cloned().unwrap_or_default();
        for answer in answers.values_mut() {
            if self
                .links
                .as_object()
                .is_some_and(|links| !links.is_empty())
            {
                answer["links"] = self.links.clone();
            }
        }
        answers.extend(responses::of_operation(self.token != Token::No));
        let mut operation = json!({
            "operationId": self.name,
            "summary": self.summary,
            "parameters": parameters(self.path),
            "responses": answers,
        });
        if let Some(body) = self.body {
            operation["requestBody"] = json!({"content": {"application/json": body}});
        }
        operation["security"] = match self.token {
            Token::No => json!([]),
            Token::May => json!([{}, {"token": []}]),
            Token::Must => json!([{"token": []}]),
        };
        if self.is_deprecated {
            operation["deprecated"] = json!(true);
        }
        operation
    }
}

/// The parts of the path in braces.
fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1);
    names
        .filter_map(|rest| rest.split('}').next())
        .map(|name| {
            let mut parameter = json!({
                "name": name, "in": "path", "required": true,
                "schema": {"type": "string", "minLength": 1},
            });
            if ["publicId", "typebotId", "slug"].contains(&name) {
                parameter["example"] = json!("demo");
            }
            parameter
        })
        .collect()
}

pub(super) fn all(types: &mut Types) -> Vec<Operation> {
    types.of::<Error>();
    let mut all = conversations(types);
    all.extend(sessions(types));
    all.extend(files_and_listeners(types));
    all
}

fn conversations(types: &mut Types) -> Vec<Operation> {
    let (started, replied) = (types.of::<Started>(), types.of::<Replied>());
    let start = json!({"isStreamEnabled": true, "prefilledVariables": {"utm_source": "docs"}});
    let reply = json!({"message": {"type": "text", "text": "Ada"}});
    let old = json!({"startParams": {"typebot": "demo"}});
    let either = json!({"anyOf": [started.clone(), replied.clone()]});
    vec![
        Operation::post(
            "/v1/typebots/{publicId}/startChat",
            "startChat",
            "A visitor begins a conversation.",
        )
        .takes(types.of::<StartChat>(), start.clone())
        .answers(&started)
        .begins(),
        Operation::post(
            "/v1/typebots/{typebotId}/preview/startChat",
            "startPreview",
            "A builder tries a draft.",
        )
        .takes(types.of::<StartPreview>(), start.clone())
        .answers(&started)
        .with(Token::Must)
        .begins(),
        Operation::post(
            "/v1/templates/{slug}/preview/startChat",
            "startTemplate",
            "A builder tries a template.",
        )
        .takes(types.of::<StartPreview>(), start)
        .answers(&started)
        .with(Token::Must),
        Operation::post(
            "/v1/sessions/{sessionId}/continueChat",
            "continueChat",
            "A visitor replies.",
        )
        .takes(types.of::<ContinueChat>(), reply)
        .answers(&replied),
        Operation::post("/v1/sendMessage", "sendMessage1", "Starts or replies.")
            .takes(types.of::<SendMessage>(), old.clone())
            .answers(&either)
            .with(Token::May)
            .deprecated(),
        Operation::post("/v2/sendMessage", "sendMessage2", "Starts or replies.")
            .takes(types.of::<SendMessage>(), old)
            .answers(&either)
            .with(Token::May)
            .deprecated(),
        Operation::get(
            "/v1/typebots/{publicId}",
            "getPublishedTypebot",
            "The published bot, as far as the caller may know it.",
        )
        .answers(&types.of::<PublishedBot>())
        .with(Token::May),
    ]
}

fn sessions(types: &mut Types) -> Vec<Operation> {
    let done = types.of::<Done>();
    let lines = json!({"clientLogs": [{"status": "error", "description": "No network"}]});
    let text = json!({"type": "string"});
    let streamed = |path, name| {
        let summary = "Streams the answer that the conversation waits for.";
        let messages = json!({"type": "object", "properties": {"messages": {}}});
        Operation::post(path, name, summary)
            .takes(messages, json!({}))
            .answers_as("200", "text/plain", &text)
    };
    vec![
        Operation::post(
            "/v1/sessions/{sessionId}/updateTypebot",
            "updateTypebot",
            "A conversation goes on with the newest version of its bot.",
        )
        .answers(&done)
        .with(Token::Must),
        Operation::post(
            "/v2/sessions/{sessionId}/clientLogs",
            "saveClientLogs",
            "A page tells what went wrong in it.",
        )
        .takes(types.of::<ClientLogs>(), lines.clone())
        .answers(&done),
        Operation::post(
            "/v1/sessions/{sessionId}/clientLogs",
            "saveClientLogs1",
            "A page tells what went wrong in it.",
        )
        .takes(types.of::<ClientLogs>(), lines)
        .answers(&done)
        .deprecated(),
        streamed("/v2/sessions/{sessionId}/streamMessage", "streamMessage"),
        streamed("/v1/sessions/{sessionId}/streamMessage", "streamMessage1").deprecated(),
    ]
}

fn files_and_listeners(types: &mut Types) -> Vec<Operation> {
    let done = types.of::<Done>();
    let (file, anything) = (
        json!({"type": "string", "format": "binary"}),
        json!({"type": "object"}),
    );
    let wanted = json!({"sessionId": "c0", "fileName": "photo.png", "fileType": "image/png"});
    let receive = Operation {
        method: "put",
        ..Operation::post("/uploads/{token}", "uploadFile", "A file arrives.")
    };
    vec![
        Operation::post(
            "/v3/generate-upload-url",
            "generateUploadUrl",
            "A page is about to send a file.",
        )
        .takes(types.of::<UploadUrlWanted>(), wanted)
        .answers(&types.of::<UploadUrl>()),
        Operation {
            answer: json!({"204": {"description": "The file is there."}}),
            ..receive
        },
        Operation::get(
            "/typebots/{typebotId}/results/{resultId}/blocks/{blockId}/{name}",
            "getPrivateFile",
            "A file that only people of the workspace may read; the answer may lead to the store that has it (302).",
        )
        .answers_as("200", "*/*", &file)
        .with(Token::Must),
        Operation::post(
            "/v1/typebots/{typebotId}/blocks/{blockId}/results/{resultId}/executeWebhook",
            "executeWebhook",
            "A program tells a waiting conversation something.",
        )
        .takes(anything.clone(), json!({"paid": true}))
        .answers(&done)
        .with(Token::Must),
        Operation::post(
            "/v1/typebots/{typebotId}/blocks/{blockId}/web/executeTestWebhook",
            "executeTestWebhook",
            "A program tells the previews that wait something.",
        )
        .takes(anything.clone(), json!({"paid": true}))
        .answers(&done)
        .with(Token::Must),
        Operation::post(
            "/webhooks/{token}",
            "receiveWebhook",
            "A program tells a waiting conversation something, at a listener's secret address.",
        )
        .takes(anything, json!({"paid": true}))
        .answers(&done),
    ]
}
