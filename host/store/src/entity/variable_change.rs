//! The table `variable_history`.

use sea_orm::entity::prelude::*;

use crate::ids::ResultId;

/// A change of a variable.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "variable_history")]
pub struct Model {
    /// The result.
    #[sea_orm(primary_key, auto_increment = false)]
    pub result_id: ResultId,
    /// Its place among the result's changes, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub index: i32,
    /// The block that set it.
    pub block_id: String,
    /// The block's place in its group.
    pub block_index: i32,
    /// The variable.
    pub variable_id: String,
    /// The new value, as JSON text.
    pub value: String,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
