//! Delivers one event to a webhook endpoint, signed as Standard Webhooks has it.
//!
//! The message's id is the job's, so it stays; the time that is signed is that of the attempt. Only
//! 2xx is success; a redirect is not followed. Each endpoint is a lane of its own, so that one that
//! is dead delays no other.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use standardwebhooks::Webhook;
use talkloom_blocks::{Delivered, Delivery, Undelivered};
use talkloom_store::repository::NewJob;
use talkloom_store::{EndpointId, Repositories, WebhookEndpoint};
use talkloom_vault::Secret;

use super::Email;
use crate::credentials::VaultError;
use crate::jobs::{Job, JobContext, JobError, new_job};
use crate::{Clock, Entropy};

/// Delivers one event to a webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverWebhook {
    /// Where to.
    pub endpoint: EndpointId,
    /// The event, as JSON text: sent byte for byte.
    pub body: String,
}

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait after each failure, in seconds; the first attempt is made at once.
const SCHEDULE: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// What an endpoint may ask for.
const LONGEST: Duration = Duration::from_secs(86_400);
/// How long an endpoint may fail before it is disabled.
const GIVEN_UP_AFTER_MS: i64 = 5 * 86_400 * 1_000;

impl DeliverWebhook {
    /// The job as a transaction stores it.
    pub fn new_job(&self, clock: &Clock, entropy: &Entropy) -> NewJob {
        NewJob {
            lane: Some(self.endpoint.to_string()),
            ..new_job(self, clock, entropy)
        }
    }
}

#[async_trait]
impl Job for DeliverWebhook {
    const KIND: &'static str = "webhook";
    const TIME_LIMIT: Duration = Duration::from_secs(30);
    const MAX_FAILURES: u32 = 10;

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        let workspace = ctx.workspace()?;
        let store = ctx.app.store.reader().webhook_endpoints();
        let Some(endpoint) = store.find(workspace, &self.endpoint).await? else {
            return Err(JobError::permanent("The endpoint was deleted."));
        };
        if endpoint.disabled_at.is_some() {
            return Err(JobError::permanent("The endpoint is disabled."));
        }
        let secret = match ctx.app.vault.open_endpoint(&endpoint).await {
            Ok(secret) => secret,
            Err(VaultError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(unopened(&endpoint, &error)),
        };
        let now_ms = ctx.app.clock.now_ms();
        let delivery = signed(&endpoint.url, &secret, ctx.id.as_str(), &self.body, now_ms)?;
        match ctx.tools.outbound.post(delivery).await {
            Ok(answer) if (200..300).contains(&answer.status) => succeeded(ctx, &endpoint).await,
            Ok(answer) if answer.status == 410 => gone(ctx, &endpoint).await,
            other => failed(ctx, &endpoint, other).await,
        }
    }
}

/// A message under its id, signed for this moment.
pub fn signed(
    url: &str,
    secret: &Secret,
    id: &str,
    body: &str,
    now_ms: i64,
) -> Result<Delivery, JobError> {
    let timestamp = now_ms / 1_000;
    let signature = Webhook::new(secret.expose())
        .and_then(|key| key.sign(id, timestamp, body.as_bytes()))
        .map_err(|_| JobError::permanent("The endpoint's signing secret is not valid."))?;
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(Delivery {
        url: url.to_owned(),
        headers: vec![
            header("content-type", "application/json"),
            header("webhook-id", id),
            header("webhook-timestamp", &timestamp.to_string()),
            header("webhook-signature", &signature),
        ],
        body: body.to_owned().into(),
        timeout: PATIENCE,
    })
}

fn unopened(endpoint: &WebhookEndpoint, error: &VaultError) -> JobError {
    let reason = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(endpoint = %endpoint.id, %error, reason, "a signing secret could not be opened");
    JobError::permanent(
        "The endpoint's signing secret could not be opened. The server's log says why.",
    )
}

