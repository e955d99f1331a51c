//! What the conversation shows, from the first bubble to the newest.

use super::Answer;
use crate::api::bubble::EmbedWait;
use crate::api::{Action, Bubble, ChatReply, Message};

/// One thing in the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place, from 0; the same thing keeps it.
    pub place: usize,
    /// Counts its changes.
    pub revision: u32,
    /// What it shows.
    pub content: Content,
}

/// What an entry shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The bot's bubble.
    Host(Message),
    /// The bot's bubble, still being written.
    Growing(Message),
    /// The visitor's answer.
    Guest {
        /// Its words.
        text: String,
        /// Pictures that belong to it.
        pictures: Vec<String>,
        /// Names of files that belong to it.
        files: Vec<String>,
        /// The address of what was said aloud.
        voice: Option<String>,
        /// The server's form of the answer may replace its words.
        replaceable: bool,
    },
    /// A window that the browser kept from opening.
    Blocked {
        /// Where it leads.
        url: String,
    },
}

/// One step of showing a reply.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Show a bubble.
    Show(Message),
    /// Do something.
    Act(Action),
}

/// Puts a reply's bubbles and actions in the order in which they are shown and done.
pub(super) fn steps(reply: &ChatReply) -> Vec<Step> {
    let mut waiting = reply.actions.clone();
    let mut take = |after: Option<&str>| {
        let (now, later): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .partition(|action| action.after.as_deref() == after);
        waiting = later;
        now.into_iter().map(Step::Act)
    };
    let mut steps: Vec<Step> = take(None).collect();
    for message in &reply.messages {
        steps.push(Step::Show(message.clone()));
        steps.extend(take(Some(&message.id)));
    }
    // A bubble that was left out (it would have shown nothing) must not take its actions along.
    steps.extend(waiting.into_iter().map(Step::Act));
    steps
}

impl Entry {
    /// The same entry with other content.
    pub(super) fn changed(&self, content: Content) -> Self {
        Self {
            place: self.place,
            revision: self.revision + 1,
            content,
        }
    }
}

impl Content {
    /// The visitor's answer as it is shown.
    pub(super) fn guest(answer: Answer) -> Self {
        Self::Guest {
            text: answer.label,
            replaceable: !answer.keeps_label,
            pictures: answer.pictures,
            files: answer.files,
            voice: answer.voice,
        }
    }

    /// A bubble that is of no use before the visitor acts in it.
    pub(super) fn awaited_embed(&self) -> Option<&EmbedWait> {
        match self {
            Self::Host(Message {
                bubble: Bubble::Embed { wait, .. },
                ..
            }) => wait.as_ref(),
            Self::Host(Message {
                bubble: Bubble::Frame(frame),
                ..
            }) => frame.wait.is_some().then_some(&EmbedWait::Frame),
            _ => None,
        }
    }
}
