//! `talkloom webhooks …`: programs elsewhere that are told what happens here.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use talkloom_blocks::{Outbound, Runtime, Settings};
use talkloom_engine::datetime::iso;
use talkloom_store::{EndpointId, JobId, Repositories, Store, WebhookEndpoint, WorkspaceId};

use super::{open_store, print};
use crate::credentials::Vault;
use crate::jobs::kinds::signed;
use crate::webhooks::{Desk, EventKind, NewWebhook, kinds_of, test_body};
use crate::{Clock, Config, Entropy, bots};

#[derive(Debug, Subcommand)]
pub(super) enum WebhooksCommand {
    /// Adds an endpoint and prints its id and its signing secret, the latter this once. A running
    /// server tells it within ten seconds.
    Add(AddArgs),
    /// Prints all endpoints, each as one line of JSON; never their secrets.
    List,
    /// Removes an endpoint; what waits for it is not delivered.
    Remove {
        /// The endpoint's id.
        id: String,
    },
    /// Enables an endpoint that was disabled because it failed for days.
    Enable {
        /// The endpoint's id.
        id: String,
    },
    /// Sends an endpoint a test event, now, and prints what it answers.
    Test {
        /// The endpoint's id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Where events are sent to.
    url: String,
    /// Which events: result.created, result.completed, bot.published, separated by commas
    /// [default: all].
    #[arg(long, value_name = "EVENTS", value_delimiter = ',', value_parser = event)]
    events: Vec<EventKind>,
    /// Only events of this bot: its id or public id.
    #[arg(long, value_name = "BOT")]
    bot: Option<String>,
    /// Who gets mail when the endpoint is disabled.
    #[arg(long, value_name = "ADDRESS")]
    contact: Option<String>,
}

fn event(name: &str) -> Result<EventKind, String> {
    EventKind::named(name).ok_or_else(|| {
        let names = EventKind::ALL.map(EventKind::name);
        format!("there is no such event; there are {}", names.join(", "))
    })
}

pub(super) async fn webhooks(config: &Config, command: WebhooksCommand) -> Result<()> {
    let store = open_store(config).await?;
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let vault = Vault::open(config, &store, &clock, &entropy).await?;
    let desk = Desk {
        store: &store,
        vault: &vault,
        clock: &clock,
        entropy: &entropy,
    };
    let workspace = WorkspaceId::default();
    match command {
        WebhooksCommand::Add(args) => add(&desk, &workspace, args).await?,
        WebhooksCommand::List => {
            for endpoint in desk.all(&workspace).await? {
                print(&line(&endpoint).to_string())?;
            }
        }
        WebhooksCommand::Remove { id } => {
            let endpoint = find(&store, &workspace, id).await?;
            desk.remove(&workspace, &endpoint.id).await?;
            print(&line(&endpoint).to_string())?;
        }
        WebhooksCommand::Enable { id } => {
            let id = find(&store, &workspace, id).await?.id;
            desk.enable(&workspace, &id).await?;
            print(&line(&find(&store, &workspace, id.0).await?).to_string())?;
        }
        WebhooksCommand::Test { id } => {
            let endpoint = find(&store, &workspace, id).await?;
            test(config, &desk, &endpoint).await?;
        }
    }
    store.close().await;
    Ok(())
}

async fn add(desk: &Desk<'_>, workspace: &WorkspaceId, args: AddArgs) -> Result<()> {
    let bot = match &args.bot {
        None => None,
        Some(id) => match bots::find(desk.store, workspace, id).await? {
            Some(bot) => Some(bot.id),
            None => bail!("There is no bot “{id}”. Give its id or its public id."),
        },
    };
    let events = if args.events.is_empty() {
        EventKind::ALL.to_vec()
    } else {
        args.events
    };
    let new = NewWebhook {
        url: args.url,
        events,
        bot,
        contact: args.contact,
    };
    let added = desk.add(workspace, &new).await?;
    let line = json!({ "id": added.id.as_str(), "secret": added.secret.expose() });
    print(&line.to_string())
}

async fn test(config: &Config, desk: &Desk<'_>, endpoint: &WebhookEndpoint) -> Result<()> {
    let outbound = outbound(config, desk.clock)?;
    let now_ms = desk.clock.now_ms();
    let secret = desk.vault.open_endpoint(endpoint).await;
    let secret = secret.context("The endpoint's signing secret could not be opened.")?;
    let id = desk.entropy.with(|random| JobId::draw(now_ms, random));
    let body = test_body(&endpoint.workspace_id, now_ms);
    let delivery = signed(&endpoint.url, &secret, id.as_str(), &body, now_ms)?;
    match outbound.post(delivery).await {
        Ok(answer) => print(&json!({ "status": answer.status }).to_string())?,
        Err(undelivered) => bail!("Nothing could be delivered: {undelivered}"),
    }
    Ok(())
}

/// The way out that deliveries take, with the operator's exceptions.
fn outbound(config: &Config, clock: &Clock) -> Result<Outbound> {
    let now = clock.clone();
    let mut settings = Settings::new(Arc::new(move || now.now_ms().unsigned_abs()));
    settings.egress = config.egress.parse()?;
    Ok(Runtime::new(settings)?.outbound())
}

async fn find(store: &Store, workspace: &WorkspaceId, id: String) -> Result<WebhookEndpoint> {
    let endpoints = store.reader().webhook_endpoints();
    let id = EndpointId(id);
    match endpoints.find(workspace, &id).await? {
        Some(endpoint) => Ok(endpoint),
        None => bail!("There is no endpoint {id}. `talkloom webhooks list` shows what there is."),
    }
}

fn line(endpoint: &WebhookEndpoint) -> Value {
    let kinds = kinds_of(&endpoint.events);
    json!({
        "id": endpoint.id.as_str(),
        "url": endpoint.url,
        "events": kinds.into_iter().map(EventKind::name).collect::<Vec<_>>(),
        "bot": endpoint.bot_id.as_ref().map(|bot| bot.as_str()),
        "contact": endpoint.contact,
        "failingSince": endpoint.failing_since.map(iso),
        "disabledAt": endpoint.disabled_at.map(iso),
        "disabledReason": endpoint.disabled_reason,
        "createdAt": iso(endpoint.created_at),
    })
}
