//! The way to the repositories: a transaction, or a reader.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use tokio::sync::Notify;

use crate::error::{Context, Result, StoreError};
use crate::executor::Executor;
use crate::repository::*;

/// What a repository works on; its inside is the store's own.
pub struct Connection<'c>(pub(crate) Executor<'c>);

/// One repository for each noun.
pub trait Repositories {
    /// What the repositories work on.
    fn connection(&self) -> Connection<'_>;

    /// Workspaces.
    fn workspaces(&self) -> Workspaces<'_> {
        Workspaces(self.connection().0)
    }

    /// People.
    fn users(&self) -> Users<'_> {
        Users(self.connection().0)
    }

    /// Accounts at other issuers that people sign in with.
    fn accounts(&self) -> Accounts<'_> {
        Accounts(self.connection().0)
    }

    /// Who is signed in.
    fn auth_sessions(&self) -> AuthSessions<'_> {
        AuthSessions(self.connection().0)
    }

    /// Who belongs to a workspace.
    fn members(&self) -> Members<'_> {
        Members(self.connection().0)
    }

    /// Invitations to workspaces and bots.
    fn invitations(&self) -> Invitations<'_> {
        Invitations(self.connection().0)
    }

    /// Folders of bots.
    fn folders(&self) -> Folders<'_> {
        Folders(self.connection().0)
    }

    /// The changes of drafts.
    fn edits(&self) -> Edits<'_> {
        Edits(self.connection().0)
    }

    /// Who works on one bot.
    fn collaborators(&self) -> Collaborators<'_> {
        Collaborators(self.connection().0)
    }

    /// Looks that workspaces keep.
    fn theme_templates(&self) -> ThemeTemplates<'_> {
        ThemeTemplates(self.connection().0)
    }

    /// Domains of workspaces.
    fn custom_domains(&self) -> CustomDomains<'_> {
        CustomDomains(self.connection().0)
    }

    /// Blocks that are installed.
    fn installed_blocks(&self) -> InstalledBlocks<'_> {
        InstalledBlocks(self.connection().0)
    }

    /// What blocks sent, on behalf of all workspaces.
    fn egress_log(&self) -> EgressLog<'_> {
        EgressLog(self.connection().0)
    }

    /// What happened and may be asked for later.
    fn audit_log(&self) -> AuditLog<'_> {
        AuditLog(self.connection().0)
    }

    /// Tokens that programs call the API with.
    fn api_tokens(&self) -> ApiTokens<'_> {
        ApiTokens(self.connection().0)
    }

    /// Accounts elsewhere, and their sealed secrets.
    fn credentials(&self) -> Credentials<'_> {
        Credentials(self.connection().0)
    }

    /// What is known of tokens that someone signed in for.
    fn oauth_grants(&self) -> OauthGrants<'_> {
        OauthGrants(self.connection().0)
    }

    /// Sign-ins elsewhere that are under way.
    fn oauth_sign_ins(&self) -> OauthSignIns<'_> {
        OauthSignIns(self.connection().0)
    }

    /// What secrets are sealed with.
    fn data_keys(&self) -> DataKeys<'_> {
        DataKeys(self.connection().0)
    }

    /// Bots and their drafts.
    fn bots(&self) -> Bots<'_> {
        Bots(self.connection().0)
    }

    /// Versions of bots.
    fn versions(&self) -> Versions<'_> {
        Versions(self.connection().0)
    }

    /// Running conversations.
    fn sessions(&self) -> Sessions<'_> {
        Sessions(self.connection().0)
    }

    /// What conversations leave behind.
    fn results(&self) -> Results<'_> {
        Results(self.connection().0)
    }

    /// Accepted answers.
    fn answers(&self) -> Answers<'_> {
        Answers(self.connection().0)
    }

    /// Log lines of conversations.
    fn logs(&self) -> Logs<'_> {
        Logs(self.connection().0)
    }

    /// Edges taken off the default path.
    fn visited_edges(&self) -> VisitedEdges<'_> {
        VisitedEdges(self.connection().0)
    }

    /// Changes of variables.
    fn variable_history(&self) -> VariableHistory<'_> {
        VariableHistory(self.connection().0)
    }

    /// What conversations can be replayed from.
    fn journal(&self) -> Journal<'_> {
        Journal(self.connection().0)
    }

    /// Requests that are told apart by a key when they are sent again.
    fn idempotency_keys(&self) -> IdempotencyKeys<'_> {
        IdempotencyKeys(self.connection().0)
    }

    /// What was installed when conversations were recorded.
    fn catalogs(&self) -> Catalogs<'_> {
        Catalogs(self.connection().0)
    }

    /// Files that visitors send.
    fn files(&self) -> Files<'_> {
        Files(self.connection().0)
    }

    /// Files that nobody needs any more, of all workspaces.
    fn stale_files(&self) -> StaleFiles<'_> {
        StaleFiles(self.connection().0)
    }

    /// Messages that wait for conversations.
    fn listener_messages(&self) -> ListenerMessages<'_> {
        ListenerMessages(self.connection().0)
    }

    /// Work that is done beside the conversations.
    fn jobs(&self) -> Jobs<'_> {
        Jobs {
            connection: self.connection().0,
            enqueued: None,
        }
    }

    /// The workers' side of all workspaces' jobs.
    fn job_queue(&self) -> JobQueue<'_> {
        JobQueue(self.connection().0)
    }

    /// Where events are delivered to.
    fn webhook_endpoints(&self) -> WebhookEndpoints<'_> {
        WebhookEndpoints(self.connection().0)
    }

    /// Small values that blocks keep between calls.
    fn block_values(&self) -> BlockValues<'_> {
        BlockValues(self.connection().0)
    }

    /// The keys of mails that blocks sent.
    fn sent_mails(&self) -> SentMails<'_> {
        SentMails(self.connection().0)
    }

    /// Where blocks' webhooks are reached from outside.
    fn block_webhooks(&self) -> BlockWebhooks<'_> {
        BlockWebhooks(self.connection().0)
    }

    /// Removing what has been kept long enough.
    fn retention(&self) -> Retention<'_> {
        Retention(self.connection().0)
    }

    /// What a visitor reaches, who belongs to no workspace.
    fn visitors(&self) -> Visitors<'_> {
        Visitors(self.connection().0)
    }
}

