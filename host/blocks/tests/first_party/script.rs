//! The JavaScript component.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use talkloom_blocks::{Evaluation, Script, ScriptError};

use crate::server::Server;
use crate::{runtime, runtime_with};

const NAMES: &[&str] = &["script"];

fn script(code: &str) -> Script {
    Script {
        code: code.to_owned(),
        ..Script::default()
    }
}

fn value(evaluation: Result<Evaluation, ScriptError>) -> Option<Value> {
    evaluation.expect("it throws nothing").value
}

#[tokio::test]
async fn code_runs_with_the_hosts_clock_and_randomness() {
    let runtime = runtime(NAMES, &[]).await;
    let run = async |code: &str| value(runtime.evaluate(script(code)).await);
    assert_eq!(run("return 1+1").await, Some(json!(2)));
    assert_eq!(run("").await, None);
    let now = run("return new Date().toISOString()").await;
    assert_eq!(now, Some(json!("2023-11-14T22:13:20.123Z")));
    let (one, other) = (
        run("return Math.random()").await,
        run("return Math.random()").await,
    );
    assert_ne!(one, other);

    let thrown = runtime.evaluate(script("return missing")).await;
    let expected = ScriptError::Exception("ReferenceError: missing is not defined".into());
    assert_eq!(thrown, Err(expected));
}

#[tokio::test]
async fn variables_go_in_and_out() {
    let runtime = runtime(NAMES, &[]).await;
    let script = Script {
        arguments: vec![("data".into(), json!({ "items": ["a", "b"] }))],
        settable: vec!["Last".into()],
        ..script("setVariable('Last', data.items.at(-1)); return data.items.length")
    };
    let done = runtime.evaluate(script).await.expect("it throws nothing");
    assert_eq!(done.value, Some(json!(2)));
    assert_eq!(done.assignments, [("Last".to_owned(), json!("b"))]);
}

#[tokio::test]
async fn asynchronous_code_fetches_text() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let code = format!(
        "const init = {{ method: 'POST', body: 'b', headers: {{ 'x-a': '1' }} }};
         const text = await fetch('{}', init);
         return [typeof text, JSON.parse(text).n]",
        server.url("/n")
    );
    let script = Script {
        is_async: true,
        ..script(&code)
    };
    let running = tokio::spawn(async move { runtime.evaluate(script).await });
    let asked = server.next().await;
    assert_eq!(
        (asked.line.as_str(), asked.body.as_str()),
        ("POST /n HTTP/1.1", "b")
    );
    assert_eq!(asked.header("x-a"), Some("1"));
    asked.answer(200, "application/json", "{\"n\":5}").await;
    let done = running.await.expect("nothing panics");
    assert_eq!(value(done), Some(json!(["string", 5])));
}

#[tokio::test]
async fn this_machine_is_out_of_reach() {
    let server = Server::start().await;
    let runtime = runtime(NAMES, &[]).await;
    let script = Script {
        is_async: true,
        ..script(&format!(
            "return await fetch('{}').catch(e => e.name)",
            server.url("/")
        ))
    };
    assert_eq!(value(runtime.evaluate(script).await), Some(json!("Error")));
}

#[tokio::test]
async fn code_without_end_or_bottom_is_stopped() {
    let limit = |s: &mut talkloom_blocks::Settings| s.limits.script_wall = Duration::from_secs(2);
    let runtime = runtime_with(NAMES, &[], limit).await;
    let stopped = [
        "while (true) {}",
        "const a = []; while (true) a.push(new Array(1e5).fill(1))",
        "let s = 'x'; while (true) s += s",
        "return JSON.parse('['.repeat(1e6))",
        "return eval('('.repeat(1e5))",
        "const f = () => [1].map(f); return f()",
        "let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o",
    ];
    for code in stopped {
        let ended = runtime.evaluate(script(code)).await;
        assert!(ended.is_err(), "{code}: {ended:?}");
    }
    let deep = runtime
        .evaluate(script("const f = () => f(); return f()"))
        .await;
    assert!(matches!(deep, Err(ScriptError::Exception(_))), "{deep:?}");
    assert_eq!(
        value(runtime.evaluate(script("return 1")).await),
        Some(json!(1))
    );
}

/// Each call has an engine of its own, so starting one must cost next to nothing. The bound is
/// wide: the host is built without optimisation here, and the machine is shared.
#[tokio::test]
async fn a_fresh_engine_starts_at_once() {
    let runtime = runtime(NAMES, &[]).await;
    let mut times = Vec::new();
    for _ in 0..101 {
        let started = Instant::now();
        assert_eq!(
            value(runtime.evaluate(script("return 1+1")).await),
            Some(json!(2))
        );
        times.push(started.elapsed());
    }
    times.sort();
    assert!(
        times[50] < Duration::from_millis(20),
        "half of the calls took {:?}",
        times[50]
    );
}
