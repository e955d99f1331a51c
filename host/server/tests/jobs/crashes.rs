//! Workers that die, stand still or lose Redis under load.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rand::RngExt;
use talkloom_server::Entropy;
use talkloom_store::Job;
use talkloom_store::repository::state;

use crate::child::WorkerProcess;
use crate::kinds;
use crate::setting::{PATIENCE, Setting, add, find, list, quick, until, until_all, work};

const KILLS: usize = 50;
const JOBS: usize = 3_000;

crate::in_every_setting!(
    killed_workers_lose_nothing,
    a_worker_that_stood_still_is_refused,
    a_terminated_worker_loses_nothing,
);

async fn killed_workers_lose_nothing(setting: Setting) {
    let app = setting.app().await;
    let entropy = Entropy::system();
    let mut workers: Vec<_> = (0..2)
        .map(|_| WorkerProcess::start(&setting.place))
        .collect();
    let mut killed = 0;
    let began = Instant::now();
    for part in kinds::effects(&app, JOBS, 10).chunks(JOBS / KILLS) {
        add(&app, part).await;
        // Under load: the one that dies has jobs.
        until(&app, "some run", |counts| {
            counts.get(state::RUNNING).is_some()
        })
        .await;
        let chosen = entropy.with(|random| random.random_range(0..workers.len()));
        workers[chosen].send(Signal::SIGKILL);
        assert!(!workers[chosen].ended());
        workers[chosen] = WorkerProcess::start(&setting.place);
        killed += 1;
        assert!(began.elapsed() < 3 * PATIENCE, "after {killed} kills");
    }
    assert_eq!(killed, KILLS);
    until_all(&app, state::DONE, JOBS).await;
    let seen = kinds::seen(&setting.place.folder).await;
    assert_eq!(seen.len(), JOBS, "every effect is there");
    let again: i64 = seen.values().map(|runs| runs - 1).sum();
    let in_flight = KILLS * setting.place.concurrency;
    assert!(again <= in_flight as i64, "{again} ran again");
}

async fn a_worker_that_stood_still_is_refused(setting: Setting) {
    let app = setting.app().await;
    let mut slow = WorkerProcess::start(&setting.place);
    add(&app, &kinds::effects(&app, 1, 1_000)).await;
    until_all(&app, state::RUNNING, 1).await;
    let id = list(&app).await[0].id.clone();
    slow.send(Signal::SIGSTOP);
    let other = work(&app, quick()).await;
    until_all(&app, state::DONE, 1).await;
    let done = find(&app, &id).await;
    assert_eq!((done.attempt, done.crashes), (2, 1));
    slow.send(Signal::SIGCONT);
    // It wakes, and either ends its run, whose outcome is refused, or is told by its heartbeat that
    // the lease is another's. The row stays as the other left it in both cases.
    slow.send(Signal::SIGTERM);
    assert!(slow.ended());
    assert_eq!(find(&app, &id).await, done);
    other.stop().await;
}

/// A server that is replaced: what runs ends or is given back, and another does the rest.
async fn a_terminated_worker_loses_nothing(mut setting: Setting) {
    const RUNNING: usize = 50;
    setting.place.concurrency = 50;
    let app = setting.app().await;
    add(&app, &kinds::effects(&app, 50, 3_000)).await;
    let mut first = WorkerProcess::start(&setting.place);
    until_all(&app, state::RUNNING, RUNNING).await;
    add(&app, &kinds::effects(&app, 150, 1)).await;
    let asked = Instant::now();
    first.send(Signal::SIGTERM);
    assert!(first.ended());
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(25), "{took:?}");
    let after = list(&app).await;
    let stands = |job: &Job| [state::WAITING, state::DONE].contains(&job.state.as_str());
    assert!(after.iter().all(stands), "{after:?}");
    let done = after.iter().filter(|job| job.state == state::DONE).count();
    assert!(done >= RUNNING, "those that ran were ended: {done}");

    let second = work(&app, quick()).await;
    until_all(&app, state::DONE, 200).await;
    let seen = kinds::seen(&setting.place.folder).await;
    assert_eq!(seen.len(), 200);
    assert!(seen.values().all(|runs| *runs == 1), "effects once");
    let all = list(&app).await;
    assert!(all.iter().all(|job| job.crashes == 0 && job.failures == 0));
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_be_wiped_and_may_stop() {
    let (setting, mut redis) = Setting::with_own_redis();
    let app = setting.app().await;
    let worker = work(&app, quick()).await;
    add(&app, &kinds::effects(&app, 300, 5)).await;
    until(&app, "some ended", |counts| {
        counts.get(state::DONE) > Some(&50)
    })
    .await;
    wipe(redis.url()).await;
    until_all(&app, state::DONE, 300).await;

    add(&app, &kinds::effects(&app, 300, 5)).await;
    until(&app, "more ended", |counts| {
        counts.get(state::DONE) > Some(&350)
    })
    .await;
    redis.stop().unwrap();
    add(&app, &kinds::effects(&app, 100, 5)).await;
    until_all(&app, state::DONE, 700).await;

    redis.resume().unwrap();
    add(&app, &kinds::effects(&app, 100, 5)).await;
    until_all(&app, state::DONE, 800).await;
    assert_eq!(kinds::seen(&setting.place.folder).await.len(), 800);
    worker.stop().await;
}

async fn wipe(url: &str) {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHALL")
        .query_async(&mut connection)
        .await
        .unwrap();
}
