//! Accounts that are connected by signing in elsewhere, from the first address to the last refresh.

mod component;
mod issuer;
mod simulator;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use talkloom_server::config::OAuthClient;
use talkloom_server::oauth::{NewSignIn, OAuthError, OwnClient, Progress, Stale, Started};
use talkloom_store::{Credential, CredentialId, Repositories, ResultId};

use crate::app::{Answer, TestApp, workspace};
use crate::credentials::model_bot;
use crate::model::{Exchange, Model};
use crate::vault::home;
use issuer::{Issuer, Mood};

const BASE: &str = "http://chat.test";
const KIND: &str = "openai";

/// A server whose model block needs an account of the issuer's.
pub struct World {
    pub app: TestApp,
    pub issuer: Issuer,
    pub model: Model,
    _folder: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        let issuer = Issuer::start().await;
        let described = issuer.described();
        Self::with(issuer, described).await
    }

    async fn with(issuer: Issuer, described: Value) -> Self {
        let model = Model::start().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let base_url = model.base_url();
        component::install(folder.path(), |manifest| {
            let credential = &mut manifest["credentials"][0];
            credential["oauth2"] = described.clone();
            let mut rule = credential["injections"][0].take();
            rule["template"] = json!("Bearer {accessToken}");
            credential["injections"] = json!([rule]);
            let mut fields = credential["fields"].take();
            fields.as_array_mut().expect("a list").remove(0);
            fields[0]["default"] = json!(base_url);
            credential["fields"] = fields;
        });
        let token_url = described["tokenUrl"].as_str().expect("an address");
        let issuers_address = token_url["http://".len()..].split('/').next();
        let allow = vec![
            model.address.to_string(),
            issuers_address.expect("an address").to_owned(),
        ];
        let dir = folder.path().to_owned();
        let app = TestApp::with(move |config| {
            config.egress.allow = allow;
            config.blocks.dir = dir;
            let client = OAuthClient {
                client_id: "talkloom-test".into(),
                client_secret: "canary-secret".into(),
            };
            config.oauth.insert(KIND.into(), client);
        });
        Self {
            app: app.await,
            issuer,
            model,
            _folder: folder,
        }
    }

    fn wanted(&self) -> NewSignIn {
        NewSignIn {
            owner: home(),
            kind: KIND.into(),
            name: "Shop".into(),
            asked_by: None,
            renews: None,
            client: None,
            base: BASE.into(),
        }
    }

    pub async fn start(&self) -> Started {
        let started = self.app.app.oauth.start(self.wanted()).await;
        started.expect("it begins")
    }

    /// The browser opens the address; gives where the issuer takes over, and the cookie.
    pub async fn open(&self, started: &Started) -> (String, String) {
        let path = started.url.strip_prefix(BASE).expect("it is ours");
        let answer = self.app.get(path).await;
        assert_eq!(answer.status, 303, "{:?}", answer.body);
        let cookie = answer.header("set-cookie").expect("a cookie");
        assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let pair = cookie.split(';').next().expect("a pair").to_owned();
        (
            answer.header("location").expect("it leads on").to_owned(),
            pair,
        )
    }

    /// The browser comes back.
    pub async fn come_back(&self, url: &str, cookie: &str) -> Answer {
        let path = url.strip_prefix(BASE).expect("it is ours");
        let request = Request::get(path).header("cookie", cookie);
        let request = request.body(Body::empty()).expect("it is whole");
        self.app.send(request).await
    }

    /// All of it, as a person does it.
    pub async fn connect(&self) -> CredentialId {
        let started = self.start().await;
        let (authorize, cookie) = self.open(&started).await;
        let answer = self
            .come_back(&self.issuer.agree(&authorize), &cookie)
            .await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        self.connected(&started).await
    }

    async fn connected(&self, started: &Started) -> CredentialId {
        match self
            .app
            .app
            .oauth
            .progress(&started.id)
            .await
            .expect("it is known")
        {
            Progress::Connected(id) => id,
            other => panic!("it is {other:?}"),
        }
    }

    async fn find(&self, id: &CredentialId) -> Credential {
        let found = self.app.app.vault.find(&home(), id).await;
        found.expect("it is read").expect("it is there")
    }

    /// Publishes a bot that asks the model with an account.
    async fn publish(&self, id: &CredentialId) {
        let options = json!({ "credentialsId": id.as_str() });
        self.app.publish("model", &model_bot(&options)).await;
    }

    /// Starts the bot; the model answers. Gives what it was shown.
    async fn talk(&mut self) -> Option<String> {
        let answered = async {
            let asked = self.model.next().await;
            let shown = asked.authorization.clone();
            answer(asked).await;
            shown
        };
        let (started, shown) = tokio::join!(self.app.start("model", json!({})), answered);
        assert_eq!(started.status, 200);
        shown
    }

    /// Starts the bot, which asks nobody; gives the log.
    async fn log_of_start(&mut self) -> Vec<String> {
        let started = self.app.start("model", json!({})).await;
        let result = ResultId(started.text("/resultId").to_owned());
        let logs = self.app.app.store.reader().logs();
        let lines = logs
            .of_result(&workspace(), &result)
            .await
            .expect("it is read");
        assert!(self.model.is_idle());
        let line = |log: talkloom_store::Log| {
            format!("{} {}", log.description, log.details.unwrap_or_default())
        };
        lines.into_iter().map(line).collect()
    }
}

