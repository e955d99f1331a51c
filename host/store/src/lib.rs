//! Repositories over SQLite and PostgreSQL.
//!
//! One repository for each noun, reached through one transaction: `store.begin()`, then
//! `tx.bots().find(workspace, id)`, then `tx.commit()`. Nothing of the database's library leaves
//! this crate. Times and ids are arguments.

mod away;
mod bulk;
mod connect;
pub mod dump;
mod entity;
pub mod error;
mod executor;
pub mod ids;
mod inspect;
mod patience;
#[cfg(test)]
mod plans;
pub mod repository;
mod roles;
pub mod schema;
mod transaction;
mod turns;
mod watch;

pub use connect::{Database, StoreOptions};
pub use entity::account::Model as Account;
pub use entity::answer::Model as Answer;
pub use entity::api_token::Model as ApiToken;
pub use entity::audit_entry::Model as AuditEntry;
pub use entity::auth_session::Model as AuthSession;
pub use entity::block_event::Model as BlockEvent;
pub use entity::block_grant::Model as BlockGrant;
pub use entity::block_off::Model as BlockOff;
pub use entity::bot::Model as Bot;
pub use entity::collaborator::Model as Collaborator;
pub use entity::credential::Model as Credential;
pub use entity::credential_secret::Model as CredentialSecret;
pub use entity::custom_domain::Model as CustomDomain;
pub use entity::data_key::Model as DataKey;
pub use entity::edit::Model as Edit;
pub use entity::egress_entry::Model as EgressEntry;
pub use entity::file::Model as StoredFile;
pub use entity::folder::Model as Folder;
pub use entity::idempotency_key::Model as IdempotencyKey;
pub use entity::installed_block::Model as InstalledBlock;
pub use entity::invitation::Model as Invitation;
pub use entity::job::Model as Job;
pub use entity::journal_entry::Model as JournalEntry;
pub use entity::listener_message::Model as ListenerMessage;
pub use entity::log::Model as Log;
pub use entity::member::Model as Member;
pub use entity::oauth_grant::Model as OauthGrant;
pub use entity::oauth_sign_in::Model as OauthSignIn;
pub use entity::result::Model as ConversationResult;
pub use entity::session::Model as Session;
pub use entity::theme_template::Model as ThemeTemplate;
pub use entity::user::Model as User;
pub use entity::variable_change::Model as VariableChange;
pub use entity::version::Model as Version;
pub use entity::visited_edge::Model as VisitedEdge;
pub use entity::webhook_address::Model as WebhookAddress;
pub use entity::webhook_endpoint::Model as WebhookEndpoint;
pub use entity::workspace::Model as Workspace;
pub use error::{Result, StoreError};
pub use ids::{
    AuthSessionId, BlockId, BotId, CredentialId, EndpointId, FolderId, InvitationId, JobId,
    ResultId, SessionId, ThemeTemplateId, TokenId, UserId, VersionId, WorkspaceId,
};
pub use inspect::Inspection;
pub use patience::patiently;
pub use repository::{Advance, Owner};
pub use roles::{Access, Role};
pub use transaction::{Connection, Reader, Repositories, Tx};
pub use turns::{Listened, SessionWrite, TurnWrite};
pub use watch::{COMMIT_TURNS, Connections, JOBS};

use transaction::Writer;

/// The database: cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    reader: Reader,
    turns: turns::Turns,
    /// The connections of [`Store::turns`], where they are others than the writer's.
    turn_pool: Option<sea_orm::sqlx::PgPool>,
}

impl Store {
    /// Opens the database with the default options and brings its schema up to date.
    pub async fn open(database: &Database) -> Result<Self> {
        Self::open_with(database, StoreOptions::default()).await
    }

    /// Opens the database and brings its schema up to date.
    pub async fn open_with(database: &Database, options: StoreOptions) -> Result<Self> {
        let pools = connect::open(database, options).await?;
        let writer = Writer {
            connection: pools.writer,
            jobs_added: std::sync::Arc::default(),
        };
        let turns = turns::start(writer.clone(), pools.turns.clone());
        Ok(Self {
            writer,
            reader: Reader(pools.reader),
            turns,
            turn_pool: pools.turns,
        })
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Tx> {
        self.writer.begin().await
    }

    /// Reads outside of a transaction, beside whoever writes.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Returns when a transaction of this process that may have added jobs was committed, since
    /// this was last awaited. There is one who waits: the one who hands jobs over.
    pub async fn jobs_added(&self) {
        self.writer.jobs_added.notified().await;
    }

    /// Asks the database whether it answers and takes writes.
    pub async fn ping(&self) -> Result<()> {
        self.writer.ping().await
    }

    /// Closes the connections, after the transactions that are under way.
    pub async fn close(&self) {
        // All that was acknowledged is committed: a failure here loses nothing.
        let _ = self.reader.0.close_by_ref().await;
        let _ = self.writer.connection.close_by_ref().await;
        if let Some(pool) = &self.turn_pool {
            pool.close().await;
        }
    }
}
