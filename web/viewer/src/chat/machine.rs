//! The machine: what happens next in the conversation.

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::json;

use super::protocol::{Command, Event, Failure, Outcome, Phase};
use super::settings::Settings;
use super::timeline::{Content, Entry, Step, steps};
use super::{Answer, Memory, Moment};
use crate::api::bubble::EmbedWait;
use crate::api::rich_text::Node;
use crate::api::{ApiError, Bot, Bubble, ChatReply, Input, Message, StartReply};

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
                let mut body = json!({"isStreamEnabled": true, "isOnlyRegistering": false,
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
            (Event::Streamed(text), Phase::Busy) => self.grow(text),
            (
                Event::EmbedSpoke(name, data),
                Phase::Embedded(EmbedWait::Event {
                    name: awaited,
                    saves,
                }),
            ) if *awaited == name => {
                let data = data.filter(|_| *saves);
                self.send(data)
            }
            (Event::FrameDone(text), Phase::Embedded(EmbedWait::Frame)) => self.send(text),
            (Event::Restored(memory), Phase::Opening) => self.restore(*memory),
            (Event::Retried, Phase::Failed(Failure::Retry(_))) => self.retry(),
            _ => Vec::new(),
        }
    }

    fn started(&mut self, start: StartReply) -> Vec<Command> {
        let reply = self.know(start);
        self.skips_typing = self.settings.skips_first;
        let mut commands = vec![Command::Dress];
        commands.extend(self.replied(reply));
        commands
    }

    /// Takes in what a start says of the bot and the conversation.
    fn know(&mut self, start: StartReply) -> ChatReply {
        self.session_id = start.session_id;
        self.result_id = start.result_id;
        self.settings = Settings::read(&start.bot.settings);
        self.bot = start.bot;
        start.reply
    }

    fn replied(&mut self, reply: ChatReply) -> Vec<Command> {
        self.steps = steps(&reply).into();
        self.take_in(reply);
        self.advance()
    }

    /// Takes in what a reply says beside its bubbles and actions.
    fn take_in(&mut self, reply: ChatReply) {
        if let Some(text) = &reply.last_answer {
            self.reword_last_answer(text);
        }
        self.progress = reply.progress.or(self.progress);
        self.host_avatar = reply.host_avatar.or(self.host_avatar.take());
        self.guest_avatar = reply.guest_avatar.or(self.guest_avatar.take());
        self.input = reply.input;
        self.keep_refused_answer(&reply.messages);
    }

    /// Shows an earlier visit's conversation at once and goes on where it stood: what the page did
    /// for the bot then is not done again, except what the server still waits for.
    fn restore(&mut self, memory: Memory) -> Vec<Command> {
        let reply = self.know(memory.start);
        let mut commands = vec![Command::Dress];
        let mut place = self.timeline.len();
        let mut awaited = self.recall(reply);
        let mut unanswered = None;
        for moment in memory.moments {
            match moment {
                Moment::Answered(answer) => {
                    unanswered = Some(answer.body());
                    self.push(Content::guest(answer));
                }
                Moment::Streamed(text) => {
                    self.grow(text);
                    self.settle();
                }
                Moment::Replied(reply) => {
                    unanswered = None;
                    place = self.timeline.len();
                    awaited = self.recall(*reply);
                }
            }
        }
        self.skips_typing = false;
        self.steps = awaited;
        commands.extend(match unanswered {
            Some(body) => self.request(Command::Continue(body), Phase::Sending),
            // A frame that the last reply showed may still be waited for.
            None if self.steps.is_empty() && self.timeline.len() > place => self.shown(),
            None => self.advance(),
        });
        commands
    }

    /// Shows a reply of an earlier visit; gives the actions that the server still waits for.
    fn recall(&mut self, reply: ChatReply) -> VecDeque<Step> {
        let mut awaited = VecDeque::new();
        for step in steps(&reply) {
            match step {
                Step::Show(message) => self.push(Content::Host(message)),
                Step::Act(action) if action.expects_reply || action.is_lasting() => {
                    awaited.push_back(Step::Act(action));
                }
                Step::Act(_) => {}
            }
        }
        self.take_in(reply);
        awaited
    }

    /// Takes the next step of the reply that is being shown.
    fn advance(&mut self) -> Vec<Command> {
        let was_typing = self.phase == Phase::Typing;
        match self.steps.pop_front() {
            Some(Step::Act(action)) => {
                self.expects_reply = action.expects_reply;
                self.request(Command::Act(action.kind), Phase::Busy)
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

    /// Shows a text that is being written, as far as it is.
    fn grow(&mut self, text: Vec<Node>) -> Vec<Command> {
        let bubble = Bubble::Text(text);
        let id = String::new();
        let content = Content::Growing(Message { id, bubble });
        match self.timeline.last_mut() {
            Some(last) if matches!(last.content, Content::Growing(_)) => {
                *last = Rc::new(last.changed(content));
            }
            _ => self.push(content),
        }
        Vec::new()
    }

    /// A text that was being written is as long as it gets.
    fn settle(&mut self) {
        if let Some(last) = self.timeline.last_mut()
            && let Content::Growing(message) = &last.content
        {
            *last = Rc::new(last.changed(Content::Host(message.clone())));
        }
    }

    fn acted(&mut self, outcome: Outcome) -> Vec<Command> {
        self.settle();
        if outcome == Outcome::Lost {
            self.phase = Phase::Failed(Failure::Retry(None));
            return Vec::new();
        }
        let expects_reply = std::mem::take(&mut self.expects_reply);
        let mut commands = Vec::new();
        let value = match outcome {
            Outcome::Value(value) => Some(value),
            Outcome::Done | Outcome::Lost => None,
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
        self.push(Content::guest(answer));
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
            Some(command @ Command::Act(_)) => self.request(command, Phase::Busy),
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
                    let mut changed = entry.changed(entry.content.clone());
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
