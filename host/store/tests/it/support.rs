//! A store on its own file or database, with two workspaces of which the second is the stranger.

use rand::SeedableRng;
use rand::rngs::StdRng;
use services::Place;
use talkloom_store::repository::{NewAnswer, NewBot, NewLog, NewVersion, ResultState};
use talkloom_store::{
    Advance, BotId, Database, JournalEntry, Repositories, ResultId, Session, SessionId,
    SessionWrite, Store, TurnWrite, VariableChange, VersionId, VisitedEdge, WorkspaceId,
};

pub const NOW: i64 = 1_767_225_600_000;

pub struct TestStore {
    pub store: Store,
    pub place: Place,
    pub owner: WorkspaceId,
    pub stranger: WorkspaceId,
    pub bot: BotId,
    pub version: VersionId,
    random: StdRng,
}

impl TestStore {
    /// A store with one published bot, `demo`, of the first workspace.
    pub async fn new() -> Self {
        let place = place();
        let store = open(&place).await;
        let mut random = StdRng::seed_from_u64(7);
        let this = Self {
            owner: WorkspaceId::default(),
            stranger: WorkspaceId::draw(NOW, &mut random),
            bot: BotId::draw(NOW, &mut random),
            version: VersionId::draw(NOW, &mut random),
            store,
            place,
            random,
        };
        this.publish_demo().await;
        this
    }

    async fn publish_demo(&self) {
        let tx = self.store.begin().await.unwrap();
        tx.workspaces()
            .add(&self.stranger, "Strangers", NOW)
            .await
            .unwrap();
        tx.bots()
            .add(&self.owner, new_bot(&self.bot, "demo"), NOW)
            .await
            .unwrap();
        let version = NewVersion {
            id: self.version.clone(),
            bot_id: self.bot.clone(),
            document: "{}".into(),
            lock: "{}".into(),
            is_preview: false,
            author_id: None,
            note: None,
        };
        tx.versions().add(&self.owner, version, NOW).await.unwrap();
        tx.bots()
            .set_published(&self.owner, &self.bot, Some(&self.version))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A first turn that leaves one of everything.
    pub fn start(&mut self) -> (SessionId, ResultId, TurnWrite) {
        self.start_at(NOW)
    }

    /// A first turn at a time.
    pub fn start_at(&mut self, now_ms: i64) -> (SessionId, ResultId, TurnWrite) {
        let session = SessionId::draw(now_ms, &mut self.random);
        let result = ResultId::draw(now_ms, &mut self.random);
        let start = Session {
            id: session.clone(),
            workspace_id: self.owner.clone(),
            bot_id: self.bot.clone(),
            version_id: self.version.clone(),
            result_id: Some(result.clone()),
            state: "{}".into(),
            turn: 1,
            is_preview: false,
            created_at: now_ms,
            updated_at: now_ms,
        };
        let start = SessionWrite::Start(Box::new(start));
        let mut write = self.write(start, &session, &result, 1);
        write.journal.created_at = now_ms;
        write.now_ms = now_ms;
        (session, result, write)
    }

    /// A further turn that leaves one of everything.
    pub fn advance(&self, session: &SessionId, result: &ResultId, from_turn: i64) -> TurnWrite {
        let advance = Advance {
            id: session.clone(),
            from_turn,
            state: format!("{{\"after\":{from_turn}}}"),
        };
        self.write(
            SessionWrite::Advance(advance),
            session,
            result,
            from_turn + 1,
        )
    }

    pub fn write(
        &self,
        write: SessionWrite,
        session: &SessionId,
        result: &ResultId,
        turn: i64,
    ) -> TurnWrite {
        let index = i32::try_from(turn).unwrap();
        TurnWrite {
            workspace_id: self.owner.clone(),
            session: write,
            results: vec![ResultState {
                id: result.clone(),
                bot_id: self.bot.clone(),
                variables: "[]".into(),
                has_started: turn > 1,
                is_completed: false,
            }],
            answers: vec![NewAnswer {
                result_id: result.clone(),
                block_id: "b1".into(),
                content: format!("answer {turn}"),
                attached_file_urls: None,
            }],
            logs: vec![NewLog {
                result_id: result.clone(),
                status: "error".into(),
                description: "Something failed.".into(),
                details: None,
                context: None,
            }],
            visited_edges: vec![VisitedEdge {
                result_id: result.clone(),
                index,
                edge_id: "e1".into(),
            }],
            variable_changes: vec![VariableChange {
                result_id: result.clone(),
                index,
                block_id: "b1".into(),
                block_index: 0,
                variable_id: "v1".into(),
                value: "\"x\"".into(),
            }],
            listened: None,
            journal: JournalEntry {
                session_id: session.clone(),
                turn,
                workspace_id: self.owner.clone(),
                result_id: Some(result.clone()),
                entry: b"entry".to_vec(),
                created_at: NOW,
            },
            idempotency_key: None,
            jobs: Vec::new(),
            now_ms: NOW + turn,
        }
    }
}

/// Where a test's store lives.
pub fn place() -> Place {
    Place::new(migrate).expect("a place for the data")
}

/// Brings the schema to an empty database, on a thread of its own: a test may run on a runtime.
fn migrate(url: &str) -> anyhow::Result<()> {
    let database = Database::Postgres(url.to_owned());
    let migrating = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            Store::open(&database).await?.close().await;
            anyhow::Ok(())
        })
    });
    migrating.join().expect("migrating does not panic")
}

/// The database of a place.
pub fn database(place: &Place) -> Database {
    match place.postgres() {
        Some(url) => Database::Postgres(url.to_owned()),
        None => Database::Sqlite(place.path().join("talkloom.db")),
    }
}

/// Opens the store of a place.
pub async fn open(place: &Place) -> Store {
    Store::open(&database(place))
        .await
        .expect("a fresh store opens")
}

pub fn new_bot(id: &BotId, public_id: &str) -> NewBot {
    NewBot {
        id: id.clone(),
        name: "Demo".into(),
        public_id: public_id.into(),
        source_id: Some("elsewhere".into()),
        document: "{\"groups\":[]}".into(),
    }
}
