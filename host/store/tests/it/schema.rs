//! The schema goes forward and back, with what lies in it.

use talkloom_store::{Repositories, schema};

use crate::support::{TestStore, database, open};

/// The step before versions were numbered: the schema of a first release.
const FIRST: &str = "m20261122_000005_idempotency";

#[tokio::test]
async fn data_of_an_earlier_schema_comes_along() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    test.store.close().await;
    let database = database(&test.place);
    let steps = schema::status(&database).await.unwrap();
    assert!(steps.iter().all(|step| step.is_applied), "{steps:?}");
    let first = steps.iter().position(|step| step.name == FIRST).unwrap();
    let later = u32::try_from(steps.len() - first - 1).unwrap();
    let back = schema::down(&database, later).await.unwrap();
    assert_eq!(back.len(), later as usize);
    assert_eq!(back[0].name, steps.last().unwrap().name);

    let store = open(&test.place).await;
    let reader = store.reader();
    let version = reader.versions().find(&test.owner, &test.version).await;
    assert_eq!(
        version.unwrap().unwrap().number,
        Some(1),
        "versions that are there are counted"
    );
    let bot = reader.bots().find(&test.owner, &test.bot).await.unwrap();
    let bot = bot.unwrap();
    assert_eq!((bot.revision, bot.shows_brand), (0, true));
    assert_eq!(bot.published_version_id, Some(test.version.clone()));
    let answers = reader.answers().of_result(&test.owner, &result).await;
    assert_eq!(answers.unwrap().len(), 1);
    let found = reader.sessions().find(&test.owner, &session).await.unwrap();
    assert_eq!(found.map(|session| session.turn), Some(1));
    store.close().await;
}

#[tokio::test]
async fn the_whole_schema_goes_back_and_forward_again() {
    let mut test = TestStore::new().await;
    let (_, _, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    test.store.close().await;
    let database = database(&test.place);
    let all = schema::status(&database).await.unwrap().len();
    let back = schema::down(&database, 1_000).await.unwrap();
    assert_eq!(back.len(), all);
    let steps = schema::status(&database).await.unwrap();
    assert!(steps.iter().all(|step| !step.is_applied), "{steps:?}");
    let forward = schema::up(&database).await.unwrap();
    assert_eq!(forward.len(), all);
    assert_eq!(schema::up(&database).await.unwrap(), []);

    let store = open(&test.place).await;
    let reader = store.reader();
    let found = reader.workspaces().find(&test.owner).await.unwrap();
    assert!(found.is_some(), "an installation begins with a workspace");
    let bots = reader.bots().page(&test.owner, None, 10).await.unwrap();
    assert_eq!(bots, []);
    store.close().await;
}
