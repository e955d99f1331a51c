//! The table `visited_edges`.

use sea_orm::entity::prelude::*;

use crate::ids::ResultId;

/// An edge taken off the default path.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visited_edges")]
pub struct Model {
    /// The result.
    #[sea_orm(primary_key, auto_increment = false)]
    pub result_id: ResultId,
    /// Its place among the result's edges, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub index: i32,
    /// The edge.
    pub edge_id: String,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
