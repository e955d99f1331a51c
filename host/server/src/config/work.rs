//! What a process does beside conversations, and how much it takes on.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// What a process does. All of it in one process, unless the operator splits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Pages, the chat API and every other request.
    Api,
    /// Connections that stay open: listeners and subscriptions.
    Realtime,
    /// Jobs.
    Worker,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Api, Self::Realtime, Self::Worker];
}

/// Where jobs wait for a worker. The database has them in any case; Redis hands them over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStorage {
    /// In the database.
    #[default]
    Database,
    /// In Redis.
    Redis,
}

/// Work that is done beside the conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobsConfig {
    /// Where jobs wait for a worker.
    pub storage: JobStorage,
    /// Jobs that one process does at a time.
    pub concurrency: usize,
    /// Days that finished jobs are kept; 0: for ever.
    pub keep_days: u32,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self {
            storage: JobStorage::Database,
            concurrency: 16,
            keep_days: 7,
        }
    }
}

/// How e-mail is sent.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// `smtp://user:password@host:587?tls=required`, or `smtps://` for port 465; empty: none is sent.
    pub smtp_url: String,
    /// Who it comes from: `Talkloom <talkloom@example.com>`.
    pub from: String,
}

impl MailConfig {
    pub(super) fn check(&self) -> Result<()> {
        let url = &self.smtp_url;
        if !url.is_empty() && !url.starts_with("smtp://") && !url.starts_with("smtps://") {
            bail!("mail.smtp_url has to begin with smtp:// or smtps://. Empty: no mail is sent.");
        }
        if !url.is_empty() && !self.from.contains('@') {
            bail!(
                "mail.from is missing: who does mail come from? Set it like talkloom@example.com."
            );
        }
        Ok(())
    }
}

/// How long things are kept. 0: for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Days that a conversation waits for its visitor.
    pub session_days: u32,
    /// Days that a preview is kept.
    pub preview_days: u32,
    /// Days that results are kept, with their answers, logs and files.
    pub result_days: u32,
    /// Days that conversations can be replayed.
    pub journal_days: u32,
    /// Days that the audit log is kept.
    pub audit_days: u32,
    /// Days that it is kept what blocks sent to where.
    pub egress_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            session_days: 30,
            preview_days: 2,
            result_days: 0,
            journal_days: 90,
            audit_days: 365,
            egress_days: 30,
        }
    }
}

/// How much one visitor may ask for. 0: without limit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Conversations that one address may start in a minute.
    pub starts_per_minute: u32,
    /// Requests to the chat API that one address may make in a minute.
    pub requests_per_minute: u32,
    /// Whether the last address in `X-Forwarded-For` is the visitor's: only behind a proxy that sets it.
    pub trust_forwarded: bool,
}