/// One transaction; dropped without [`Tx::commit`], it leaves no trace.
pub struct Tx {
    inner: DatabaseTransaction,
    /// Jobs may have been added: whoever hands them over is woken after the commit.
    has_jobs: AtomicBool,
    enqueued: Enqueued,
    jobs_added: Arc<Notify>,
}

impl Tx {
    /// Makes everything that was written durable.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await.during("committing")?;
        if self.has_jobs.into_inner() {
            self.jobs_added.notify_one();
            self.enqueued.count();
        }
        Ok(())
    }
}

impl Repositories for Tx {
    fn connection(&self) -> Connection<'_> {
        Connection(Executor::Writes(DatabaseExecutor::Transaction(&self.inner)))
    }

    fn jobs(&self) -> Jobs<'_> {
        self.has_jobs.store(true, Ordering::Relaxed);
        Jobs {
            connection: self.connection().0,
            enqueued: Some(&self.enqueued),
        }
    }
}

/// Reads outside of a transaction; writes through it are refused.
#[derive(Clone)]
pub struct Reader(pub(crate) DatabaseConnection);

impl Repositories for Reader {
    fn connection(&self) -> Connection<'_> {
        Connection(Executor::Reads(DatabaseExecutor::Connection(&self.0)))
    }
}

/// Begins transactions that write.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) connection: DatabaseConnection,
    pub(crate) jobs_added: Arc<Notify>,
}

impl Writer {
    pub(crate) async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = self.connection.begin_with_options(options).await;
        Ok(Tx {
            inner: begun.during("beginning a transaction")?,
            has_jobs: AtomicBool::new(false),
            enqueued: Enqueued::default(),
            jobs_added: Arc::clone(&self.jobs_added),
        })
    }

    /// Asks for something that only a database that takes writes gives.
    pub(crate) async fn ping(&self) -> Result<()> {
        let backend = self.connection.get_database_backend();
        let question = match backend {
            DbBackend::Postgres => "SELECT NOT pg_is_in_recovery() AS is_writable",
            _ => "SELECT COUNT(*) >= 0 AS is_writable FROM workspaces",
        };
        let answered = self
            .connection
            .query_one_raw(Statement::from_string(backend, question));
        let row = answered.await.during("asking whether it answers")?;
        let is_writable = row.map(|row| row.try_get::<bool>("", "is_writable"));
        match is_writable
            .transpose()
            .during("asking whether it answers")?
        {
            Some(true) => Ok(()),
            _ => Err(StoreError::ReadOnly),
        }
    }
}
