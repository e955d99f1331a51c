//! Jobs that harm whoever runs them.

use std::time::Instant;

use talkloom_store::repository::{NewJob, state};

use crate::child::WorkerProcess;
use crate::kinds::{self, Forever, Overflows, Panics, job};
use crate::setting::{PATIENCE, Setting, add, find, quick, until, until_all, work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn panics_and_endless_loops_are_survived() {
    let setting = Setting::new("sqlite");
    let app = setting.app().await;
    let worker = work(&app, quick()).await;
    let (panics, forever) = (job(&app, &Panics {}), job(&app, &Forever {}));
    add(&app, &[panics.clone(), forever.clone()]).await;
    add(&app, &kinds::effects(&app, 50, 0)).await;
    until(&app, "all ended", |counts| {
        counts.get(state::DONE) == Some(&50) && counts.get(state::DEAD) == Some(&2)
    })
    .await;
    let told = find(&app, &panics.id).await.error.unwrap();
    assert_eq!(told, "It broke off: as the test wants it");
    let told = find(&app, &forever.id).await.error.unwrap();
    assert_eq!(told, "It took longer than 0.2 seconds.");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_kills_its_workers_is_left_alone() {
    let setting = Setting::new("sqlite");
    let app = setting.app().await;
    let poison = NewJob {
        priority: talkloom_store::repository::Priority::High,
        ..job(&app, &Overflows {})
    };
    add(&app, std::slice::from_ref(&poison)).await;
    add(&app, &kinds::effects(&app, 30, 0)).await;
    let began = Instant::now();
    let mut deaths = 0;
    let mut child = WorkerProcess::start(&setting.place);
    while find(&app, &poison.id).await.state != state::DEAD {
        if !child.is_running() {
            deaths += 1;
            child = WorkerProcess::start(&setting.place);
        }
        assert!(began.elapsed() < PATIENCE, "after {deaths} deaths");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    until_all(&app, state::DONE, 30).await;
    let dead = find(&app, &poison.id).await;
    assert_eq!((dead.crashes, dead.failures), (5, 0));
    assert!(deaths >= 4, "{deaths}");
}
