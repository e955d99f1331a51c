//! What a running server tells others: figures, traces, error reports, its log. The receivers are
//! small servers of this test.

mod receiver;

use axum::body::Body;
use axum::http::Request;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};
use talkloom_server::Config;

use crate::process::{Server, import};
use receiver::Receiver;

/// What a visitor writes: no log, span, figure or report may hold it.
const SECRET: &str = "canary.visitor@example.com";

fn demo() -> &'static std::path::Path {
    std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.json"))
}

/// A server with a bot, with options from the environment.
fn server(data: &std::path::Path, options: &[(&str, &str)]) -> Server {
    import(data, demo(), &["--publish", "--public-id", "demo"]);
    start(data, options)
}

fn start(data: &std::path::Path, options: &[(&str, &str)]) -> Server {
    let options = options
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Server::start_at(data, "127.0.0.1:0", &options.collect::<Vec<_>>())
}

/// Begins a conversation and answers its first question.
async fn talk(server: &Server) -> String {
    let began = server.start_chat("demo").await;
    assert_eq!(began.status, 200, "{:#}", began.body);
    let session = began.text("/sessionId").to_owned();
    let answer = server.say(&session, SECRET).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    session
}

async fn get(server: &Server, url: &str) -> crate::app::Answer {
    let request = Request::get(url).body(Body::empty()).unwrap();
    server.send(request).await
}

#[tokio::test]
async fn figures_are_told_at_an_address_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let options = [("TALKLOOM_METRICS__LISTEN", "127.0.0.1:0")];
    let server = server(folder.path(), &options);
    let session = talk(&server).await;
    let missing = server.start_chat("nobody-has-this").await;
    assert_eq!(missing.status, 404);
    let printed = get(&server, &format!("http://{}/metrics", server.figures())).await;
    assert_eq!(printed.status, 200);
    let text = printed.body.as_str().expect("figures are text");
    // The parser takes a brace in a label for the end of all labels.
    let lines = text.lines().map(|line| {
        let line = line.replace("/{", "/:").replace("}/", "/");
        Ok(line)
    });
    let parsed = prometheus_parse::Scrape::parse(lines).unwrap();
    let value = |name: &str, labels: &[(&str, &str)]| {
        let found = parsed.samples.iter().find(|sample| {
            sample.metric == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(label) == Some(*value))
        });
        let found = found.unwrap_or_else(|| panic!("{name} {labels:?} is missing in {text}"));
        match found.value {
            prometheus_parse::Value::Counter(count)
            | prometheus_parse::Value::Gauge(count)
            | prometheus_parse::Value::Untyped(count) => count,
            ref other => panic!("{name} is {other:?}"),
        }
    };
    let reply = [("kind", "reply"), ("outcome", "answered")];
    assert_eq!(value("talkloom_turns_total", &reply), 1.0);
    let start = [("kind", "start"), ("outcome", "answered")];
    assert_eq!(value("talkloom_turns_total", &start), 1.0);
    let route = ("route", "/api/v1/typebots/:public_id/startChat");
    let found = [("method", "POST"), route, ("status", "404")];
    assert_eq!(value("talkloom_http_requests_total", &found), 1.0);
    let pool = [("pool", "writer"), ("state", "idle")];
    assert!(value("talkloom_database_connections", &pool) >= 0.0);
    assert!(value("process_resident_memory_bytes", &[]) > 1e6);
    for (name, form, meaning) in talkloom_server::metrics::NAMES {
        let used = text.contains(&format!("# TYPE {name} "));
        // Jobs, blocks and sockets have no figures before the first of them.
        let is_lazy = ["job", "block", "websockets"]
            .iter()
            .any(|part| name.contains(part));
        assert!(
            used || is_lazy,
            "{name} ({form:?}, {meaning}) is missing in {text}"
        );
    }
    for private in [SECRET, &session, "nobody-has-this"] {
        assert!(!text.contains(private), "{private} stands in {text}");
    }
    let visitors = get(&server, &format!("{}/metrics", server.url())).await;
    assert!(
        visitors
            .body
            .as_str()
            .is_none_or(|page| !page.contains("talkloom_turns"))
    );
}

