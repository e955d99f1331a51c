//! Versions of one block side by side: loaded, active, allowed, taken out, let go of; and what is
//! told of them.

#[expect(dead_code, reason = "other test files use the rest")]
mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::server::{Server, ok, redirect};
use talkloom_blocks::{
    BlockCall, Failure, Grants, Hearer, InstallError, Installed, Outcome, Runtime, Sent,
};
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

/// The block `name` under a version and a block type of its own.
fn version(name: &str, version: &str, permissions: &[Value]) -> Vec<u8> {
    let mut manifest = support::manifest(name, permissions);
    manifest["id"] = json!("acme/hello");
    manifest["version"] = json!(version);
    manifest["blocks"][0]["type"] = json!("Hello");
    support::with_manifest(name, &manifest)
}

async fn load(runtime: &Runtime, wasm: Vec<u8>, grants: Grants) -> Arc<Installed> {
    let runtime = runtime.clone();
    let loading = tokio::task::spawn_blocking(move || runtime.load(wasm, grants));
    loading.await.expect("no panic").expect("it loads")
}

async fn call(runtime: &Runtime, digest: Option<&str>, options: Value) -> Result<Outcome, Failure> {
    let call = BlockCall {
        digest: digest.map(str::to_owned),
        ..support::call("Hello", options)
    };
    runtime.call(call, None).await
}

fn only(names: &[&str]) -> Grants {
    Grants::Only(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>(),
    )
}

/// The server's tests use the component without making it: it stands there as its text makes it.
#[test]
fn the_component_of_the_servers_tests_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/hello.wasm");
    let made = support::without_manifest("hello");
    let found = std::fs::read(&path).unwrap_or_default();
    if found != made {
        std::fs::write(&path, made).expect("the file can be written");
        panic!("{} was made anew: run the test again", path.display());
    }
}

#[tokio::test]
async fn a_call_goes_to_the_pinned_version_or_to_the_active_one() {
    let runtime = support::runtime(&[]);
    let quiet = load(&runtime, version("quiet", "1.0.0", &[]), Grants::Declared).await;
    let exits = load(
        &runtime,
        version("foreign_exit", "2.0.0", &[]),
        Grants::Declared,
    )
    .await;
    let nobody = call(&runtime, None, json!({})).await;
    assert_eq!(
        nobody,
        Err(Failure::NotInstalled("Hello".into())),
        "none is active"
    );
    assert_eq!(runtime.catalog().blocks.len(), 0);
    let (quiet, exits) = (quiet.digest().to_owned(), exits.digest().to_owned());
    assert!(runtime.activate(&quiet).unwrap());
    assert!(runtime.is_active("Hello", &quiet));
    assert_eq!(
        call(&runtime, None, json!({})).await,
        Ok(Outcome::default())
    );
    let other = call(&runtime, Some(&exits), json!({})).await;
    assert!(matches!(other, Err(Failure::BadOutput(_))), "{other:?}");
    assert!(runtime.activate(&exits).unwrap());
    assert!(call(&runtime, None, json!({})).await.is_err());
    assert_eq!(
        call(&runtime, Some(&quiet), json!({})).await,
        Ok(Outcome::default())
    );
    let began = Instant::now();
    assert!(runtime.activate(&quiet).unwrap());
    assert!(
        began.elapsed() < Duration::from_millis(100),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        call(&runtime, None, json!({})).await,
        Ok(Outcome::default())
    );
    runtime.deactivate("acme/hello");
    assert!(call(&runtime, None, json!({})).await.is_err());
    assert!(call(&runtime, Some(&quiet), json!({})).await.is_ok());
    assert!(!runtime.activate("unknown").unwrap());
}

#[tokio::test]
async fn what_nobody_calls_is_let_go_of() {
    let runtime = support::runtime(&[]);
    let old = load(&runtime, version("quiet", "1.0.0", &[]), Grants::Declared).await;
    let new = load(&runtime, version("quiet", "2.0.0", &[]), Grants::Declared).await;
    assert!(runtime.activate(new.digest()).unwrap());
    assert_eq!(runtime.unload_idle(Duration::from_secs(60)), 0);
    assert_eq!(runtime.unload_idle(Duration::ZERO), 1);
    assert!(runtime.loaded(old.digest()).is_none());
    assert!(
        runtime.loaded(new.digest()).is_some(),
        "the active one stays"
    );
    let gone = call(&runtime, Some(old.digest()), json!({})).await;
    assert_eq!(gone, Err(Failure::NotInstalled("Hello".into())));
}

