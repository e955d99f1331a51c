//! Blocks that mean harm while they run: each ends with its named failure, within its limit, while
//! a neighbour on the caller's executor goes on as if nothing happened.

#[expect(dead_code, reason = "other test files use the rest")]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use talkloom_blocks::{Failure, InstallError, Outcome, Runtime, Settings};
use tokio::sync::mpsc;

/// Beyond a call's own limit: for the machine to be busy with other tests.
const SLACK: Duration = Duration::from_secs(2);

async fn outcome(name: &str) -> Result<Outcome, Failure> {
    let runtime = support::runtime(&[]);
    support::install(&runtime, name, &[]).await;
    let started = Instant::now();
    let outcome = runtime.call(support::call(name, json!({})), None).await;
    let limit = support::limits().action_cpu + SLACK;
    assert!(
        started.elapsed() < limit,
        "{name} took {:?}",
        started.elapsed()
    );
    // The host is alive, and the block's next call gets a fresh instance.
    support::install(&runtime, "quiet", &[]).await;
    let quiet = runtime.call(support::call("quiet", json!({})), None).await;
    assert_eq!(quiet, Ok(Outcome::default()));
    outcome
}

async fn failure(name: &str) -> Failure {
    outcome(name).await.expect_err(name)
}

#[tokio::test]
async fn loops_are_stopped() {
    for name in ["loop_in_run", "loop_in_realloc"] {
        let limit = support::limits().action_cpu;
        assert_eq!(failure(name).await, Failure::Timeout(limit), "{name}");
    }
}

#[tokio::test]
async fn a_loop_before_the_first_call_is_found_at_install() {
    let runtime = support::runtime(&[]);
    let wasm = support::hostile("loop_in_start", &[]);
    let refused = tokio::task::spawn_blocking(move || {
        runtime.install(wasm, talkloom_blocks::Grants::Declared)
    });
    match refused.await.unwrap() {
        Err(InstallError::Start(Failure::Timeout(_))) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn memory_is_limited() {
    let limit_bytes = support::limits().memory_bytes;
    assert_eq!(
        failure("memory_bomb").await,
        Failure::OutOfMemory { limit_bytes }
    );
}

#[tokio::test]
async fn values_that_break_the_contract_end_the_call() {
    for name in [
        "recursion",
        "huge_string",
        "huge_list",
        "bad_utf8",
        "bad_variant",
        "bad_pointer",
        "long_line",
    ] {
        let failure = failure(name).await;
        assert_eq!(failure.code(), "trap", "{name}: {failure:?}");
        assert!(failure.details().is_some_and(|detail| !detail.is_empty()));
    }
    for name in ["bad_json", "foreign_variable", "foreign_exit"] {
        let failure = failure(name).await;
        assert_eq!(failure.code(), "bad_output", "{name}: {failure:?}");
    }
    assert_eq!(failure("greedy_random").await.code(), "denied");
}

#[tokio::test]
async fn a_variable_that_the_options_name_may_be_set() {
    let runtime = support::runtime(&[]);
    support::install(&runtime, "foreign_variable", &[]).await;
    let mut call = support::call("foreign_variable", json!({}));
    call.variables.push(talkloom_blocks::Variable {
        id: "other".into(),
        name: "Other".into(),
        value: Value::Null,
    });
    let outcome = runtime.call(call, None).await.unwrap();
    assert_eq!(outcome.assignments, [("other".to_owned(), json!(1))]);
}

#[tokio::test]
async fn a_flood_of_log_is_cut() {
    let logs = outcome("log_flood").await.unwrap().logs;
    assert_eq!(logs.len(), support::limits().log_lines + 1);
    assert_eq!(logs[0].message, "flood");
    assert!(logs.last().unwrap().message.contains("left out"));
}

#[tokio::test]
async fn a_flood_of_emitted_text_is_stopped() {
    let runtime = support::runtime(&[]);
    support::install(&runtime, "emit_flood", &[]).await;
    let (sender, mut receiver) = mpsc::channel::<String>(4);
    let reader = tokio::spawn(async move {
        let mut bytes = 0;
        while let Some(text) = receiver.recv().await {
            bytes += text.len();
        }
        bytes
    });
    let failure = runtime
        .call(support::call("emit_flood", json!({})), Some(sender))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "denied");
    assert_eq!(reader.await.unwrap(), support::limits().emitted_bytes);
}

#[tokio::test]
async fn a_call_that_waits_too_long_is_dropped() {
    let mut settings: Settings = support::settings();
    settings.limits.streamed_wall = Duration::from_millis(200);
    let runtime = Runtime::new(settings).unwrap();
    support::install(&runtime, "emit_flood", &[]).await;
    // Nobody reads: the block waits in the host, where no processor time passes.
    let (sender, _receiver) = mpsc::channel(1);
    let outcome = runtime.call(support::call("emit_flood", json!({})), Some(sender));
    assert_eq!(
        outcome.await,
        Err(Failure::Timeout(Duration::from_millis(200)))
    );
}

#[tokio::test]
async fn inputs_are_limited() {
    let runtime = support::runtime(&[]);
    support::install(&runtime, "quiet", &[]).await;
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!([deep]);
    }
    let large = json!("x".repeat(support::limits().options_bytes));
    for options in [deep, large] {
        let outcome = runtime.call(support::call("quiet", options), None).await;
        assert_eq!(outcome.unwrap_err().code(), "too_large");
    }
    let missing = runtime.call(support::call("nobody", json!({})), None).await;
    assert_eq!(missing.unwrap_err().code(), "not_installed");
    let mut call = support::call("quiet", json!({}));
    call.action = "fly".into();
    assert_eq!(
        runtime.call(call, None).await.unwrap_err().code(),
        "unknown_action"
    );
}

