//! A turn that begins at a block that listens takes what the page had got.

use talkloom_engine::{Message, Reply, State};
use talkloom_flow::{BlockKind, Flow};
use talkloom_store::{Listened, VersionId};

use super::turn::{Scope, TurnError};
use crate::App;
use crate::versions::LoadedVersion;

/// What the turn takes with it, where the conversation waits at a listener and the reply is what
/// the page got. Another reply, a command for example, leaves the message for later.
pub(super) async fn listened(
    app: &App,
    scope: &Scope,
    (root, state): (&LoadedVersion, &State),
    from_turn: i64,
    reply: &Reply,
) -> Result<Option<Listened>, TurnError> {
    let (Some(block), Some(Message::Text { .. })) = (&state.current_block, &reply.message) else {
        return Ok(None);
    };
    let listens = match state.versions().next() {
        Some(running) if running != root.id.as_str() => {
            let id = VersionId(running.to_owned());
            let running = Box::pin(app.versions.find(&scope.workspace_id, &id)).await?;
            running.is_some_and(|running| is_listener(&running.flow, block))
        }
        _ => is_listener(&root.flow, block),
    };
    let room = match &scope.result_id {
        Some(result) => result.as_str(),
        None => scope.session_id.as_str(),
    };
    Ok(listens.then(|| Listened {
        room: room.to_owned(),
        from_turn,
    }))
}

fn is_listener(flow: &Flow, block: &str) -> bool {
    flow.block(block)
        .is_some_and(|block| matches!(block.kind, BlockKind::Listener(_)))
}
