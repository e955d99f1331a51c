//! A bot's results as a file.

use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use talkloom_server::jobs::kinds::{Cleanup, ExportFormat, ExportResults, address_of, file_of};
use talkloom_server::jobs::new_job;
use talkloom_server::router::router;
use talkloom_server::{App, Clock};
use talkloom_store::repository::{NewAnswer, NewBot, ResultState, state};
use talkloom_store::{BotId, Job, JobId, Repositories, ResultId, SessionId, WorkspaceId};
use tower::ServiceExt;

use crate::child::WorkerProcess;
use crate::setting::{NOW_MS, Setting, add_for, awaited, find, quick, until_all, work};

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// A bot with an input of every sort that counts for columns.
fn document() -> Value {
    let input = |id: &str, kind: &str, variable: Option<&str>| json!({"id": id, "type": kind, "options": {"variableId": variable}});
    let groups = [
        (
            "Who",
            vec![
                input("b1", "text input", Some("v1")),
                input("b2", "email input", Some("v2")),
                input("b3", "number input", Some("v3")),
            ],
        ),
        (
            "What",
            vec![
                json!({"id": "b4", "type": "choice input", "items": [], "options":
                {"variableId": "v4", "isMultipleChoice": true}}),
                input("b5", "file input", None),
                input("b6", "rating input", None),
                // Asks again for the same variable.
                input("b7", "text input", Some("v1")),
            ],
        ),
    ];
    let groups = groups.map(|(title, blocks)| {
        json!({"id": title, "title": title, "graphCoordinates": {"x": 0, "y": 0}, "blocks": blocks})
    });
    let variable =
        |id: &str, name: &str| json!({"id": id, "name": name, "isSessionVariable": false});
    json!({
        "version": "6.1", "id": "source", "name": "Export", "events": [], "edges": [],
        "groups": groups, "theme": {}, "settings": {},
        "variables": [
            variable("v1", "Name"), variable("v2", "=Mail"), variable("v3", "Age"),
            variable("v4", "Colours"), variable("v5", "Score"),
            json!({"id": "v6", "name": "Passing", "isSessionVariable": true}),
        ],
    })
}

