//! What can be listened to.

use talkloom_store::{BotId, JobId, WorkspaceId};

/// Something that processes tell each other about. The names are stable: processes of different
/// versions run side by side while a server is updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// A message waits for the conversation of this room: a result, or a preview's session.
    Room(String),
    /// Results of a bot changed; the payload is a [`super::ResultChanged`].
    Results(BotId),
    /// A job went on; the payload is a [`crate::jobs::JobEvent`].
    Job(JobId),
    /// A job of the workspace went on, or of the installation; the payload is the same.
    Jobs(Option<WorkspaceId>),
    /// A workspace's webhook endpoints changed; the payload is its id.
    Webhooks,
    /// Something was done to installed blocks.
    Blocks,
    /// A bot was edited.
    Edits(BotId),
    /// Somebody looks at a bot in the builder, moves there, or leaves.
    Presence(BotId),
}

impl Topic {
    /// The name that processes agree on.
    pub fn name(&self) -> String {
        match self {
            Self::Room(room) => format!("room:{room}"),
            Self::Results(bot) => format!("results:{bot}"),
            Self::Job(job) => format!("job:{job}"),
            Self::Jobs(Some(workspace)) => format!("jobs:{workspace}"),
            Self::Jobs(None) => "jobs".to_owned(),
            Self::Webhooks => "webhooks".to_owned(),
            Self::Blocks => "blocks".to_owned(),
            Self::Edits(bot) => format!("edits:{bot}"),
            Self::Presence(bot) => format!("presence:{bot}"),
        }
    }

    /// Messages that wait for a slow subscriber; one who lags further behind is told.
    pub(super) fn queue(&self) -> usize {
        match self {
            // Only that something happened counts: the subscriber reads the rest.
            Self::Room(_) | Self::Blocks => 1,
            Self::Job(_) => 8,
            Self::Results(_)
            | Self::Jobs(_)
            | Self::Webhooks
            | Self::Edits(_)
            | Self::Presence(_) => 64,
        }
    }
}
