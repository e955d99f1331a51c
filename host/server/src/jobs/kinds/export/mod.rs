//! Writes a bot's results to a file, as CSV or JSON.

mod cell;
mod columns;
mod pages;

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use talkloom_store::{BotId, Job as StoredJob, Repositories};

use crate::App;
use crate::files::{FileKey, Shown, StorageError};
use crate::jobs::{Job, JobContext, JobError};
pub use pages::Export;

/// Writes a bot's results to a file, which is kept for as long as the job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportResults {
    /// The bot.
    pub bot: BotId,
    /// As what.
    pub format: ExportFormat,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// A table for spreadsheets.
    Csv,
    /// A list of objects.
    Json,
}

#[async_trait]
impl Job for ExportResults {
    const KIND: &'static str = "export-results";
    const TIME_LIMIT: Duration = Duration::from_secs(3_600);
    const MAX_FAILURES: u32 = 5;

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        let workspace = ctx.workspace()?;
        let reader = ctx.app.store.reader();
        let Some(bot) = reader.bots().find(workspace, &self.bot).await? else {
            return Err(JobError::permanent("The bot was deleted."));
        };
        let document = talkloom_flow::open(bot.document.as_str()).map_err(JobError::permanent)?;
        let export = Export::begin(reader, &bot, document.0.document(), self.format).await?;
        // Under the job's id: who writes it again puts it in the place of the first.
        let name = format!("{}.{}", ctx.id, self.format.ending());
        let folder = ["private", "workspaces", workspace.as_str(), "exports"];
        let key = FileKey::new(folder, &name);
        let results = export.total();
        let parts = parts(export, ctx.clone());
        let written = ctx.app.files.write(&key, self.format.media_type(), parts);
        let written = written.await;
        // What broke off because someone asked to is no failure.
        if let Err(stopped) = ctx.check() {
            let _ = ctx.app.files.delete(&key).await;
            return Err(stopped);
        }
        let bytes = written.map_err(JobError::retry)?;
        ctx.set_result(&json!({ "file": key.to_string(), "bytes": bytes, "results": results }));
        Ok(())
    }
}

impl ExportFormat {
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// The file that an export wrote; none while it is not done.
pub fn file_of(job: &StoredJob) -> Option<FileKey> {
    let result: Value = serde_json::from_str(job.result.as_deref()?).ok()?;
    FileKey::parse(result["file"].as_str()?)
}

/// An address under which whoever has it gets the file of an export, for `ttl` (a week at most);
/// none while it is not done. `base` is the address of this server.
pub async fn address_of(
    app: &App,
    base: &str,
    job: &StoredJob,
    ttl: Duration,
) -> Result<Option<String>, StorageError> {
    let (Some(key), Ok(export)) = (
        file_of(job),
        serde_json::from_str::<ExportResults>(&job.payload),
    ) else {
        return Ok(None);
    };
    let shown = Shown {
        media_type: export.format.media_type().to_owned(),
        is_private: true,
        save_as: Some(format!("results.{}", export.format.ending())),
    };
    let signed = app.files.signed_read(base, &key, &shown, ttl).await;
    signed.map(Some)
}

/// An export part by part, which says how far it is and stops when it is asked to.
fn parts(
    export: Export,
    ctx: JobContext,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::try_unfold((export, ctx), |(mut export, ctx)| async move {
        ctx.check().map_err(io::Error::other)?;
        let part = export.next().await?;
        let (done, total) = (export.done(), export.total());
        let percent = u8::try_from(done * 100 / total.max(1)).unwrap_or(100);
        ctx.progress(percent, &format!("{done} of {total} results"));
        Ok(part.map(|part| (part, (export, ctx))))
    })
}