async fn bot(app: &App) -> BotId {
    let id = BotId("cexport".into());
    let new = NewBot {
        id: id.clone(),
        name: "Export".into(),
        public_id: "export".into(),
        source_id: None,
        document: document().to_string(),
    };
    let tx = app.store.begin().await.unwrap();
    let workspace = WorkspaceId::default();
    tx.bots().add(&workspace, new, NOW_MS).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// A result with its variables and its answers.
async fn result(
    app: &App,
    bot: &BotId,
    id: &str,
    variables: Value,
    answers: &[(&str, &str, &[&str])],
) {
    let id = ResultId(id.into());
    let state = ResultState {
        id: id.clone(),
        bot_id: bot.clone(),
        variables: variables.to_string(),
        has_started: !answers.is_empty(),
        is_completed: false,
    };
    let answers: Vec<_> = answers
        .iter()
        .map(|(block, content, files)| NewAnswer {
            result_id: id.clone(),
            block_id: (*block).into(),
            content: (*content).into(),
            attached_file_urls: (!files.is_empty()).then(|| json!(files).to_string()),
        })
        .collect();
    let workspace = WorkspaceId::default();
    let session = SessionId("s".into());
    let tx = app.store.begin().await.unwrap();
    let results = tx.results();
    let saved = results
        .save(&[(&workspace, &session, &state)], NOW_MS)
        .await;
    saved.unwrap();
    let answers: Vec<_> = answers.iter().collect();
    tx.answers().add(&answers, NOW_MS).await.unwrap();
    tx.commit().await.unwrap();
}

async fn export(app: &App, bot: &BotId, format: ExportFormat) -> JobId {
    let job = ExportResults {
        bot: bot.clone(),
        format,
    };
    let job = new_job(&job, &app.clock, &app.entropy);
    add_for(app, std::slice::from_ref(&job)).await;
    job.id
}

async fn ended(app: &App, id: &JobId) -> Job {
    awaited("the export ends", async || {
        let job = find(app, id).await;
        [state::DONE, state::DEAD]
            .contains(&&*job.state)
            .then_some(job)
    })
    .await
}

fn exported(folder: &Path, job: &Job) -> String {
    let key = file_of(job).unwrap_or_else(|| panic!("{job:?}"));
    std::fs::read_to_string(folder.join("files").join(key.to_string())).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_answer_has_its_column() {
    let setting = Setting::new("sqlite");
    let app = setting.app().await;
    let bot = bot(&app).await;
    let set = |id: &str, value: Value| json!({"id": id, "name": "", "value": value});
    let variables = json!([
        set("v1", json!("Ada")),
        set("v5", json!(["a", 2])),
        set("v6", json!("passing")),
    ]);
    let file = "http://localhost/files/a.png";
    let answers: [(&str, &str, &[&str]); 7] = [
        ("b1", "Ada \"L.\", Countess\nof Lovelace", &[]),
        ("b2", "=HYPERLINK(\"http://x\")", &[]),
        ("b3", "-36", &[]),
        ("b4", "red, blue", &[]),
        ("b5", file, &[]),
        ("b6", "5", &[]),
        ("b7", "Ada again", &[file]),
    ];
    result(&app, &bot, "r2", variables, &answers).await;
    result(&app, &bot, "r1", json!([]), &[("b1", "日本語", &[])]).await;
    result(&app, &bot, "r0", json!([]), &[]).await;
    let worker = setting.first_party_worker(&app).await;

    let job = ended(&app, &export(&app, &bot, ExportFormat::Csv).await).await;
    let csv = exported(&setting.place.folder, &job);
    let mut lines = csv::ReaderBuilder::new();
    let mut lines = lines.has_headers(false).from_reader(csv.as_bytes());
    let rows: Vec<Vec<String>> = lines.deserialize().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 3, "who answered nothing is left out: {csv}");
    let titles = [
        "Submitted at",
        "Name",
        "'=Mail",
        "Age",
        "Colours",
        "What",
        "What 2",
        "Score",
    ];
    assert_eq!(rows[0], titles);
    let name = format!("Ada \"L.\", Countess\nof Lovelace, Ada again, {file}");
    let time = "2026-01-01T00:00:00.000Z";
    let mail = "'=HYPERLINK(\"http://x\")";
    assert_eq!(
        rows[1],
        [time, &name, mail, "-36", "red, blue", file, "5", "a, 2"]
    );
    assert_eq!(rows[2], [time, "日本語", "", "", "", "", "", ""]);

    let job = ended(&app, &export(&app, &bot, ExportFormat::Json).await).await;
    let json: Value = serde_json::from_str(&exported(&setting.place.folder, &job)).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
    // No spreadsheet reads this: it is as it was given.
    assert_eq!(json[0]["=Mail"], "=HYPERLINK(\"http://x\")");
    assert_eq!(json[0]["Name"], name);
    assert_eq!(json[1]["Score"], "");
    worker.stop().await;
}

async fn get(app: &App, path: &str) -> (u16, String, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router(app.clone()).oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let headers = format!("{:?}", answer.headers());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, headers, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_reached_by_a_signed_address_and_goes_with_its_job() {
    let setting = Setting::new("sqlite");
    let clock = Clock::manual(NOW_MS);
    let app = setting.app_with(&clock, |_| {}).await;
    let bot = bot(&app).await;
    result(&app, &bot, "r1", json!([]), &[("b1", "Ada", &[])]).await;
    let worker = setting.first_party_worker(&app).await;
    let id = export(&app, &bot, ExportFormat::Csv).await;
    let job = ended(&app, &id).await;
    let path = address_of(&app, "", &job, DAY).await.unwrap().unwrap();
    let (status, headers, body) = get(&app, &path).await;
    assert_eq!(status, 200);
    assert!(
        headers.contains("attachment; filename=\\\"results.csv\\\""),
        "{headers}"
    );
    assert!(headers.contains("private, no-store"), "{headers}");
    assert!(body.ends_with(",Ada,,,,,,\n"), "{body}");
    let file = file_of(&job).unwrap().to_string();
    assert_eq!(
        get(&app, &format!("/files/{file}")).await.0,
        404,
        "it is private"
    );

    clock.advance(86_400_000);
    assert_eq!(get(&app, &path).await.0, 403, "its time is over");

    clock.advance(7 * 86_400_000);
    let path = address_of(&app, "", &job, DAY).await.unwrap().unwrap();
    let cleanup = new_job(&Cleanup::Jobs, &app.clock, &app.entropy);
    add_for(&app, std::slice::from_ref(&cleanup)).await;
    assert_eq!(ended(&app, &cleanup.id).await.state, state::DONE);
    let queue = app.store.reader().job_queue();
    assert_eq!(queue.find(&id).await.unwrap(), None);
    let gone = get(&app, &path).await;
    assert_eq!(gone.0, 404, "{gone:?}");
    worker.stop().await;
}

/// Adds results with three answers each, past the repositories: that is quicker.
async fn fill(setting: &Setting, bot: &BotId, results: u32) {
    let database = setting.place.folder.join("talkloom.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", database.display()))
        .await
        .unwrap();
    for sql in [
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
         INSERT INTO results (id, workspace_id, bot_id, variables, has_started, is_completed, \
         is_archived, created_at, updated_at) \
         SELECT printf('c%09d', i), 'wdefault', ?2, '[{\"id\":\"v5\",\"name\":\"Score\",\"value\":7}]', \
         1, 1, 0, i, i FROM n",
        "INSERT INTO answers (result_id, block_id, content, created_at) \
         SELECT r.id, b.column1, 'an answer of ' || r.id, 1 FROM results r, \
         (VALUES ('b1'), ('b2'), ('b5')) b WHERE r.bot_id = ?2 AND ?1 > 0",
    ] {
        let filling = sqlx::query(sql).bind(results).bind(bot.as_str());
        filling.execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

fn files(folder: &Path) -> usize {
    let exports = folder.join("files/private/workspaces/wdefault/exports");
    std::fs::read_dir(exports).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_export_is_written_once() {
    const RESULTS: u32 = 20_000;
    let setting = Setting::new("sqlite");
    let app = setting.app().await;
    let bot = bot(&app).await;
    fill(&setting, &bot, RESULTS).await;
    let worker = WorkerProcess::start(&setting.place);
    let id = export(&app, &bot, ExportFormat::Csv).await;
    awaited("it is under way", async || {
        let job = find(&app, &id).await;
        assert_ne!(job.state, state::DONE, "it was too quick to be killed");
        (job.progress > 0).then_some(())
    })
    .await;
    worker.send(Signal::SIGKILL);
    assert_eq!(files(&setting.place.folder), 0, "nothing stands there half");
    let worker = work(&app, quick()).await;
    until_all(&app, state::DONE, 1).await;
    let job = find(&app, &id).await;
    assert_eq!((job.crashes, job.attempt, job.progress), (1, 2, 100));
    let result: Value = serde_json::from_str(job.result.as_deref().unwrap()).unwrap();
    assert_eq!(result["results"], RESULTS);
    assert_eq!(files(&setting.place.folder), 1);
    let lines = exported(&setting.place.folder, &job).lines().count();
    assert_eq!(lines, RESULTS as usize + 1);
    worker.stop().await;
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kb.unwrap_or_default() / 1_024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_results_are_never_in_memory_together() {
    const RESULTS: u32 = 100_000;
    let setting = Setting::new("sqlite");
    let app = setting.app().await;
    let bot = bot(&app).await;
    fill(&setting, &bot, RESULTS).await;
    let worker = setting.first_party_worker(&app).await;
    let (before, most) = (resident_mb(), std::sync::atomic::AtomicU64::new(0));
    let began = std::time::Instant::now();
    let id = export(&app, &bot, ExportFormat::Json).await;
    let job = awaited("it is written", async || {
        most.fetch_max(resident_mb(), std::sync::atomic::Ordering::Relaxed);
        let job = find(&app, &id).await;
        [state::DONE, state::DEAD]
            .contains(&&*job.state)
            .then_some(job)
    })
    .await;
    assert_eq!(job.state, state::DONE, "{job:?}");
    let grown = most.into_inner().saturating_sub(before);
    let result: Value = serde_json::from_str(job.result.as_deref().unwrap()).unwrap();
    println!(
        "100,000 results: {result}, {:?}, {grown} MB more than {before}",
        began.elapsed()
    );
    assert!(grown < 100, "{grown} MB");
    worker.stop().await;
}
