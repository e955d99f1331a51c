//! Twenty secrets are planted; nothing that leaves the server, and nothing that it keeps, shows one.

use std::collections::BTreeMap;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use talkloom_server::credentials::{NewAccount, Vault};
use talkloom_server::{Clock, Config, Entropy};
use talkloom_store::{Database, Store};
use talkloom_vault::Secret;

use crate::app::{Answer, NOW_MS, posting};
use crate::credentials::model_bot;
use crate::model::{Exchange, Model};
use crate::process::{Server, import, run_with};
use crate::vault::{fresh_key, home};

/// What a service does with the key that it got.
#[derive(Debug, Clone, Copy)]
enum Service {
    Answers,
    EchoesInText,
    EchoesInParts,
    RefusesWithTheKey,
    FailsWithTheKey,
    BreaksOff,
    SendsGarbage,
    IsGone,
}

const SERVICES: [Service; 8] = [
    Service::Answers,
    Service::EchoesInText,
    Service::EchoesInParts,
    Service::RefusesWithTheKey,
    Service::FailsWithTheKey,
    Service::BreaksOff,
    Service::SendsGarbage,
    Service::IsGone,
];

/// Everything that must be seen nowhere.
struct Canaries(Vec<String>);

impl Canaries {
    fn draw() -> Self {
        let entropy = Entropy::system();
        let drawn = (0..19).map(|n| format!("sk-canary-{n:02}-{}", entropy.id()));
        let master = fresh_key().expose().to_owned();
        Self(drawn.chain([master]).collect())
    }

    fn master(&self) -> &str {
        &self.0[19]
    }

    fn check(&self, place: &str, bytes: &[u8]) {
        assert!(!self.are_in(bytes), "{place} shows a secret");
    }

    /// Whether one is there, as it is or as base64.
    fn are_in(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        self.0.iter().any(|canary| {
            let coded = BASE64_STANDARD.encode(canary);
            // The end depends on what follows.
            let coded = &coded[..coded.len() - 4];
            text.contains(canary.as_str()) || text.contains(coded)
        })
    }

    fn check_answer(&self, place: &str, answer: &Answer) {
        self.check(
            place,
            format!("{:?}{}", answer.headers, answer.body).as_bytes(),
        );
    }

    /// Every file, except the one that is the key.
    fn check_folder(&self, folder: &Path) -> usize {
        let mut files = 0;
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                files += self.check_folder(&path);
            } else {
                let bytes = std::fs::read(&path).expect("the file can be read");
                self.check(&path.display().to_string(), &bytes);
                files += 1;
            }
        }
        files
    }
}

/// The model does what the service does; gives the key that it was shown.
async fn serve(asked: Exchange, service: Service) -> String {
    let shown = asked.authorization.clone().expect("a key comes along");
    let key = shown
        .strip_prefix("Bearer ")
        .expect("as a bearer")
        .to_owned();
    match service {
        Service::Answers | Service::IsGone => {
            let parts = asked.stream();
            parts.say("Hi").await;
            parts.done().await;
        }
        Service::EchoesInText => {
            let parts = asked.stream();
            parts.say(&format!("Your key is {key}.")).await;
            parts.done().await;
        }
        Service::EchoesInParts => {
            let parts = asked.stream();
            let (begin, end) = key.split_at(key.len() / 2);
            parts.say(begin).await;
            parts.say(end).await;
            parts.done().await;
        }
        Service::RefusesWithTheKey => {
            let error = json!({"error": {"message": format!("Incorrect key: {key}")}});
            asked.refuse(StatusCode::UNAUTHORIZED, error.to_string());
        }
        Service::FailsWithTheKey => {
            asked.refuse(StatusCode::INTERNAL_SERVER_ERROR, format!("<b>{shown}</b>"));
        }
        Service::BreaksOff => {
            let parts = asked.stream();
            parts.say("Hi").await;
            let error = json!({"error": {"message": format!("no quota for {key}")}});
            parts.send(format!("data: {error}\n\n")).await;
        }
        Service::SendsGarbage => {
            let parts = asked.stream();
            parts.send(format!("data: {key}\n\n")).await;
        }
    }
    key
}

/// A credential for each service, and one that is never used; gives the bots' ids.
async fn plant(data: &Path, canaries: &Canaries, model: &Model) -> Vec<String> {
    let mut config = Config {
        data: data.to_owned(),
        ..Config::default()
    };
    config.keys.master_key = canaries.master().to_owned();
    let database = Database::Sqlite(data.join("talkloom.db"));
    let store = Store::open(&database).await.unwrap();
    let (clock, entropy) = (Clock::manual(NOW_MS), Entropy::system());
    let vault = Vault::open(&config, &store, &clock, &entropy)
        .await
        .unwrap();
    let mut bots = Vec::new();
    for (place, canary) in canaries.0[..12].iter().enumerate() {
        let base_url = match SERVICES.get(place) {
            Some(Service::IsGone) => "http://127.0.0.1:9/v1".to_owned(),
            _ => model.base_url(),
        };
        let new = NewAccount {
            kind: "openai".into(),
            name: format!("Account {place}"),
            account: Some("ada".into()),
            fields: BTreeMap::from([("baseUrl".into(), base_url)]),
            secrets: BTreeMap::from([("apiKey".into(), Secret::new(canary.as_str()))]),
        };
        let id = vault.add(&home(), &new).await.unwrap();
        let bot = model_bot(&json!({"credentialsId": id.as_str()}));
        let file = data.join("bot.json");
        std::fs::write(&file, bot.to_string()).unwrap();
        let public_id = format!("bot-{place}");
        let imported = import(data, &file, &["--publish", "--public-id", &public_id]);
        assert_eq!(imported["diagnostics"], json!([]));
        std::fs::remove_file(&file).unwrap();
        bots.push(public_id);
    }
    store.close().await;
    bots
}

