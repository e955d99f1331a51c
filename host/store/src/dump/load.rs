//! Puts rows into a database: all of them in one transaction, or none.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};
use serde_json::{Map, Value as Json};
use talkloom_migrations::DEFAULT_WORKSPACE;

use super::schema::{self, Table, quoted, texts};
use super::{DumpError, DumpResult, value};
use crate::Store;
use crate::error::{Context, Result};

/// Both databases take more values than this in a statement.
const MOST_VALUES: usize = 20_000;
const MOST_ROWS: usize = 500;

/// Keys that seal something only together with rows of other tables: a server makes the first when
/// it starts.
const KEYS: &str = "data_keys";

/// A server notes the blocks that it came with when it starts.
const OWN_BLOCKS: [&str; 2] = ["block_grants", "block_events"];

/// Rows on their way in. Dropped without [`Load::commit`], it leaves no trace.
pub struct Load {
    tx: DatabaseTransaction,
    tables: Vec<Table>,
    migrations: Vec<String>,
}

impl Store {
    /// Begins to put rows in.
    pub async fn load(&self) -> DumpResult<Load> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = self.writer.connection.begin_with_options(options).await;
        let tx = begun.during("beginning to write")?;
        Ok(Load {
            tables: schema::tables(&tx).await?,
            migrations: schema::migrations(&tx).await?,
            tx,
        })
    }
}

impl Load {
    /// How far the schema is: the names of its migrations.
    pub fn migrations(&self) -> &[String] {
        &self.migrations
    }

    /// Whether there is nothing but what every fresh installation has.
    pub async fn is_fresh(&self) -> Result<bool> {
        let is_own = |name: &str| name == KEYS || OWN_BLOCKS.contains(&name);
        for table in self.tables.iter().filter(|table| !is_own(&table.name)) {
            let own = match table.name.as_str() {
                "installed_blocks" => " WHERE NOT is_first_party".to_owned(),
                "workspaces" => format!(" WHERE id <> '{DEFAULT_WORKSPACE}'"),
                _ => String::new(),
            };
            let name = quoted(&table.name);
            let sql = format!("SELECT 'found' FROM {name}{own} LIMIT 1");
            if !texts(&self.tx, &sql, []).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Deletes all rows, and makes ready for others: rows of one table may name each other, whichever
    /// comes first.
    pub async fn clear(&self) -> Result<()> {
        let names: Vec<_> = self
            .tables
            .iter()
            .map(|table| quoted(&table.name))
            .collect();
        if self.is_postgres() {
            // Tables that are left out may point at those that are replaced: their rows go too, as
            // they do on SQLite by their foreign keys.
            let sql = format!("TRUNCATE {} CASCADE", names.join(", "));
            self.execute(&sql).await?;
            return self
                .look_at_own_references("DEFERRABLE INITIALLY DEFERRED")
                .await;
        }
        for name in names.iter().rev() {
            self.execute(&format!("DELETE FROM {name}")).await?;
        }
        // Until the commit.
        self.execute("PRAGMA defer_foreign_keys = ON").await
    }

    /// When PostgreSQL looks at references from a table to itself. Changed and changed back within
    /// the transaction: nobody else ever sees it.
    async fn look_at_own_references(&self, when: &str) -> Result<()> {
        const OWN: &str = "SELECT 'ALTER TABLE ' || CAST(conrelid AS regclass) \
             || ' ALTER CONSTRAINT ' || quote_ident(conname) FROM pg_constraint \
             WHERE contype = 'f' AND conrelid = confrelid \
             AND connamespace = CAST(current_schema() AS regnamespace)";
        for alter in texts(&self.tx, OWN, []).await? {
            self.execute(&format!("{alter} {when}")).await?;
        }
        Ok(())
    }

    /// Puts rows in, a line of JSON for each; gives how many there were.
    pub async fn insert(&self, table: &str, lines: &[u8]) -> DumpResult<usize> {
        let Some(table) = self.tables.iter().find(|known| known.name == table) else {
            let told = format!("There is no table {table} in this database.");
            return Err(DumpError::Unfit(told));
        };
        let rows = serde_json::Deserializer::from_slice(lines).into_iter::<Map<String, Json>>();
        let rows: Result<Vec<_>, _> = rows.collect();
        let rows = rows.map_err(|_| unfit(table))?;
        let Some(first) = rows.first() else {
            return Ok(0);
        };
        let names: Vec<String> = first.keys().cloned().collect();
        let at_a_time = (MOST_VALUES / names.len().max(1)).clamp(1, MOST_ROWS);
        let count = rows.len();
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<_> = rows.by_ref().take(at_a_time).collect();
            if chunk.is_empty() {
                return Ok(count);
            }
            self.insert_chunk(table, &names, chunk).await?;
        }
    }

    async fn insert_chunk(
        &self,
        table: &Table,
        names: &[String],
        rows: Vec<Map<String, Json>>,
    ) -> DumpResult<()> {
        let keeps_nul = !self.is_postgres();
        let mut values: Vec<Value> = Vec::with_capacity(rows.len() * names.len());
        let count = rows.len();
        for mut row in rows {
            if row.len() != names.len() {
                return Err(unfit(table));
            }
            for name in names {
                let column = table.column(name).ok_or_else(|| unfit(table))?;
                let json = row.remove(name).ok_or_else(|| unfit(table))?;
                let value = value::parse(json, column.kind, keeps_nul);
                values.push(value.ok_or_else(|| unfit(table))?);
            }
        }
        let backend = self.tx.get_database_backend();
        let sql = insertion(table, names, count, backend);
        let statement = Statement::from_sql_and_values(backend, sql, values);
        self.tx
            .execute_raw(statement)
            .await
            .during("putting rows in")?;
        Ok(())
    }

    /// Makes everything durable; new rows are numbered after those that were put in.
    pub async fn commit(self) -> Result<()> {
        if self.is_postgres() {
            self.set_sequences().await?;
            self.execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
            self.look_at_own_references("NOT DEFERRABLE").await?;
        }
        self.tx.commit().await.during("committing")
    }

    async fn set_sequences(&self) -> Result<()> {
        const NUMBERED: &str = "SELECT 'SELECT setval(' \
             || quote_literal(pg_get_serial_sequence(quote_ident(table_name), column_name)) \
             || ', COALESCE(MAX(' || quote_ident(column_name) || '), 0) + 1, false) FROM ' \
             || quote_ident(table_name) \
             FROM information_schema.columns WHERE table_schema = current_schema() \
             AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL";
        for sql in texts(&self.tx, NUMBERED, []).await? {
            self.execute(&sql).await?;
        }
        Ok(())
    }

    fn is_postgres(&self) -> bool {
        self.tx.get_database_backend() == DbBackend::Postgres
    }

    async fn execute(&self, sql: &str) -> Result<()> {
        let done = self.tx.execute_unprepared(sql).await;
        done.during("preparing for rows").map(drop)
    }
}

fn unfit(table: &Table) -> DumpError {
    let name = &table.name;
    DumpError::Unfit(format!("The rows of {name} do not fit this database."))
}

fn insertion(table: &Table, names: &[String], rows: usize, backend: DbBackend) -> String {
    let columns: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    let mut number = 0;
    let mut place = || {
        number += 1;
        match backend {
            DbBackend::Postgres => format!("${number}"),
            _ => "?".to_owned(),
        }
    };
    let mut row = || {
        let places: Vec<_> = names.iter().map(|_| place()).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(|_| row()).collect();
    let (table, columns) = (quoted(&table.name), columns.join(", "));
    format!("INSERT INTO {table} ({columns}) VALUES {}", rows.join(", "))
}
