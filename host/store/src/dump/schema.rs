//! What a database consists of, as it says itself.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, Value};

use super::{DumpError, DumpResult};
use crate::error::{Context, Result};

/// Tables that are not copied, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    (
        "seaql_migrations",
        "says how far the schema is, which every database says for itself",
    ),
    (
        "_sqlx_migrations",
        "says the same of the queue that hands jobs over; the jobs are in a table of ours",
    ),
    (
        "oauth_sign_ins",
        "lasts ten minutes, and whoever is signing in would come back to the other server",
    ),
];

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in their order.
    pub columns: Vec<Column>,
    /// The names of the columns of its primary key.
    pub key: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub kind: Kind,
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of any length, JSON included.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Number,
    /// Yes or no.
    Boolean,
    /// Bytes.
    Bytes,
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A name as SQL takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tables to copy: each after those that its rows name.
pub(super) async fn tables(tx: &DatabaseTransaction) -> DumpResult<Vec<Table>> {
    let mut found = BTreeMap::new();
    for name in texts(tx, list(tx), []).await? {
        if LEFT_OUT.iter().any(|(left_out, _)| *left_out == name) {
            continue;
        }
        let table = Table {
            columns: columns(tx, &name).await?,
            key: texts(tx, key(tx), [name.clone().into()]).await?,
            name: name.clone(),
        };
        if table.key.is_empty() {
            let told = format!("The table {name} has no primary key: its rows have no order.");
            return Err(DumpError::Unfit(told));
        }
        let parents = texts(tx, parents(tx), [name.clone().into()]).await?;
        found.insert(name, (table, parents));
    }
    in_order(found)
}

fn in_order(mut found: BTreeMap<String, (Table, Vec<String>)>) -> DumpResult<Vec<Table>> {
    let mut ordered = Vec::with_capacity(found.len());
    while !found.is_empty() {
        let is_free = |name: &String, parents: &[String]| {
            let waits = |parent: &String| parent != name && found.contains_key(parent);
            !parents.iter().any(waits)
        };
        let free = found
            .iter()
            .find(|(name, (_, parents))| is_free(name, parents))
            .map(|(name, _)| name.clone());
        let next = free.and_then(|name| found.remove(&name));
        let Some((table, _)) = next else {
            let names: Vec<_> = found.into_keys().collect();
            let told = format!("The tables {} name each other.", names.join(", "));
            return Err(DumpError::Unfit(told));
        };
        ordered.push(table);
    }
    Ok(ordered)
}

/// How far the schema is: the names of its migrations.
pub(super) async fn migrations(tx: &DatabaseTransaction) -> Result<Vec<String>> {
    let all = "SELECT version FROM seaql_migrations ORDER BY version";
    texts(tx, all, []).await
}

fn is_postgres(tx: &DatabaseTransaction) -> bool {
    tx.get_database_backend() == DbBackend::Postgres
}

fn list(tx: &DatabaseTransaction) -> &'static str {
    if is_postgres(tx) {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' \
         ESCAPE '\\' ORDER BY name"
    }
}

fn key(tx: &DatabaseTransaction) -> &'static str {
    if is_postgres(tx) {
        "SELECT CAST(a.attname AS TEXT) FROM pg_index i \
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) \
         WHERE i.indrelid = CAST(quote_ident($1) AS regclass) AND i.indisprimary \
         ORDER BY array_position(CAST(i.indkey AS int2[]), a.attnum)"
    } else {
        "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
    }
}

fn parents(tx: &DatabaseTransaction) -> &'static str {
    if is_postgres(tx) {
        "SELECT DISTINCT CAST(p.relname AS TEXT) FROM pg_constraint c \
         JOIN pg_class p ON p.oid = c.confrelid \
         WHERE c.contype = 'f' AND c.conrelid = CAST(quote_ident($1) AS regclass)"
    } else {
        "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?)"
    }
}

async fn columns(tx: &DatabaseTransaction, table: &str) -> DumpResult<Vec<Column>> {
    let sql = if is_postgres(tx) {
        "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
    } else {
        "SELECT name, type FROM pragma_table_info(?) ORDER BY cid"
    };
    let rows = query(tx, sql, [table.into()]).await?;
    let mut columns = Vec::with_capacity(rows.len());
    for row in rows {
        let text = |index| row.try_get_by_index::<String>(index);
        let (name, declared) = (text(0), text(1));
        let name = name.during("reading the schema")?;
        let declared = declared.during("reading the schema")?;
        let Some(kind) = kind(&declared) else {
            let told = format!("{table}.{name} is of the type {declared}, which is not copied.");
            return Err(DumpError::Unfit(told));
        };
        columns.push(Column { name, kind });
    }
    Ok(columns)
}

/// PostgreSQL's names of types, and whatever SQLite's columns were declared as.
fn kind(declared: &str) -> Option<Kind> {
    let declared = declared.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if has(&["bool"]) {
        Some(Kind::Boolean)
    } else if has(&["int"]) {
        Some(Kind::Integer)
    } else if has(&["char", "text"]) {
        Some(Kind::Text)
    } else if has(&["blob", "bytea"]) {
        Some(Kind::Bytes)
    } else if has(&["real", "double", "float"]) {
        Some(Kind::Number)
    } else {
        None
    }
}

pub(super) async fn texts(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<String>> {
    let rows = query(tx, sql, values).await?;
    let texts = rows.iter().map(|row| row.try_get_by_index(0));
    texts.collect::<Result<_, _>>().during("reading the schema")
}

async fn query(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.query_all_raw(statement)
        .await
        .during("reading the schema")
}