async fn stream(server: &Server, session: &str) -> Answer {
    let path = format!("{}/api/v2/sessions/{session}/streamMessage", server.url());
    server.send(posting(&path, "{}")).await
}

/// Holds a conversation with each service, in the turn and streamed; gives the results' ids.
async fn talk(
    server: &Server,
    model: &mut Model,
    canaries: &Canaries,
    bots: &[String],
) -> Vec<String> {
    let mut results = Vec::new();
    for (place, service) in SERVICES.into_iter().enumerate() {
        let start = format!("/api/v1/typebots/{}/startChat", bots[place]);
        for is_streamed in [false, true] {
            let asking = async {
                if matches!(service, Service::IsGone) {
                    return None;
                }
                Some(serve(model.next().await, service).await)
            };
            let talking = async {
                let body = json!({"isStreamEnabled": is_streamed});
                let started = server.post(&start, &body).await;
                let session = started.text("/sessionId").to_owned();
                canaries.check_answer("a start", &started);
                if is_streamed {
                    let streamed = stream(server, &session).await;
                    canaries.check_answer("a stream", &streamed);
                }
                let reply = server.say(&session, "Go on").await;
                canaries.check_answer("a reply", &reply);
                let refused = server.say(&session, "Go on").await;
                canaries.check_answer("a refused reply", &refused);
                started.text("/resultId").to_owned()
            };
            let (shown, result) = tokio::join!(asking, talking);
            if let Some(shown) = shown {
                assert_eq!(shown, canaries.0[place], "{service:?}");
            }
            results.push(result);
        }
    }
    results
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_seen_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let canaries = Canaries::draw();
    let mut model = Model::start().await;
    let bots = plant(data, &canaries, &model).await;
    let allow = format!("[\"{}\", \"127.0.0.1:9\"]", model.address);
    let variables = [
        ("TALKLOOM_MASTER_KEY", canaries.master()),
        ("TALKLOOM_UPLOADS__SIGNING_KEY", &canaries.0[18]),
        ("TALKLOOM_EGRESS__ALLOW", &allow),
        ("TALKLOOM_LOG", "trace"),
    ];
    let server = Server::start_with(data, &variables);
    let results = talk(&server, &mut model, &canaries, &bots).await;
    for path in ["/api/openapi.json", "/bot-0", "/nothing"] {
        let request = Request::get(format!("{}{path}", server.url()));
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        canaries.check_answer(path, &answer);
    }
    let log = server.finish();
    assert!(log.contains("TRACE") && log.contains("credential opened"));
    canaries.check("the log", log.as_bytes());

    // What a killed server leaves, its write-ahead log too, and what the command line shows of it.
    assert!(data.join("talkloom.db-wal").exists());
    assert!(canaries.check_folder(data) > 2);
    for arguments in results
        .iter()
        .map(|result| vec!["replay", result])
        .chain(bots.iter().map(|bot| vec!["export", bot]))
        .chain([
            vec!["credential", "list"],
            vec!["keys", "show"],
            vec!["keys", "rotate", "--data-keys"],
        ])
    {
        let output = run_with(data, &arguments, &variables);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        canaries.check(
            &arguments.join(" "),
            &[output.stdout, output.stderr].concat(),
        );
    }
    assert!(canaries.check_folder(data) > 1);
}

#[test]
fn a_secret_would_be_seen() {
    let canaries = Canaries::draw();
    for canary in &canaries.0 {
        let coded = BASE64_STANDARD.encode(format!("{canary}:"));
        for text in [format!("\0\u{fffd}{canary}!"), format!("Basic {coded}")] {
            assert!(canaries.are_in(text.as_bytes()), "{text}");
        }
    }
    assert!(!canaries.are_in(b"sk-canary-00-"));
}

#[tokio::test]
async fn no_secret_is_in_what_is_printed_for_developers() {
    let canaries = Canaries::draw();
    let mut config = Config::default();
    config.keys.master_key = canaries.master().to_owned();
    config.uploads.signing_key = canaries.0[0].clone();
    config.database.url = format!("postgres://talkloom:{}@db/talkloom", canaries.0[1]);
    config.redis.url = format!("redis://:{}@redis/", canaries.0[2]);
    config.mail.smtp_url = format!("smtp://ada:{}@mail:587", canaries.0[3]);
    config.telemetry.sentry_dsn = format!("https://{}@errors.example/1", canaries.0[4]);
    config.telemetry.otlp_endpoint = format!("https://{}@traces.example", canaries.0[5]);
    canaries.check(
        "Debug of the configuration",
        format!("{config:#?}").as_bytes(),
    );

    // A key that is none.
    config.keys.master_key = canaries.0[6].clone();
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("talkloom.db"));
    let store = Store::open(&database).await.unwrap();
    let (clock, entropy) = (Clock::manual(NOW_MS), Entropy::system());
    let refused = Vault::open(&config, &store, &clock, &entropy).await;
    let error = refused.err().expect("it is no key");
    canaries.check("an error", format!("{error:?}{error:#}").as_bytes());
    let variables = [("TALKLOOM_MASTER_KEY", canaries.0[7].as_str())];
    let output = run_with(folder.path(), &["keys", "show"], &variables);
    assert_eq!(output.status.code(), Some(2));
    canaries.check("a refusal", &[output.stdout, output.stderr].concat());
}
