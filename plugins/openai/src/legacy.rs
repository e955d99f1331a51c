//! The block type of old documents, whose settings name a task instead of an action.

use serde_json::Value;
use talkloom_block::prelude::*;
use talkloom_models::chat::{Completion, Item, Speaker, converse, in_turn, plain, texts, user};
use talkloom_models::text::filled;

use crate::account::Address;
use crate::speech::{CreateSpeech, create_speech};

/// The `type` in documents.
pub const BLOCK_TYPE: &str = "OpenAI";
/// The one action, which documents do not name.
pub const ACTION: &str = "Run the task";
const MODEL: &str = "gpt-3.5-turbo";

/// Settings of old bots.
#[options]
pub struct Legacy {
    /// What is done.
    #[field(label = "Task")]
    pub task: Option<Task>,
    /// The model.
    #[field(label = "Model", placeholder = "gpt-3.5-turbo")]
    pub model: Option<String>,
    /// The conversation so far.
    #[field(
        label = "Messages",
        accordion = "Messages",
        item_label = "Add message",
        shown_for = { "task": ["Create chat completion"] }
    )]
    pub messages: Vec<Message>,
    /// How the model answers.
    #[field(shown_for = { "task": ["Create chat completion"] })]
    pub advanced_settings: Advanced,
    /// Which parts of the answer go into variables.
    #[field(
        label = "Save answer",
        accordion = "Save answer",
        item_label = "Add variable",
        shown_for = { "task": ["Create chat completion"] }
    )]
    pub response_mapping: Vec<Mapping>,
    /// The text that is spoken.
    #[field(label = "Input", input = "textarea", shown_for = { "task": ["Create speech"] })]
    pub input: Option<String>,
    /// Who speaks.
    #[field(label = "Voice", shown_for = { "task": ["Create speech"] })]
    pub voice: Option<String>,
    /// Receives the sound's address.
    #[field(label = "Save URL in variable", shown_for = { "task": ["Create speech"] })]
    pub save_url_in_variable_id: Option<Variable>,
    /// Where requests go.
    #[serde(flatten)]
    pub address: Address,
}

/// What an old block does.
#[options]
#[derive(Copy, Eq)]
pub enum Task {
    /// The model writes the next message.
    #[serde(rename = "Create chat completion")]
    CreateChatCompletion,
    /// A text is spoken.
    #[serde(rename = "Create speech")]
    CreateSpeech,
    /// It never did anything.
    #[serde(rename = "Create image")]
    CreateImage,
    /// Nothing yet.
    #[default]
    #[serde(rename = "")]
    None,
}

/// How the model answers.
#[options]
pub struct Advanced {
    /// How free the answer is: 0 keeps to the likely, 2 is wild.
    #[field(label = "Temperature", minimum = 0, maximum = 2, placeholder = "1")]
    pub temperature: Number,
}

/// A message, or variables that hold several.
#[options]
pub struct Message {
    /// Who says it.
    #[field(label = "Role")]
    pub role: Option<Role>,
    /// What is said, or the variables of a sequence.
    #[field(label = "Content", input = "textarea", hidden_for = { "role": ["Dialogue"] })]
    pub content: Content,
    /// The name of who says it.
    #[field(label = "Name")]
    pub name: Option<String>,
    /// A list with what the visitor and the model said in turn.
    #[field(label = "Dialogue", shown_for = { "role": ["Dialogue"] })]
    pub dialogue_variable_id: Option<Variable>,
    /// Who said the first of it.
    #[field(label = "Starts by", shown_for = { "role": ["Dialogue"] })]
    pub starts_by: Option<Speaker>,
}

/// Who says a message.
#[options]
#[derive(Copy, Eq)]
pub enum Role {
    /// The bot's builder, to the model.
    #[serde(rename = "system")]
    System,
    /// The visitor.
    #[default]
    #[serde(rename = "user")]
    User,
    /// The model.
    #[serde(rename = "assistant")]
    Assistant,
    /// The visitor and the model in turn, each in a list.
    #[serde(rename = "Messages sequence ✨")]
    Sequence,
    /// The visitor and the model in turn, in one list.
    Dialogue,
}

/// What is said.
#[options]
#[serde(untagged)]
pub enum Content {
    /// Nothing yet.
    #[default]
    None,
    /// A text.
    Text(String),
    /// The lists of a sequence.
    Sequence(Sequence),
}

/// The lists of a sequence.
#[options]
pub struct Sequence {
    /// What the model said.
    #[field(label = "Assistant messages")]
    pub assistant_messages_variable_id: Option<Variable>,
    /// What the visitor said.
    #[field(label = "User messages")]
    pub user_messages_variable_id: Option<Variable>,
}

/// A part of the answer and the variable that receives it.
#[options]
pub struct Mapping {
    /// Which part; the text if none is chosen.
    #[field(label = "Item")]
    pub value_to_extract: Option<Item>,
    /// The variable.
    #[field(
        label = "Variable",
        stream_variable = { "valueToExtract": ["Message content", null] }
    )]
    pub variable_id: Option<Variable>,
}

/// Does what the task says.
pub fn run(options: Legacy, call: &mut Call) -> Result<(), Failure> {
    match options.task.unwrap_or_default() {
        Task::CreateChatCompletion => complete(&options, call),
        Task::CreateSpeech => create_speech(speech(options), call),
        Task::CreateImage | Task::None => Ok(()),
    }
}

fn complete(options: &Legacy, call: &mut Call) -> Result<(), Failure> {
    let service = options.address.service(call.credential.as_ref())?;
    let body = body(options, call)?;
    let completion: Completion = converse(&service, body, &[], call)?;
    for mapping in &options.response_mapping {
        if let Some(variable) = &mapping.variable_id {
            call.set(variable, completion.item(mapping.value_to_extract));
        }
    }
    Ok(())
}

