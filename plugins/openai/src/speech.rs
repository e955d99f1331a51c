//! Create speech: a text is spoken, and the sound is kept as a file.

use serde_json::{Value, json};
use talkloom_block::prelude::*;
use talkloom_block::{Choice, files};
use talkloom_models::list;
use talkloom_models::service::unreadable;
use talkloom_models::text::filled;

use crate::account::Address;

const MODEL: &str = "tts-1";
const VOICES: [&str; 11] = [
    "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse",
];

/// What is spoken, and how.
#[options]
pub struct CreateSpeech {
    /// The model that speaks.
    #[field(label = "Model", choices, placeholder = "tts-1")]
    pub model: Option<String>,
    /// The text.
    #[field(label = "Input", input = "textarea", placeholder = "What is spoken")]
    pub input: Option<String>,
    /// How it is spoken; not every model listens to this.
    #[field(
        label = "Instructions",
        input = "textarea",
        placeholder = "Speak cheerfully."
    )]
    pub instructions: Option<String>,
    /// Who speaks.
    #[field(label = "Voice", choices, placeholder = "alloy")]
    pub voice: Option<String>,
    /// Receives the sound's address.
    #[field(label = "Save URL in variable")]
    pub save_url_in_variable_id: Option<Variable>,
    /// Where requests go, in old bots.
    #[serde(flatten)]
    pub address: Address,
}

/// Has a text spoken.
pub fn create_speech(options: CreateSpeech, call: &mut Call) -> Result<(), Failure> {
    let service = options.address.service(call.credential.as_ref())?;
    let body = body(&options)?;
    let variable = options.save_url_in_variable_id.as_ref();
    let variable = variable.filter(|variable| !variable.is_unset());
    let variable = variable.ok_or_else(|| {
        Failure::other("The sound has no place to go: choose a variable for its URL.")
    })?;
    let mut response = service.post("/audio/speech", &body)?;
    let sound = response.bytes()?;
    let kind = response.header("content-type").unwrap_or_default();
    // Some services report their failures with status 200.
    if sound.is_empty() || kind.contains("json") || kind.contains("text/") {
        return Err(unreadable("sound", &sound));
    }
    let url = files::save("speech.mp3", "audio/mpeg", &sound)?;
    call.set(variable, url);
    Ok(())
}

/// The models that speak.
pub fn models(options: CreateSpeech, call: &mut Call) -> Result<Vec<Choice>, Failure> {
    list::speaking(&options.address.service(call.credential.as_ref())?)
}

/// The voices, which the service does not list.
pub fn voices(_: CreateSpeech, _: &mut Call) -> Result<Vec<Choice>, Failure> {
    Ok(VOICES.map(Choice::from).into())
}

fn body(options: &CreateSpeech) -> Result<Value, Failure> {
    let input = filled(&options.input);
    let input =
        input.ok_or_else(|| Failure::other("There is nothing to speak: fill in the input."))?;
    let voice = filled(&options.voice);
    let voice = voice.ok_or_else(|| Failure::other("Nobody speaks: choose a voice."))?;
    let model = filled(&options.model).unwrap_or(MODEL);
    let mut body = json!({
        "model": model, "input": input, "voice": voice, "response_format": "mp3",
    });
    if let Some(instructions) = filled(&options.instructions) {
        body["instructions"] = json!(instructions);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(options: Value) -> Result<Value, Failure> {
        body(&serde_json::from_value(options).expect("valid options"))
    }

    #[test]
    fn a_text_and_a_voice_are_needed() {
        let said = |options: Value| built(options).expect_err("it is refused").to_string();
        assert!(said(json!({ "voice": "alloy" })).contains("nothing to speak"));
        assert!(said(json!({ "input": "Hi", "voice": " " })).contains("choose a voice"));
        let body = built(json!({ "input": "Hi", "voice": "alloy", "instructions": "Softly" }));
        let expected = json!({
            "model": "tts-1", "input": "Hi", "voice": "alloy", "response_format": "mp3",
            "instructions": "Softly",
        });
        assert_eq!(body, Ok(expected));
    }
}
