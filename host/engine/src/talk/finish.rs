//! How a turn ends: the reply is completed and the state packed.

use super::Talk;
use super::frame::LiveFrame;
use super::link::result_record;
use crate::output::{Output, Record};
use crate::state::{Frame, STATE_FORMAT, State};
use crate::template::{Mode, interpolate};
use crate::turn::Finish;
use serde_json::{Value, json};
use talkloom_flow::theme::Avatar;

impl Talk {
    /// Ends the turn; with nothing awaited the conversation is over.
    pub(super) fn finish(mut self) -> Finish {
        let is_over = !self.is_waiting;
        self.reply.progress = self.progress();
        self.reply.dynamic_theme = self.dynamic_theme();
        self.record_results(is_over);
        self.pack(is_over)
    }

    /// Ends a turn that only registered the conversation.
    pub(super) fn finish_waiting(mut self) -> Finish {
        self.record_results(false);
        self.pack(false)
    }

    fn pack(mut self, is_over: bool) -> Finish {
        self.close_inputs();
        let state = State {
            format: STATE_FORMAT,
            frames: self
                .frames
                .into_iter()
                .map(LiveFrame::into_frame)
                .collect::<Vec<Frame>>(),
            current_block: self.current_block,
            return_mark: self.return_mark,
            streams: self.streams,
            text_format: self.usual_format,
            awaited_stream: self.awaited_stream,
            opened_inputs: self.opened_inputs,
            contact: self.contact,
            answered: self.answered,
            next_edge: self.next_edge,
            next_change: self.next_change,
            transcript: self.transcript,
        };
        let output = Output {
            reply: self.reply,
            records: self.records,
            filled: None,
        };
        Finish {
            state,
            output,
            is_over,
        }
    }

    /// One record for each result; bots that share one put their variables together, those of the
    /// running bot first.
    fn record_results(&mut self, is_over: bool) {
        let mut records: Vec<Record> = Vec::new();
        for (place, frame) in self.frames.iter().enumerate() {
            let Some(record) = result_record(frame, is_over && place == 0) else {
                continue;
            };
            let known = records
                .iter_mut()
                .find(|known| is_same_result(known, &record));
            match known {
                Some(known) => merge(known, record),
                None => records.push(record),
            }
        }
        self.records.extend(records);
    }

    /// The pictures whose addresses are variables, as they are now.
    fn dynamic_theme(&self) -> Option<Value> {
        let root = self.frames.last()?;
        let document_theme = root.flow.document().theme.get()?;
        let chat = document_theme.chat.get();
        let general = document_theme.general.get();
        let avatar = |avatar: Option<&Avatar>, is_default: bool| {
            let avatar = avatar.filter(|avatar| avatar.is_enabled.is_on(is_default))?;
            avatar.url.filled().map(str::to_owned)
        };
        let background = general
            .and_then(|general| general.background.get())
            .filter(|background| background.r#type.text() == "Image")
            .and_then(|background| background.content.filled().map(str::to_owned));
        let variables = &self.frame().variables;
        let mut theme = json!({});
        for (key, url) in [
            (
                "hostAvatarUrl",
                avatar(chat.and_then(|chat| chat.host_avatar.get()), true),
            ),
            (
                "guestAvatarUrl",
                avatar(chat.and_then(|chat| chat.guest_avatar.get()), false),
            ),
            ("backgroundUrl", background),
        ] {
            if let Some(url) = url.as_deref().filter(|url| url.starts_with("{{")) {
                let filled = interpolate(url, Mode::Text, |name| variables.named_value(name));
                theme[key] = json!(filled);
            }
        }
        theme
            .as_object()
            .is_some_and(|theme| !theme.is_empty())
            .then_some(theme)
    }
}

fn is_same_result(one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Result { result: one, .. }, Record::Result { result: other, .. }) => one == other,
        _ => false,
    }
}

/// The outer bot owns the result; its variables fill in what the running bot does not have.
fn merge(known: &mut Record, outer: Record) {
    let (
        Record::Result { bot, variables, .. },
        Record::Result {
            bot: outer_bot,
            variables: Value::Array(added),
            ..
        },
    ) = (known, outer)
    else {
        return;
    };
    *bot = outer_bot;
    let Value::Array(variables) = variables else {
        return;
    };
    for variable in added {
        if !variables.iter().any(|own| own["name"] == variable["name"]) {
            variables.push(variable);
        }
    }
}
