//! Where blocks' webhooks are reached from outside, and the events that came.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::{webhook_address, webhook_event};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{CredentialId, WebhookAddress, WorkspaceId};

/// Where blocks' webhooks are reached from outside, and the events that came.
pub struct BlockWebhooks<'c>(pub(crate) Executor<'c>);

impl BlockWebhooks<'_> {
    /// The address for a block type and a credential, where there is one.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        block_type: &str,
        credential: Option<&CredentialId>,
    ) -> Result<Option<WebhookAddress>> {
        let column = webhook_address::Column::CredentialId;
        let is_its = match credential {
            Some(credential) => column.eq(credential.clone()),
            None => column.is_null(),
        };
        webhook_address::Entity::find()
            .filter(webhook_address::Column::WorkspaceId.eq(workspace.clone()))
            .filter(webhook_address::Column::BlockType.eq(block_type))
            .filter(is_its)
            .one(&self.0)
            .await
            .during("reading a webhook's address")
    }

    /// Adds an address; a second one for the same credential is a conflict.
    pub async fn add(&self, address: WebhookAddress) -> Result<()> {
        let row = webhook_address::ActiveModel {
            id: Set(address.id),
            workspace_id: Set(address.workspace_id),
            block_type: Set(address.block_type),
            credential_id: Set(address.credential_id),
            created_at: Set(address.created_at),
        };
        webhook_address::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("webhook address", "adding a webhook's address")?;
        Ok(())
    }

    /// Finds an address by its secret part, which nobody guesses: whoever sends to it belongs to no
    /// workspace.
    pub async fn by_secret(&self, id: &str) -> Result<Option<WebhookAddress>> {
        webhook_address::Entity::find_by_id(id.to_owned())
            .one(&self.0)
            .await
            .during("looking a webhook's address up")
    }

    /// Notes an event; one that came before is a conflict.
    pub async fn note_event(
        &self,
        workspace: &WorkspaceId,
        address: &str,
        event: &str,
        now_ms: i64,
    ) -> Result<()> {
        let row = webhook_event::ActiveModel {
            address_id: Set(address.to_owned()),
            event: Set(event.to_owned()),
            workspace_id: Set(workspace.clone()),
            created_at: Set(now_ms),
        };
        webhook_event::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("webhook event", "noting a webhook's event")?;
        Ok(())
    }
}
