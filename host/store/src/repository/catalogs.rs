//! What was installed when conversations were recorded: the installation's, not a workspace's.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::entity::catalog;
use crate::error::{Context, Result};
use crate::executor::Executor;

/// What was installed when conversations were recorded.
pub struct Catalogs<'c>(pub(crate) Executor<'c>);

impl Catalogs<'_> {
    /// Adds a catalog under a digest of its content, unless it is there.
    pub async fn add(&self, id: &str, content: &str) -> Result<()> {
        let row = catalog::ActiveModel {
            id: Set(id.to_owned()),
            content: Set(content.to_owned()),
        };
        let there = OnConflict::column(catalog::Column::Id)
            .do_nothing()
            .to_owned();
        catalog::Entity::insert(row)
            .on_conflict(there)
            .exec_without_returning(&self.0)
            .await
            .during("adding a catalog")?;
        Ok(())
    }

    /// The content of a catalog.
    pub async fn find(&self, id: &str) -> Result<Option<String>> {
        let found = catalog::Entity::find_by_id(id).one(&self.0).await;
        Ok(found
            .during("reading a catalog")?
            .map(|catalog| catalog.content))
    }
}
