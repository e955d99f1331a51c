//! Mail that blocks send: through the server that their credential names, or the operator's own.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use sha2::{Digest, Sha256};
use talkloom_blocks::{Credential, Declined, Mail, MailMessage};
use talkloom_store::repository::ValuePlace;
use talkloom_store::{Repositories, StoreError};

use super::{Reach, broken};
use crate::config::MailConfig;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Mails that the blocks of one request may send together.
const MOST: u32 = 5;
/// How long a mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The mails of one request.
#[derive(Debug, Default)]
pub struct Letters(Mutex<(u32, Option<[u8; 32]>)>);

impl Letters {
    fn admit(&self, message: &MailMessage) -> Result<(), Declined> {
        let digest = digest(message);
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.1 == Some(digest) {
            return Err(Declined::Denied(
                "The same mail was sent just now: it is not sent again.".to_owned(),
            ));
        }
        if sent.0 >= MOST {
            return Err(Declined::Denied(format!(
                "At most {MOST} mails are sent before the visitor replies again."
            )));
        }
        *sent = (sent.0 + 1, Some(digest));
        Ok(())
    }
}

fn digest(message: &MailMessage) -> [u8; 32] {
    let mut hash = Sha256::new();
    for list in [&message.to, &message.cc, &message.bcc] {
        hash.update([list.len().to_le_bytes().as_slice()].concat());
        for address in list {
            hash.update(address.len().to_le_bytes());
            hash.update(address);
        }
    }
    for text in [
        Some(&message.subject),
        message.text.as_ref(),
        message.html.as_ref(),
    ] {
        let text = text.map_or("", String::as_str);
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// The operator's own mail server, as blocks use it.
#[derive(Default)]
pub struct Post(Option<(Mailbox, Transport)>);

impl Post {
    /// The configured server. What is wrong with it is told when the server starts.
    pub fn new(config: &MailConfig) -> Self {
        let from = config.from.parse().ok();
        let transport = Transport::from_url(&config.smtp_url).ok();
        let own = from.zip(transport);
        Self(own.map(|(from, transport)| (from, transport.timeout(Some(PATIENCE)).build())))
    }
}

pub(super) async fn send(reach: &Reach, mail: Mail) -> Result<(), Declined> {
    let conversation = reach.conversation()?;
    let (from, transport) = match &mail.through {
        Some(credential) => through(reach, credential).await?,
        None => reach.app.post.0.clone().ok_or_else(|| {
            Declined::Denied(
                "This server sends no mail. Choose a credential with a mail server, or ask an \
                 administrator to set mail.smtp_url."
                    .to_owned(),
            )
        })?,
    };
    let message = message(&from, &mail.message).map_err(Declined::Denied)?;
    let place = ValuePlace {
        component: mail.component,
        owner: conversation.owner().to_owned(),
        key: mail.idempotency_key,
    };
    match take_key(reach, &place).await {
        Ok(()) => {}
        // It was sent before, or is being sent.
        Err(StoreError::Conflict { .. }) => return Ok(()),
        Err(error) => return Err(broken("sent", &error)),
    }
    let sent = match conversation.letters.admit(&mail.message) {
        Ok(()) => deliver(transport, message).await,
        Err(declined) => Err(declined),
    };
    if sent.is_err()
        && let Err(error) = give_key_back(reach, &place).await
    {
        return Err(broken("sent", &error));
    }
    sent
}

async fn take_key(reach: &Reach, place: &ValuePlace) -> Result<(), StoreError> {
    let tx = reach.app.store.begin().await?;
    let now_ms = reach.app.clock.now_ms();
    tx.sent_mails()
        .take(&reach.workspace, place, now_ms)
        .await?;
    tx.commit().await
}

async fn give_key_back(reach: &Reach, place: &ValuePlace) -> Result<(), StoreError> {
    let tx = reach.app.store.begin().await?;
    tx.sent_mails().give_back(&reach.workspace, place).await?;
    tx.commit().await
}

async fn deliver(transport: Transport, message: Message) -> Result<(), Declined> {
    let sent = tokio::time::timeout(PATIENCE, transport.send(message)).await;
    match sent {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Declined::Failed(refused(&error))),
        Err(_) => Err(Declined::Failed(
            "The mail server did not answer in time. Try again later.".to_owned(),
        )),
    }
}

fn refused(error: &SmtpError) -> String {
    let advice = if error.is_permanent() {
        "Check the addresses, and the user and password of the mail server."
    } else {
        "Check the mail server's address, port and encryption, or try again later."
    };
    format!("The mail server did not take the mail. {advice} ({error})")
}

/// The mail server that a credential names: `host`, `port`, `username`, `password`, `from`, and
/// `tls` (`starttls`, which is usual, `implicit`, or `none`).
async fn through(reach: &Reach, credential: &Credential) -> Result<(Mailbox, Transport), Declined> {
    let secret = |name: &str| credential.secrets.get(name).map(|secret| secret.expose());
    let field = |name: &str| {
        let value = credential.fields.get(name).map(String::as_str);
        value
            .or_else(|| secret(name))
            .map(str::trim)
            .filter(|value| !value.is_empty())
    };
    let wanting = |what: &str| {
        Declined::Denied(format!(
            "The credential's mail server cannot be used: {what}. Enter it anew."
        ))
    };
    let host = field("host").ok_or_else(|| wanting("it has no host"))?;
    let port: u16 = field("port")
        .unwrap_or("587")
        .parse()
        .map_err(|_| wanting("its port is no number"))?;
    let from = field("from").or(field("username")).unwrap_or_default();
    let from: Mailbox = from
        .parse()
        .map_err(|_| wanting("its sender is no address"))?;
    let found = reach.app.blocks.mail_server(host, port).await;
    let address = found.map_err(|error| Declined::Denied(error.sentence))?;
    let tls = match field("tls").unwrap_or(if port == 465 { "implicit" } else { "starttls" }) {
        "none" => Tls::None,
        kind => {
            let parameters = TlsParameters::new(host.to_owned());
            let parameters = parameters.map_err(|_| wanting("its host is no name"))?;
            match kind {
                "implicit" => Tls::Wrapper(parameters),
                _ => Tls::Required(parameters),
            }
        }
    };
    // To exactly the address that was checked; the name is for the certificate.
    let mut transport = Transport::builder_dangerous(address.ip().to_string())
        .port(port)
        .tls(tls)
        .timeout(Some(PATIENCE));
    if let Some(user) = field("username") {
        let password = field("password").unwrap_or_default().to_owned();
        transport = transport.credentials(Credentials::new(user.to_owned(), password));
    }
    Ok((from, transport.build()))
}

fn message(from: &Mailbox, given: &MailMessage) -> Result<Message, String> {
    let reply_to = given.reply_to.as_deref().map(mailbox).transpose()?;
    // Whom an answer goes to is who the mail is from, in name.
    let named = reply_to.as_ref().and_then(|reply_to| reply_to.name.clone());
    let from = Mailbox::new(named.or_else(|| from.name.clone()), from.email.clone());
    let mut builder = Message::builder().from(from).subject(&given.subject);
    for to in &given.to {
        builder = builder.to(mailbox(to)?);
    }
    for cc in &given.cc {
        builder = builder.cc(mailbox(cc)?);
    }
    for bcc in &given.bcc {
        builder = builder.bcc(mailbox(bcc)?);
    }
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to);
    }
    let text = given.text.clone().unwrap_or_default();
    let words = match &given.html {
        Some(html) => MultiPart::alternative_plain_html(text, html.clone()),
        None => MultiPart::mixed().singlepart(SinglePart::plain(text)),
    };
    let mut whole = MultiPart::mixed().multipart(words);
    for file in &given.attachments {
        let kind = ContentType::parse(&file.media_type);
        let kind = kind
            .unwrap_or(ContentType::parse("application/octet-stream").map_err(|e| e.to_string())?);
        let attachment = Attachment::new(file.name.clone()).body(file.data.clone(), kind);
        whole = whole.singlepart(attachment);
    }
    let built = builder.multipart(whole);
    built.map_err(|error| format!("The mail cannot be sent: {error}."))
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("“{text}” is no e-mail address. Write it like ada@example.com."))
}
