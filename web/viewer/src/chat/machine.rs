//! The machine: what happens next in the conversation.

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::Answer;
use super::settings::Settings;
use super::timeline::{Content, Entry, Step, steps};
use crate::api::action::ActionKind;
use crate::api::bubble::EmbedWait;
use crate::api::{ApiError, Bot, ChatReply, Input, StartReply};

/// What happened outside.
#[derive(Debug)]
pub enum Event {
    /// The page is ready.
    Opened {
        /// Values for variables by name.
        prefilled: Map<String, Value>,
        /// The result of an earlier visit.
        result_id: Option<String>,
    },
    /// The answer to a start.
    Started(Box<Result<StartReply, ApiError>>),
    /// The answer to a reply.
    Replied(Box<Result<ChatReply, ApiError>>),
    /// The time asked for has passed.
    Slept,
    /// The action asked for is done.
    Acted(Outcome),
    /// The visitor answered.
    Answered(Answer),
    /// An embedded page spoke: the event's name and its data.
    EmbedSpoke(String, Option<String>),
    /// The visitor wants the failed request sent again.
    Retried,
}

/// What the page is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Send a start with this body.
    Start(Value),
    /// Send a reply with this body.
    Continue(Value),
    /// Report [`Event::Slept`] after so many milliseconds.
    Sleep(u32),
    /// Do this and report [`Event::Acted`].
    Act(ActionKind),
    /// The bot is known: apply its look, and remember the result.
    Dress,
    /// Tell the bot's builder what went wrong: description and details.
    Report(String, String),
}

/// How an action went.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, with a value for the server.
    Value(String),
    /// The browser kept a window from opening.
    Blocked(String),
    /// It failed, and why. The conversation goes on.
    Failed(String),
}

/// Where the conversation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// The first answer is awaited.
    Opening,
    /// The bot seems to type.
    Typing,
    /// Between two bubbles, or an action is under way.
    Busy,
    /// A question is open.
    Asking(Rc<Input>),
    /// An embedded page is to say that it is done.
    Embedded(EmbedWait),
    /// An answer is on its way.
    Sending,
    /// A request failed.
    Failed(Failure),
    /// The conversation is over.
    Ended,
}

/// How a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There is no such bot.
    Missing,
    /// The bot refuses to talk, in its own words.
    Refused(String),
    /// The server no longer knows the conversation.
    Expired,
    /// Nothing was lost; sending it again may help.
    Retry(Option<String>),
}

/// The conversation.
#[derive(Debug)]
pub struct Chat {
    /// What is shown.
    pub timeline: Vec<Rc<Entry>>,
    /// Where it stands.
    pub phase: Phase,
    /// The bot, once known.
    pub bot: Bot,
    /// Its settings.
    pub settings: Settings,
    /// 0 to 100, with a progress bar only.
    pub progress: Option<f64>,
    /// The bot's avatar, when the conversation changed it.
    pub host_avatar: Option<String>,
    /// The visitor's avatar, when the conversation changed it.
    pub guest_avatar: Option<String>,
    /// Names the conversation.
    pub session_id: String,
    /// Names what is stored of it.
    pub result_id: Option<String>,
    steps: VecDeque<Step>,
    input: Option<Input>,
    last_input: Option<Rc<Input>>,
    last_request: Option<Command>,
    last_typed: Option<String>,
    expects_reply: bool,
    skips_typing: bool,
}

impl Default for Chat {
    fn default() -> Self {
        Self {
            timeline: Vec::new(),
            phase: Phase::Opening,
            bot: Bot::default(),
            settings: Settings::default(),
            progress: None,
            host_avatar: None,
            guest_avatar: None,
            session_id: String::new(),
            result_id: None,
            steps: VecDeque::new(),
            input: None,
            last_input: None,
            last_request: None,
            last_typed: None,
            expects_reply: false,
            skips_typing: false,
        }
    }
}

