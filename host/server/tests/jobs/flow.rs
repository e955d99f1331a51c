//! What becomes of a job, in every setting.

use std::time::Duration;

use talkloom_server::Clock;
use talkloom_server::jobs::{Timing, tick_once};
use talkloom_store::repository::{NewJob, Priority, state};
use talkloom_store::{JobId, Repositories};

use crate::kinds::{self, Effect, Fails, Patient, job};
use crate::setting::{Setting, add, app, find, list, quick, until, until_all, work};

crate::in_every_setting!(
    jobs_are_done_once_they_are_committed,
    a_failure_is_tried_again_and_a_last_one_is_kept,
    a_job_can_be_stopped_before_and_while_it_runs,
    unknown_kinds_and_unreadable_payloads_are_parked,
    producers_and_consumers_meet,
    a_stopped_worker_gives_back_what_runs,
);

async fn jobs_are_done_once_they_are_committed(setting: Setting) {
    let app = setting.app().await;
    let worker = work(&app, quick()).await;
    let rolled_back = kinds::effects(&app, 1, 0);
    let tx = app.store.begin().await.unwrap();
    let added = tx.jobs().add(None, &rolled_back, app.clock.now_ms()).await;
    assert_eq!(added.unwrap().len(), 1);
    drop(tx);
    add(&app, &kinds::effects(&app, 20, 0)).await;
    until_all(&app, state::DONE, 20).await;

    let seen = kinds::seen(&setting.place.folder).await;
    assert_eq!(seen.len(), 20);
    assert!(!seen.contains_key(rolled_back[0].id.as_str()));
    worker.stop().await;
}

async fn a_failure_is_tried_again_and_a_last_one_is_kept(setting: Setting) {
    let app = setting.app().await;
    let worker = work(&app, quick()).await;
    let twice = job(&app, &Fails { times: 2 });
    let for_ever = NewJob {
        max_failures: 3,
        ..job(&app, &Fails { times: i64::MAX })
    };
    add(&app, &[twice.clone(), for_ever.clone()]).await;
    until(&app, "ended", |counts| {
        counts.get(state::DONE) == Some(&1) && counts.get(state::DEAD) == Some(&1)
    })
    .await;
    let done = find(&app, &twice.id).await;
    assert_eq!((done.failures, done.attempt, done.error), (2, 3, None));
    let dead = find(&app, &for_ever.id).await;
    assert_eq!((dead.failures, dead.attempt), (3, 3));
    assert_eq!(dead.error.as_deref(), Some("Not yet."));

    let tx = app.store.begin().await.unwrap();
    let woken = tx
        .jobs()
        .retry(None, &for_ever.id, app.clock.now_ms())
        .await;
    assert!(woken.unwrap());
    tx.commit().await.unwrap();
    until(&app, "tried again", |counts| {
        counts.get(state::DEAD) == Some(&1)
    })
    .await;
    worker.stop().await;
}

async fn a_job_can_be_stopped_before_and_while_it_runs(setting: Setting) {
    let app = setting.app().await;
    let waiting = NewJob {
        run_at: Some(app.clock.now_ms() + 3_600_000),
        ..job(&app, &Patient {})
    };
    let running = job(&app, &Patient {});
    add(&app, &[waiting.clone(), running.clone()]).await;
    let worker = work(&app, quick()).await;
    until_all(&app, state::RUNNING, 1).await;
    for id in [&waiting.id, &running.id] {
        cancel(&app, id).await;
    }
    until_all(&app, state::CANCELLED, 2).await;
    let stopped = find(&app, &running.id).await;
    assert!(stopped.finished_at.is_some(), "{stopped:?}");
    worker.stop().await;
}

