//! Accounts elsewhere, and their sealed secrets.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};

use super::Owner;
use crate::bulk::{Bulk, Cast, plain};
use crate::entity::{credential, credential_secret};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Credential, CredentialId, CredentialSecret, UserId, WorkspaceId};

/// Accounts elsewhere, and their sealed secrets.
pub struct Credentials<'c>(pub(crate) Executor<'c>);

/// A credential that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    /// The id.
    pub id: CredentialId,
    /// The credential type.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Whose account it is, for people.
    pub account: Option<String>,
    /// The fields that are no secrets: a JSON object of texts.
    pub fields: String,
}

/// A secret that is still sealed with a retired key, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct RetiredSecret {
    /// The credential.
    pub credential_id: CredentialId,
    /// The field.
    pub field: String,
    /// The key that it is sealed with.
    pub data_key_id: String,
    /// The sealed value.
    pub sealed: String,
    /// The workspace that owns it.
    pub workspace_id: Option<WorkspaceId>,
    /// The person who owns it.
    pub user_id: Option<UserId>,
}

/// A secret that was sealed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resealed {
    /// What was there before.
    pub before: RetiredSecret,
    /// The sealed value now.
    pub sealed: String,
    /// The key that it is sealed with now.
    pub data_key_id: String,
}

const INSERT_SECRETS: Bulk = Bulk {
    head: "INSERT INTO credential_secrets (credential_id, field, data_key_id, sealed)",
    columns: &plain::<4>(),
    tail: "",
};

const REPLACE_SECRETS: Bulk = Bulk {
    head: "INSERT INTO credential_secrets (credential_id, field, data_key_id, sealed)",
    columns: &plain::<4>(),
    tail: "ON CONFLICT (credential_id, field) DO UPDATE SET data_key_id = excluded.data_key_id, \
           sealed = excluded.sealed",
};

const SEALED_WITH_RETIRED: &str = "SELECT s.credential_id, s.field, s.data_key_id, s.sealed, \
     c.workspace_id, c.user_id \
     FROM credential_secrets AS s JOIN credentials AS c ON c.id = s.credential_id \
     WHERE s.data_key_id IN (SELECT id FROM data_keys WHERE retired_at IS NOT NULL) \
     AND (s.credential_id, s.field) > ($1, $2) \
     ORDER BY s.credential_id, s.field LIMIT $3";

/// A secret that its owner changed meanwhile stays as the owner left it.
const RESEAL: Bulk = Bulk {
    head: "UPDATE credential_secrets SET sealed = next.column4, data_key_id = next.column5 FROM (",
    columns: &[Cast::Text; 5],
    tail: ") AS next WHERE credential_secrets.credential_id = next.column1 \
           AND credential_secrets.field = next.column2 \
           AND credential_secrets.sealed = next.column3",
};

