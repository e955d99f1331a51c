//! What endpoints are told: thin events, which name what they are about and hold no answers.

use serde::Serialize;
use talkloom_engine::datetime::iso;
use talkloom_store::repository::NewJob;
use talkloom_store::{BotId, EndpointId, ResultId, VersionId, WorkspaceId};

use crate::jobs::kinds::DeliverWebhook;
use crate::{Clock, Entropy};

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A conversation began that leaves a result.
    ResultCreated,
    /// A conversation came to its end, with at least one answer.
    ResultCompleted,
    /// A version of a bot went live.
    BotPublished,
}

impl EventKind {
    /// All there are.
    pub const ALL: [Self; 3] = [
        Self::ResultCreated,
        Self::ResultCompleted,
        Self::BotPublished,
    ];

    /// Its name, which never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResultCreated => "result.created",
            Self::ResultCompleted => "result.completed",
            Self::BotPublished => "bot.published",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The kinds in a stored list; names of other releases are passed over.
pub fn kinds_of(events: &str) -> Vec<EventKind> {
    let names: Vec<String> = serde_json::from_str(events).unwrap_or_default();
    let kinds = names.iter().filter_map(|name| EventKind::named(name));
    kinds.collect()
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'e> {
    /// A conversation began.
    ResultCreated(&'e BotId, &'e ResultId),
    /// A conversation came to its end.
    ResultCompleted(&'e BotId, &'e ResultId),
    /// A version went live.
    BotPublished(&'e BotId, &'e VersionId),
}

#[derive(Serialize)]
struct Body<'b> {
    r#type: &'b str,
    timestamp: String,
    data: Data<'b>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'b> {
    workspace_id: &'b WorkspaceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_id: Option<&'b BotId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_id: Option<&'b ResultId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'b VersionId>,
}

impl Event<'_> {
    /// What happened.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::ResultCreated(..) => EventKind::ResultCreated,
            Self::ResultCompleted(..) => EventKind::ResultCompleted,
            Self::BotPublished(..) => EventKind::BotPublished,
        }
    }

    /// The bot that it happened to.
    pub fn bot(&self) -> &BotId {
        match self {
            Self::ResultCreated(bot, _)
            | Self::ResultCompleted(bot, _)
            | Self::BotPublished(bot, _) => bot,
        }
    }

    fn subject(&self) -> &str {
        match self {
            Self::ResultCreated(_, id) | Self::ResultCompleted(_, id) => id.as_str(),
            Self::BotPublished(_, id) => id.as_str(),
        }
    }

    /// The job that delivers it to an endpoint. Two turns may tell of one end: it is one job.
    pub fn job(
        &self,
        workspace: &WorkspaceId,
        endpoint: &EndpointId,
        clock: &Clock,
        entropy: &Entropy,
    ) -> NewJob {
        let delivery = DeliverWebhook {
            endpoint: endpoint.clone(),
            body: self.body(workspace, clock.now_ms()),
        };
        let (name, subject) = (self.kind().name(), self.subject());
        NewJob {
            dedup_key: Some(format!("{name}:{subject}:{endpoint}")),
            ..delivery.new_job(clock, entropy)
        }
    }

    fn body(&self, workspace: &WorkspaceId, now_ms: i64) -> String {
        let (result_id, version_id) = match *self {
            Self::ResultCreated(_, id) | Self::ResultCompleted(_, id) => (Some(id), None),
            Self::BotPublished(_, id) => (None, Some(id)),
        };
        let data = Data {
            workspace_id: workspace,
            bot_id: Some(self.bot()),
            result_id,
            version_id,
        };
        body(self.kind().name(), data, now_ms)
    }
}

/// An event that says nothing but that it arrives.
pub fn test_body(workspace: &WorkspaceId, now_ms: i64) -> String {
    let data = Data {
        workspace_id: workspace,
        bot_id: None,
        result_id: None,
        version_id: None,
    };
    body("webhook.test", data, now_ms)
}

fn body(r#type: &str, data: Data<'_>, now_ms: i64) -> String {
    let timestamp = iso(now_ms);
    let body = Body {
        r#type,
        timestamp,
        data,
    };
    serde_json::to_string(&body).expect("an event's fields are plain data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_what_it_is_about() {
        let (bot, result) = (BotId("b1".into()), ResultId("r1".into()));
        let event = Event::ResultCompleted(&bot, &result);
        let told = event.body(&WorkspaceId("w1".into()), 1_767_225_600_000);
        assert_eq!(
            told,
            r#"{"type":"result.completed","timestamp":"2026-01-01T00:00:00.000Z","data":{"workspaceId":"w1","botId":"b1","resultId":"r1"}}"#
        );
    }

    #[test]
    fn names_lead_back_to_their_kinds() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::named(kind.name()), Some(kind));
        }
        assert_eq!(
            kinds_of(r#"["bot.published","of.tomorrow"]"#),
            [EventKind::BotPublished]
        );
    }
}
