//! What several migrations do: columns and indexes come and go, rows point at others.

use sea_orm_migration::prelude::*;

/// Adds columns, one statement each: SQLite takes no more.
pub(crate) async fn add_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> Result<(), DbErr> {
    for mut column in columns {
        let add = Table::alter()
            .table(table)
            .add_column(&mut column)
            .to_owned();
        manager.alter_table(add).await?;
    }
    Ok(())
}

/// Drops columns, which no index may name any more.
pub(crate) async fn drop_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    for column in columns {
        let drop = Table::alter().table(table).drop_column(*column).to_owned();
        manager.alter_table(drop).await?;
    }
    Ok(())
}

/// Drops tables with their indexes.
pub(crate) async fn drop_tables(
    manager: &SchemaManager<'_>,
    tables: &[&'static str],
) -> Result<(), DbErr> {
    for table in tables {
        let drop = Table::drop().table(*table).to_owned();
        manager.drop_table(drop).await?;
    }
    Ok(())
}

/// Runs statements that mean the same to SQLite and PostgreSQL.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}

/// A row goes with the one that it points at.
pub(crate) fn goes_with(
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, column)
        .to(parent, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
