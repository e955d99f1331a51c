//! Where a message waits: with a result, or with a preview's conversation.

use serde::{Deserialize, Serialize};
use talkloom_store::{Repositories, ResultId, Session, SessionId, StoreError};

use crate::App;

/// A conversation's room, as pages and programs name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Room {
    /// A result's, which no one guesses.
    #[serde(rename = "r")]
    Result(ResultId),
    /// A preview's.
    #[serde(rename = "s")]
    Preview(SessionId),
}

impl Room {
    /// A conversation's room; without a result it is a preview.
    pub fn of(session: &SessionId, result: Option<&ResultId>) -> Self {
        match result {
            Some(result) => Self::Result(result.clone()),
            None => Self::Preview(session.clone()),
        }
    }

    /// The room's name.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Result(result) => result.as_str(),
            Self::Preview(session) => session.as_str(),
        }
    }

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