async fn succeeded(ctx: &JobContext, endpoint: &WebhookEndpoint) -> Result<(), JobError> {
    if endpoint.failing_since.is_some() {
        let tx = ctx.app.store.begin().await?;
        let endpoints = tx.webhook_endpoints();
        endpoints
            .succeeded(&endpoint.workspace_id, &endpoint.id)
            .await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn gone(ctx: &JobContext, endpoint: &WebhookEndpoint) -> Result<(), JobError> {
    let reason = "It answered that it is gone (410).";
    disable(ctx, endpoint, reason).await?;
    Err(JobError::permanent(reason))
}

async fn failed(
    ctx: &JobContext,
    endpoint: &WebhookEndpoint,
    answer: Result<Delivered, Undelivered>,
) -> Result<(), JobError> {
    let now_ms = ctx.app.clock.now_ms();
    if endpoint
        .failing_since
        .is_some_and(|since| now_ms - since >= GIVEN_UP_AFTER_MS)
    {
        let reason = "Nothing could be delivered for five days.";
        disable(ctx, endpoint, reason).await?;
        return Err(JobError::permanent(reason));
    }
    if endpoint.failing_since.is_none() {
        let tx = ctx.app.store.begin().await?;
        let endpoints = tx.webhook_endpoints();
        endpoints
            .failed(&endpoint.workspace_id, &endpoint.id, now_ms)
            .await?;
        tx.commit().await?;
    }
    let asked = answer.as_ref().ok().and_then(|answer| {
        let text = answer.retry_after.as_deref()?;
        retry_after(text, now_ms)
    });
    let reason = match answer {
        Ok(answer) => format!("It answered with status {}.", answer.status),
        Err(undelivered) => undelivered.to_string(),
    };
    Err(JobError::Retry {
        reason,
        after: Some(wait(ctx.failures, asked, ctx.app.entropy.number())),
    })
}

/// How long to wait after one more failure: as scheduled, a tenth more or less, or longer where the
/// endpoint asks for it.
fn wait(failures: i64, asked: Option<Duration>, chance: f64) -> Duration {
    let place = usize::try_from(failures).unwrap_or_default();
    let seconds = SCHEDULE[place.min(SCHEDULE.len() - 1)];
    let scheduled = Duration::from_secs(seconds).mul_f64(0.9 + 0.2 * chance);
    scheduled.max(asked.unwrap_or_default().min(LONGEST))
}

/// Seconds, or a date.
fn retry_after(text: &str, now_ms: i64) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let at = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    at.checked_sub(Duration::from_millis(u64::try_from(now_ms).ok()?))
}

/// Disables an endpoint and tells whoever is to be told, once.
async fn disable(
    ctx: &JobContext,
    endpoint: &WebhookEndpoint,
    reason: &str,
) -> Result<(), JobError> {
    let now_ms = ctx.app.clock.now_ms();
    let workspace = &endpoint.workspace_id;
    let tx = ctx.app.store.begin().await?;
    let endpoints = tx.webhook_endpoints();
    let first = endpoints
        .disable(workspace, &endpoint.id, reason, now_ms)
        .await?;
    if let (true, Some(to)) = (first, &endpoint.contact) {
        let letter = Email {
            to: to.clone(),
            subject: "A webhook endpoint was disabled".to_owned(),
            text: format!(
                "Events are no longer delivered to {}.\n\n{reason}\n\nMend it, then enable it again.\n",
                endpoint.url
            ),
            html: None,
        };
        let job = new_job(&letter, &ctx.app.clock, &ctx.app.entropy);
        tx.jobs().add(Some(workspace), &[job], now_ms).await?;
    }
    tx.commit().await?;
    ctx.app.webhooks.changed(workspace);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_kept_within_its_jitter() {
        let seconds = |failures, chance| wait(failures, None, chance).as_secs_f64();
        for (failures, scheduled) in SCHEDULE.iter().enumerate() {
            let failures = i64::try_from(failures).unwrap();
            let scheduled = *scheduled as f64;
            assert!((seconds(failures, 0.0) - scheduled * 0.9).abs() < 0.01);
            assert!((seconds(failures, 1.0) - scheduled * 1.1).abs() < 0.01);
        }
    }

    #[test]
    fn what_an_endpoint_asks_for_counts_within_bounds() {
        let now_ms = 1_767_225_600_000;
        let table = [
            ("0", 4.5),
            ("120", 120.0),
            ("99999999", 86_400.0),
            ("soon", 4.5),
            ("-5", 4.5),
            ("Thu, 01 Jan 2026 00:10:00 GMT", 600.0),
            ("Wed, 31 Dec 2025 00:10:00 GMT", 4.5),
        ];
        for (text, expected) in table {
            let waits = wait(0, retry_after(text, now_ms), 0.0).as_secs_f64();
            assert!((waits - expected).abs() < 0.01, "{text}: {waits}");
        }
    }
}
