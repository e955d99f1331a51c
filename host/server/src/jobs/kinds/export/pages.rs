//! The results of a bot as a file's text, page by page: never all of them in memory.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use serde_json::{Map, Value};
use talkloom_flow::Document;
use talkloom_store::{
    Answer, Bot, BotId, ConversationResult, Reader, Repositories, ResultId, StoreError,
    WorkspaceId, patiently,
};

use super::ExportFormat;
use super::cell::harmless;
use super::columns::Columns;

/// Results that are read at a time.
const PAGE: u64 = 200;

/// An export that is being written.
pub struct Export {
    reader: Reader,
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

impl Export {
    /// Begins with a bot's results, in the columns of its document.
    pub async fn begin(
        reader: &Reader,
        bot: &Bot,
        document: &Document,
        format: ExportFormat,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            total: reader.results().count(&bot.workspace_id, &bot.id).await?,
            reader: reader.clone(),
            workspace: bot.workspace_id.clone(),
            bot: bot.id.clone(),
            format,
            columns: Columns::of(document),
            done: 0,
            before: None,
            place: Place::Head,
        })
    }

    /// Results that there were in the beginning.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Results that are written.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// The next part of the file; none at its end.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self.place {
            Place::Head => {
                self.place = Place::Rows;
                let head = match self.format {
                    ExportFormat::Csv => table([self.columns.titles()])?,
                    ExportFormat::Json => Bytes::from_static(b"["),
                };
                Ok(Some(head))
            }
            Place::Rows => self.rows().await.map(Some),
            Place::End => Ok(None),
        }
    }

    async fn rows(&mut self) -> io::Result<Bytes> {
        // A database that restarts in between need not cost all that was read before.
        let read = patiently(|| self.page()).await;
        let (page, answers) = read.map_err(io::Error::other)?;
        let is_last = (page.len() as u64) < PAGE;
        let part = self.part(&page, &by_result(answers), is_last)?;
        self.done += page.len() as u64;
        if let Some(last) = page.last() {
            self.before = Some(last.id.clone());
        }
        if is_last {
            self.place = Place::End;
        }
        Ok(part)
    }

    async fn page(&self) -> Result<(Vec<ConversationResult>, Vec<Answer>), StoreError> {
        let results = self.reader.results();
        let before = self.before.as_ref();
        let page = results
            .page(&self.workspace, &self.bot, before, PAGE)
            .await?;
        let ids: Vec<_> = page.iter().map(|result| result.id.clone()).collect();
        let answers = self.reader.answers();
        let answers = answers.of_results(&self.workspace, &ids).await?;
        Ok((page, answers))
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
            ExportFormat::Csv => table(rows),
            ExportFormat::Json => self.objects(rows, is_last),
        }
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

fn table(rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<Bytes> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.into_iter().map(harmless))?;
    }
    let written = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(written.into())
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
