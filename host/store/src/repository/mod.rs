//! One repository for each noun.
//!
//! Every finder takes the workspace: another workspace's row answers as a missing one. The doors
//! without it are [`Visitors`], [`ApiTokens::owner`], [`BlockWebhooks::by_secret`], [`StaleFiles`], [`Retention`],
//! [`JobQueue`], which is the workers' side of all jobs, [`OauthSignIns`], which a browser finds by
//! a state that nobody guesses, and what [`DataKeys`], [`Credentials`] and [`WebhookEndpoints`] offer
//! to change keys, which concerns the whole installation. [`InstalledBlocks`] are the installation's,
//! and [`EgressLog`] is read by whoever answers for all of it. Writes of conversations take many rows at once,
//! because the turns of many conversations share a transaction.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};

use crate::{ResultId, WorkspaceId};

mod accounts;
mod answers;
mod api_tokens;
mod audit_log;
mod auth_sessions;
mod block_uses;
mod block_values;
mod block_webhooks;
mod bots;
mod catalogs;
mod collaborators;
mod credentials;
mod custom_domains;
mod data_keys;
mod edits;
mod egress_log;
mod files;
mod folders;
mod idempotency_keys;
mod installed_blocks;
mod invitations;
mod job_queue;
mod jobs;
mod journal;
mod listener_messages;
mod logs;
mod members;
mod oauth_grants;
mod oauth_sign_ins;
mod removal;
mod results;
mod retention;
mod sent_mails;
mod sessions;
mod stale_files;
mod theme_templates;
mod users;
mod variable_history;
mod versions;
mod visited_edges;
mod visitors;
mod webhook_endpoints;
mod workspaces;

pub use accounts::Accounts;
pub use answers::{Answers, NewAnswer};
pub use api_tokens::{ApiTokens, NewApiToken};
pub use audit_log::{AuditLog, NewAuditEntry};
pub use auth_sessions::{AuthSessions, NewAuthSession};
pub use block_uses::BlockUser;
pub use block_values::{BlockValues, ValuePlace};
pub use block_webhooks::BlockWebhooks;
pub use bots::{BotFlags, Bots, Draft, NewBot};
pub use catalogs::Catalogs;
pub use collaborators::Collaborators;
pub use credentials::{Credentials, NewCredential, Resealed, RetiredSecret};
pub use custom_domains::CustomDomains;
pub use data_keys::{CANARY, DataKeys, NewDataKey, Owner};
pub use edits::{Edits, NewEdit};
pub use egress_log::{EgressFilter, EgressLog, NewEgressEntry};
pub use files::{Files, NewFile};
pub use folders::Folders;
pub use idempotency_keys::IdempotencyKeys;
pub use installed_blocks::{InstalledBlocks, NewBlock, block_state};
pub use invitations::{Invitations, NewInvitation};
pub use job_queue::{Beat, Claimed, JobQueue, Lost, Outcome, Pulse, Standing, Taken, Verdict};
pub(crate) use jobs::Enqueued;
pub use jobs::{JobFilter, Jobs, NewJob, Priority, state};
pub use journal::{Journal, TurnMark};
pub use listener_messages::{ListenerMessages, NewMessage, Waiting};
pub use logs::{Logs, NewLog};
pub use members::Members;
pub use oauth_grants::OauthGrants;
pub use oauth_sign_ins::OauthSignIns;
pub use results::{ResultFilter, ResultPlace, ResultState, Results};
pub use retention::Retention;
pub use sent_mails::SentMails;
pub use sessions::{Advance, Sessions};
pub use stale_files::{StaleFiles, StaleSince};
pub use theme_templates::ThemeTemplates;
pub use users::{NewUser, Users};
pub use variable_history::VariableHistory;
pub use versions::{NewVersion, Versions};
pub use visited_edges::VisitedEdges;
pub use visitors::{Published, Visitors};
pub use webhook_endpoints::{EndpointWish, NewEndpoint, WebhookEndpoints};
pub use workspaces::{Limits, Workspaces};

/// The result's id where the workspace owns it, else nothing.
fn of_workspace(workspace: &WorkspaceId, result: &ResultId) -> SelectStatement {
    Query::select()
        .column("id")
        .from("results")
        .and_where(Expr::col("id").eq(result.as_str()))
        .and_where(Expr::col("workspace_id").eq(workspace.as_str()))
        .to_owned()
}
