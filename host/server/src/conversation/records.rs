//! What a turn leaves behind, as the store takes it.

use talkloom_engine::output::Record;
use talkloom_store::Repositories;
use talkloom_store::repository::{NewAnswer, NewLog, ResultState};
use talkloom_store::{
    BotId, JournalEntry, ResultId, SessionWrite, TurnWrite, VariableChange, VisitedEdge,
};

use super::turn::{Scope, TurnError};
use crate::App;
use crate::bus::{Bus, ResultChanged, Topic};

/// Puts a turn's write together.
pub(super) async fn turn_write(
    app: &App,
    scope: &Scope,
    session: SessionWrite,
    records: Vec<Record>,
    journal: JournalEntry,
) -> Result<TurnWrite, TurnError> {
    let now_ms = journal.created_at;
    let mut write = TurnWrite {
        workspace_id: scope.workspace_id.clone(),
        session,
        results: Vec::new(),
        answers: Vec::new(),
        logs: Vec::new(),
        visited_edges: Vec::new(),
        variable_changes: Vec::new(),
        listened: None,
        journal,
        idempotency_key: None,
        jobs: Vec::new(),
        now_ms,
    };
    for record in records {
        sort_in(&mut write, record)?;
    }
    for result in &mut write.results {
        if result.bot_id != scope.bot_id {
            result.bot_id = Box::pin(linked_bot(app, scope, &result.bot_id)).await?;
        }
    }
    Ok(write)
}

/// What others are told of once a turn was committed.
pub(super) struct Changes(Vec<(BotId, ResultChanged)>);

impl Changes {
    pub(super) fn of(write: &TurnWrite) -> Self {
        let change = |result: &ResultState| {
            let change = ResultChanged {
                result_id: result.id.clone(),
                is_completed: result.is_completed,
            };
            (result.bot_id.clone(), change)
        };
        Self(write.results.iter().map(change).collect())
    }

    pub(super) fn tell(self, bus: &Bus) {
        for (bot, change) in self.0 {
            bus.publish_json(&Topic::Results(bot), &change);
        }
    }
}

/// The id of a linked bot here: a link may name the one it had where its file came from. A bot that
/// is gone since leaves its result to the one that led there.
async fn linked_bot(app: &App, scope: &Scope, link: &BotId) -> Result<BotId, TurnError> {
    let bots = app.store.reader().bots();
    let bot = bots.find_linked(&scope.workspace_id, link.as_str()).await?;
    Ok(bot.map_or_else(|| scope.bot_id.clone(), |bot| bot.id))
}

fn sort_in(write: &mut TurnWrite, record: Record) -> serde_json::Result<()> {
    match record {
        Record::Answer {
            result,
            block,
            content,
            attached_file_urls,
        } => {
            let urls = (!attached_file_urls.is_empty())
                .then(|| serde_json::to_string(&attached_file_urls))
                .transpose()?;
            write.answers.push(NewAnswer {
                result_id: ResultId(result),
                block_id: block,
                content,
                attached_file_urls: urls,
            });
        }
        Record::VisitedEdge {
            result,
            index,
            edge,
        } => write.visited_edges.push(VisitedEdge {
            result_id: ResultId(result),
            index: place(index),
            edge_id: edge,
        }),
        Record::VariableSet {
            result,
            index,
            block,
            block_index,
            variable,
            value,
        } => {
            write.variable_changes.push(VariableChange {
                result_id: ResultId(result),
                index: place(index),
                block_id: block,
                block_index: place(block_index),
                variable_id: variable,
                value: value.to_string(),
            });
        }
        Record::Log { result, line } => write.logs.push(NewLog {
            result_id: ResultId(result),
            status: line.status,
            description: line.description,
            details: line.details,
            context: line.context,
        }),
        Record::Result {
            result,
            bot,
            variables,
            has_started,
            is_completed,
        } => {
            write.results.push(ResultState {
                id: ResultId(result),
                bot_id: BotId(bot),
                variables: variables.to_string(),
                has_started,
                is_completed,
            });
        }
    }
    Ok(())
}

/// A turn runs a bounded number of blocks: places never come near the limit.
fn place(index: u32) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}
