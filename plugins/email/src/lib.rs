//! Block: e-mail.
//!
//! It writes the mail; the host sends it, through the server of a credential or the installation's
//! own. The conversation goes on whatever becomes of it: a failure is a line of the log.

mod account;
mod address;
mod attachments;
mod body;
mod message;
mod options;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;
use talkloom_block::log::{self, Level, Line};
use talkloom_block::manifest::{BlockType, Limits, PermissionKind};
use talkloom_block::prelude::*;
use talkloom_block::{files, mail};

use mail::Message;
use options::Options;

const ACTION: &str = "Send e-mail";
/// A slow mail server, and files that have to be read first.
const WALL_MS: u32 = 60_000;
/// Attachments stand in memory while they are handed over.
const MEMORY_MIB: u32 = 64;

talkloom_block::block!(
    Plugin::new("talkloom/email", "Email")
        .help("Sends an e-mail: the answers, or a text of your own.")
        .icon(include_str!("icon.svg"))
        .credential(account::credential())
        .permission(
            PermissionKind::Mail,
            "It sends the mail that the bot's builder wrote."
        )
        .permission(
            PermissionKind::Files,
            "It attaches files that the visitor sent in this conversation.",
        )
        .permission(
            PermissionKind::Submission,
            "Without a text of its own a mail lists all answers and variables.",
        )
        .limits(Limits {
            wall_ms: Some(WALL_MS),
            memory_mib: Some(MEMORY_MIB),
            ..Limits::default()
        })
        .action(
            Action::new(ACTION, run)
                .help("Sends one e-mail.")
                .reads_submission()
        )
        .block(BlockType {
            block_type: "Email".to_owned(),
            name: "Email".to_owned(),
            help: None,
            icon: None,
            actions: vec![ACTION.to_owned()],
            default_action: Some(ACTION.to_owned()),
            credential: Some(account::KIND.to_owned()),
        })
);

fn run(options: Options, call: &mut Call) -> Result<(), Failure> {
    if call.context.result.is_none() {
        log::say(Level::Info, "E-mails are not sent in a preview.");
        return Ok(());
    }
    let submission = call.submission.take().unwrap_or(Value::Null);
    let mut message = message::write(&options, call, &submission);
    if message.to.is_empty() {
        log::say(
            Level::Error,
            "The e-mail was not sent: it has no recipient.",
        );
        return Ok(());
    }
    if let Some(variable) = &options.attachments_variable_id {
        let (attached, left_out) = attachments::load(call.value(variable), files::load);
        message.attachments = attached;
        left_out.into_iter().for_each(log::write);
    }
    let key = key(&message, &submission);
    log::write(told(mail::send(message, call.credential.as_ref(), &key)));
    Ok(())
}

/// The same mail has the same key while nothing else was answered, so that a turn that is taken
/// again sends it once.
fn key(message: &Message, submission: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    submission.to_string().hash(&mut hasher);
    (&message.to, &message.cc, &message.bcc).hash(&mut hasher);
    (&message.subject, &message.text, &message.html).hash(&mut hasher);
    for file in &message.attachments {
        (&file.name, &file.data).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// The line of the log, in the words that Typebot's users know.
fn told(sent: Result<(), Failure>) -> Line {
    let (level, message, detail) = match sent {
        Ok(()) => (Level::Success, "Email successfully sent", None),
        Err(failure) => (Level::Error, "Email not sent", Some(failure.to_string())),
    };
    Line {
        level,
        message: message.to_owned(),
        detail,
    }
}
