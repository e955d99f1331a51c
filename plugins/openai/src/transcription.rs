//! Create transcription: a sound becomes text.

use serde_json::Value;
use talkloom_block::prelude::*;
use talkloom_block::{Choice, files, http, random};
use talkloom_models::list;
use talkloom_models::service::{unreadable, upstream};
use talkloom_models::text::filled;

use crate::account::Address;
use crate::multipart::Form;

const MODEL: &str = "whisper-1";
/// What the service takes, and the media types that stand for it.
const FORMATS: [(&str, &str); 9] = [
    ("mp3", "audio/mpeg"),
    ("mp4", "audio/mp4"),
    ("m4a", "audio/x-m4a"),
    ("mpeg", "video/mpeg"),
    ("mpga", "audio/mpga"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("webm", "audio/webm"),
    ("flac", "audio/flac"),
];

/// What is written down.
#[options]
pub struct CreateTranscription {
    /// The sound's address: what a visitor recorded or sent.
    #[field(label = "Audio URL", placeholder = "{{Audio clip}}")]
    pub url: Option<String>,
    /// The model that listens.
    #[field(label = "Model", choices, placeholder = "whisper-1")]
    pub model: Option<String>,
    /// Words that help to understand: names, spellings, what was said before.
    #[field(label = "Prompt", input = "textarea")]
    pub prompt: Option<String>,
    /// Receives the text.
    #[field(label = "Save result in")]
    pub transcription_variable_id: Option<Variable>,
    /// Where requests go, in old bots.
    #[serde(flatten)]
    pub address: Address,
}

/// A sound, and what the service is to take it for.
struct Sound {
    data: Vec<u8>,
    /// The file's ending, by its media type.
    format: Option<&'static str>,
}

/// Has a sound written down.
pub fn create_transcription(options: CreateTranscription, call: &mut Call) -> Result<(), Failure> {
    let service = options.address.service(call.credential.as_ref())?;
    let url = filled(&options.url);
    let url =
        url.ok_or_else(|| Failure::other("There is nothing to listen to: fill in the URL."))?;
    let sound = load(url)?;
    let format = format_in(url).or(sound.format).unwrap_or("webm");
    let mut form = Form::new(&random::bytes(16));
    form.text("model", filled(&options.model).unwrap_or(MODEL));
    if let Some(prompt) = filled(&options.prompt) {
        form.text("prompt", prompt);
    }
    form.file(
        "file",
        &format!("audio.{format}"),
        media_type(format),
        &sound.data,
    );
    let mut request = http::Request::new("POST", service.url("/audio/transcriptions"))
        .header("Content-Type", &form.content_type());
    request.body = Some(form.finish());
    let text = text_in(&service.send(request)?.bytes()?)?;
    if let Some(variable) = &options.transcription_variable_id {
        call.set(variable, text);
    }
    Ok(())
}

/// The models that listen.
pub fn models(options: CreateTranscription, call: &mut Call) -> Result<Vec<Choice>, Failure> {
    list::listening(&options.address.service(call.credential.as_ref())?)
}

/// A file of the conversation, or one of another host.
fn load(url: &str) -> Result<Sound, Failure> {
    if let Ok(data) = files::load(url) {
        return Ok(Sound { data, format: None });
    }
    let mut response = http::Request::get(url).send()?;
    if !response.is_success() {
        let message = format!(
            "The sound could not be loaded: its host answered {}.",
            response.status
        );
        return Err(upstream(Some(response.status), message));
    }
    let kind = response.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
    let known = FORMATS.iter().find(|(_, media_type)| *media_type == kind);
    Ok(Sound {
        data: response.bytes()?,
        format: known.map(|(format, _)| *format),
    })
}

/// The format that an address ends with.
fn format_in(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path
        .rsplit('/')
        .next()?
        .rsplit_once('.')?
        .1
        .to_ascii_lowercase();
    let known = FORMATS.iter().find(|(format, _)| *format == ending);
    known.map(|(format, _)| *format)
}

fn media_type(format: &str) -> &'static str {
    let known = FORMATS.iter().find(|(known, _)| *known == format);
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

fn text_in(bytes: &[u8]) -> Result<String, Failure> {
    let answer: Option<Value> = serde_json::from_slice(bytes).ok();
    let text = answer.as_ref().and_then(|answer| answer["text"].as_str());
    text.map(str::to_owned)
        .ok_or_else(|| unreadable("transcription", bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_stands_in_the_address() {
        for (url, format) in [
            ("https://e.example/a/clip.WEBM?x=a.mp3", Some("webm")),
            ("https://e.example/a.mp3/clip", None),
            ("https://e.example/a.exe", None),
            ("audio.ogg#1", Some("ogg")),
            ("", None),
        ] {
            assert_eq!(format_in(url), format, "{url}");
        }
        assert_eq!(media_type("mp3"), "audio/mpeg");
    }

    #[test]
    fn an_answer_without_text_is_none() {
        assert_eq!(text_in(b"{\"text\":\"Hi\"}"), Ok("Hi".to_owned()));
        assert!(text_in(b"{}").is_err());
        assert!(text_in(b"Hi").is_err());
    }
}
