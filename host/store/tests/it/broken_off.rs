//! PostgreSQL goes away in the midst of a turn's commit: the turn is stored once or not at all, and
//! the store knows which.

use std::time::{Duration, Instant};

use services::{Cut, Postgres, Proxy, TestDatabase};
use talkloom_store::{Repositories, ResultId, SessionId, StoreError, patiently};

use crate::support::TestStore;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// What stands in the second turn's statement and in no other.
const MARKER: &str = "answer 2";

struct BrokenOff {
    test: TestStore,
    session: SessionId,
    result: ResultId,
    proxy: Proxy,
    // Dropped in this order: a database before its server.
    _database: TestDatabase,
    _server: Postgres,
}

impl BrokenOff {
    /// A conversation of one turn, over a proxy.
    async fn new() -> Self {
        let server = Postgres::shared().unwrap();
        let database = server.database().unwrap();
        let proxy = Proxy::before(database.url()).unwrap();
        let mut test = TestStore::on_postgres(proxy.url()).await;
        let (session, result, first) = test.start();
        test.store.commit_turn(first).await.unwrap();
        Self {
            test,
            session,
            result,
            proxy,
            _database: database,
            _server: server,
        }
    }

    async fn second_turn(&self) -> Result<(), StoreError> {
        let write = self.test.advance(&self.session, &self.result, 1);
        self.test.store.commit_turn(write).await
    }

    /// Waits until the turn was broken off.
    async fn until_cut(&self) {
        let began = Instant::now();
        while !self.proxy.has_cut() {
            assert!(began.elapsed() < PATIENCE, "no statement held the marker");
            tokio::task::yield_now().await;
        }
    }

    async fn answers(&self) -> Vec<String> {
        let reader = self.test.store.reader();
        let (owner, result) = (&self.test.owner, &self.result);
        let answers = patiently(|| async { reader.answers().of_result(owner, result).await });
        let answers = answers.await.unwrap().into_iter();
        answers.map(|answer| answer.content).collect()
    }
}

#[tokio::test]
async fn a_turn_whose_commit_breaks_off_is_stored_once() {
    for cut in [Cut::After, Cut::Before] {
        let broken = BrokenOff::new().await;
        broken.proxy.cut(MARKER, cut);
        let back = async {
            broken.until_cut().await;
            broken.proxy.come_back();
        };
        let (stored, ()) = tokio::join!(broken.second_turn(), back);
        stored.unwrap();
        assert_eq!(broken.answers().await, ["answer 1", "answer 2"], "{cut:?}");
        let again = broken.second_turn().await;
        assert!(
            matches!(again, Err(StoreError::Conflict { .. })),
            "{again:?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_found_out_in_time_is_found_out_later() {
    for cut in [Cut::After, Cut::Before] {
        let broken = BrokenOff::new().await;
        broken.proxy.cut(MARKER, cut);
        let began = Instant::now();
        let Err(StoreError::Unsettled { turn }) = broken.second_turn().await else {
            panic!("the server was away: nothing can be known");
        };
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
        broken.proxy.come_back();
        let is_stored = broken.test.store.is_stored(&turn).await.unwrap();
        assert_eq!(is_stored, cut == Cut::After);
    }
}
