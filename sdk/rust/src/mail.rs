//! Mail.

use crate::bindings::talkloom::block::mail;
use crate::bindings::talkloom::block::types;
use crate::{Credential, Failure};

/// A mail. Addresses read `ada@example.com` or `Ada <ada@example.com>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Who gets it.
    pub to: Vec<String>,
    /// Who gets a copy.
    pub cc: Vec<String>,
    /// Who gets a copy that the others do not see.
    pub bcc: Vec<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// Files that come along.
    pub attachments: Vec<Attachment>,
}

/// A file that comes with a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What is in it.
    pub data: Vec<u8>,
}

/// Sends a mail, once for each key: through the server that the call's credential names, or without
/// one through the installation's own.
///
/// # Errors
/// When the server refuses it or cannot be reached, at the limit of mails, and when the permission
/// was not granted.
pub fn send(
    message: Message,
    through: Option<&Credential>,
    idempotency_key: &str,
) -> Result<(), Failure> {
    let through = through.map(|credential| types::Credential {
        kind: credential.kind.clone(),
        account: credential.account.clone(),
        fields: credential.fields.clone(),
    });
    let attachment = |file: Attachment| mail::Attachment {
        name: file.name,
        media_type: file.media_type,
        data: file.data,
    };
    let message = mail::Message {
        to: message.to,
        cc: message.cc,
        bcc: message.bcc,
        reply_to: message.reply_to,
        subject: message.subject,
        text: message.text,
        html: message.html,
        attachments: message.attachments.into_iter().map(attachment).collect(),
    };
    Ok(mail::send(&message, through.as_ref(), idempotency_key)?)
}