impl Chat {
    /// Takes an event in. Events that do not fit the phase change nothing.
    pub fn handle(&mut self, event: Event) -> Vec<Command> {
        match (event, &self.phase) {
            (
                Event::Opened {
                    prefilled,
                    result_id,
                },
                Phase::Opening,
            ) => {
                let mut body = json!({"isStreamEnabled": false, "isOnlyRegistering": false,
                    "prefilledVariables": prefilled});
                if let Some(id) = result_id {
                    body["resultId"] = id.into();
                }
                self.request(Command::Start(body), Phase::Opening)
            }
            (Event::Started(result), Phase::Opening) => match *result {
                Ok(start) => self.started(start),
                Err(error) => self.refused(error),
            },
            (Event::Replied(result), Phase::Sending) => match *result {
                Ok(reply) => self.replied(reply),
                Err(error) => self.unanswered(error),
            },
            (Event::Slept, Phase::Typing | Phase::Busy) => self.advance(),
            (Event::Acted(outcome), Phase::Busy) => self.acted(outcome),
            (Event::Answered(answer), Phase::Asking(_)) => self.answered(answer),
            (Event::EmbedSpoke(name, data), Phase::Embedded(wait)) if wait.name == name => {
                let data = data.filter(|_| wait.saves);
                self.send(data)
            }
            (Event::Retried, Phase::Failed(Failure::Retry(_))) => self.retry(),
            _ => Vec::new(),
        }
    }

    fn started(&mut self, start: StartReply) -> Vec<Command> {
        self.session_id = start.session_id;
        self.result_id = start.result_id;
        self.settings = Settings::read(&start.bot.settings);
        self.bot = start.bot;
        self.skips_typing = self.settings.skips_first;
        let mut commands = vec![Command::Dress];
        commands.extend(self.replied(start.reply));
        commands
    }

    fn replied(&mut self, reply: ChatReply) -> Vec<Command> {
        if let Some(text) = &reply.last_answer {
            self.reword_last_answer(text);
        }
        self.progress = reply.progress.or(self.progress);
        self.host_avatar = reply.host_avatar.clone().or(self.host_avatar.take());
        self.guest_avatar = reply.guest_avatar.clone().or(self.guest_avatar.take());
        self.steps = steps(&reply).into();
        self.input = reply.input;
        self.keep_refused_answer(&reply.messages);
        self.advance()
    }

    /// Takes the next step of the reply that is being shown.
    fn advance(&mut self) -> Vec<Command> {
        let was_typing = self.phase == Phase::Typing;
        match self.steps.pop_front() {
            Some(Step::Act(action)) => {
                self.phase = Phase::Busy;
                self.expects_reply = action.expects_reply;
                vec![Command::Act(action.kind)]
            }
            Some(Step::Show(message)) => {
                let delay = self.settings.typing_ms(&message.bubble);
                if delay > 0 && !was_typing && !std::mem::take(&mut self.skips_typing) {
                    self.steps.push_front(Step::Show(message));
                    self.phase = Phase::Typing;
                    return vec![Command::Sleep(delay)];
                }
                self.skips_typing = false;
                self.push(Content::Host(message));
                self.shown()
            }
            None => self.finish(),
        }
    }

    /// A bubble has just been shown.
    fn shown(&mut self) -> Vec<Command> {
        let embed = self
            .timeline
            .last()
            .and_then(|entry| entry.content.awaited_embed());
        if let Some(wait) = embed {
            self.phase = Phase::Embedded(wait.clone());
            return Vec::new();
        }
        self.phase = Phase::Busy;
        match self.steps.front() {
            Some(Step::Show(_)) if self.settings.between_ms > 0 => {
                vec![Command::Sleep(self.settings.between_ms)]
            }
            _ => self.advance(),
        }
    }

    fn finish(&mut self) -> Vec<Command> {
        self.phase = match self.input.take() {
            Some(input) => {
                let input = Rc::new(input);
                self.last_input = Some(input.clone());
                Phase::Asking(input)
            }
            None => Phase::Ended,
        };
        Vec::new()
    }

    fn acted(&mut self, outcome: Outcome) -> Vec<Command> {
        let expects_reply = std::mem::take(&mut self.expects_reply);
        let mut commands = Vec::new();
        let value = match outcome {
            Outcome::Value(value) => Some(value),
            Outcome::Done => None,
            Outcome::Blocked(url) => {
                self.push(Content::Blocked { url });
                None
            }
            Outcome::Failed(details) => {
                let description = "An action in the visitor's page failed".to_owned();
                commands.push(Command::Report(description, details));
                None
            }
        };
        if expects_reply || value.is_some() {
            // The server goes on from here; what is left of this reply is not shown.
            self.steps.clear();
            commands.extend(self.send(value));
        } else {
            commands.extend(self.advance());
        }
        commands
    }

