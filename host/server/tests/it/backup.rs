//! All data in one file, and back again, into either kind of database.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use services::{Postgres, TestDatabase};
use talkloom_server::backup::{BackupError, Replacing, restore, save};
use talkloom_server::files::FileKey;
use talkloom_server::{App, Clock};
use talkloom_store::Store;
use talkloom_store::dump::LEFT_OUT;

use crate::app::{TestApp, place};
use crate::bots::{bot, text_input};
use crate::s3::S3;
use crate::uploads::{PNG, Sender, files_bot};

/// Where an archive is taken in.
enum Kind {
    /// As the tests run: on SQLite, unless they were asked to run on PostgreSQL.
    Own,
    Postgres,
}

/// A fresh installation.
async fn fresh(kind: &Kind) -> TestApp {
    match kind {
        Kind::Own => TestApp::new().await,
        Kind::Postgres => {
            let server = Postgres::shared().expect("PostgreSQL runs");
            let database: TestDatabase = server.database().expect("a database");
            let url = database.url().to_owned();
            let mut app = TestApp::with(|config| config.database.url = url).await;
            app.keep(database);
            app.keep(server);
            app
        }
    }
}

/// Every row of every table.
async fn rows(store: &Store) -> BTreeMap<String, Vec<Value>> {
    let snapshot = store.snapshot().await.unwrap();
    let mut all = BTreeMap::new();
    for table in snapshot.tables() {
        let mut page = snapshot.page(table, None).await.unwrap();
        let mut rows: Vec<Value> = Vec::new();
        while page.rows > 0 {
            let lines = serde_json::Deserializer::from_slice(&page.lines).into_iter();
            rows.extend(lines.map(|line| line.unwrap()));
            let bytes = page.lines.len();
            page = snapshot.page(table, Some((&page, bytes))).await.unwrap();
        }
        rows.sort_by_cached_key(Value::to_string);
        all.insert(table.name.clone(), rows);
    }
    all
}

/// Every file and its content.
async fn files(app: &App) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let listed: Vec<_> = app.files.list("").collect().await;
    for file in listed {
        let path = file.unwrap().path;
        let key = FileKey::parse(&path).unwrap();
        let open = app.files.open(&key).await.unwrap().unwrap();
        let parts: Vec<_> = open.content.into_data_stream().collect().await;
        let parts: Vec<_> = parts.into_iter().map(Result::unwrap).collect();
        all.insert(path, parts.concat());
    }
    all
}

/// An installation with conversations that wait, one of them with a file.
async fn filled() -> Sender {
    let options = json!({"isMultipleAllowed": true, "variableId": "v_city"});
    filled_in(TestApp::new().await, options).await
}

async fn filled_in(app: TestApp, options: Value) -> Sender {
    let sender = Sender::with(app, &files_bot(options)).await;
    let talk = bot(&[text_input("b_one", "v_name"), text_input("b_two", "v_city")]);
    sender.app.publish("talk", &talk).await;
    for name in ["Ada", "日本語 😀", "quotes \" and \\ and \n lines"] {
        let started = sender.app.start("talk", json!({})).await;
        sender.app.say(started.text("/sessionId"), name).await;
    }
    // The first names the second.
    let folders = "INSERT INTO folders (id, workspace_id, parent_id, name, created_at) VALUES \
         ('cb', 'wdefault', NULL, 'Above', 0), ('ca', 'wdefault', 'cb', 'Below', 0) RETURNING id";
    assert_eq!(sender.app.texts(folders).await.len(), 2);
    let url = sender.send("Ünï.png", "image/png", PNG).await;
    sender.send("b.png", "image/png", &[]).await;
    let reply = sender.app.say(&sender.session, &url).await;
    assert_eq!(reply.text("/input/id"), "b_next", "{}", reply.body);
    sender
}

fn archive(app: &TestApp) -> PathBuf {
    app.app.config.data.join("backup.tar.gz")
}

async fn save_to(app: &App, path: &Path) {
    let saved = save(&app.store, Some(&app.files), &app.clock, path).await;
    saved.expect("it is backed up");
}

async fn restore_into(app: &App, path: &Path) -> Result<(), BackupError> {
    let restored = restore(&app.store, Some(&app.files), path, Replacing::Nothing);
    restored.await.map(drop)
}

