//! Ask Model: the Responses API, where the service remembers the conversation and has tools of
//! its own.

mod options;
mod reader;
mod request;

use serde_json::{Value, json};
use talkloom_block::log;
use talkloom_block::prelude::*;
use talkloom_models::{Service, Voice, tools, voice};

pub use options::AskModel;
use options::Item;
use reader::{Reader, Response};

/// How often functions are run for one answer.
const ROUNDS: usize = 10;

/// Asks the model, runs the functions that it calls, and keeps what the options say.
pub fn ask_model(options: AskModel, call: &mut Call) -> Result<(), Failure> {
    let service = options.address.service(call.credential.as_ref())?;
    let body = request::body(&options, call)?;
    let answer = converse(&service, body, &options, call)?;
    if let (Some(variable), false) = (&options.response_id_variable_id, answer.id.is_empty()) {
        call.set(variable, answer.id.as_str());
    }
    for mapping in &options.response_mapping {
        let Some(variable) = &mapping.variable_id else {
            continue;
        };
        match mapping.item.unwrap_or_default() {
            Item::Message => call.set(variable, answer.text.as_str()),
            Item::ResponseId if answer.id.is_empty() => {}
            Item::ResponseId => call.set(variable, answer.id.as_str()),
        }
    }
    Ok(())
}

fn converse(
    service: &Service,
    mut body: Value,
    options: &AskModel,
    call: &mut Call,
) -> Result<Response, Failure> {
    let mut voice = Voice::default();
    let mut id = String::new();
    for round in 0..=ROUNDS {
        let Some(response) = ask(service, &body, &mut voice)? else {
            break;
        };
        if response.calls.is_empty() {
            id = response.id;
            break;
        }
        if round == ROUNDS {
            // A response whose calls have no results cannot be gone on with: no ID is kept.
            let message = "The model kept calling functions, so its answer ended here.";
            log::say(log::Level::Warning, message);
            break;
        }
        voice.pause();
        let results = response.calls.iter().map(|asked| {
            let output = tools::run(&options.functions, asked, call);
            json!({ "type": "function_call_output", "call_id": asked.id, "output": output })
        });
        body["input"] = results.collect();
        body["previous_response_id"] = json!(response.id);
    }
    Ok(Response {
        id,
        text: voice.into_text(),
        calls: Vec::new(),
    })
}

/// The model's response, whole or in parts as the service gives it; none where it broke off.
fn ask(service: &Service, body: &Value, voice: &mut Voice) -> Result<Option<Response>, Failure> {
    let mut response = match service.post("/responses", body) {
        Ok(response) => response,
        Err(failure) => return voice.break_off(failure).map(|()| None),
    };
    if voice::is_stream(&response) {
        let reader = voice.repeat::<Reader>(&mut response)?;
        return Ok(reader.map(Reader::finish));
    }
    let whole = Response::parse(&response.bytes()?)?;
    voice.say(&whole.text);
    Ok(Some(whole))
}
