//! Which endpoints want what, kept in memory for a short time: a turn of a workspace without
//! endpoints asks the database for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use talkloom_store::repository::NewJob;
use talkloom_store::{
    BotId, EndpointId, Repositories, Store, StoreError, TurnWrite, WebhookEndpoint, WorkspaceId,
    patiently,
};
use tokio_util::task::AbortOnDropHandle;

use super::event::{Event, EventKind, kinds_of};
use crate::App;
use crate::bus::{Bus, Event as Told, Topic};

/// How long it may take until a change is noticed that nobody told this process of.
const LIFE: Duration = Duration::from_secs(10);
/// Workspaces that are remembered.
const REMEMBERED: usize = 4_096;

/// Which endpoints want what. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    kept: Arc<Kept>,
    store: Store,
    bus: Bus,
    _task: Option<Arc<AbortOnDropHandle<()>>>,
}

struct Kept {
    workspaces: Cache<WorkspaceId, Arc<Wants>>,
    /// What was read before a change must not be kept after it.
    changes: AtomicU64,
}

struct Wants {
    read_at: Instant,
    endpoints: Vec<Want>,
}

struct Want {
    endpoint: EndpointId,
    bot: Option<BotId>,
    kinds: Vec<EventKind>,
}

impl Webhooks {
    /// Over a store. Where there are other processes to hear of, they are listened to.
    pub fn new(store: &Store, bus: &Bus, has_others: bool) -> Self {
        let kept = Arc::new(Kept {
            workspaces: Cache::new(REMEMBERED),
            changes: AtomicU64::new(0),
        });
        let listening = has_others.then(|| {
            let task = tokio::spawn(follow(bus.clone(), Arc::clone(&kept)));
            Arc::new(AbortOnDropHandle::new(task))
        });
        Self {
            kept,
            store: store.clone(),
            bus: bus.clone(),
            _task: listening,
        }
    }

    /// A workspace's endpoints changed: here and elsewhere they are read anew.
    pub fn changed(&self, workspace: &WorkspaceId) {
        self.kept.forget(Some(workspace));
        let name = workspace.as_str().to_owned();
        self.bus.publish(&Topic::Webhooks, name);
    }

    /// The deliveries that a turn causes. `has_new_result` says whether its result begins with it.
    pub(crate) async fn of_turn(
        &self,
        app: &App,
        write: &TurnWrite,
        has_new_result: bool,
    ) -> Result<Vec<NewJob>, StoreError> {
        let events = events_of(write, has_new_result);
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let workspace = &write.workspace_id;
        let wants = self.wants(workspace).await?;
        let jobs = events.iter().flat_map(|event| {
            let wanting = wants.endpoints.iter().filter(|want| want.wants(event));
            wanting.map(|want| event.job(workspace, &want.endpoint, &app.clock, &app.entropy))
        });
        Ok(jobs.collect())
    }

    async fn wants(&self, workspace: &WorkspaceId) -> Result<Arc<Wants>, StoreError> {
        let known = self.kept.workspaces.get(workspace);
        if let Some(wants) = known.filter(|wants| wants.read_at.elapsed() < LIFE) {
            return Ok(wants);
        }
        let changes = self.kept.changes.load(Ordering::SeqCst);
        let read_at = Instant::now();
        let reader = self.store.reader();
        let rows = patiently(|| async { reader.webhook_endpoints().list(workspace).await }).await?;
        let wants = Arc::new(Wants {
            read_at,
            endpoints: rows.iter().filter_map(Want::of).collect(),
        });
        if self.kept.changes.load(Ordering::SeqCst) == changes {
            let (key, kept) = (workspace.clone(), Arc::clone(&wants));
            self.kept.workspaces.insert(key, kept);
        }
        Ok(wants)
    }
}

impl Kept {
    /// Forgets a workspace's, or all.
    fn forget(&self, workspace: Option<&WorkspaceId>) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        match workspace {
            Some(workspace) => drop(self.workspaces.remove(workspace)),
            None => self.workspaces.clear(),
        }
    }
}

impl Want {
    /// What an endpoint wants; nothing where it is disabled.
    fn of(row: &WebhookEndpoint) -> Option<Self> {
        row.disabled_at.is_none().then(|| Self {
            endpoint: row.id.clone(),
            bot: row.bot_id.clone(),
            kinds: kinds_of(&row.events),
        })
    }

    fn wants(&self, event: &Event<'_>) -> bool {
        let of_bot = self.bot.as_ref().is_none_or(|bot| bot == event.bot());
        of_bot && self.kinds.contains(&event.kind())
    }
}

/// What is to be told of rows that were read in the same transaction.
pub(crate) fn jobs_for(
    event: &Event<'_>,
    endpoints: &[WebhookEndpoint],
    clock: &crate::Clock,
    entropy: &crate::Entropy,
) -> Vec<NewJob> {
    let wanting = endpoints
        .iter()
        .filter(|row| Want::of(row).is_some_and(|want| want.wants(event)));
    let jobs = wanting.map(|row| event.job(&row.workspace_id, &row.id, clock, entropy));
    jobs.collect()
}

fn events_of(write: &TurnWrite, has_new_result: bool) -> Vec<Event<'_>> {
    let created = write.results.first().filter(|_| has_new_result);
    let created = created.map(|result| Event::ResultCreated(&result.bot_id, &result.id));
    let completed = write.results.iter().filter(|result| result.is_completed);
    let completed = completed.map(|result| Event::ResultCompleted(&result.bot_id, &result.id));
    created.into_iter().chain(completed).collect()
}

/// Hears of changes in other processes.
async fn follow(bus: Bus, kept: Arc<Kept>) {
    let mut changes = bus.subscribe(&Topic::Webhooks);
    loop {
        match changes.next().await {
            Told::Message(workspace) => {
                let workspace = String::from_utf8_lossy(&workspace).into_owned();
                kept.forget(Some(&WorkspaceId(workspace)));
            }
            Told::Lagged => kept.forget(None),
        }
    }
}
