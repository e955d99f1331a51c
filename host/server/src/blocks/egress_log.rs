//! Keeps what blocks sent: heard where calls run, written in batches beside them. What comes faster
//! than it can be written is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use talkloom_blocks::{Hearer, Installed, Sent};
use talkloom_store::repository::NewEgressEntry;
use talkloom_store::{BlockId, BotId, Repositories, WorkspaceId};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Mutex, oneshot};

use crate::App;
use crate::bus::Topic;

/// What waits to be written.
const WAITING: usize = 8_192;
/// What one transaction writes.
const BATCH: usize = 512;
/// How long entries are gathered: conversations need the database's one writer.
const GATHERING: Duration = Duration::from_millis(200);

/// What is heard.
enum Heard {
    Sent(Sent),
    TakenOut(BlockId, String),
    Back(BlockId),
    /// Everything before this is to be written now.
    Flush(oneshot::Sender<()>),
}

/// The way in, and the task that writes.
pub struct EgressWriter {
    sender: Sender<Heard>,
    receiver: Mutex<Option<Receiver<Heard>>>,
    dropped: Arc<AtomicU64>,
}

impl Default for EgressWriter {
    fn default() -> Self {
        let (sender, receiver) = channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            dropped: Arc::default(),
        }
    }
}

/// Hears, and never waits.
struct Ear {
    sender: Sender<Heard>,
    dropped: Arc<AtomicU64>,
}

impl Ear {
    fn take(&self, heard: Heard) {
        if self.sender.try_send(heard).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Hearer for Ear {
    fn sent(&self, sent: Sent) {
        self.take(Heard::Sent(sent));
    }

    fn taken_out(&self, installed: &Installed, why: &str) {
        let id = BlockId(installed.digest().to_owned());
        self.take(Heard::TakenOut(id, why.to_owned()));
    }

    fn back(&self, installed: &Installed) {
        self.take(Heard::Back(BlockId(installed.digest().to_owned())));
    }
}

/// Begins to hear what blocks send.
pub(super) fn listen(app: &App) {
    app.blocks.tell(Arc::new(Ear {
        sender: app.egress.sender.clone(),
        dropped: Arc::clone(&app.egress.dropped),
    }));
}

impl EgressWriter {
    /// Writes what is heard. Does not end; there is one such task.
    pub async fn write(&self, app: &App) {
        let Some(mut receiver) = self.receiver.lock().await.take() else {
            return;
        };
        let mut batch = Vec::with_capacity(BATCH);
        while receiver.recv_many(&mut batch, BATCH).await > 0 {
            let is_asked = |heard: &Heard| matches!(heard, Heard::Flush(_));
            if !batch.iter().any(is_asked) && batch.len() < BATCH {
                gather(&mut receiver, &mut batch).await;
            }
            self.keep(app, std::mem::take(&mut batch)).await;
        }
    }

    /// Waits until everything that was heard is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.sender.send(Heard::Flush(done)).await.is_ok() {
            // Without a writer nothing is lost that was promised.
            let _ = tokio::time::timeout(Duration::from_secs(5), written).await;
        }
    }

    async fn keep(&self, app: &App, batch: Vec<Heard>) {
        let (mut entries, mut asked) = (Vec::new(), Vec::new());
        for heard in batch {
            match heard {
                Heard::Sent(sent) => entries.push(entry(sent)),
                Heard::TakenOut(id, why) => note(app, &id, Some(&why)).await,
                Heard::Back(id) => note(app, &id, None).await,
                Heard::Flush(done) => asked.push(done),
            }
        }
        let count = entries.len();
        if count > 0
            && let Err(error) = add(app, entries).await
        {
            let error = anyhow::Error::from(error);
            tracing::warn!(
                error = format!("{error:#}"),
                "what blocks sent could not be noted"
            );
            self.dropped.fetch_add(count as u64, Ordering::Relaxed);
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "entries are missing in the log of what blocks send"
            );
        }
        for done in asked {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }
}

/// Takes what comes within a moment, up to a batch, or until somebody wants it written.
async fn gather(receiver: &mut Receiver<Heard>, batch: &mut Vec<Heard>) {
    let until = tokio::time::Instant::now() + GATHERING;
    while batch.len() < BATCH {
        match tokio::time::timeout_at(until, receiver.recv()).await {
            Ok(Some(heard)) => {
                let is_asked = matches!(heard, Heard::Flush(_));
                batch.push(heard);
                if is_asked {
                    return;
                }
            }
            Ok(None) | Err(_) => return,
        }
    }
}

async fn add(app: &App, entries: Vec<NewEgressEntry>) -> talkloom_store::Result<()> {
    let tx = app.store.begin().await?;
    tx.egress_log().add(entries).await?;
    tx.commit().await
}

/// Notes that a version was taken out, or is back.
async fn note(app: &App, id: &BlockId, why: Option<&str>) {
    let noting = async {
        let tx = app.store.begin().await?;
        let blocks = tx.installed_blocks();
        let Some(row) = blocks.find(id).await? else {
            return Ok(());
        };
        blocks.set_broken(id, why).await?;
        let action = match why {
            Some(_) => "taken out",
            None => "back",
        };
        let version = (row.name.as_str(), row.version.as_str());
        let why = why.map(str::to_owned);
        let noted = blocks.note(version, action, why, None, app.clock.now_ms());
        noted.await?;
        tx.commit().await
    };
    match noting.await {
        Ok(()) => app.bus.publish(&Topic::Blocks, ""),
        Err(error) => {
            let error: anyhow::Error = talkloom_store::StoreError::into(error);
            tracing::warn!(
                error = format!("{error:#}"),
                "a block's state could not be noted"
            );
        }
    }
}

fn entry(sent: Sent) -> NewEgressEntry {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let (status, refused) = match sent.answer {
        Ok(status) => (Some(i32::from(status)), None),
        Err(why) => (None, Some(why)),
    };
    NewEgressEntry {
        sent_at: number(sent.at_ms),
        workspace_id: WorkspaceId(sent.workspace),
        bot_id: BotId(sent.bot),
        block: sent.block,
        version: sent.version,
        credential_id: sent.credential,
        method: sent.method,
        host: sent.host,
        bytes_out: number(sent.bytes_out),
        bytes_in: number(sent.bytes_in),
        status,
        refused,
    }
}
