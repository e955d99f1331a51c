//! The way out: which servers a block reaches, what is added to its requests, and what comes back.

#[expect(dead_code, reason = "other test files use the rest")]
mod support;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use support::server::{Server, ok, redirect};
use talkloom_blocks::{Egress, Failure, Outcome, Resolve, ResolveFuture, Runtime, Settings};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Notify, mpsc};

const KEY: &str = "sk-test-0123456789";

async fn fetch(runtime: &Runtime, url: &str) -> Result<Outcome, Failure> {
    runtime
        .call(support::call("fetch", Value::from(url)), None)
        .await
}

async fn ready(servers: &[&Server]) -> Runtime {
    let runtime = support::runtime(servers);
    support::install(&runtime, "fetch", &[support::option_hosts()]).await;
    runtime
}

fn denied(outcome: &Result<Outcome, Failure>) -> bool {
    matches!(outcome, Err(Failure::Denied(_)))
}

#[tokio::test]
async fn a_listed_server_is_reached_and_no_other() {
    let listed = Server::fixed(ok(r#"{"fine":true}"#)).await;
    let other = Server::fixed(ok("never")).await;
    let runtime = ready(&[&listed]).await;
    let outcome = fetch(&runtime, &listed.url("/a?b=c")).await.unwrap();
    assert_eq!(outcome.messages, [json!({"fine": true})]);
    assert!(listed.seen()[0].starts_with("GET /a?b=c HTTP/1.1\r\n"));
    assert!(denied(&fetch(&runtime, &other.url("/")).await));
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_however_they_are_spelled() {
    let runtime = ready(&[]).await;
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fd00:ec2::254]",
        "169.254.169.254",
        "100.100.100.200",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "①②⑦.⓪.⓪.①",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "[fd12::1]",
        "public.example@127.0.0.1",
        "[fe80::1%25eth0]",
    ] {
        let outcome = fetch(&runtime, &format!("http://{host}/")).await;
        assert!(denied(&outcome), "{host}: {outcome:?}");
    }
}

/// Answers a name with one address after another.
struct Names(Vec<Vec<IpAddr>>, AtomicUsize);

impl Resolve for Names {
    fn resolve<'a>(&'a self, _: &'a str) -> ResolveFuture<'a> {
        let turn = self.1.fetch_add(1, Ordering::Relaxed).min(self.0.len() - 1);
        let found = self.0[turn].clone();
        Box::pin(async move { Ok(found) })
    }
}

#[tokio::test]
async fn names_are_judged_by_all_of_their_addresses() {
    let public: IpAddr = "93.184.216.34".parse().unwrap();
    let private: IpAddr = "10.1.2.3".parse().unwrap();
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for addresses in [
        vec![local],
        vec![private],
        vec![public, private],
        vec![public, local],
    ] {
        let settings = Settings {
            resolver: Some(Arc::new(Names(
                vec![addresses.clone()],
                AtomicUsize::new(0),
            ))),
            ..support::settings()
        };
        let runtime = Runtime::new(settings).unwrap();
        support::install(&runtime, "fetch", &[support::option_hosts()]).await;
        let outcome = fetch(&runtime, "http://name.example/").await;
        assert!(denied(&outcome), "{addresses:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_was_checked_is_what_is_connected_to() {
    let server = Server::fixed(ok("{}")).await;
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let metadata: IpAddr = "169.254.169.254".parse().unwrap();
    // The name means something else the second time: it must be asked once per connection.
    let names = Arc::new(Names(
        vec![vec![local], vec![metadata]],
        AtomicUsize::new(0),
    ));
    let settings = Settings {
        egress: Egress {
            allow: vec![server.address],
            ..Egress::default()
        },
        resolver: Some(names.clone()),
        ..support::settings()
    };
    let runtime = Runtime::new(settings).unwrap();
    support::install(&runtime, "fetch", &[support::option_hosts()]).await;
    let url = format!("http://name.example:{}/", server.address.port());
    assert!(fetch(&runtime, &url).await.is_ok());
    assert_eq!(names.1.load(Ordering::Relaxed), 1);
    assert!(denied(&fetch(&runtime, &url).await));
}

#[tokio::test]
async fn only_granted_hosts_are_asked() {
    let server = Server::fixed(ok("{}")).await;
    let runtime = support::runtime(&[&server]);
    let network =
        json!({"kind": "network", "hosts": ["api.example.com"], "reason": "Its service."});
    support::install(&runtime, "fetch", &[network]).await;
    let outcome = fetch(&runtime, &server.url("/")).await;
    let sentence = outcome.unwrap_err().to_string();
    assert_eq!(
        sentence,
        "The block is not allowed to send requests to 127.0.0.1."
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn redirects_are_checked_again() {
    let forbidden = Server::fixed(ok("never")).await;
    let target = Server::fixed(ok(r#"{"end":true}"#)).await;
    for status_location in [
        forbidden.url("/"),
        "http://[::1]/".into(),
        "file:///etc/passwd".into(),
    ] {
        let start = Server::fixed(redirect(&status_location)).await;
        let runtime = ready(&[&start, &target]).await;
        let outcome = fetch(&runtime, &start.url("/")).await;
        assert!(denied(&outcome), "{status_location}: {outcome:?}");
    }
    assert!(forbidden.seen().is_empty());
    let start = Server::fixed(redirect(&target.url("/end"))).await;
    let runtime = ready(&[&start, &target]).await;
    let outcome = fetch(&runtime, &start.url("/")).await.unwrap();
    assert_eq!(outcome.messages, [json!({"end": true})]);
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let circle = Server::fixed(redirect("/again")).await;
    let runtime = ready(&[&circle]).await;
    let failure = fetch(&runtime, &circle.url("/")).await.unwrap_err();
    assert_eq!(failure.code(), "upstream", "{failure:?}");
    assert_eq!(circle.seen().len(), 11);
}

#[tokio::test]
async fn a_secret_goes_to_its_host_and_never_to_the_block() {
    let echo = Server::echo().await;
    let runtime = ready(&[&echo]).await;
    let mut call = support::call("fetch", Value::from(echo.url("/")));
    call.credential = Some(support::credential(&echo.url("/v1"), KEY));
    let (sender, mut receiver) = mpsc::channel(100);
    let outcome = runtime.call(call, Some(sender)).await.unwrap();
    let sent = echo.seen().remove(0);
    assert!(
        sent.contains(&format!("authorization: Bearer {KEY}\r\n")),
        "{sent}"
    );
    let mut emitted = String::new();
    while let Some(text) = receiver.recv().await {
        emitted += &text;
    }
    let seen = format!("{outcome:?} {emitted}");
    assert!(!seen.contains(KEY), "{seen}");
    assert!(emitted.contains("[secret]"), "{emitted}");
}

#[tokio::test]
async fn a_secret_does_not_go_to_other_hosts() {
    let echo = Server::echo().await;
    let start = Server::fixed(redirect(&echo.url("/"))).await;
    let runtime = ready(&[&echo, &start]).await;
    for (url, base) in [
        (echo.url("/"), start.url("/")),
        (start.url("/"), start.url("/")),
        (echo.url("/"), "https://127.0.0.1".into()),
    ] {
        let mut call = support::call("fetch", Value::from(url));
        call.credential = Some(support::credential(&base, KEY));
        runtime.call(call, None).await.unwrap();
    }
    assert!(start.seen()[0].contains(KEY));
    assert_eq!(echo.seen().len(), 3);
    assert!(echo.seen().iter().all(|request| !request.contains(KEY)));
}

#[tokio::test]
async fn a_stream_arrives_as_it_comes() {
    let next = Arc::new(Notify::new());
    let gate = next.clone();
    let server = Server::start(move |_, mut stream| {
        let gate = gate.clone();
        async move {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n";
            stream.write_all(head).await.unwrap();
            gate.notified().await;
            stream.write_all(b"3\r\ntwo\r\n0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let runtime = ready(&[&server]).await;
    let (sender, mut receiver) = mpsc::channel(1);
    let call = support::call("fetch", Value::from(server.url("/")));
    let running = tokio::spawn(async move { runtime.call(call, Some(sender)).await });
    assert_eq!(receiver.recv().await.as_deref(), Some("one"));
    next.notify_one();
    assert_eq!(receiver.recv().await.as_deref(), Some("two"));
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn answers_are_limited() {
    let mut settings = support::settings();
    settings.limits.response_bytes = 100_000;
    settings.limits.action_wall = Duration::from_millis(400);
    let endless = Server::start(|_, mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let mut sent = stream.write_all(head).await;
        while sent.is_ok() {
            let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            sent = stream.write_all(chunk.as_bytes()).await;
        }
    })
    .await;
    let silent = Server::start(|_, stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let large_head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let large_head = Server::fixed(large_head).await;
    settings.egress.allow = vec![endless.address, silent.address, large_head.address];
    let runtime = Runtime::new(settings).unwrap();
    support::install(&runtime, "fetch", &[support::option_hosts()]).await;
    let code = |outcome: Result<Outcome, Failure>| outcome.unwrap_err().code();
    assert_eq!(code(fetch(&runtime, &endless.url("/")).await), "denied");
    assert_eq!(
        code(fetch(&runtime, &large_head.url("/")).await),
        "upstream"
    );
    let silence = code(fetch(&runtime, &silent.url("/")).await);
    assert!(
        ["timeout", "upstream_timeout"].contains(&silence),
        "{silence}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let runtime = ready(&[]).await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let mut settings = support::settings();
    settings.egress.allow = vec![address];
    let allowed = Runtime::new(settings).unwrap();
    support::install(&allowed, "fetch", &[support::option_hosts()]).await;
    let failure = fetch(&allowed, &format!("http://{address}/"))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "upstream");
    assert!(failure.to_string().contains("127.0.0.1"), "{failure}");
    drop(runtime);
}
