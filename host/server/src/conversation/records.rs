//! What a turn leaves behind, as the store takes it.

use talkloom_engine::output::Record;
use talkloom_store::repository::{NewAnswer, NewLog, ResultState};
use talkloom_store::{
    BotId, JournalEntry, ResultId, SessionWrite, TurnWrite, VariableChange, VisitedEdge,
};

use super::turn::Scope;

/// Puts a turn's write together.
pub(super) fn turn_write(
    scope: &Scope,
    session: SessionWrite,
    records: Vec<Record>,
    journal: JournalEntry,
    now_ms: i64,
) -> serde_json::Result<TurnWrite> {
    let mut write = TurnWrite {
        workspace_id: scope.workspace_id.clone(),
        session,
        results: Vec::new(),
        answers: Vec::new(),
        logs: Vec::new(),
        visited_edges: Vec::new(),
        variable_changes: Vec::new(),
        journal,
        now_ms,
    };
    for record in records {
        sort_in(&mut write, record)?;
    }
    Ok(write)
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
