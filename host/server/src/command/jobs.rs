//! `talkloom jobs …`: what is done beside the conversations, and what went wrong there.

use anyhow::{Result, bail};
use clap::Subcommand;
use serde_json::{Value, json};
use talkloom_engine::datetime::iso;
use talkloom_store::repository::JobFilter;
use talkloom_store::{Job, JobId, Repositories, Store};

use super::{open_store, print};
use crate::{Clock, Config};

#[derive(Debug, Subcommand)]
pub(super) enum JobsCommand {
    /// Prints jobs, the newest first, each as one line of JSON.
    List {
        /// Only those that are waiting, held, handed, running, done, dead or cancelled.
        #[arg(long)]
        state: Option<String>,
        /// Only those of a kind.
        #[arg(long)]
        kind: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u64,
    },
    /// Prints all there is of a job.
    Show {
        /// The job's id.
        id: String,
    },
    /// Wakes a job that failed for good or was stopped.
    Retry {
        /// The job's id.
        id: String,
    },
    /// Stops a job; a running one within seconds.
    Cancel {
        /// The job's id.
        id: String,
    },
}

pub(super) async fn jobs(config: &Config, command: JobsCommand) -> Result<()> {
    let store = open_store(config).await?;
    let clock = Clock::system();
    match command {
        JobsCommand::List { state, kind, limit } => {
            let filter = JobFilter {
                state,
                kind,
                before: None,
                limit,
            };
            for job in store.reader().job_queue().list(&filter).await? {
                print(&line(&job).to_string())?;
            }
        }
        JobsCommand::Show { id } => print(&whole(&find(&store, &id).await?).to_string())?,
        JobsCommand::Retry { id } => {
            let job = find(&store, &id).await?;
            let tx = store.begin().await?;
            let jobs = tx.jobs();
            let owner = job.workspace_id.as_ref();
            if !jobs.retry(owner, &job.id, clock.now_ms()).await? {
                bail!("The job is {}: there is nothing to retry.", job.state);
            }
            tx.commit().await?;
            print(&line(&find(&store, &id).await?).to_string())?;
        }
        JobsCommand::Cancel { id } => {
            let job = find(&store, &id).await?;
            let tx = store.begin().await?;
            let jobs = tx.jobs();
            let owner = job.workspace_id.as_ref();
            if !jobs.cancel(owner, &job.id, clock.now_ms()).await? {
                bail!("The job is {}: there is nothing to stop.", job.state);
            }
            tx.commit().await?;
            print(&line(&find(&store, &id).await?).to_string())?;
        }
    }
    store.close().await;
    Ok(())
}

async fn find(store: &Store, id: &str) -> Result<Job> {
    let found = store.reader().job_queue();
    match found.find(&JobId(id.to_owned())).await? {
        Some(job) => Ok(job),
        None => bail!("There is no job {id}. `talkloom jobs list` shows what there is."),
    }
}

fn line(job: &Job) -> Value {
    json!({
        "id": job.id.as_str(),
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "failures": job.failures,
        "error": job.error,
        "runAt": iso(job.run_at),
        "createdAt": iso(job.created_at),
        "finishedAt": job.finished_at.map(iso),
    })
}

fn whole(job: &Job) -> Value {
    let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let more = json!({
        "workspace": job.workspace_id.as_ref().map(|id| id.as_str()),
        "payload": json(&job.payload),
        "result": job.result.as_deref().map(json),
        "note": job.note,
        "priority": job.priority,
        "lane": job.lane,
        "dedupKey": job.dedup_key,
        "attempt": job.attempt,
        "maxFailures": job.max_failures,
        "crashes": job.crashes,
        "worker": job.worker,
        "leaseUntil": job.lease_until.map(iso),
        "cancelRequested": job.cancel_requested,
        "startedAt": job.started_at.map(iso),
    });
    let mut whole = line(job);
    if let (Value::Object(whole), Value::Object(more)) = (&mut whole, more) {
        whole.extend(more);
    }
    whole
}
