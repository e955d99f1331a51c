//! Where a message waits: with a result, or with a preview's conversation.

use talkloom_store::{Repositories, ResultId, Session, SessionId, StoreError};

use crate::App;

/// An address that a page listens at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A result's, which no one guesses.
    Result(ResultId),
    /// A preview's.
    Preview(SessionId),
}

impl Address {
    /// The conversation that goes on there.
    pub(super) async fn session(&self, app: &App) -> Result<Option<Session>, StoreError> {
        let visitors = app.store.reader().visitors();
        match self {
            Self::Result(result) => visitors.session_of_result(result).await,
            Self::Preview(session) => {
                let session = visitors.session(session).await?;
                Ok(session.filter(|session| session.is_preview))
            }
        }
    }
}

/// The room of a conversation: its result, which outlives it, or itself in a preview.
pub fn room_of(session: &Session) -> &str {
    session
        .result_id
        .as_ref()
        .map_or(session.id.as_str(), ResultId::as_str)
}
