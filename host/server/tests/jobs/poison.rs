//! Jobs that harm whoever runs them.

use talkloom_store::repository::{NewJob, state};
use tokio::sync::Mutex;

use crate::child::WorkerProcess;
use crate::kinds::{self, Forever, Overflows, Panics, job};
use crate::setting::{Setting, add, awaited, find, quick, until, until_all, work};

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
    let workers = Mutex::new((WorkerProcess::start(&setting.place), 0));
    awaited("the end of the poison", async || {
        let (child, deaths) = &mut *workers.lock().await;
        if !child.is_running() {
            *deaths += 1;
            *child = WorkerProcess::start(&setting.place);
        }
        let poison = find(&app, &poison.id).await;
        (poison.state == state::DEAD).then_some(())
    })
    .await;
    let deaths = workers.lock().await.1;
    until_all(&app, state::DONE, 30).await;
    let dead = find(&app, &poison.id).await;
    assert_eq!((dead.crashes, dead.failures), (5, 0));
    assert!(deaths >= 4, "{deaths}");
}
