//! The page's side of the conversation: performs the machine's commands in the browser.

mod actions;
pub mod dom;
pub mod frame;
mod keep;
mod markdown;
mod net;
mod open;
pub mod payment;
mod scroll;
mod store;
mod stream;
mod upload;
pub mod voice;

use std::cell::RefCell;
use std::rc::Rc;

use sycamore::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::chat::{Answer, Chat, Command, Entry, Event, Moment, Phase, Settings};
use crate::theme::{self, Avatar, Dress};

pub use open::open;
pub use scroll::keep_newest_in_sight;
pub use upload::{UploadError, upload};

/// A handle on the page; cheap to clone.
#[derive(Clone)]
pub struct Page {
    chat: Rc<RefCell<Chat>>,
    bot: Rc<str>,
    kept: Rc<RefCell<keep::Kept>>,
    frame: Rc<RefCell<Option<frame::Frame>>>,
    /// What is on screen.
    pub shown: Shown,
}

/// What is on screen, as signals that live as long as the page.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The conversation.
    pub entries: Signal<Vec<Rc<Entry>>>,
    /// Where it stands.
    pub phase: Signal<Phase>,
    /// How it looks.
    pub dress: Signal<Rc<Dress>>,
    /// 0 to 100, with a progress bar only.
    pub progress: Signal<Option<f64>>,
    /// The bot's face.
    pub host: Signal<Option<Avatar>>,
    /// The visitor's face.
    pub guest: Signal<Option<Avatar>>,
}

impl Page {
    /// A page for a bot; call it within Sycamore's root.
    pub fn new(bot: &str) -> Self {
        let shown = Shown {
            entries: create_signal(Vec::new()),
            phase: create_signal(Phase::Opening),
            dress: create_signal(Rc::default()),
            progress: create_signal(None),
            host: create_signal(None),
            guest: create_signal(None),
        };
        Self {
            chat: Rc::default(),
            bot: bot.into(),
            kept: Rc::default(),
            frame: Rc::default(),
            shown,
        }
    }

    /// Takes an event to the machine, shows what changed and performs what it asks for.
    pub fn dispatch(&self, event: Event) {
        let commands = self.chat.borrow_mut().handle(event);
        self.show();
        for command in commands {
            self.perform(command);
        }
    }

    /// Answers the open question. It happens after the browser has finished with the event that
    /// led here: the field that the event came from is about to go away.
    pub fn answer(&self, answer: Answer) {
        let page = self.clone();
        spawn_local(async move {
            if matches!(page.chat.borrow().phase, Phase::Asking(_)) {
                page.note(Moment::answered(&answer));
            }
            page.dispatch(Event::Answered(answer));
        });
    }

    /// The bot's settings.
    pub fn settings(&self) -> Settings {
        self.chat.borrow().settings.clone()
    }

    /// The frame in which the bot's own tags live; opened when it is first asked for.
    fn frame(&self) -> Option<frame::Frame> {
        let mut frame = self.frame.borrow_mut();
        if frame.is_none() {
            *frame = frame::Frame::hidden("frame");
        }
        frame.clone()
    }

    fn frame_if_open(&self) -> Option<frame::Frame> {
        self.frame.borrow().clone()
    }

    /// Tells the bot's builder what went wrong.
    pub fn report(&self, description: &str, details: &str) {
        self.perform(Command::Report(description.to_owned(), details.to_owned()));
    }

    /// Names the conversation in requests.
    fn session(&self) -> String {
        self.chat.borrow().session_id.clone()
    }

    fn show(&self) {
        let chat = self.chat.borrow();
        let shown = self.shown;
        set_changed(shown.progress, chat.progress);
        let dress = shown.dress.get_clone_untracked();
        let face = |changed: &Option<String>, usual: &Option<Avatar>| match (usual, changed) {
            (Some(_), Some(url)) => Some(Avatar::Picture(url.clone())),
            _ => usual.clone(),
        };
        set_changed(shown.host, face(&chat.host_avatar, &dress.host_avatar));
        set_changed(shown.guest, face(&chat.guest_avatar, &dress.guest_avatar));
        let entries = chat.timeline.clone();
        let phase = chat.phase.clone();
        drop(chat);
        set_changed(shown.entries, entries);
        set_changed(shown.phase, phase);
    }

    fn perform(&self, command: Command) {
        let page = self.clone();
        match command {
            Command::Dress => self.dress(),
            Command::Start(body) => spawn_local(async move { page.start(&body).await }),
            Command::Continue(body) => spawn_local(async move { page.go_on(&body).await }),
            Command::Sleep(ms) => spawn_local(async move {
                dom::sleep(ms).await;
                page.dispatch(Event::Slept);
            }),
            Command::Act(kind) => spawn_local(async move {
                let outcome = actions::perform(&page, kind).await;
                page.dispatch(Event::Acted(outcome));
            }),
            Command::Report(description, details) => spawn_local(async move {
                let path = format!("/api/v2/sessions/{}/clientLogs", page.session());
                let log = serde_json::json!({"status": "error", "description": description,
                    "details": details, "context": "In the visitor's page"});
                // Nothing is left to be told when the report of a failure fails.
                let _ = net::post(&path, &serde_json::json!({"clientLogs": [log]})).await;
            }),
        }
    }

    /// Applies the bot's look, and remembers the visitor where the bot wants it.
    fn dress(&self) {
        let chat = self.chat.borrow();
        let dress = theme::dress(&chat.bot.theme, &chat.bot.version);
        dom::set_style(&dress.css);
        if let Some(url) = &dress.font_sheet {
            dom::link_style(url);
        }
        self.remember(&chat);
        if chat.settings.hides_query {
            dom::hide_query();
        }
        drop(chat);
        self.shown.dress.set(Rc::new(dress));
        self.show();
    }
}

/// A signal tells everyone on every `set`; most of the page need not hear of what stays the same.
fn set_changed<T: PartialEq + 'static>(signal: Signal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

/// The last thing the page does after a fault of its own: it says so, and how to go on.
pub fn crashed(details: &str) {
    web_sys::console::error_1(&details.into());
    if let Some(body) = dom::document().body() {
        body.set_text_content(Some("This page ran into a problem. Reload it to go on."));
        body.set_class_name("crashed");
    }
}
