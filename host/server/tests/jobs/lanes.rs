//! One lane's backlog delays no other.

use talkloom_store::Repositories;
use talkloom_store::repository::{NewJob, Outcome, Verdict, state};

use crate::kinds::{self, Effect, job};
use crate::setting::{Setting, add, list};

crate::in_every_setting!(a_lane_runs_a_few_at_a_time);

async fn a_lane_runs_a_few_at_a_time(setting: Setting) {
    let app = setting.app().await;
    let backlog: Vec<_> = (0..500)
        .map(|_| NewJob {
            lane: Some("endpoint".into()),
            ..job(&app, &Effect { work_ms: 0 })
        })
        .collect();
    add(&app, &backlog).await;
    let other = kinds::effects(&app, 1, 0);
    add(&app, &other).await;

    let now = app.clock.now_ms();
    let mut handed = Vec::new();
    loop {
        let tx = app.store.begin().await.unwrap();
        let (claimed, more) = tx.job_queue().claim("w", 100, now).await.unwrap();
        tx.commit().await.unwrap();
        handed.extend(claimed.into_iter().map(|job| job.id));
        if !more {
            break;
        }
    }
    assert_eq!(handed.len(), 4, "three of the lane and the other");
    assert!(handed.contains(&other[0].id));
    let held = list(&app).await;
    let held = held.iter().filter(|job| job.state == state::HELD).count();
    assert_eq!(held, 497);

    let of_lane = handed.iter().find(|id| **id != other[0].id).unwrap();
    let tx = app.store.begin().await.unwrap();
    let taken = tx
        .job_queue()
        .take(&[of_lane], "w", now + 1_000, now)
        .await
        .unwrap();
    let verdict = Verdict {
        id: taken[0].id.clone(),
        attempt: taken[0].attempt,
        outcome: Outcome::Done(None),
    };
    tx.job_queue().settle(&[&verdict], now).await.unwrap();
    tx.commit().await.unwrap();
    let waiting = list(&app).await;
    let waiting = waiting.iter().filter(|job| job.state == state::WAITING);
    assert_eq!(waiting.count(), 1, "the next of the lane follows");
}
