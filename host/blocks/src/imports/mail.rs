//! Mail.

use talkloom_manifest::PermissionKind;
use wasmtime::Result;

use super::done;
use crate::bindings::talkloom::block::mail::{self, Message};
use crate::bindings::talkloom::block::types::{Credential, Failure};
use crate::state::CallState;
use crate::{Mail, MailMessage, NewFile};

/// Who gets one mail, copies included.
const MAX_RECIPIENTS: usize = 50;
/// The longest key in bytes.
const MAX_KEY_BYTES: usize = 256;

impl mail::Host for CallState {
    async fn send(
        &mut self,
        message: Message,
        through: Option<Credential>,
        idempotency_key: String,
    ) -> Result<Result<(), Failure>> {
        let abilities = match self.ability(&PermissionKind::Mail) {
            Ok(abilities) => abilities,
            Err(failure) => return Ok(Err(failure)),
        };
        let mail = match self.mail(message, through.as_ref(), idempotency_key) {
            Ok(mail) => mail,
            Err(sentence) => return Ok(Err(Failure::Denied(sentence))),
        };
        done(async move { abilities.send_mail(mail).await }).await
    }
}

impl CallState {
    fn mail(
        &self,
        message: Message,
        through: Option<&Credential>,
        idempotency_key: String,
    ) -> Result<Mail, String> {
        let most = self.shared.settings.limits.mail_bytes;
        if size(&message) > most {
            return Err(format!(
                "A mail with its attachments has at most {} MiB.",
                most >> 20
            ));
        }
        let recipients = message.to.len() + message.cc.len() + message.bcc.len();
        if recipients == 0 || recipients > MAX_RECIPIENTS {
            return Err(format!(
                "A mail goes to between 1 and {MAX_RECIPIENTS} people."
            ));
        }
        if idempotency_key.is_empty() || idempotency_key.len() > MAX_KEY_BYTES {
            return Err(format!(
                "A mail's key has between 1 and {MAX_KEY_BYTES} bytes."
            ));
        }
        // A block holds no other credential than the call's own.
        let own = self.session.as_ref().and_then(|s| s.credential.as_ref());
        let through = match (through, own) {
            (None, _) => None,
            (Some(named), Some(own)) if named.kind == own.kind => Some(own.clone()),
            (Some(_), _) => return Err("The mail's credential is not this call's.".into()),
        };
        Ok(Mail {
            component: self.installed.manifest.id.clone(),
            idempotency_key,
            through,
            message: readable(message),
        })
    }
}

fn size(message: &Message) -> usize {
    let addresses = [&message.to, &message.cc, &message.bcc]
        .into_iter()
        .flatten();
    let texts = [&message.text, &message.html, &message.reply_to];
    let texts = texts.into_iter().flatten().chain(addresses);
    let attached = message.attachments.iter();
    let attached = attached.map(|file| file.data.len() + file.name.len());
    message.subject.len() + texts.map(String::len).sum::<usize>() + attached.sum::<usize>()
}

fn readable(message: Message) -> MailMessage {
    let attached = message.attachments.into_iter().map(|file| NewFile {
        name: file.name,
        media_type: file.media_type,
        data: file.data,
    });
    MailMessage {
        to: message.to,
        cc: message.cc,
        bcc: message.bcc,
        reply_to: message.reply_to,
        subject: message.subject,
        text: message.text,
        html: message.html,
        attachments: attached.collect(),
    }
}