async fn answer(asked: Exchange) {
    let parts = asked.stream();
    parts.say("Hi").await;
    parts.done().await;
}

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn an_account_is_connected_and_its_token_stays_in_the_host() {
    let mut world = World::new().await;
    let started = world.start().await;
    let progress = world.app.app.oauth.progress(&started.id).await;
    assert_eq!(progress.expect("it is known"), Progress::Waiting);
    let (authorize, cookie) = world.open(&started).await;
    let page = world
        .come_back(&world.issuer.agree(&authorize), &cookie)
        .await;
    assert_eq!(page.status, 200);
    let html = page.body.as_str().expect("a page");
    assert!(
        html.contains("“Shop” (ada@example.com) can be chosen"),
        "{html}"
    );
    assert!(html.contains("window.close()"), "{html}");
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'sha256-"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));

    let id = world.connected(&started).await;
    let credential = world.find(&id).await;
    assert_eq!(credential.account.as_deref(), Some("ada@example.com"));
    assert_eq!(credential.fields, "{}");
    assert_eq!(
        world.issuer.asked(),
        ["authorization_code talkloom-test:canary-secret"]
    );
    world.publish(&id).await;
    assert_eq!(world.talk().await.as_deref(), Some("Bearer access-token-2"));
    assert_eq!(world.issuer.asked(), [""; 0], "the token is fresh");
    // Neither the state nor a token stands readable in the database.
    let state = started.url.rsplit('/').next().expect("a state").to_owned();
    let stored = world
        .app
        .texts("SELECT id || sealed FROM oauth_sign_ins")
        .await;
    let secrets = world
        .app
        .texts("SELECT sealed FROM credential_secrets")
        .await;
    for text in stored.iter().chain(&secrets) {
        assert!(
            !text.contains(&state) && !text.contains("-token-"),
            "{text}"
        );
    }
    let noted = world
        .app
        .texts("SELECT action FROM audit_log ORDER BY id")
        .await;
    assert_eq!(noted[0], "credential.connected");
}

#[tokio::test]
async fn tokens_are_renewed_before_they_end_and_rotate() {
    let mut world = World::new().await;
    let id = world.connect().await;
    world.publish(&id).await;
    world.issuer.asked();
    for expected in ["access-token-4", "access-token-6"] {
        world.app.app.clock.advance(HOUR_MS - 30_000);
        assert_eq!(world.talk().await, Some(format!("Bearer {expected}")));
        let asked = world.issuer.asked();
        assert_eq!(asked, ["refresh_token talkloom-test:canary-secret"]);
    }
    assert_eq!(world.talk().await.as_deref(), Some("Bearer access-token-6"));
    assert_eq!(world.issuer.asked(), [""; 0]);
}

#[tokio::test]
async fn of_many_who_need_a_fresh_token_one_asks() {
    let world = World::new().await;
    let id = world.connect().await;
    world.issuer.asked();
    world.app.app.clock.advance(2 * HOUR_MS);
    // A second process over the same database.
    let client = world.app.app.config.oauth.clone();
    let (egress, blocks) = (&world.app.app.config.egress, &world.app.app.config.blocks);
    let beside = world.app.beside_with(|config| {
        config.oauth = client;
        config.egress = egress.clone();
        config.blocks = blocks.clone();
    });
    let beside = beside.await;
    beside.app.clock.advance(2 * HOUR_MS);
    let credential = world.find(&id).await;
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..50 {
        let app = if number % 2 == 0 { &world.app } else { &beside };
        let (oauth, credential) = (app.app.oauth.clone(), credential.clone());
        asking.spawn(async move { oauth.fresh(&home(), &credential, Stale::Soon).await });
    }
    let mut generations = BTreeSet::new();
    while let Some(fresh) = asking.join_next().await {
        generations.insert(fresh.expect("nothing panics").expect("it is fresh"));
    }
    assert_eq!(generations, BTreeSet::from([Some(1)]));
    assert_eq!(world.issuer.asked().len(), 1);
}

