//! `talkloom doctor` and `talkloom config`, as an operator runs them.

use serde_json::Value;

use crate::process::{import, run, run_with};

fn examine(data: &std::path::Path, variables: &[(&str, &str)]) -> (Option<i32>, Value) {
    let output = run_with(data, &["doctor", "--json"], variables);
    let told = String::from_utf8_lossy(&output.stderr);
    let found = serde_json::from_slice(&output.stdout);
    (
        output.status.code(),
        found.unwrap_or_else(|_| panic!("{told}")),
    )
}

fn check<'f>(found: &'f Value, name: &str) -> (&'f str, &'f str) {
    let checks = found["checks"].as_array().expect("checks are listed");
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("no check of the {name} in {found:#}"));
    let text = |field: &str| check[field].as_str().expect("fields are text");
    (text("health"), text("told"))
}

#[test]
fn a_server_that_was_used_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.json");
    import(folder.path(), demo.as_ref(), &[]);
    let (code, found) = examine(folder.path(), &[]);
    for name in [
        "configuration",
        "data folder",
        "database",
        "storage",
        "blocks",
        "clock",
    ] {
        let (health, told) = check(&found, name);
        // The machine that tests run on may be short of room, or slow.
        assert_ne!(health, "failure", "{name}: {told}");
    }
    assert_eq!(check(&found, "mail").0, "unused");
    assert_eq!(code, Some(i32::from(found["ok"] == false)), "{found:#}");
}

#[test]
fn jobs_that_wait_and_jobs_that_died_are_told() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check(&examine(folder.path(), &[]).1, "jobs").0, "unused");
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.json");
    import(folder.path(), demo.as_ref(), &[]);
    let (health, told) = {
        let (_, found) = examine(folder.path(), &[]);
        let (health, told) = check(&found, "jobs");
        (health.to_owned(), told.to_owned())
    };
    assert_eq!(health, "ok", "{told}");
    assert!(told.contains("no worker was seen yet"), "{told}");
    let file = rusqlite::Connection::open(folder.path().join("talkloom.db")).unwrap();
    for (id, state) in [("j1", "waiting"), ("j2", "dead")] {
        let add = "INSERT INTO jobs (id, kind, payload, priority, state, attempt, failures, \
                   max_failures, crashes, run_at, progress, cancel_requested, created_at) \
                   VALUES (?1, 'cleanup', '{}', 1, ?2, 0, 0, 1, 0, 0, 0, 0, 0)";
        file.execute(add, [id, state]).unwrap();
    }
    let (_, found) = examine(folder.path(), &[]);
    let (health, told) = check(&found, "jobs");
    assert_eq!(health, "warning", "{told}");
    assert!(told.starts_with("1 jobs are due"), "{told}");
    assert!(told.contains("1 jobs failed for good"), "{told}");
}

#[test]
fn what_is_broken_is_told_with_what_to_do_and_without_passwords() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("master.key"), "key").unwrap();
    // Nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = port.local_addr().unwrap().to_string();
    drop(port);
    let redis = format!("redis://:canary@{closed}");
    let database = format!("postgres://ann:canary@{closed}/t");
    let mail = format!("smtp://ann:canary@{closed}");
    let variables = [
        ("TALKLOOM_REDIS__URL", &*redis),
        ("TALKLOOM_DATABASE__URL", &*database),
        ("TALKLOOM_MAIL__SMTP_URL", &*mail),
        ("TALKLOOM_MAIL__FROM", "ann@example.com"),
    ];
    let (code, found) = examine(folder.path(), &variables);
    assert_eq!(code, Some(1));
    for (name, advice) in [
        ("database", "Check database.url"),
        ("redis", "Check redis.url"),
        ("mail", "Check mail.smtp_url"),
        ("keys", "chmod 600"),
    ] {
        let (health, told) = check(&found, name);
        assert_eq!(health, "failure", "{name}: {told}");
        assert!(told.contains(advice), "{name}: {told}");
    }
    assert!(!found.to_string().contains("canary"), "{found:#}");
    let printed = run_with(folder.path(), &["doctor"], &variables);
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed.lines().count(), 10, "{printed}");
}

#[test]
fn the_options_in_effect_are_printed_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("TALKLOOM_DATABASE__URL", "postgres://ann:canary@host/t"),
        (
            "TALKLOOM_UPLOADS__SIGNING_KEY",
            "canary-canary-canary-canary-canary",
        ),
        ("TALKLOOM_CHAT__IDLE_S", "7"),
    ];
    let output = run_with(folder.path(), &["config"], &variables);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    assert!(
        printed.contains("url = \"postgres://***@host/t\""),
        "{printed}"
    );
    assert!(printed.contains("signing_key = \"***\""), "{printed}");
    assert!(printed.contains("idle_s = 7"), "{printed}");
    assert!(!printed.contains("canary"), "{printed}");
    // It is a configuration again.
    let file = folder.path().join("printed.toml");
    std::fs::write(
        &file,
        printed.replace("***", "masked-masked-masked-masked-masked"),
    )
    .unwrap();
    let again = run(
        folder.path(),
        &["config", "--config", file.to_str().unwrap()],
    );
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.success(), "{told}");
}
