//! The one way of statements to the database.
//!
//! PostgreSQL refuses texts with the character NUL, which visitors may send. So that an answer is
//! never lost over it, and both databases keep the same, it is stored as U+FFFD, the sign for what
//! cannot be shown. A document or a state holds it as JSON's escape and comes back as it was.

use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value,
};

/// What statements run on.
pub(crate) enum Executor<'c> {
    /// A transaction.
    Writes(DatabaseExecutor<'c>),
    /// A pool that is only read from. SQLite has one of its own for that; PostgreSQL has not.
    Reads(DatabaseExecutor<'c>),
}

impl Executor<'_> {
    fn any(&self) -> &DatabaseExecutor<'_> {
        let (Self::Writes(executor) | Self::Reads(executor)) = self;
        executor
    }

    fn writing(&self) -> Result<&DatabaseExecutor<'_>, DbErr> {
        match self {
            Self::Writes(executor) => Ok(executor),
            Self::Reads(_) => Err(DbErr::Custom("a reader does not write".to_owned())),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Executor<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.any().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.writing()?.execute_raw(without_nul(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.writing()?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.any().query_one_raw(without_nul(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.any().query_all_raw(without_nul(statement)).await
    }
}

fn without_nul(mut statement: Statement) -> Statement {
    for value in statement.values.iter_mut().flat_map(|values| &mut values.0) {
        if let Value::String(Some(text)) = value
            && text.contains('\0')
        {
            *text = text.replace('\0', "\u{fffd}");
        }
    }
    statement
}