#[tokio::test]
async fn a_token_that_a_service_refuses_is_made_anew_once() {
    let mut world = World::new().await;
    let id = world.connect().await;
    world.publish(&id).await;
    world.issuer.asked();
    let model = async |world: &mut World| {
        let first = world.model.next().await;
        let shown = first.authorization.clone();
        first.refuse(StatusCode::UNAUTHORIZED, "{}");
        let second = world.model.next().await;
        let again = second.authorization.clone();
        answer(second).await;
        (shown, again)
    };
    let app = world.app.router();
    let request = crate::app::posting(&crate::app::start_path("model"), "{}");
    let starting = tokio::spawn(tower::ServiceExt::oneshot(app, request));
    let (shown, again) = model(&mut world).await;
    starting.await.expect("nothing panics").expect("it answers");
    assert_eq!(shown.as_deref(), Some("Bearer access-token-2"));
    assert_eq!(again.as_deref(), Some("Bearer access-token-4"));
    assert_eq!(world.issuer.asked().len(), 1);
    assert_eq!(world.talk().await.as_deref(), Some("Bearer access-token-4"));
}

#[tokio::test]
async fn a_grant_that_was_taken_away_asks_for_consent_and_can_be_given_again() {
    let mut world = World::new().await;
    let id = world.connect().await;
    world.publish(&id).await;
    world.issuer.forget_all();
    world.issuer.asked();
    world.app.app.clock.advance(2 * HOUR_MS);
    for asked in [1, 0] {
        let log = world.log_of_start().await.join("\n");
        let told = format!("talkloom credential connect openai --again {id}");
        assert!(log.contains(&told), "{log}");
        assert_eq!(world.issuer.asked().len(), asked);
    }
    let mut again = world.wanted();
    again.renews = Some(id.clone());
    let started = world.app.app.oauth.start(again).await.expect("it begins");
    let (authorize, cookie) = world.open(&started).await;
    let answer = world
        .come_back(&world.issuer.agree(&authorize), &cookie)
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(world.connected(&started).await, id);
    let shown = world.talk().await;
    assert!(shown.is_some_and(|shown| shown.starts_with("Bearer access-token-")));
}

#[tokio::test]
async fn an_issuer_in_trouble_is_not_the_visitors_trouble_while_the_token_lasts() {
    let mut world = World::new().await;
    let id = world.connect().await;
    world.publish(&id).await;
    world
        .issuer
        .is_now(Mood::Says(503, "text/html", "<h1>busy</h1>"));
    world.app.app.clock.advance(HOUR_MS - 30_000);
    assert_eq!(world.talk().await.as_deref(), Some("Bearer access-token-2"));
    world.app.app.clock.advance(HOUR_MS);
    let log = world.log_of_start().await.join("\n");
    assert!(
        log.contains("The account “Shop” could not be refreshed."),
        "{log}"
    );
    world.issuer.is_now(Mood::Good);
    let shown = world.talk().await;
    assert_eq!(shown.as_deref(), Some("Bearer access-token-4"));
}

#[tokio::test]
async fn an_answer_is_taken_once_in_time_and_from_the_browser_that_asked() {
    let world = World::new().await;
    let told = |answer: &Answer| {
        assert_eq!(answer.status, 400);
        answer.body.as_str().expect("a page").to_owned()
    };
    let started = world.start().await;
    let (authorize, cookie) = world.open(&started).await;
    let back = world.issuer.agree(&authorize);
    for foreign in ["", "talkloom_oauth_x=y", "other=1"] {
        let page = told(&world.come_back(&back, foreign).await);
        assert!(page.contains("begun in another browser"), "{page}");
    }
    assert_eq!(world.come_back(&back, &cookie).await.status, 200);
    let page = told(&world.come_back(&back, &cookie).await);
    assert!(page.contains("finished before"), "{page}");
    let path = started.url.strip_prefix(BASE).expect("it is ours");
    let page = told(&world.app.get(path).await);
    assert!(page.contains("finished before"), "{page}");

    let late = world.start().await;
    let (authorize, cookie) = world.open(&late).await;
    world.app.app.clock.advance(600_001);
    let back = world.issuer.agree(&authorize);
    let page = told(&world.come_back(&back, &cookie).await);
    assert!(page.contains("longer than ten minutes"), "{page}");
    let page = told(
        &world
            .app
            .get("/api/oauth/callback?state=made-up&code=x")
            .await,
    );
    assert!(page.contains("not known here"), "{page}");
    assert_eq!(world.issuer.asked().len(), 1);
    assert_eq!(
        world
            .app
            .app
            .vault
            .all(&home())
            .await
            .expect("they are read")
            .len(),
        1
    );
}