fn attribute<'s>(span: &'s Span, name: &str) -> Option<&'s str> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[tokio::test]
async fn a_reply_is_one_trace_with_its_spans_nested() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let endpoint = receiver.url();
    let options = [("TALKLOOM_TELEMETRY__OTLP_ENDPOINT", endpoint.as_str())];
    let server = server(folder.path(), &options);
    let session = server
        .start_chat("demo")
        .await
        .text("/sessionId")
        .to_owned();
    let mut request = crate::app::posting(
        &format!("{}{}", server.url(), crate::app::reply_path(&session)),
        json!({"message": {"type": "text", "text": SECRET}}).to_string(),
    );
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    request
        .headers_mut()
        .insert("traceparent", parent.parse().unwrap());
    assert_eq!(server.send(request).await.status, 200);
    server.stop().await;
    let mut spans: Vec<Span> = Vec::new();
    for sent in receiver.taken() {
        assert_eq!(sent.path, "/v1/traces");
        assert!(
            !contains(&sent.body, SECRET),
            "a visitor's words are in a span"
        );
        let decoded = ExportTraceServiceRequest::decode(&*sent.body).unwrap();
        let scopes = decoded
            .resource_spans
            .into_iter()
            .flat_map(|r| r.scope_spans);
        spans.extend(scopes.flat_map(|scope| scope.spans));
    }
    let trace: Vec<_> = spans
        .iter()
        .filter(|span| hex(&span.trace_id) == TRACE)
        .collect();
    let named = |name: &str| {
        let found = trace.iter().find(|span| span.name == name);
        *found.unwrap_or_else(|| panic!("no span {name} in {trace:#?}"))
    };
    let (request, turn, commit) = (named("request"), named("turn"), named("commit"));
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
    assert_eq!(turn.parent_span_id, request.span_id);
    assert_eq!(commit.parent_span_id, turn.span_id);
    assert_eq!(attribute(turn, "kind"), Some("reply"));
    let route = "/api/v1/sessions/{session_id}/continueChat";
    assert_eq!(attribute(request, "route"), Some(route));
}

#[tokio::test]
async fn a_fault_is_reported_with_its_request_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let dsn = receiver.url().replace("://", "://canarykey@") + "/7";
    let options = [("TALKLOOM_TELEMETRY__SENTRY_DSN", dsn.as_str())];
    let first = server(folder.path(), &options);
    let session = first.start_chat("demo").await.text("/sessionId").to_owned();
    first.stop().await;
    // The stored state is broken, and quotes what a visitor wrote.
    let database = rusqlite::Connection::open(folder.path().join("talkloom.db")).unwrap();
    let broken = format!("{{\"version\": \"{SECRET}\"}}");
    let changed = database
        .execute("UPDATE sessions SET state = ?1", [&broken])
        .unwrap();
    assert_eq!(changed, 1);
    let server = start(folder.path(), &options);
    let path = format!("{}{}", server.url(), crate::app::reply_path(&session));
    let mut request = crate::app::posting(
        &path,
        json!({"message": {"type": "text", "text": SECRET}}).to_string(),
    );
    request
        .headers_mut()
        .insert("x-request-id", "asked-by-test".parse().unwrap());
    let answer = server.send(request).await;
    assert_eq!(answer.status, 500, "{:#}", answer.body);
    assert_eq!(answer.header("x-request-id"), Some("asked-by-test"));
    assert_eq!(answer.text("/data/requestId"), "asked-by-test");
    server.stop().await;
    let sent = receiver.taken();
    let event = sent.iter().find_map(|sent| {
        assert_eq!(sent.path, "/api/7/envelope/");
        assert!(
            sent.authorization.contains("canarykey"),
            "{}",
            sent.authorization
        );
        assert!(
            !contains(&sent.body, SECRET),
            "a visitor's words are in a report"
        );
        let text = String::from_utf8_lossy(&sent.body);
        let mut lines = text.lines();
        let header: Value = serde_json::from_str(lines.next()?).unwrap();
        assert!(header["event_id"].is_string(), "{header}");
        let item: Value = serde_json::from_str(lines.next()?).unwrap();
        assert_eq!(item["type"], "event");
        Some(serde_json::from_str::<Value>(lines.next()?).unwrap())
    });
    let event = event.expect("the fault was reported");
    assert_eq!(event["message"], "request failed", "{event:#}");
    assert_eq!(event["tags"]["request_id"], "asked-by-test", "{event:#}");
    assert_eq!(
        event["tags"]["route"],
        "/api/v1/sessions/{session_id}/continueChat"
    );
    // Errors are the rule: some senders leave their level out.
    assert!(
        event["level"].is_null() || event["level"] == "error",
        "{event:#}"
    );
}