async fn cancel(app: &talkloom_server::App, id: &JobId) {
    let tx = app.store.begin().await.unwrap();
    assert!(
        tx.jobs()
            .cancel(None, id, app.clock.now_ms())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

async fn unknown_kinds_and_unreadable_payloads_are_parked(setting: Setting) {
    let app = setting.app().await;
    let worker = work(&app, quick()).await;
    let unknown = NewJob {
        kind: "of.tomorrow".into(),
        ..job(&app, &Effect { work_ms: 0 })
    };
    let unreadable = NewJob {
        payload: r#"{"work_ms":"a while"}"#.into(),
        ..job(&app, &Effect { work_ms: 0 })
    };
    add(&app, &[unknown.clone(), unreadable.clone()]).await;
    until_all(&app, state::DEAD, 2).await;
    let told = find(&app, &unknown.id).await.error.unwrap();
    assert!(told.contains("“of.tomorrow”"), "{told}");
    let told = find(&app, &unreadable.id).await.error.unwrap();
    assert!(told.contains("cannot be read"), "{told}");
    worker.stop().await;
}

async fn producers_and_consumers_meet(mut setting: Setting) {
    setting.place.concurrency = 5;
    let app = setting.app().await;
    // Four processes, as far as the jobs can tell, of five at a time.
    let mut workers = Vec::new();
    for _ in 0..4 {
        let beside = setting.app().await;
        // Leases that outlast a busy machine: nobody dies here, so nothing may run twice.
        let timing = Timing {
            poll: quick().poll,
            ..Timing::default()
        };
        workers.push(work(&beside, timing).await);
    }
    let producers = (0..20).map(|_| {
        let app = app.clone();
        tokio::spawn(async move {
            for part in kinds::effects(&app, 200, 0).chunks(20) {
                assert_eq!(add(&app, part).await, 20);
            }
        })
    });
    for producer in producers.collect::<Vec<_>>() {
        producer.await.unwrap();
    }
    until_all(&app, state::DONE, 4_000).await;
    let seen = kinds::seen(&setting.place.folder).await;
    assert_eq!(seen.len(), 4_000);
    assert!(seen.values().all(|runs| *runs == 1));
    for worker in workers {
        worker.stop().await;
    }
}

async fn a_stopped_worker_gives_back_what_runs(mut setting: Setting) {
    setting.place.concurrency = 50;
    let app = setting.app().await;
    let jobs: Vec<_> = (0..50).map(|_| job(&app, &Patient {})).collect();
    add(&app, &jobs).await;
    let mut timing = quick();
    timing.drain = Duration::from_millis(500);
    let worker = work(&app, timing).await;
    until_all(&app, state::RUNNING, 50).await;
    let began = std::time::Instant::now();
    worker.stop().await;
    assert!(began.elapsed() < Duration::from_secs(10));
    let after = list(&app).await;
    assert!(
        after.iter().all(|job| job.state == state::WAITING),
        "{after:?}"
    );
    assert!(
        after
            .iter()
            .all(|job| job.failures == 0 && job.crashes == 0)
    );
}

#[tokio::test]
async fn a_tick_is_added_once_and_urgent_jobs_go_first() {
    let setting = Setting::new("sqlite");
    let (one, two) = (setting.app().await, setting.app().await);
    let tick = Effect { work_ms: 0 };
    let first = tick_once(&one, "nightly", 1_767_225_600, &tick)
        .await
        .unwrap();
    let second = tick_once(&two, "nightly", 1_767_225_600, &tick)
        .await
        .unwrap();
    let next = tick_once(&two, "nightly", 1_767_312_000, &tick)
        .await
        .unwrap();
    assert!(first.is_some() && second.is_none() && next.is_some());

    let urgent = NewJob {
        priority: Priority::High,
        ..job(&one, &tick)
    };
    add(&one, std::slice::from_ref(&urgent)).await;
    let tx = one.store.begin().await.unwrap();
    let (claimed, more) = tx
        .job_queue()
        .claim("w", 2, one.clock.now_ms())
        .await
        .unwrap();
    assert_eq!(claimed[0].id, urgent.id);
    assert!(more);
}

#[tokio::test]
async fn a_lease_that_ran_out_is_worth_nothing() {
    let setting = Setting::new("sqlite");
    let clock = Clock::manual(1_767_225_600_000);
    let app = app(&setting.place, clock.clone()).await;
    let new = job(&app, &Effect { work_ms: 0 });
    add(&app, std::slice::from_ref(&new)).await;
    let step = async |crashes: i64| {
        let now = clock.now_ms();
        let tx = app.store.begin().await.unwrap();
        tx.job_queue().claim("w", 1, now).await.unwrap();
        let taken = tx
            .job_queue()
            .take(&[&new.id], "w", now + 30_000, now)
            .await;
        tx.commit().await.unwrap();
        clock.advance(30_001);
        let tx = app.store.begin().await.unwrap();
        let lost = tx.job_queue().reap(3, 10, clock.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(lost.len(), 1, "crash {crashes}");
        clock.advance(10_000);
        (taken.unwrap().remove(0), lost[0].state.clone())
    };
    let (first, after) = step(1).await;
    assert_eq!((first.attempt, after.as_str()), (1, state::WAITING));
    // The old holder comes back.
    let verdict = talkloom_store::repository::Verdict {
        id: new.id.clone(),
        attempt: first.attempt,
        outcome: talkloom_store::repository::Outcome::Done(None),
    };
    let tx = app.store.begin().await.unwrap();
    let written = tx
        .job_queue()
        .settle(&[&verdict], clock.now_ms())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(written.is_empty());
    assert_eq!(step(2).await.1, state::WAITING);
    assert_eq!(step(3).await.1, state::DEAD);
    assert_eq!(find(&app, &new.id).await.crashes, 3);
}