#[tokio::test]
async fn what_goes_wrong_at_the_issuer_is_told_in_a_sentence() {
    let world = World::new().await;
    for (error, expected) in [
        ("access_denied", "cancelled or refused"),
        (
            "<script>alert(1)</script>",
            "“&lt;script&gt;alert(1)&lt;/script&gt;”",
        ),
    ] {
        let started = world.start().await;
        let (authorize, cookie) = world.open(&started).await;
        let agreed = oauth2::url::Url::parse(&world.issuer.agree(&authorize)).expect("an address");
        let mut back = agreed.clone();
        let state = agreed.query_pairs().find(|(name, _)| name == "state");
        let state = state.expect("a state").1.into_owned();
        back.query_pairs_mut()
            .clear()
            .append_pair("state", &state)
            .append_pair("error", error);
        let answer = world.come_back(back.as_str(), &cookie).await;
        let page = answer.body.as_str().expect("a page");
        assert!(page.contains(expected), "{page}");
        let progress = world.app.app.oauth.progress(&started.id).await;
        assert!(matches!(
            progress.expect("it is known"),
            Progress::Failed(_)
        ));
    }
    for (mood, expected) in [
        (
            Mood::Says(200, "application/json", "{\"canary\":1}"),
            "not what tokens come in",
        ),
        (
            Mood::Says(200, "text/html", "<h1>canary</h1>"),
            "not what tokens come in",
        ),
        (
            Mood::Says(
                400,
                "application/json",
                "{\"error\":\"invalid_client\",\"error_description\":\"No.\"}",
            ),
            "“invalid_client”. No.",
        ),
        (
            Mood::Redirects("http://169.254.169.254/latest"),
            "not followed",
        ),
        (Mood::Silent, "No answer came within 10 s."),
    ] {
        world.issuer.is_now(mood.clone());
        let started = world.start().await;
        let (authorize, cookie) = world.open(&started).await;
        let back = world.issuer.agree(&authorize);
        let answer = world.come_back(&back, &cookie).await;
        let page = answer.body.as_str().expect("a page");
        assert_eq!(answer.status, 502, "{mood:?}");
        assert!(page.contains(expected), "{mood:?}: {page}");
        assert!(!page.contains("canary"), "{page}");
    }
    assert_eq!(
        world
            .app
            .app
            .vault
            .all(&home())
            .await
            .expect("they are read")
            .len(),
        0
    );
}

#[tokio::test]
async fn a_removed_account_is_given_back() {
    let world = World::new().await;
    let id = world.connect().await;
    let credential = world.find(&id).await;
    let revoked = world.app.app.oauth.revoke(&home(), &credential).await;
    assert!(revoked.expect("it is asked"));
    assert_eq!(world.issuer.revoked(), ["refresh-token-3"]);
}

#[tokio::test]
async fn a_workspace_may_have_a_client_of_its_own() {
    let world = World::new().await;
    let mut own = world.wanted();
    own.client = Some(OwnClient {
        id: "ours".into(),
        secret: Some(talkloom_blocks::Secret::new("our-secret")),
    });
    let started = world.app.app.oauth.start(own).await.expect("it begins");
    let (authorize, cookie) = world.open(&started).await;
    let back = world.issuer.agree(&authorize);
    assert_eq!(world.come_back(&back, &cookie).await.status, 200);
    let credential = world.find(&world.connected(&started).await).await;
    world.app.app.clock.advance(2 * HOUR_MS);
    let oauth = &world.app.app.oauth;
    let fresh = oauth.fresh(&home(), &credential, Stale::Soon).await;
    assert_eq!(fresh.expect("it is fresh"), Some(1));
    let asked = world.issuer.asked();
    assert_eq!(
        asked,
        [
            "authorization_code ours:our-secret",
            "refresh_token ours:our-secret"
        ]
    );
}

#[tokio::test]
async fn what_cannot_begin_is_told_before_a_browser_opens() {
    let world = World::new().await;
    let start = async |change: fn(&mut NewSignIn)| {
        let mut wanted = world.wanted();
        change(&mut wanted);
        world
            .app
            .app
            .oauth
            .start(wanted)
            .await
            .expect_err("it does not begin")
    };
    let unknown = start(|wanted| wanted.kind = "carrier-pigeon".into()).await;
    assert!(
        matches!(unknown, OAuthError::UnknownKind { .. }),
        "{unknown}"
    );
    let elsewhere = start(|wanted| wanted.renews = Some(CredentialId("cnone".into()))).await;
    assert!(matches!(elsewhere, OAuthError::NoCredential), "{elsewhere}");

    let plain = TestApp::new().await;
    let refused = plain.app.oauth.start(world.wanted()).await;
    let refused = refused.expect_err("its accounts are filled in");
    assert!(matches!(refused, OAuthError::NoSignIn { .. }), "{refused}");
}
