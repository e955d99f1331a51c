//! Reads all rows as they were at one moment, while others write.

use std::fmt::Write as _;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, IsolationLevel, QueryResult,
    Statement, TransactionOptions, TransactionTrait, Value,
};
use serde_json::Map;

use super::schema::{self, Table, quoted};
use super::{DumpResult, value};
use crate::Store;
use crate::error::{Context, Result};

/// What a page should come to in bytes: rows of documents are large, rows of edges small.
const PAGE_BYTES: usize = 2 << 20;
const MOST_ROWS: usize = 2_000;
const FIRST_ROWS: usize = 50;

/// All rows as they were at one moment.
pub struct Snapshot {
    tx: DatabaseTransaction,
    tables: Vec<Table>,
    migrations: Vec<String>,
}

/// Some rows of a table, and where the next page begins.
#[derive(Debug, Default)]
pub struct Page {
    /// A line of JSON for each row.
    pub lines: Vec<u8>,
    /// How many there are; none after the last page.
    pub rows: usize,
    last_key: Vec<Value>,
}

impl Store {
    /// Begins to read all rows as they are now.
    pub async fn snapshot(&self) -> DumpResult<Snapshot> {
        let reader = &self.reader().0;
        let is_postgres = reader.get_database_backend() == DbBackend::Postgres;
        // A reading transaction of SQLite sees one moment in any case.
        let options = TransactionOptions {
            isolation_level: is_postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: is_postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        let begun = reader.begin_with_options(options).await;
        let tx = begun.during("beginning to read")?;
        // The first question fixes the moment.
        let migrations = schema::migrations(&tx).await?;
        Ok(Snapshot {
            tables: schema::tables(&tx).await?,
            migrations,
            tx,
        })
    }
}

impl Snapshot {
    /// The tables, each after those that its rows name.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// How far the schema is: the names of its migrations.
    pub fn migrations(&self) -> &[String] {
        &self.migrations
    }

    /// What kind of database this is.
    pub fn database(&self) -> &'static str {
        match self.tx.get_database_backend() {
            DbBackend::Postgres => "PostgreSQL",
            _ => "SQLite",
        }
    }

    /// The rows of a table that follow a page of so many bytes, in the order of its key. Begin with
    /// none.
    pub async fn page(&self, table: &Table, before: Option<(&Page, usize)>) -> Result<Page> {
        let limit = before.map_or(FIRST_ROWS, |(page, bytes)| next_limit(page.rows, bytes));
        let after = before.map(|(page, _)| page.last_key.clone());
        let backend = self.tx.get_database_backend();
        let sql = select(table, after.is_some(), limit, backend);
        let values = after.unwrap_or_default();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.tx.query_all_raw(statement).await;
        let rows = rows.during("reading rows")?;
        let mut page = Page {
            rows: rows.len(),
            ..Page::default()
        };
        for (place, row) in rows.iter().enumerate() {
            let is_last = place + 1 == rows.len();
            page.add(table, row, is_last).during("reading rows")?;
        }
        Ok(page)
    }
}

impl Page {
    fn add(
        &mut self,
        table: &Table,
        row: &QueryResult,
        is_last: bool,
    ) -> Result<(), sea_orm::DbErr> {
        let mut object = Map::new();
        for (index, column) in table.columns.iter().enumerate() {
            let (json, value) = value::read(row, index, column.kind)?;
            object.insert(column.name.clone(), json);
            if is_last && table.key.contains(&column.name) {
                self.last_key.push(value);
            }
        }
        if is_last {
            self.last_key = in_key_order(table, std::mem::take(&mut self.last_key));
        }
        let line = serde_json::to_writer(&mut self.lines, &object);
        line.map_err(|error| sea_orm::DbErr::Json(error.to_string()))?;
        self.lines.push(b'\n');
        Ok(())
    }
}

/// Values came in the order of the columns, which need not be that of the key.
fn in_key_order(table: &Table, values: Vec<Value>) -> Vec<Value> {
    let columns = table.columns.iter().map(|column| &column.name);
    let named: Vec<_> = columns
        .filter(|name| table.key.contains(name))
        .zip(values)
        .collect();
    let find = |name: &String| named.iter().find(|(found, _)| *found == name);
    let ordered = table.key.iter().filter_map(find);
    ordered.map(|(_, value)| value.clone()).collect()
}

fn next_limit(rows: usize, bytes: usize) -> usize {
    let bytes_a_row = bytes / rows.max(1);
    (PAGE_BYTES / bytes_a_row.max(1)).clamp(1, MOST_ROWS)
}

fn select(table: &Table, goes_on: bool, limit: usize, backend: DbBackend) -> String {
    let columns: Vec<_> = table.columns.iter().map(value::selected).collect();
    let key: Vec<_> = table.key.iter().map(|name| quoted(name)).collect();
    let (columns, key) = (columns.join(", "), key.join(", "));
    let mut sql = format!("SELECT {columns} FROM {}", quoted(&table.name));
    if goes_on {
        let places: Vec<_> = (1..=table.key.len())
            .map(|number| match backend {
                DbBackend::Postgres => format!("${number}"),
                _ => "?".to_owned(),
            })
            .collect();
        // Writing to a String cannot fail.
        let _ = write!(sql, " WHERE ({key}) > ({})", places.join(", "));
    }
    let _ = write!(sql, " ORDER BY {key} LIMIT {limit}");
    sql
}