fn body(options: &Legacy, call: &Call) -> Result<Value, Failure> {
    let model = filled(&options.model).unwrap_or(MODEL);
    let messages = messages(&options.messages, model, call);
    let items = options.response_mapping.iter();
    let items: Vec<_> = items
        .map(|m| m.value_to_extract.unwrap_or_default())
        .collect();
    talkloom_models::chat::body(
        model,
        messages,
        options.advanced_settings.temperature.get(),
        &items,
    )
}

fn messages(messages: &[Message], model: &str, call: &Call) -> Vec<Value> {
    let mut list = Vec::new();
    for message in messages {
        let text = match &message.content {
            Content::Text(text) => text.as_str(),
            Content::None | Content::Sequence(_) => "",
        };
        let said = match message.role {
            Some(Role::System) => plain("system", text).into_iter().collect(),
            Some(Role::Assistant) => plain("assistant", text).into_iter().collect(),
            Some(Role::User) => user(text, model).into_iter().collect(),
            Some(Role::Sequence) => sequence(&message.content, model, call),
            Some(Role::Dialogue) => dialogue(message, model, call),
            None => Vec::new(),
        };
        list.extend(said.into_iter().map(|said| named(said, message)));
    }
    list
}

fn named(mut said: Value, message: &Message) -> Value {
    if let Some(name) = filled(&message.name) {
        said["name"] = Value::from(name);
    }
    said
}

fn dialogue(message: &Message, model: &str, call: &Call) -> Vec<Value> {
    let variable = message.dialogue_variable_id.as_ref();
    let texts = variable.map_or(&[][..], |variable| texts(call.value(variable)));
    in_turn(texts, message.starts_by.unwrap_or_default(), model)
}

/// Two lists, said in turn; whoever said more began.
fn sequence(content: &Content, model: &str, call: &Call) -> Vec<Value> {
    let Content::Sequence(Sequence {
        assistant_messages_variable_id: Some(assistant),
        user_messages_variable_id: Some(visitor),
    }) = content
    else {
        return Vec::new();
    };
    let (assistant, visitor) = (texts(call.value(assistant)), texts(call.value(visitor)));
    let (first, second, begins) = if visitor.len() > assistant.len() {
        (visitor, assistant, Speaker::User)
    } else {
        (assistant, visitor, Speaker::Assistant)
    };
    let mut in_order = Vec::with_capacity(2 * first.len());
    for (place, text) in first.iter().enumerate() {
        in_order.push(text.clone());
        in_order.push(second.get(place).cloned().unwrap_or_default());
    }
    in_turn(&in_order, begins, model)
}

fn speech(options: Legacy) -> CreateSpeech {
    CreateSpeech {
        model: options.model,
        input: options.input,
        voice: options.voice,
        save_url_in_variable_id: options.save_url_in_variable_id,
        address: options.address,
        ..CreateSpeech::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(options: Value) -> Legacy {
        serde_json::from_value(options).expect("valid options")
    }

    fn call() -> Call {
        Call::default()
            .with_variable("v1", "Asked", json!(["Hi", "And you?"]))
            .with_variable("v2", "Answered", json!(["Hello"]))
            .with_variable("v3", "All", json!(["Hi", "Hello"]))
    }

    #[test]
    fn old_messages_are_understood() {
        let sequence = |user: &str, assistant: &str| {
            let content =
                json!({ "userMessagesVariableId": user, "assistantMessagesVariableId": assistant });
            json!({ "id": "m", "role": "Messages sequence ✨", "content": content })
        };
        let options = read(json!({
            "task": "Create chat completion",
            "messages": [
                { "id": "a", "role": "system", "content": "Be kind.", "name": "boss" },
                sequence("v1", "v2"),
                sequence("v2", "v2"),
                { "id": "b", "role": "Messages sequence ✨" },
                { "id": "c", "role": "Dialogue", "dialogueVariableId": "v3", "startsBy": "assistant" },
                { "id": "d", "role": "user", "content": "" },
                { "id": "e" },
            ],
            "advancedSettings": { "temperature": 0.5 },
            "responseMapping": [{ "id": "r", "valueToExtract": "Total tokens", "variableId": "v" }],
        }));
        let say = |role: &str, content: &str| json!({ "role": role, "content": content });
        let expected = json!({
            "model": "gpt-3.5-turbo",
            "messages": [
                { "role": "system", "content": "Be kind.", "name": "boss" },
                say("user", "Hi"), say("assistant", "Hello"), say("user", "And you?"),
                say("assistant", "Hello"), say("user", "Hello"),
                say("assistant", "Hi"), say("user", "Hello"),
            ],
            "temperature": 0.5,
        });
        assert_eq!(body(&options, &call()), Ok(expected));
    }

    #[test]
    fn an_unfinished_block_and_pictures_do_nothing() {
        for options in [json!({}), json!({ "task": "Create image", "prompt": "x" })] {
            assert_eq!(run(read(options), &mut call()), Ok(()));
        }
        let empty = run(
            read(json!({ "task": "Create chat completion" })),
            &mut call(),
        );
        assert!(empty.is_err(), "there is no account");
    }

    #[test]
    fn old_speech_is_speech() {
        let options = json!({
            "task": "Create speech", "input": "Hi", "voice": "nova", "saveUrlInVariableId": "v1",
        });
        let speech = speech(read(options));
        assert_eq!(
            (speech.input.as_deref(), speech.voice.as_deref()),
            (Some("Hi"), Some("nova"))
        );
    }
}