#[tokio::test]
async fn two_blocks_do_not_share_a_type() {
    let runtime = support::runtime(&[]);
    let mine = load(&runtime, version("quiet", "1.0.0", &[]), Grants::Declared).await;
    assert!(runtime.activate(mine.digest()).unwrap());
    let mut manifest = support::manifest("quiet", &[]);
    manifest["blocks"][0]["type"] = json!("Hello");
    let theirs = support::with_manifest("quiet", &manifest);
    let theirs = load(&runtime, theirs, Grants::Declared).await;
    let refused = runtime.activate(theirs.digest());
    assert!(
        matches!(refused, Err(InstallError::Claimed { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_call_in_flight_ends_on_the_version_that_it_began_with() {
    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, wait) = (asked.clone(), answer.clone());
    let server = Server::start(move |_, mut stream| {
        let (told, wait) = (told.clone(), wait.clone());
        async move {
            told.notify_one();
            wait.notified().await;
            // The block waits for it.
            let _ = stream.write_all(&ok(r#"{"late":true}"#)).await;
        }
    })
    .await;
    let runtime = support::runtime(&[&server]);
    let asks = version("fetch", "1.0.0", &[support::option_hosts()]);
    let asks = load(&runtime, asks, Grants::Declared).await;
    assert!(runtime.activate(asks.digest()).unwrap());
    let calling = {
        let (runtime, url) = (runtime.clone(), server.url("/"));
        tokio::spawn(async move { call(&runtime, None, Value::from(url)).await })
    };
    asked.notified().await;
    let quiet = load(&runtime, version("quiet", "2.0.0", &[]), Grants::Declared).await;
    assert!(runtime.activate(quiet.digest()).unwrap());
    runtime.unload(asks.digest());
    assert_eq!(
        call(&runtime, None, json!({})).await,
        Ok(Outcome::default())
    );
    answer.notify_one();
    let outcome = calling.await.expect("no panic").expect("it works");
    assert_eq!(outcome.messages, [json!({"late": true})]);
}

#[tokio::test]
async fn only_what_is_granted_is_allowed_and_grants_change_while_it_runs() {
    let server = Server::fixed(ok("fine")).await;
    let runtime = support::runtime(&[&server]);
    let url = || Value::from(server.url("/"));
    let wasm = version("fetch", "1.0.0", &[support::option_hosts()]);
    let fetch = load(&runtime, wasm, only(&[])).await;
    assert!(runtime.activate(fetch.digest()).unwrap());
    let refused = call(&runtime, None, url()).await;
    assert!(matches!(refused, Err(Failure::Denied(_))), "{refused:?}");
    runtime.grant(fetch.digest(), &only(&["optionHosts"]));
    assert!(call(&runtime, None, url()).await.is_ok());
    runtime.grant(fetch.digest(), &only(&["network:a.example"]));
    assert!(call(&runtime, None, url()).await.is_err());
    let network = json!({"kind": "network", "hosts": ["a.example", "b.example"], "reason": "x"});
    let hosts = version("fetch", "2.0.0", &[network]);
    let hosts = load(&runtime, hosts, only(&["network:a.example"])).await;
    let denied = |outcome: Result<Outcome, Failure>| match outcome {
        Err(Failure::Denied(why)) => why.contains("not allowed to send requests to"),
        _ => false,
    };
    let ask = |host: &str| Value::from(format!("https://{host}/"));
    assert!(denied(
        call(&runtime, Some(hosts.digest()), ask("b.example")).await
    ));
    assert!(!denied(
        call(&runtime, Some(hosts.digest()), ask("a.example")).await
    ));
}

#[derive(Default)]
struct Ear {
    sent: Mutex<Vec<Sent>>,
    told: Mutex<Vec<String>>,
}

impl Hearer for Ear {
    fn sent(&self, sent: Sent) {
        self.sent.lock().unwrap().push(sent);
    }

    fn taken_out(&self, installed: &Installed, why: &str) {
        let told = format!("{} is out: {why}", installed.manifest().version);
        self.told.lock().unwrap().push(told);
    }

    fn back(&self, installed: &Installed) {
        let told = format!("{} is back", installed.manifest().version);
        self.told.lock().unwrap().push(told);
    }
}

#[tokio::test]
async fn a_version_that_only_breaks_is_taken_out_and_another_is_not() {
    let runtime = support::runtime(&[]);
    let ear = Arc::new(Ear::default());
    runtime.tell(ear.clone());
    let bad = load(
        &runtime,
        version("bad_pointer", "2.0.0", &[]),
        Grants::Declared,
    )
    .await;
    let good = load(&runtime, version("quiet", "1.0.0", &[]), Grants::Declared).await;
    assert!(runtime.activate(bad.digest()).unwrap());
    for _ in 0..5 {
        let broke = call(&runtime, None, json!({})).await.unwrap_err();
        assert!(!matches!(broke, Failure::TakenOut { .. }), "{broke:?}");
    }
    let out = call(&runtime, None, json!({})).await.unwrap_err();
    assert!(matches!(out, Failure::TakenOut { .. }), "{out:?}");
    assert!(out.to_string().contains("2.0.0"), "{out}");
    assert!(bad.is_taken_out());
    assert_eq!(ear.told.lock().unwrap().len(), 1);
    assert!(call(&runtime, Some(good.digest()), json!({})).await.is_ok());
    // Other grants do not let it in again.
    runtime.grant(bad.digest(), &only(&[]));
    assert!(call(&runtime, None, json!({})).await.is_err());
    assert!(runtime.activate(good.digest()).unwrap());
    assert!(call(&runtime, None, json!({})).await.is_ok());
}

#[tokio::test]
async fn a_service_that_fails_takes_no_block_out() {
    let server = Server::fixed("no HTTP").await;
    let runtime = support::runtime(&[&server]);
    let wasm = version("fetch", "1.0.0", &[support::option_hosts()]);
    let fetch = load(&runtime, wasm, Grants::Declared).await;
    for _ in 0..12 {
        let failed = call(&runtime, Some(fetch.digest()), Value::from(server.url("/"))).await;
        assert!(
            matches!(failed, Err(Failure::Upstream { .. })),
            "{failed:?}"
        );
    }
    assert!(!fetch.is_taken_out());
}

#[tokio::test]
async fn each_hop_is_told_without_what_was_said() {
    let end = Server::fixed(ok("secret-body")).await;
    let start = Server::fixed(redirect(&end.url("/secret-path?secret-query"))).await;
    let runtime = support::runtime(&[&start, &end]);
    let ear = Arc::new(Ear::default());
    runtime.tell(ear.clone());
    support::install(&runtime, "fetch", &[support::option_hosts()]).await;
    let mut wanted = support::call("fetch", Value::from(start.url("/secret-path")));
    wanted.context.workspace = "w".into();
    wanted.context.bot = "b".into();
    wanted.credential_id = Some("c".into());
    runtime.call(wanted, None).await.unwrap();
    let refused = support::call("fetch", Value::from("http://127.0.0.9/secret-path"));
    assert!(runtime.call(refused, None).await.is_err());
    let sent = std::mem::take(&mut *ear.sent.lock().unwrap());
    let told: Vec<_> = sent
        .iter()
        .map(|one| {
            (
                one.host.as_str(),
                one.bytes_in,
                one.answer.as_ref().ok().copied(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("127.0.0.1", 0, Some(302)),
            ("127.0.0.1", 11, Some(200)),
            ("127.0.0.9", 0, None)
        ]
    );
    let first = &sent[0];
    assert_eq!(
        (
            first.workspace.as_str(),
            first.bot.as_str(),
            first.block.as_str()
        ),
        ("w", "b", "hostile/fetch")
    );
    assert_eq!(
        (first.method.as_str(), first.credential.as_deref()),
        ("GET", Some("c"))
    );
    assert!(!format!("{sent:?}").contains("secret"), "{sent:?}");
}
