//! Inserts and updates of many rows in few statements.
//!
//! Rows go in chunks of few sizes: some dozen texts for each table, so that all of them stay
//! prepared, and mostly one statement a table, since each is a way to the database and back.

use std::fmt::Write as _;

use crate::executor::Executor;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

/// Chunks up to this size have a text of their own.
const SMALL_CHUNK: usize = 32;
const LARGEST_CHUNK: usize = 64;

/// A statement around a list of rows: `head VALUES (…), (…) tail`.
pub(crate) struct Bulk {
    pub(crate) head: &'static str,
    pub(crate) columns: &'static [Cast],
    pub(crate) tail: &'static str,
}

/// What PostgreSQL has to be told of a value that stands in a list without a table.
#[derive(Clone, Copy)]
pub(crate) enum Cast {
    /// Nothing: the table's column says it.
    None,
    Text,
    BigInt,
}

/// The columns of an insert.
pub(crate) const fn plain<const N: usize>() -> [Cast; N] {
    [Cast::None; N]
}

impl Bulk {
    /// Runs the statement over all rows.
    pub(crate) async fn execute(
        &self,
        connection: &Executor<'_>,
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<(), DbErr> {
        for statement in self.statements(connection, rows) {
            connection.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Runs the statement over all rows and gives what it returns.
    pub(crate) async fn query(
        &self,
        connection: &Executor<'_>,
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut returned = Vec::new();
        for statement in self.statements(connection, rows) {
            returned.extend(connection.query_all_raw(statement).await?);
        }
        Ok(returned)
    }

    fn statements(
        &self,
        connection: &Executor<'_>,
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Vec<Statement> {
        let backend = connection.get_database_backend();
        let mut rows: Vec<_> = rows.collect();
        let mut statements = Vec::new();
        while !rows.is_empty() {
            let size = chunk_size(rows.len());
            let values = rows.drain(..size).flatten();
            statements.push(Statement::from_sql_and_values(
                backend,
                self.text(size, backend),
                values,
            ));
        }
        statements
    }

    fn text(&self, rows: usize, backend: DbBackend) -> String {
        let mut sql = String::with_capacity(128 + rows * self.columns.len() * 6);
        sql.push_str(self.head);
        sql.push_str(" VALUES ");
        let mut number = 0;
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for (column, cast) in self.columns.iter().enumerate() {
                number += 1;
                let comma = if column == 0 { "" } else { ", " };
                // SQLite looks numbered placeholders up one by one: plain ones are quicker.
                let place = match backend {
                    DbBackend::Postgres => format_args!("${number}"),
                    _ => format_args!("?"),
                };
                // Writing to a String cannot fail.
                let _ = match cast {
                    Cast::None => write!(sql, "{comma}{place}"),
                    Cast::Text => write!(sql, "{comma}CAST({place} AS TEXT)"),
                    Cast::BigInt => write!(sql, "{comma}CAST({place} AS BIGINT)"),
                };
            }
            sql.push(')');
        }
        sql.push_str(self.tail);
        sql
    }
}

fn chunk_size(rows: usize) -> usize {
    if rows >= LARGEST_CHUNK {
        LARGEST_CHUNK
    } else {
        rows.min(SMALL_CHUNK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_come_in_few_lengths() {
        let sizes: Vec<_> = (1..=130).map(chunk_size).collect();
        assert_eq!(
            (sizes[0], sizes[30], sizes[31], sizes[62], sizes[129]),
            (1, 31, 32, 32, 64)
        );
    }

    #[test]
    fn placeholders_are_numbered_through_where_they_have_numbers() {
        let bulk = Bulk {
            head: "INSERT INTO t (a, b)",
            columns: &[Cast::None, Cast::BigInt],
            tail: " ON CONFLICT DO NOTHING",
        };
        assert_eq!(
            bulk.text(2, DbBackend::Postgres),
            "INSERT INTO t (a, b) VALUES ($1, CAST($2 AS BIGINT)), ($3, CAST($4 AS BIGINT)) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            bulk.text(1, DbBackend::Sqlite),
            "INSERT INTO t (a, b) VALUES (?, CAST(? AS BIGINT)) ON CONFLICT DO NOTHING"
        );
    }
}