async fn comes_back(source: Sender, kind: Kind) {
    let path = archive(&source.app);
    save_to(&source.app.app, &path).await;
    let target = fresh(&kind).await;
    restore_into(&target.app, &path)
        .await
        .expect("it is restored");
    assert_eq!(
        rows(&target.app.store).await,
        rows(&source.app.app.store).await
    );
    assert_eq!(files(&target.app).await, files(&source.app.app).await);

    let reply = target.say(&source.session, "Paris").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let anew = target.start("talk", json!({})).await;
    let reply = target.say(anew.text("/sessionId"), "New").await;
    assert_eq!(
        reply.text("/input/id"),
        "b_two",
        "numbers go on after the old ones"
    );
}

#[tokio::test]
async fn everything_comes_back() {
    comes_back(filled().await, Kind::Own).await;
}

#[tokio::test]
async fn everything_moves_to_postgresql() {
    comes_back(filled().await, Kind::Postgres).await;
}

#[tokio::test]
async fn everything_comes_back_from_postgresql_to_postgresql() {
    let source = filled_in(fresh(&Kind::Postgres).await, json!({})).await;
    comes_back(source, Kind::Postgres).await;
}

#[tokio::test]
async fn everything_moves_from_postgresql() {
    let source = filled_in(fresh(&Kind::Postgres).await, json!({})).await;
    comes_back(source, Kind::Own).await;
}

#[tokio::test]
async fn files_move_into_a_bucket() {
    let source = filled().await;
    let path = archive(&source.app);
    save_to(&source.app.app, &path).await;
    let store = S3::start().await;
    let target = TestApp::with(|config| store.configure(config)).await;
    restore_into(&target.app, &path).await.unwrap();
    assert_eq!(files(&target.app).await, files(&source.app.app).await);
}

/// The program finds the store's keys as the AWS tools do.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_moves_files_into_a_bucket_and_out_of_it() {
    let source = filled().await;
    let path = archive(&source.app);
    save_to(&source.app.app, &path).await;
    let store = S3::start().await;
    let variables = store.variables();
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let target = place();
    for command in ["restore", "backup"] {
        let arguments = [command, path.to_str().unwrap()];
        let output = crate::process::run_with(target.path(), &arguments, &variables);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {told}");
        assert_eq!(store.objects().len(), 2);
    }
    let again = TestApp::new().await;
    restore_into(&again.app, &path).await.unwrap();
    assert_eq!(files(&again.app).await, files(&source.app.app).await);
}

/// While visitors write, an archive has one moment: each result with all that belongs to it.
async fn is_one_moment(kind: Kind) {
    let source = fresh(&kind).await;
    source
        .publish(
            "talk",
            &bot(&[text_input("b_one", "v_name"), text_input("b_two", "v_city")]),
        )
        .await;
    let path = archive(&source);
    let talking = async {
        let mut conversations = 0;
        while !path.exists() {
            let started = source.start("talk", json!({})).await;
            source.say(started.text("/sessionId"), "Ada").await;
            conversations += 1;
        }
        conversations
    };
    let saving = async {
        for _ in 0..20 {
            let started = source.start("talk", json!({})).await;
            source.say(started.text("/sessionId"), "Ada").await;
        }
        save_to(&source.app, &path).await;
    };
    let (conversations, ()) = tokio::join!(talking, saving);
    assert!(conversations > 0);
    let target = fresh(&Kind::Own).await;
    restore_into(&target.app, &path).await.unwrap();
    let rows = rows(&target.app.store).await;
    let all = rows["results"].len();
    assert!(all >= 20, "{all}");
    let turns = rows["sessions"]
        .iter()
        .map(|row| (&row["id"], &row["turn"]));
    for (session, turn) in turns {
        let entries = rows["journal"]
            .iter()
            .filter(|row| row["session_id"] == *session);
        let last = entries.map(|row| row["turn"].as_i64().unwrap()).max();
        assert_eq!(last, turn.as_i64(), "{session}");
    }
    let answered = rows["results"]
        .iter()
        .filter(|row| row["has_started"] == json!(true));
    assert_eq!(rows["answers"].len(), answered.count());
}

#[tokio::test]
async fn an_archive_is_one_moment() {
    is_one_moment(Kind::Own).await;
}

#[tokio::test]
async fn an_archive_of_postgresql_is_one_moment() {
    is_one_moment(Kind::Postgres).await;
}

