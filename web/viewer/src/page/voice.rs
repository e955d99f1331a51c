//! What a visitor says aloud, recorded by the browser.

use js_sys::{Array, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    BlobEvent, File, FilePropertyBag, MediaRecorder, MediaStream, MediaStreamConstraints,
    MediaStreamTrack,
};

use super::dom;

/// Whether the browser can record.
pub fn is_available() -> bool {
    let window: JsValue = dom::window().into();
    dom::field(&window, "MediaRecorder").is_function()
        && dom::window().navigator().media_devices().is_ok()
}

/// A recording under way; cheap to clone.
#[derive(Clone)]
pub struct Recording {
    recorder: MediaRecorder,
    stream: MediaStream,
    parts: Array,
}

impl Recording {
    /// Asks the visitor for the microphone and begins.
    pub async fn start() -> Option<Self> {
        let devices = dom::window().navigator().media_devices().ok()?;
        let wanted = MediaStreamConstraints::new();
        wanted.set_audio(&JsValue::TRUE);
        let asked = devices.get_user_media_with_constraints(&wanted).ok()?;
        let stream: MediaStream = JsFuture::from(asked).await.ok()?.dyn_into().ok()?;
        let recorder = MediaRecorder::new_with_media_stream(&stream).ok()?;
        let parts = Array::new();
        let heard = parts.clone();
        dom::listen(&recorder, "dataavailable", move |event| {
            if let Some(blob) = event.dyn_ref::<BlobEvent>().and_then(BlobEvent::data) {
                heard.push(&blob);
            }
        });
        recorder.start().ok()?;
        Some(Self {
            recorder,
            stream,
            parts,
        })
    }

    /// Ends it and gives what was said.
    pub async fn finish(&self) -> Option<File> {
        let ended = Promise::new(&mut |resolve, _| {
            let recorder = &self.recorder;
            let _ = recorder.add_event_listener_with_callback("stop", &resolve);
            if recorder.stop().is_err() {
                let _ = resolve.call0(&JsValue::NULL);
            }
        });
        let _ = JsFuture::from(ended).await;
        self.release();
        // The type without the codec: what servers compare.
        let kind = self.recorder.mime_type();
        let kind = kind.split(';').next().unwrap_or("audio/webm");
        let extension = match kind {
            "audio/mp4" => "m4a",
            "audio/ogg" => "ogg",
            _ => "webm",
        };
        let options = FilePropertyBag::new();
        options.set_type(kind);
        let name = format!("voice-note.{extension}");
        let file = File::new_with_blob_sequence_and_options(&self.parts, &name, &options).ok()?;
        (file.size() > 0.0).then_some(file)
    }

    /// Throws it away.
    pub fn cancel(&self) {
        let _ = self.recorder.stop();
        self.release();
    }

    /// Gives the microphone back: browsers show that it is in use.
    fn release(&self) {
        for track in self.stream.get_tracks() {
            if let Ok(track) = track.dyn_into::<MediaStreamTrack>() {
                track.stop();
            }
        }
    }
}