#[tokio::test]
async fn calls_beyond_the_places_are_busy() {
    let mut settings = support::settings();
    settings.limits.calls_per_block = 1;
    settings.limits.streamed_wall = Duration::from_secs(3);
    let runtime = Runtime::new(settings).unwrap();
    support::install(&runtime, "emit_flood", &[]).await;
    let (sender, mut receiver) = mpsc::channel(1);
    let first = tokio::spawn({
        let runtime = runtime.clone();
        async move {
            runtime
                .call(support::call("emit_flood", json!({})), Some(sender))
                .await
        }
    });
    receiver.recv().await.unwrap();
    let second = runtime
        .call(support::call("emit_flood", json!({})), None)
        .await;
    assert_eq!(second, Err(Failure::Busy));
    // A caller that goes away takes its call with it, and its place is free again.
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let third = runtime
        .call(support::call("emit_flood", json!({})), None)
        .await;
    assert_eq!(third.unwrap_err().code(), "timeout");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn neighbours_go_on_while_guests_spin() {
    let runtime = support::runtime(&[]);
    for name in ["loop_in_run", "memory_bomb", "recursion", "log_flood"] {
        support::install(&runtime, name, &[]).await;
    }
    let done = Arc::new(AtomicBool::new(false));
    let neighbour = tokio::spawn({
        let done = done.clone();
        async move {
            let period = Duration::from_millis(5);
            let mut late = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let started = Instant::now();
                let mut interval =
                    tokio::time::interval_at(tokio::time::Instant::now() + period, period);
                interval.tick().await;
                late.push(started.elapsed().saturating_sub(period));
            }
            late
        }
    });
    let attacks = (0..40).map(|n| {
        let name = ["loop_in_run", "memory_bomb", "recursion", "log_flood"][n % 4];
        let (runtime, call) = (runtime.clone(), support::call(name, json!({})));
        tokio::spawn(async move { (name, runtime.call(call, None).await) })
    });
    for attack in attacks.collect::<Vec<_>>() {
        let (name, outcome) = attack.await.unwrap();
        assert_eq!(outcome.is_ok(), name == "log_flood", "{name}: {outcome:?}");
    }
    done.store(true, Ordering::Relaxed);
    let mut late = neighbour.await.unwrap();
    late.sort();
    assert!(late.len() > 20, "the neighbour ran {} times", late.len());
    // Not the very worst: other processes may hold the processor too.
    let usual = late[late.len() * 95 / 100];
    assert!(usual < Duration::from_millis(50), "late by {usual:?}");
}
