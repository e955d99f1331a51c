//! Sends one e-mail.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use talkloom_store::repository::Priority;

use crate::jobs::mail::{Letter, MailError};
use crate::jobs::{Job, JobContext, JobError};

/// Sends one e-mail. Sent again, it has the same id: mail programs show it once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// Who gets it.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// The same as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

#[async_trait]
impl Job for Email {
    const KIND: &'static str = "email";
    const TIME_LIMIT: Duration = Duration::from_secs(90);
    const PRIORITY: Priority = Priority::High;

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        let Some(mailer) = &ctx.tools.mailer else {
            return Err(JobError::permanent(
                "No mail server is configured. Set mail.smtp_url, then retry the job.",
            ));
        };
        let letter = Letter {
            to: &self.to,
            subject: &self.subject,
            text: &self.text,
            html: self.html.as_deref(),
            id: ctx.id.as_str(),
        };
        match mailer.send(&letter).await {
            Ok(()) => Ok(()),
            Err(error @ MailError::Later(_)) => Err(JobError::retry(error)),
            Err(error) => Err(JobError::permanent(error)),
        }
    }
}