impl Credentials<'_> {
    /// Adds a credential with its sealed secrets.
    pub async fn add(
        &self,
        owner: &Owner,
        new: NewCredential,
        secrets: Vec<CredentialSecret>,
        now_ms: i64,
    ) -> Result<()> {
        let (workspace_id, user_id) = owner.columns();
        let row = credential::ActiveModel {
            id: Set(new.id),
            workspace_id: Set(workspace_id),
            user_id: Set(user_id),
            kind: Set(new.kind),
            name: Set(new.name),
            account: Set(new.account),
            fields: Set(new.fields),
            created_at: Set(now_ms),
            updated_at: Set(now_ms),
            last_used_at: Set(None),
        };
        credential::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("credential", "adding a credential")?;
        INSERT_SECRETS
            .execute(&self.0, secrets.into_iter().map(columns))
            .await
            .during("adding a credential's secrets")
    }

    /// All credentials of an owner, the oldest first.
    pub async fn all(&self, owner: &Owner) -> Result<Vec<Credential>> {
        credential::Entity::find()
            .filter(of_owner(owner))
            .order_by_asc(credential::Column::Id)
            .all(&self.0)
            .await
            .during("reading credentials")
    }

    /// Finds a credential.
    pub async fn find(&self, owner: &Owner, id: &CredentialId) -> Result<Option<Credential>> {
        credential::Entity::find_by_id(id.clone())
            .filter(of_owner(owner))
            .one(&self.0)
            .await
            .during("looking a credential up")
    }

    /// What the bots of a workspace may use: its own credentials and those of its members, the oldest
    /// first.
    pub async fn usable(&self, workspace: &WorkspaceId) -> Result<Vec<Credential>> {
        credential::Entity::find()
            .filter(usable_in(workspace))
            .order_by_asc(credential::Column::Id)
            .all(&self.0)
            .await
            .during("reading credentials")
    }

    /// Finds a credential that the bots of a workspace may use.
    pub async fn find_usable(
        &self,
        workspace: &WorkspaceId,
        id: &CredentialId,
    ) -> Result<Option<Credential>> {
        credential::Entity::find_by_id(id.clone())
            .filter(usable_in(workspace))
            .one(&self.0)
            .await
            .during("looking a credential up")
    }

    /// A credential's sealed secrets.
    pub async fn secrets(&self, owner: &Owner, id: &CredentialId) -> Result<Vec<CredentialSecret>> {
        credential_secret::Entity::find()
            .filter(credential_secret::Column::CredentialId.in_subquery(owned(owner, id)))
            .order_by_asc(credential_secret::Column::Field)
            .all(&self.0)
            .await
            .during("reading a credential's secrets")
    }

    /// Puts sealed secrets in the place of those of the same fields; says whether the credential is
    /// there.
    pub async fn replace_secrets(
        &self,
        owner: &Owner,
        id: &CredentialId,
        secrets: Vec<CredentialSecret>,
        now_ms: i64,
    ) -> Result<bool> {
        let touched = credential::Entity::update_many()
            .col_expr(credential::Column::UpdatedAt, Expr::value(now_ms))
            .filter(of_owner(owner))
            .filter(credential::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("changing a credential")?;
        if touched.rows_affected == 0 {
            return Ok(false);
        }
        let own = secrets.into_iter().filter(|s| s.credential_id == *id);
        REPLACE_SECRETS
            .execute(&self.0, own.map(columns))
            .await
            .during("replacing a credential's secrets")?;
        Ok(true)
    }

    /// Notes that a credential was opened; says whether it was there.
    pub async fn touch(&self, owner: &Owner, id: &CredentialId, now_ms: i64) -> Result<bool> {
        let noted = credential::Entity::update_many()
            .col_expr(credential::Column::LastUsedAt, Expr::value(now_ms))
            .filter(of_owner(owner))
            .filter(credential::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("noting a credential's use")?;
        Ok(noted.rows_affected == 1)
    }

    /// Removes a credential and its secrets; says whether it was there.
    pub async fn remove(&self, owner: &Owner, id: &CredentialId) -> Result<bool> {
        let removed = credential::Entity::delete_many()
            .filter(of_owner(owner))
            .filter(credential::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("removing a credential")?;
        Ok(removed.rows_affected == 1)
    }

    /// Door without a workspace, for a search of what no key opens: the next credentials after an id.
    pub async fn everyones(&self, after: &str, limit: u64) -> Result<Vec<Credential>> {
        credential::Entity::find()
            .filter(credential::Column::Id.gt(after))
            .order_by_asc(credential::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading credentials")
    }

    /// Door without a workspace, for a change of keys: the next secrets after a credential's field
    /// that retired keys seal.
    pub async fn sealed_with_retired(
        &self,
        (credential, field): (&str, &str),
        limit: i64,
    ) -> Result<Vec<RetiredSecret>> {
        let backend = self.0.get_database_backend();
        let values = [credential.into(), field.into(), limit.into()];
        let statement = Statement::from_sql_and_values(backend, SEALED_WITH_RETIRED, values);
        RetiredSecret::find_by_statement(statement)
            .all(&self.0)
            .await
            .during("reading secrets")
    }

    /// Door without a workspace, for a change of keys: what was sealed anew takes its place.
    pub async fn reseal(&self, secrets: Vec<Resealed>) -> Result<()> {
        let rows = secrets.into_iter().map(|secret| {
            vec![
                secret.before.credential_id.into(),
                secret.before.field.into(),
                secret.before.sealed.into(),
                secret.sealed.into(),
                secret.data_key_id.into(),
            ]
        });
        RESEAL
            .execute(&self.0, rows)
            .await
            .during("sealing secrets anew")
    }
}

fn columns(secret: CredentialSecret) -> Vec<sea_orm::Value> {
    vec![
        secret.credential_id.into(),
        secret.field.into(),
        secret.data_key_id.into(),
        secret.sealed.into(),
    ]
}

fn of_owner(owner: &Owner) -> Expr {
    match owner {
        Owner::Workspace(id) => credential::Column::WorkspaceId.eq(id.clone()),
        Owner::User(id) => credential::Column::UserId.eq(id.clone()),
    }
}

/// The workspace's own, and those of its members.
fn usable_in(workspace: &WorkspaceId) -> Condition {
    let members = Query::select()
        .column("user_id")
        .from("members")
        .and_where(Expr::col("workspace_id").eq(workspace.as_str()))
        .to_owned();
    Condition::any()
        .add(credential::Column::WorkspaceId.eq(workspace.clone()))
        .add(credential::Column::UserId.in_subquery(members))
}

/// The credential's id where the owner has it, else nothing.
pub(super) fn owned(owner: &Owner, id: &CredentialId) -> SelectStatement {
    Query::select()
        .column("id")
        .from("credentials")
        .and_where(Expr::col("id").eq(id.as_str()))
        .and_where(of_owner(owner))
        .to_owned()
}