#[tokio::test]
async fn what_is_there_is_replaced_only_when_asked() {
    let source = filled().await;
    let path = archive(&source.app);
    save_to(&source.app.app, &path).await;
    let target = filled().await;
    let app = &target.app.app;
    let mine = FileKey::new(["public", "mine"], "mine.png");
    let content = stream::iter([Ok(Bytes::from(PNG))]);
    app.files.write(&mine, "image/png", content).await.unwrap();
    let before = (rows(&app.store).await, files(app).await);
    let refused = restore_into(app, &path).await.unwrap_err();
    assert!(refused.to_string().contains("--replace"), "{refused}");
    assert!((rows(&app.store).await, files(app).await) == before);
    let replaced = restore(&app.store, Some(&app.files), &path, Replacing::Everything).await;
    replaced.expect("it is replaced");
    let source = &source.app.app;
    assert_eq!(rows(&app.store).await, rows(&source.store).await);
    assert_eq!(files(app).await, files(source).await);
}

/// The entries of an archive.
fn entries(path: &Path) -> Vec<(String, Vec<u8>)> {
    let file = std::fs::File::open(path).unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        (
            entry.path().unwrap().to_string_lossy().into_owned(),
            content,
        )
    };
    archive.entries().unwrap().map(read).collect()
}

fn pack(path: &Path, entries: &[(String, Vec<u8>)]) {
    let file = std::fs::File::create(path).unwrap();
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        archive
            .append_data(&mut header, name, &content[..])
            .unwrap();
    }
    archive
        .into_inner()
        .unwrap()
        .finish()
        .unwrap()
        .flush()
        .unwrap();
}