    fn answered(&mut self, answer: Answer) -> Vec<Command> {
        let body = answer.body();
        self.last_typed = answer.text.clone().filter(|_| !answer.keeps_label);
        self.push(Content::Guest {
            text: answer.label,
            replaceable: !answer.keeps_label,
            pictures: answer.pictures,
        });
        self.request(Command::Continue(body), Phase::Sending)
    }

    /// Sends a result that is not shown as an answer.
    fn send(&mut self, text: Option<String>) -> Vec<Command> {
        self.last_typed = None;
        let body = match text {
            Some(text) => json!({"message": {"type": "text", "text": text}}),
            None => json!({}),
        };
        self.request(Command::Continue(body), Phase::Sending)
    }

    fn request(&mut self, command: Command, phase: Phase) -> Vec<Command> {
        self.phase = phase;
        self.last_request = Some(command.clone());
        vec![command]
    }

    fn retry(&mut self) -> Vec<Command> {
        match self.last_request.take() {
            Some(command @ Command::Start(_)) => self.request(command, Phase::Opening),
            Some(command) => self.request(command, Phase::Sending),
            None => Vec::new(),
        }
    }

    fn refused(&mut self, error: ApiError) -> Vec<Command> {
        self.phase = Phase::Failed(match error {
            ApiError::Status { status: 404, .. } => Failure::Missing,
            ApiError::Status {
                status: 400..=403,
                message,
            } => Failure::Refused(message.unwrap_or_else(|| self.settings.closed.clone())),
            ApiError::Status { message, .. } => Failure::Retry(message),
            ApiError::Network | ApiError::Unreadable => Failure::Retry(None),
        });
        Vec::new()
    }

    fn unanswered(&mut self, error: ApiError) -> Vec<Command> {
        let (failure, details) = match error {
            ApiError::Status { status: 404, .. } => (Failure::Expired, None),
            ApiError::Status { status, message } => {
                let details = format!(
                    "status {status}: {}",
                    message.as_deref().unwrap_or("no message")
                );
                // A server's inner troubles are not for visitors.
                (
                    Failure::Retry(message.filter(|_| status < 500)),
                    Some(details),
                )
            }
            ApiError::Network => (Failure::Retry(None), None),
            ApiError::Unreadable => (
                Failure::Retry(None),
                Some("the answer is not JSON".to_owned()),
            ),
        };
        self.phase = Phase::Failed(failure);
        let report = |details| Command::Report("While sending an answer".to_owned(), details);
        details.map(report).into_iter().collect()
    }

    fn push(&mut self, content: Content) {
        let place = self.timeline.len();
        self.timeline.push(Rc::new(Entry {
            place,
            revision: 0,
            content,
        }));
    }

    fn reword_last_answer(&mut self, words: &str) {
        let last = self.timeline.iter_mut().rev();
        for entry in last {
            if let Content::Guest {
                text,
                replaceable: true,
                ..
            } = &entry.content
            {
                if text != words {
                    let mut changed = Entry::clone(entry);
                    changed.revision += 1;
                    if let Content::Guest { text, .. } = &mut changed.content {
                        words.clone_into(text);
                    }
                    *entry = Rc::new(changed);
                }
                return;
            } else if let Content::Guest { .. } = &entry.content {
                return;
            }
        }
    }

    /// When the same question comes back because its answer was refused (the message then has the
    /// block's id), the visitor corrects what was typed instead of typing it again.
    fn keep_refused_answer(&mut self, messages: &[crate::api::Message]) {
        let typed = self.last_typed.take();
        let prefills = self.settings.prefills;
        let Some(input) = &mut self.input else { return };
        if !prefills {
            input.prefilled = None;
        }
        let refused = messages.iter().any(|message| message.id == input.id);
        let same = self
            .last_input
            .as_ref()
            .is_some_and(|last| last.id == input.id);
        if refused && same && input.is_typed() {
            input.prefilled = typed.or(input.prefilled.take());
        }
    }
}
