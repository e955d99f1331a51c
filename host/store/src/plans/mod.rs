//! Every list of the product and every clean-up, planned by PostgreSQL over a million answers: none
//! reads one of the big tables from its beginning to its end.
//!
//! The statements are those that the repositories issue: they are noted on their way, and explained
//! afterwards.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use services::Postgres;

use crate::repository::{EgressFilter, ResultFilter, ResultPlace};
use crate::{
    BotId, Database, FolderId, Repositories, ResultId, SessionId, Store, UserId, WorkspaceId,
};

const FILL: &str = include_str!("fill.sql");

/// Tables that grow with the conversations, with the bots and with the people.
const BIG: [&str; 19] = [
    "answers",
    "api_tokens",
    "audit_log",
    "auth_sessions",
    "bots",
    "edits",
    "egress_log",
    "files",
    "idempotency_keys",
    "invitations",
    "journal",
    "listener_messages",
    "logs",
    "members",
    "results",
    "sessions",
    "variable_history",
    "versions",
    "visited_edges",
];

/// Ids of the filled tables count from 1, and so do their times.
const EARLY_MS: i64 = 46_656;

#[tokio::test]
async fn no_list_reads_a_big_table_through() {
    let server = Postgres::shared().unwrap();
    let database = server.database().unwrap();
    let database_url = Database::Postgres(database.url().to_owned());
    let mut store = Store::open(&database_url).await.unwrap();
    let began = Instant::now();
    database.execute(FILL).unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );

    let noted = Noted::default();
    noted.watch(&mut store.reader.0);
    noted.watch(&mut store.writer.connection);
    lists(&store).await;
    details(&store).await;
    clean_ups(&store).await;
    let statements = noted.take();
    assert!(statements.len() > 50, "{}", statements.len());
    let mut slow = Vec::new();
    for statement in statements {
        let plan = explain(&store.reader.0, &statement).await;
        if BIG.iter().any(|table| reads_through(&plan, table)) {
            slow.push(format!("{}\n{plan}\n", statement.sql));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
    store.close().await;
}

fn reads_through(plan: &str, table: &str) -> bool {
    let scan = format!("Seq Scan on {table}");
    let mut scans = plan.lines().filter_map(|line| line.split_once(&scan));
    scans.any(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
}

/// Statements on their way.
#[derive(Clone, Default)]
struct Noted(Arc<Mutex<Vec<Statement>>>);

impl Noted {
    fn watch(&self, connection: &mut DatabaseConnection) {
        let noted = self.clone();
        connection.set_metric_callback(move |info| {
            let mut statements = noted.0.lock().unwrap_or_else(PoisonError::into_inner);
            statements.push(info.statement.clone());
        });
    }

    fn take(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn explain(connection: &DatabaseConnection, statement: &Statement) -> String {
    let sql = format!("EXPLAIN {}", statement.sql);
    let values = statement.values.clone().map(|values| values.0);
    let values = values.unwrap_or_default();
    let explain = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let rows = connection.query_all_raw(explain).await.unwrap();
    let lines = rows.iter().map(|row| row.try_get_by_index::<String>(0));
    lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

async fn lists(store: &Store) {
    let reader = store.reader();
    let workspace = WorkspaceId::default();
    let bot = BotId("b00000001".into());
    let place = ResultPlace {
        created_at: 90_000,
        id: ResultId("c00090000".into()),
    };
    let none = ResultFilter::default;
    for filter in [
        none(),
        ResultFilter {
            is_completed: Some(true),
            ..none()
        },
        ResultFilter {
            from_ms: Some(50_000),
            until_ms: Some(60_000),
            ..none()
        },
        ResultFilter {
            text: Some("nowhere".into()),
            ..none()
        },
        ResultFilter {
            text: Some("answer 7".into()),
            has_started: Some(true),
            ..none()
        },
    ] {
        for before in [None, Some(&place)] {
            let results = reader.results();
            let page = results.filtered(&workspace, &bot, &filter, before, 50);
            page.await.unwrap();
        }
    }
    reader
        .results()
        .count_filtered(&workspace, &bot, &none())
        .await
        .unwrap();
    let (folder, last) = (FolderId("f1".into()), BotId("b00000900".into()));
    for before in [None, Some(&last)] {
        reader.bots().page(&workspace, before, 50).await.unwrap();
        reader
            .bots()
            .in_folder(&workspace, None, before, 50)
            .await
            .unwrap();
        let bots = reader.bots();
        bots.in_folder(&workspace, Some(&folder), before, 50)
            .await
            .unwrap();
    }
    for before in [None, Some(50)] {
        reader
            .versions()
            .page(&workspace, &bot, before, 20)
            .await
            .unwrap();
        reader
            .audit_log()
            .page(&workspace, before, 50)
            .await
            .unwrap();
    }
    reader
        .edits()
        .after(&workspace, &bot, 100, 50)
        .await
        .unwrap();
    reader
        .sessions()
        .previews(&workspace, &bot, 20)
        .await
        .unwrap();
    sent_by_blocks(store).await;
    let user = UserId("u00000007".into());
    for after in [None, Some(&user)] {
        reader.members().page(&workspace, after, 50).await.unwrap();
        reader.users().page(after, 50).await.unwrap();
    }
    reader.members().of_user(&user).await.unwrap();
    reader.auth_sessions().all(&user).await.unwrap();
    reader.accounts().all(&user).await.unwrap();
    reader.collaborators().of_user(&user).await.unwrap();
    reader
        .collaborators()
        .of_bot(&workspace, &bot)
        .await
        .unwrap();
    reader.invitations().to("7@example.com", 0).await.unwrap();
    let quiet = WorkspaceId("w00000003".into());
    reader.invitations().all(&quiet).await.unwrap();
    reader.api_tokens().all(&quiet).await.unwrap();
    reader.webhook_endpoints().list(&quiet).await.unwrap();
    reader.folders().within(&quiet, None).await.unwrap();
}

async fn sent_by_blocks(store: &Store) {
    let none = || EgressFilter {
        limit: 50,
        ..EgressFilter::default()
    };
    let bot = Some(BotId("b00000001".into()));
    let (block, host) = (Some("acme/b1".into()), Some("h7.example".into()));
    for filter in [
        none(),
        EgressFilter { bot, ..none() },
        EgressFilter { block, ..none() },
        EgressFilter { host, ..none() },
        EgressFilter {
            before: Some(90_000),
            ..none()
        },
    ] {
        let log = store.reader().egress_log();
        assert_eq!(log.page(&filter).await.unwrap().len(), 50);
    }
}

async fn details(store: &Store) {
    let reader = store.reader();
    let workspace = WorkspaceId::default();
    let bot = BotId("b00000001".into());
    let (result, session) = (ResultId("c00000777".into()), SessionId("c00000777".into()));
    reader
        .answers()
        .of_result(&workspace, &result)
        .await
        .unwrap();
    reader.logs().of_result(&workspace, &result).await.unwrap();
    reader
        .visited_edges()
        .of_result(&workspace, &result)
        .await
        .unwrap();
    reader
        .variable_history()
        .of_result(&workspace, &result)
        .await
        .unwrap();
    reader.files().of_result(&workspace, &result).await.unwrap();
    reader.files().awaited(&workspace, &result).await.unwrap();
    reader.files().count(&workspace, "folder/7").await.unwrap();
    reader
        .journal()
        .of_session(&workspace, &session)
        .await
        .unwrap();
    reader
        .results()
        .find(&workspace, &bot, &result)
        .await
        .unwrap();
    reader.results().whose(&workspace, &result).await.unwrap();
    reader.sessions().find(&workspace, &session).await.unwrap();
    reader.bots().find(&workspace, &bot).await.unwrap();
    reader
        .bots()
        .find_linked(&workspace, "elsewhere")
        .await
        .unwrap();
    reader.api_tokens().owner("d7", 0).await.unwrap();
    reader.auth_sessions().owner("d7", 0).await.unwrap();
    let visitors = reader.visitors();
    visitors.published("public-7").await.unwrap();
    visitors.session(&session).await.unwrap();
    visitors.session_of_result(&result).await.unwrap();
    visitors.keyed_reply(&session, "k").await.unwrap();
    let messages = reader.listener_messages();
    messages.next(&workspace, "c00000777", "b1").await.unwrap();
    messages.waiting(&workspace, "c00000777").await.unwrap();
}

async fn clean_ups(store: &Store) {
    let workspace = WorkspaceId::default();
    // Dropped at the end: everything stays where it is.
    let tx = store.begin().await.unwrap();
    let retention = tx.retention();
    retention.sessions(EARLY_MS, 100).await.unwrap();
    retention.previews(EARLY_MS, 100).await.unwrap();
    retention.preview_versions(EARLY_MS, 100).await.unwrap();
    assert_eq!(retention.journal(EARLY_MS, 100).await.unwrap(), 100);
    retention.preview_journal(EARLY_MS, 100).await.unwrap();
    assert_eq!(
        retention.idempotency_keys(EARLY_MS, 100).await.unwrap(),
        100
    );
    retention.listener_messages(EARLY_MS, 100).await.unwrap();
    assert_eq!(
        retention.results(&workspace, EARLY_MS, 10).await.unwrap(),
        10
    );
    retention.audit_log(EARLY_MS, 100).await.unwrap();
    assert_eq!(retention.egress_log(EARLY_MS, 100).await.unwrap(), 100);
    retention.auth_sessions(EARLY_MS, 100).await.unwrap();
    retention.invitations(EARLY_MS, 100).await.unwrap();
}
