//! What a conversation's page gets now.

use talkloom_flow::{Block, BlockKind};
use talkloom_store::{Repositories, Session};

use super::room::{Room, room_of};
use crate::App;
use crate::conversation::{self, TurnError};

/// What there is for a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A message.
    Message {
        /// Its id.
        id: i64,
        /// What the page gets.
        body: String,
    },
    /// Nothing yet.
    Nothing,
    /// The conversation has ended.
    Ended,
}

/// Looks for a message that fits where the conversation stands, and notes that its page gets it.
pub(super) async fn news(app: &App, address: &Room) -> Result<News, TurnError> {
    let Some(session) = address.session(app).await? else {
        return Ok(News::Ended);
    };
    let Some(message) = next(app, &session).await? else {
        return Ok(News::Nothing);
    };
    if message.delivered_turn != Some(session.turn) {
        let tx = app.store.begin().await?;
        tx.listener_messages()
            .delivered(&session.workspace_id, message.id, session.turn)
            .await?;
        tx.commit().await?;
    }
    Ok(News::Message {
        id: message.id,
        body: message.body,
    })
}

async fn next(
    app: &App,
    session: &Session,
) -> Result<Option<talkloom_store::ListenerMessage>, TurnError> {
    let messages = app.store.reader().listener_messages();
    let (workspace, room) = (&session.workspace_id, room_of(session));
    // Most conversations have no message: their state need not be looked into.
    if messages.waiting(workspace, room).await?.messages == 0 {
        return Ok(None);
    }
    let glance = conversation::look_into(app, session.clone()).await?;
    let Some(block) = glance.block().filter(|block| listens(block)) else {
        return Ok(None);
    };
    Ok(messages.next(workspace, room, block.id()).await?)
}

/// Whether a block waits for a request from outside.
pub(super) fn listens(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Listener(_))
}