const PANICS: &str = "TALKLOOM_TEST_PANICS_TO";

/// No test: a process of its own that reports panics, and has one.
#[tokio::test]
async fn panicking_process() {
    let Ok(dsn) = std::env::var(PANICS) else {
        return;
    };
    let mut config = Config::default();
    config.telemetry.sentry_dsn = dsn;
    let telemetry = talkloom_server::telemetry::start(&config).expect("the options are valid");
    let broken = tokio::spawn(async { panic!("not a char boundary of `{SECRET}` at {}", 7) });
    assert!(broken.await.expect_err("it panics").is_panic());
    telemetry.finish().await;
}

#[tokio::test]
async fn a_panic_is_reported_with_its_place_and_without_what_it_quotes() {
    let receiver = Receiver::start().await;
    let dsn = receiver.url().replace("://", "://canarykey@") + "/7";
    let run = tokio::task::spawn_blocking(move || {
        std::process::Command::new(std::env::current_exe().expect("this program has a path"))
            .args(["--exact", "telemetry::panicking_process", "--nocapture"])
            .env(PANICS, dsn)
            .output()
    });
    let output = run
        .await
        .unwrap()
        .expect("this program can be started again");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(
        log.contains("a part of the server broke") && !log.contains(SECRET),
        "{log}"
    );
    let sent = receiver.taken();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].path, "/api/7/envelope/");
    let text = String::from_utf8_lossy(&sent[0].body);
    assert!(!text.contains(SECRET), "{text}");
    let event = text
        .lines()
        .nth(2)
        .expect("an envelope has a head, an item's head, an item");
    let event: Value = serde_json::from_str(event).unwrap();
    let exception = &event["exception"]["values"][0];
    assert_eq!(
        (&event["level"], &exception["type"]),
        (&json!("fatal"), &json!("panic"))
    );
    let told = exception["value"].as_str().unwrap_or_default();
    assert!(told.starts_with("not a char boundary of"), "{event:#}");
    assert_eq!(exception["mechanism"]["handled"], json!(false));
    let place = event["extra"]["place"].as_str().unwrap_or_default();
    assert!(place.contains("telemetry.rs:"), "{event:#}");
    let frames = exception["stacktrace"]["frames"].as_array();
    assert!(frames.is_some_and(|frames| !frames.is_empty()), "{event:#}");
}

#[tokio::test]
async fn the_log_is_json_with_the_request_and_without_words_of_visitors() {
    let folder = tempfile::tempdir().unwrap();
    let options = [("TALKLOOM_LOG_FORMAT", "json"), ("TALKLOOM_LOG", "debug")];
    let server = server(folder.path(), &options);
    talk(&server).await;
    let log = server.stop().await;
    let taken = log.iter().find_map(|line| {
        assert!(!line.contains(SECRET), "{line}");
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        (line["message"] == "reply taken").then_some(line)
    });
    let taken = taken.unwrap_or_else(|| panic!("{log:#?}"));
    let spans = taken["spans"].as_array().expect("spans are listed");
    let request = spans.iter().find(|span| span["name"] == "request");
    let id = request
        .and_then(|span| span["id"].as_str())
        .unwrap_or_default();
    assert_eq!(id.len(), 32, "{taken:#}");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
