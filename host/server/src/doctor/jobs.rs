//! The jobs: none waits for long, none failed for good, and a worker was seen.

use talkloom_store::Repositories;
use talkloom_store::repository::Standing;

use super::{Health, Told, broken, is_ready};
use crate::command::open_store;
use crate::{Clock, Config};

/// A job that is due waits no longer than this where there is a worker.
const LONG_MS: i64 = 60_000;

pub(super) async fn check(config: &Config) -> Told {
    if !is_ready(config).await {
        let told = "The database is not ready yet: there are no jobs.";
        return Ok((Health::Unused, told.into()));
    }
    let now_ms = Clock::system().now_ms();
    let what = "The jobs cannot be read:";
    let store = open_store(config).await.map_err(|e| broken(what, e))?;
    let standing = store.reader().job_queue().standing(now_ms).await;
    store.close().await;
    let standing = standing.map_err(|error| broken(what, anyhow::Error::from(error)))?;
    Ok(judge(&standing, now_ms))
}

fn judge(standing: &Standing, now_ms: i64) -> (Health, String) {
    let mut told = Vec::new();
    let mut warn = |sentence: String| told.push(sentence);
    let waited = standing.due_since.map_or(0, |since| now_ms - since);
    if waited > LONG_MS {
        warn(format!(
            "{} jobs are due, the first for {}: no worker takes them. Start talkloom worker, or give a \
             server the role worker.",
            standing.due,
            span(waited)
        ));
    }
    let overdue = standing.oldest_lease.map_or(0, |lease| now_ms - lease);
    if overdue > LONG_MS {
        warn(format!(
            "A job's worker fell silent {} ago, and no other took the job back.",
            span(overdue)
        ));
    }
    if standing.dead > 0 {
        warn(format!(
            "{} jobs failed for good: talkloom jobs list --state dead shows them, talkloom jobs retry \
             wakes one.",
            standing.dead
        ));
    }
    if !told.is_empty() {
        return (Health::Warning, told.join(" "));
    }
    let seen = match standing.last_work {
        Some(last) => format!("a worker was last seen {} ago", span(now_ms - last)),
        None => "no worker was seen yet".to_owned(),
    };
    let told = format!("No job waits long, {} run; {seen}.", standing.running);
    (Health::Ok, told)
}

/// A time, as long as it matters.
fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_767_225_600_000;

    #[test]
    fn what_waits_what_died_and_who_worked_is_told() {
        let idle = Standing::default();
        assert_eq!(
            judge(&idle, NOW),
            (
                Health::Ok,
                "No job waits long, 0 run; no worker was seen yet.".to_owned()
            )
        );
        let busy = Standing {
            due: 3,
            due_since: Some(NOW - 500),
            running: 2,
            oldest_lease: Some(NOW + 20_000),
            last_work: Some(NOW - 180_000),
            ..idle.clone()
        };
        let (health, told) = judge(&busy, NOW);
        assert_eq!(health, Health::Ok);
        assert!(
            told.contains("2 run; a worker was last seen 3 min ago"),
            "{told}"
        );
        for (standing, expected) in [
            (
                Standing {
                    due: 7,
                    due_since: Some(NOW - 3 * 3_600_000),
                    ..idle.clone()
                },
                "7 jobs are due, the first for 3 h: no worker",
            ),
            (
                Standing {
                    dead: 2,
                    ..idle.clone()
                },
                "2 jobs failed for good",
            ),
            (
                Standing {
                    oldest_lease: Some(NOW - 90_000),
                    ..idle.clone()
                },
                "fell silent 90 s ago",
            ),
        ] {
            let (health, told) = judge(&standing, NOW);
            assert_eq!(health, Health::Warning);
            assert!(told.contains(expected), "{told}");
        }
    }
}
