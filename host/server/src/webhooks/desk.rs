//! Where endpoints are added, changed and removed.

use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use serde_json::json;
use talkloom_store::repository::{EndpointWish, NewEndpoint};
use talkloom_store::{
    BotId, EndpointId, Repositories, Store, StoreError, Tx, WebhookEndpoint, WorkspaceId,
};
use talkloom_vault::Secret;

use super::EventKind;
use crate::credentials::{Vault, VaultError};
use crate::{Clock, Entropy};

/// Another process may draw the workspace's first key, or change it, at the same moment.
const ATTEMPTS: usize = 5;
/// Bytes of a secret that is drawn here; Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;
const LONGEST_URL: usize = 2_000;

/// What adding and changing endpoints needs of the world. Whoever has an [`App`](crate::App) says
/// [`Webhooks::changed`](super::Webhooks::changed) after each change.
pub struct Desk<'d> {
    /// The database.
    pub store: &'d Store,
    /// What seals signing secrets.
    pub vault: &'d Vault,
    /// The time.
    pub clock: &'d Clock,
    /// Randomness.
    pub entropy: &'d Entropy,
}

/// An endpoint as people describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// The address.
    pub url: String,
    /// The events that it wants.
    pub events: Vec<EventKind>,
    /// The bot whose events it wants; none: every bot of the workspace.
    pub bot: Option<BotId>,
    /// Who gets mail when it is disabled.
    pub contact: Option<String>,
}

/// An endpoint that was added.
pub struct Added {
    /// Its id.
    pub id: EndpointId,
    /// What its deliveries are signed with: shown this once.
    pub secret: Secret,
}

/// Why an endpoint was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// It cannot be as it was described.
    #[error("{0}")]
    Unfit(String),
    /// Its secret could not be sealed.
    #[error("the endpoint's secret could not be sealed")]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error("the endpoint could not be read or stored")]
    Store(#[from] StoreError),
}

impl Desk<'_> {
    /// Adds an endpoint and draws its secret.
    pub async fn add(&self, workspace: &WorkspaceId, new: &NewWebhook) -> Result<Added, DeskError> {
        let wish = wish(new)?;
        self.check_bot(workspace, new.bot.as_ref()).await?;
        let now_ms = self.clock.now_ms();
        let id = self.entropy.with(|random| EndpointId::draw(now_ms, random));
        let secret = self.draw_secret();
        for _ in 0..ATTEMPTS {
            let tx = self.store.begin().await?;
            let sealed = match self.seal(&tx, workspace, &id, &secret).await {
                Err(VaultError::Store(StoreError::Conflict { .. })) => continue,
                sealed => sealed?,
            };
            let row = NewEndpoint {
                id: id.clone(),
                wish: wish.clone(),
                sealed_secret: sealed.0,
                data_key_id: sealed.1,
            };
            tx.webhook_endpoints().add(workspace, row, now_ms).await?;
            tx.commit().await?;
            return Ok(Added { id, secret });
        }
        Err(VaultError::Busy.into())
    }

    /// Changes what an endpoint wants, and where; whether there was one.
    pub async fn change(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
        new: &NewWebhook,
    ) -> Result<bool, DeskError> {
        let wish = wish(new)?;
        self.check_bot(workspace, new.bot.as_ref()).await?;
        let tx = self.store.begin().await?;
        let endpoints = tx.webhook_endpoints();
        let changed = endpoints.change(workspace, id, wish).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Draws another secret for an endpoint; none where there is no such endpoint. Deliveries are
    /// signed with it from now on.
    pub async fn draw_anew(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
    ) -> Result<Option<Secret>, DeskError> {
        let secret = self.draw_secret();
        let tx = self.store.begin().await?;
        let (sealed, key) = self.seal(&tx, workspace, id, &secret).await?;
        let endpoints = tx.webhook_endpoints();
        let there = endpoints.set_secret(workspace, id, &sealed, &key).await?;
        tx.commit().await?;
        Ok(there.then_some(secret))
    }

    /// Removes an endpoint; whether there was one.
    pub async fn remove(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
    ) -> Result<bool, DeskError> {
        let tx = self.store.begin().await?;
        let removed = tx.webhook_endpoints().remove(workspace, id).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// Enables an endpoint that was disabled; whether there was one.
    pub async fn enable(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
    ) -> Result<bool, DeskError> {
        let tx = self.store.begin().await?;
        let enabled = tx.webhook_endpoints().enable(workspace, id).await?;
        tx.commit().await?;
        Ok(enabled)
    }

    /// A workspace's endpoints, the newest first.
    pub async fn all(&self, workspace: &WorkspaceId) -> Result<Vec<WebhookEndpoint>, DeskError> {
        let reader = self.store.reader();
        Ok(reader.webhook_endpoints().list(workspace).await?)
    }

    async fn seal(
        &self,
        tx: &Tx,
        workspace: &WorkspaceId,
        id: &EndpointId,
        secret: &Secret,
    ) -> Result<(String, String), VaultError> {
        self.vault.seal_endpoint(tx, workspace, id, secret).await
    }

    async fn check_bot(
        &self,
        workspace: &WorkspaceId,
        bot: Option<&BotId>,
    ) -> Result<(), DeskError> {
        let Some(bot) = bot else { return Ok(()) };
        let bots = self.store.reader().bots();
        match bots.find(workspace, bot).await? {
            Some(_) => Ok(()),
            None => Err(DeskError::Unfit(format!(
                "There is no bot “{bot}” in this workspace."
            ))),
        }
    }

    fn draw_secret(&self) -> Secret {
        let mut bytes = zeroize::Zeroizing::new([0; SECRET_BYTES]);
        self.entropy
            .with(|random| random.fill_bytes(bytes.as_mut()));
        Secret::new(format!("whsec_{}", STANDARD.encode(*bytes)))
    }
}

fn wish(new: &NewWebhook) -> Result<EndpointWish, DeskError> {
    check_url(&new.url)?;
    if new.events.is_empty() {
        let told = "Name at least one event that the endpoint is told of.";
        return Err(DeskError::Unfit(told.to_owned()));
    }
    let names: Vec<_> = new.events.iter().map(|kind| kind.name()).collect();
    Ok(EndpointWish {
        url: new.url.clone(),
        events: json!(names).to_string(),
        bot_id: new.bot.clone(),
        contact: new.contact.clone(),
    })
}

/// Whether it may be reached is found out with each delivery: addresses change their hosts.
fn check_url(url: &str) -> Result<(), DeskError> {
    let parsed = url.parse::<Uri>().ok();
    let fits = parsed.is_some_and(|uri| {
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        // Whoever signs in within an address would be printed with it.
        let authority = uri.authority().map(|part| part.as_str());
        is_http && authority.is_some_and(|part| !part.is_empty() && !part.contains('@'))
    });
    if fits && url.len() <= LONGEST_URL {
        return Ok(());
    }
    Err(DeskError::Unfit(format!(
        "“{url}” is no address that events can be sent to. Write it like https://example.com/events."
    )))
}

#[cfg(test)]
mod tests {
    use super::check_url;

    #[test]
    fn addresses_are_of_the_web() {
        for fit in ["https://example.com/events", "http://10.0.0.1:8080/?a=b"] {
            assert!(check_url(fit).is_ok(), "{fit}");
        }
        let long = format!("https://example.com/{}", "a".repeat(2_000));
        for unfit in [
            "",
            "example.com/events",
            "/events",
            "ftp://example.com/",
            "https://ada:secret@example.com/",
            &long,
        ] {
            assert!(check_url(unfit).is_err(), "{unfit}");
        }
    }
}
