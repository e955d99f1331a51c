//! E-mail over the operator's mail server, with connections that are kept open.

use anyhow::{Context, Result};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::MailConfig;

/// Sends e-mail.
pub struct Mailer {
    from: Mailbox,
    server: AsyncSmtpTransport<Tokio1Executor>,
}

/// A message to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter<'l> {
    /// Who gets it: `ada@example.com` or `Ada <ada@example.com>`.
    pub to: &'l str,
    /// Its subject.
    pub subject: &'l str,
    /// What it says, as plain text.
    pub text: &'l str,
    /// The same as HTML.
    pub html: Option<&'l str>,
    /// What makes a repeated message recognisable: the part of its id before the `@`.
    pub id: &'l str,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It cannot be sent as it is.
    #[error("The message cannot be sent: {0}.")]
    Unsendable(String),
    /// The mail server refuses it for good.
    #[error("The mail server refuses the message: {0}.")]
    Refused(SmtpError),
    /// The mail server cannot be reached, or asks to come back.
    #[error("The mail server did not take the message: {0}.")]
    Later(SmtpError),
}

impl Mailer {
    /// Over the configured server; none where there is none.
    pub fn new(config: &MailConfig) -> Result<Option<Self>> {
        if config.smtp_url.is_empty() {
            return Ok(None);
        }
        let from = config.from.parse();
        let from = from.context("mail.from is no address. Write it like talkloom@example.com.")?;
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.smtp_url)
            .context("mail.smtp_url is not valid. Write it like smtp://user:password@host:587?tls=required.")?
            .build();
        Ok(Some(Self { from, server }))
    }

    /// Sends a message.
    pub async fn send(&self, letter: &Letter<'_>) -> Result<(), MailError> {
        let message = self.message(letter)?;
        match self.server.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() && !refuses_us(&error) => {
                Err(MailError::Refused(error))
            }
            Err(error) => Err(MailError::Later(error)),
        }
    }

    fn message(&self, letter: &Letter<'_>) -> Result<Message, MailError> {
        let unsendable = |reason: String| MailError::Unsendable(reason);
        let to: Mailbox = letter
            .to
            .parse()
            .map_err(|_| unsendable("the address is not valid".to_owned()))?;
        let message = Message::builder()
            .message_id(Some(format!(
                "<{}@{}>",
                letter.id,
                self.from.email.domain()
            )))
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject);
        let (text, html) = (letter.text.to_owned(), letter.html);
        let whole = match html {
            Some(html) => {
                message.multipart(MultiPart::alternative_plain_html(text, html.to_owned()))
            }
            None => message.body(text),
        };
        whole.map_err(|error| unsendable(error.to_string()))
    }
}

/// Whether the server turned away this sender rather than this message: who signs in wrongly today
/// may be let in once the operator mended it.
fn refuses_us(error: &SmtpError) -> bool {
    let status = error.status().map(u16::from);
    status.is_some_and(|status| matches!(status, 530 | 534 | 535 | 538))
}
