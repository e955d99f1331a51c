//! What a block did whose answer a page shows word by word waits with its conversation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, text_null};

use crate::change::{add_columns, drop_columns};

/// Adds the outcome and the turn that it belongs to.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [text_null("streamed"), big_integer_null("streamed_turn")];
        add_columns(manager, "sessions", columns).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "sessions", &["streamed", "streamed_turn"]).await
    }
}
