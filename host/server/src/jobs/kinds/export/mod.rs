//! Writes a bot's results to a file, as CSV or JSON: page by page, never all of them in memory.

mod columns;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use talkloom_store::{Answer, BotId, ConversationResult, Repositories, ResultId, WorkspaceId};

use crate::files::FileKey;
use crate::jobs::{Job, JobContext, JobError};
use columns::Columns;

/// Writes a bot's results to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportResults {
    /// The bot.
    pub bot: BotId,
    /// As what.
    pub format: ExportFormat,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// A table for spreadsheets.
    Csv,
    /// A list of objects.
    Json,
}

/// Results that are read at a time.
const PAGE: u64 = 200;

#[async_trait]
impl Job for ExportResults {
    const KIND: &'static str = "export-results";
    const TIME_LIMIT: Duration = Duration::from_secs(3_600);
    const MAX_FAILURES: u32 = 5;

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        let workspace = ctx.workspace()?.clone();
        let reader = ctx.app.store.reader();
        let Some(bot) = reader.bots().find(&workspace, &self.bot).await? else {
            return Err(JobError::permanent("The bot was deleted."));
        };
        let opened = talkloom_flow::open(bot.document.as_str()).map_err(JobError::permanent)?;
        let pages = Pages {
            total: reader.results().count(&workspace, &self.bot).await?,
            columns: Columns::of(opened.0.document()),
            ctx: ctx.clone(),
            bot: self.bot.clone(),
            format: self.format,
            workspace,
            before: None,
            done: 0,
            place: Place::Head,
        };
        let (name, media_type) = self.format.file(ctx.id.as_str());
        let key = FileKey::new(
            ["private", "workspaces", pages.workspace.as_str(), "exports"],
            &name,
        );
        let total = pages.total;
        let written = ctx.app.files.write(&key, media_type, pages.stream()).await;
        // What broke off because someone asked to is no failure.
        ctx.check()?;
        let bytes = written.map_err(JobError::retry)?;
        ctx.set_result(&json!({ "file": key.to_string(), "bytes": bytes, "results": total }));
        Ok(())
    }
}

impl ExportFormat {
    fn file(self, id: &str) -> (String, &'static str) {
        match self {
            Self::Csv => (format!("{id}.csv"), "text/csv; charset=utf-8"),
            Self::Json => (format!("{id}.json"), "application/json"),
        }
    }
}

/// Where the writing is.
struct Pages {
    ctx: JobContext,
    workspace: WorkspaceId,
    bot: BotId,
    format: ExportFormat,
    columns: Columns,
    total: u64,
    done: u64,
    before: Option<ResultId>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Rows,
    End,
}

impl Pages {
    fn stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::try_unfold(self, |mut pages| async move {
            let part = pages.next().await?;
            Ok(part.map(|part| (part, pages)))
        })
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        self.ctx.check().map_err(io::Error::other)?;
        match self.place {
            Place::Head => {
                self.place = Place::Rows;
                let head = match self.format {
                    ExportFormat::Csv => self.table([self.columns.titles()])?,
                    ExportFormat::Json => Bytes::from_static(b"["),
                };
                Ok(Some(head))
            }
            Place::Rows => self.rows().await.map(Some),
            Place::End => Ok(None),
        }
    }

    async fn rows(&mut self) -> io::Result<Bytes> {
        let reader = self.ctx.app.store.reader();
        let results = reader.results();
        let page = results
            .page(&self.workspace, &self.bot, self.before.as_ref(), PAGE)
            .await
            .map_err(io::Error::other)?;
        let ids: Vec<_> = page.iter().map(|result| result.id.clone()).collect();
        let answers = reader.answers().of_results(&self.workspace, &ids).await;
        let answers = by_result(answers.map_err(io::Error::other)?);
        let is_last = (page.len() as u64) < PAGE;
        let part = self.part(&page, &answers, is_last)?;
        self.done += page.len() as u64;
        self.before = page.last().map(|result| result.id.clone());
        if is_last {
            self.place = Place::End;
        }
        let percent = self.done * 100 / self.total.max(1);
        let note = format!("{} of {} results", self.done, self.total);
        self.ctx
            .progress(u8::try_from(percent).unwrap_or(100), &note);
        Ok(part)
    }

    fn part(
        &self,
        page: &[ConversationResult],
        answers: &BTreeMap<ResultId, Vec<Answer>>,
        is_last: bool,
    ) -> io::Result<Bytes> {
        let none = Vec::new();
        let rows = page.iter().map(|result| {
            let answers = answers.get(&result.id).unwrap_or(&none);
            self.columns.row(result, answers)
        });
        match self.format {
            ExportFormat::Csv => self.table(rows),
            ExportFormat::Json => self.objects(rows, is_last),
        }
    }

    fn table(&self, rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<Bytes> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in rows {
            writer.write_record(row)?;
        }
        let written = writer.into_inner().map_err(|error| error.into_error())?;
        Ok(written.into())
    }

    fn objects(&self, rows: impl Iterator<Item = Vec<String>>, is_last: bool) -> io::Result<Bytes> {
        let titles = self.columns.titles();
        let mut text = String::new();
        for (place, row) in rows.enumerate() {
            let fields = titles.iter().cloned().zip(row.into_iter().map(Value::from));
            let object: Map<String, Value> = fields.collect();
            let comma = if self.done > 0 || place > 0 {
                ",\n"
            } else {
                "\n"
            };
            text.push_str(comma);
            text.push_str(&serde_json::to_string(&object)?);
        }
        if is_last {
            text.push_str("\n]\n");
        }
        Ok(text.into())
    }
}

fn by_result(answers: Vec<Answer>) -> BTreeMap<ResultId, Vec<Answer>> {
    let mut by_result: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for answer in answers {
        by_result
            .entry(answer.result_id.clone())
            .or_default()
            .push(answer);
    }
    by_result
}
