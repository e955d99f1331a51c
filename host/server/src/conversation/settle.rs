//! Files that were sent past this server: an answer that names some says that they have arrived.

use talkloom_store::{ResultId, TurnWrite, WorkspaceId};

use crate::App;
use crate::files::settle_result;

/// The results whose answers in this turn name files.
pub(super) fn results_with_files(write: &TurnWrite) -> Vec<ResultId> {
    let names_file = |text: &str| text.contains("/files/") || text.contains("/api/typebots/");
    let mut results: Vec<_> = write
        .answers
        .iter()
        .filter(|answer| answer.attached_file_urls.is_some() || names_file(&answer.content))
        .map(|answer| answer.result_id.clone())
        .collect();
    results.dedup();
    results
}

/// Notes what has arrived. Should that fail, the clean-up does it later.
pub(super) async fn settle(app: &App, workspace: &WorkspaceId, results: Vec<ResultId>) {
    for result in results {
        if let Err(error) = settle_result(app, workspace, &result).await {
            tracing::warn!(%error, "files that were sent could not be looked at");
        }
    }
}