#[tokio::test]
async fn a_damaged_or_newer_archive_is_refused() {
    let source = filled().await;
    let path = archive(&source.app);
    save_to(&source.app.app, &path).await;
    let target = TestApp::new().await;
    let before = rows(&target.app.store).await;
    let bytes = std::fs::read(&path).unwrap();
    let whole = entries(&path);
    let bad = source.app.app.config.data.join("bad.tar.gz");
    let refuse = async |told: &str| {
        let refused = restore_into(&target.app, &bad).await.unwrap_err();
        assert!(refused.to_string().contains(told), "{told}: {refused}");
        assert!(rows(&target.app.store).await == before);
        assert!(files(&target.app).await.is_empty());
    };
    for end in [0, 20, bytes.len() / 2, bytes.len() - 10] {
        std::fs::write(&bad, &bytes[..end]).unwrap();
        refuse("damaged").await;
    }
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    std::fs::write(&bad, flipped).unwrap();
    refuse("damaged").await;
    pack(&bad, &whole[..whole.len() - 1]);
    refuse("cut off").await;

    let change = |of: &str, from: &str, to: &str| {
        let mut changed = whole.clone();
        let entry = changed
            .iter_mut()
            .find(|(name, _)| name.starts_with(of))
            .unwrap();
        let text = String::from_utf8(entry.1.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        entry.1 = text.replacen(from, to, 1).into_bytes();
        pack(&bad, &changed);
    };
    change("rows/answers", "Ada", "Eve");
    refuse("manifest").await;
    change("talkloom-backup.json", "\"format\": 1", "\"format\": 2");
    refuse("newer Talkloom").await;
    change(
        "talkloom-backup.json",
        "m20261122_000001",
        "m20991231_000001",
    );
    refuse("newer Talkloom").await;
    let mut astray = whole.clone();
    let file = astray
        .iter_mut()
        .find(|(name, _)| name.starts_with("files/"))
        .unwrap();
    file.0 = "files/public/.hidden/evil".into();
    pack(&bad, &astray);
    refuse("no path of a file").await;
}

/// Rows that the database refuses come late: by then others are in, and a file is.
#[tokio::test]
async fn what_breaks_off_leaves_the_target_as_it_was() {
    let source = filled().await;
    let path = archive(&source.app);
    save_to(&source.app.app, &path).await;
    let mut broken = entries(&path);
    let first_file = broken
        .iter()
        .position(|(name, _)| name.starts_with("files/"))
        .unwrap();
    let file = broken.remove(first_file);
    broken.insert(1, file);
    let answers = broken
        .iter_mut()
        .find(|(name, _)| name.starts_with("rows/answers"))
        .unwrap();
    let twice = answers.1.repeat(2);
    answers.1 = twice;
    let rows_of = |lines: &[u8]| lines.iter().filter(|byte| **byte == b'\n').count();
    let mut manifest: Value = serde_json::from_slice(&broken.last().unwrap().1).unwrap();
    let answers = &broken
        .iter()
        .find(|(name, _)| name.starts_with("rows/answers"))
        .unwrap()
        .1;
    manifest["tables"]["answers"] = json!({"count": rows_of(answers), "bytes": answers.len(),
        "sha256": sha256(answers)});
    broken.last_mut().unwrap().1 = manifest.to_string().into_bytes();
    pack(&path, &broken);
    for kind in [Kind::Own, Kind::Postgres] {
        let target = fresh(&kind).await;
        let before = rows(&target.app.store).await;
        restore_into(&target.app, &path).await.unwrap_err();
        assert!(rows(&target.app.store).await == before);
        assert!(files(&target.app).await.is_empty());
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The program itself, ended in the middle: the rows are as they were.
#[tokio::test]
async fn a_killed_restore_leaves_the_rows_as_they_were() {
    let source = filled().await;
    let app = &source.app.app;
    for number in 0..2_000 {
        let key = FileKey::new(["public", "many"], &format!("{number}.txt"));
        let path = app.config.data.join("files").join(key.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "some text").unwrap();
    }
    let path = archive(&source.app);
    save_to(app, &path).await;
    let target = filled().await;
    let target = &target.app.app;
    let before = rows(&target.store).await;
    let mut child = crate::process::program(&target.config.data)
        .args(["restore", "--replace"])
        .arg(&path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let first = target.config.data.join("files/public/many");
    while !first.exists() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "nothing was written"
        );
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let written = std::fs::read_dir(&first).unwrap().count();
    assert!(written < 2_000, "it was too quick to be killed");
    assert!(rows(&target.store).await == before);
    // Said again, it comes to its end.
    let again = restore(
        &target.store,
        Some(&target.files),
        &path,
        Replacing::Everything,
    )
    .await;
    again.unwrap();
    assert_eq!(rows(&target.store).await, rows(&app.store).await);
    assert_eq!(files(target).await, files(app).await);
}

#[tokio::test]
async fn rows_alone_are_backed_up_without_files() {
    let source = filled().await;
    let path = archive(&source.app);
    let app = &source.app.app;
    save(&app.store, None, &Clock::system(), &path)
        .await
        .unwrap();
    assert!(
        entries(&path)
            .iter()
            .all(|(name, _)| !name.starts_with("files/"))
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let about = std::fs::metadata(&path).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
    }
    let target = TestApp::new().await;
    restore_into(&target.app, &path).await.unwrap();
    assert_eq!(rows(&target.app.store).await, rows(&app.store).await);
}

/// A table that somebody adds is copied, or its omission has a reason.
#[tokio::test]
async fn every_table_is_copied_or_left_out_for_a_reason() {
    let app = TestApp::new().await;
    let is_postgres = app.app.store.snapshot().await.unwrap().database() == "PostgreSQL";
    let names = app.texts(if is_postgres {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
         WHERE table_schema = 'public'"
    } else {
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
    });
    let names = names.await;
    let copied = rows(&app.app.store).await;
    for name in &names {
        let is_left_out = LEFT_OUT.iter().any(|(left_out, _)| left_out == name);
        // SQLite's own.
        let is_internal = name.starts_with("sqlite_");
        let ways = [copied.contains_key(name), is_left_out, is_internal];
        let ways = ways.iter().filter(|way| **way).count();
        assert_eq!(ways, 1, "{name}");
    }
    assert!(
        copied.contains_key("answers") && copied.len() > 10,
        "{:?}",
        copied.keys()
    );
    for (name, reason) in LEFT_OUT {
        assert!(reason.len() > 10, "{name}");
    }
}

/// The commands, as an operator runs them.
#[tokio::test]
async fn the_commands_say_what_they_did() {
    let source = filled().await;
    let data = &source.app.app.config.data;
    let path = archive(&source.app);
    let file = path.to_str().unwrap();
    let saved = crate::process::run(data, &["backup", file]);
    let told = String::from_utf8(saved.stdout).unwrap();
    assert!(saved.status.success() && told.contains("2 files"), "{told}");
    assert!(told.contains("master key is not in the archive"), "{told}");
    let target = place();
    let restored = crate::process::run(target.path(), &["restore", file]);
    let told = String::from_utf8(restored.stdout).unwrap();
    assert!(
        restored.status.success() && told.contains("were restored"),
        "{told}"
    );
    let again = crate::process::run(target.path(), &["restore", file]);
    let told = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(
        told.contains("--replace") && told.lines().count() == 1,
        "{told}"
    );
}
