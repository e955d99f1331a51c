//! The Stripe block, against a server that speaks its protocol.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ring::hmac;
use serde_json::{Value, json};
use talkloom_blocks::{
    Abilities, BlockCall, Context, Credential, Declined, Failure, Mail, NewFile, Opened, Received,
    Runtime, Secret, ValueKey, WebhookCall, WebhookRequest,
};

use crate::server::{Exchange, Server};
use crate::{NOW_MS, runtime};

const NAMES: &[&str] = &["stripe"];
const LIVE_KEY: &str = "sk_live_51canary";
const TEST_KEY: &str = "sk_test_51canary";
const WEBHOOK_SECRET: &str = "whsec_canary";
const INTENTS: &str = "POST /v1/payment_intents HTTP/1.1";

/// Keeps values as the server does for one conversation.
#[derive(Debug, Default)]
struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Abilities for Memory {
    async fn get_value(&self, key: ValueKey) -> Result<Option<Vec<u8>>, Declined> {
        Ok(self.0.lock().expect("unbroken").get(&key.key).cloned())
    }

    async fn set_value(
        &self,
        key: ValueKey,
        value: Vec<u8>,
        _: Option<u32>,
    ) -> Result<(), Declined> {
        self.0.lock().expect("unbroken").insert(key.key, value);
        Ok(())
    }

    async fn delete_value(&self, _: ValueKey) -> Result<(), Declined> {
        unreachable!("the block forgets nothing")
    }

    async fn save_file(&self, _: NewFile) -> Result<String, Declined> {
        unreachable!("the block has no files")
    }

    async fn load_file(&self, _: String, _: usize) -> Result<Vec<u8>, Declined> {
        unreachable!("the block has no files")
    }

    async fn send_mail(&self, _: Mail) -> Result<(), Declined> {
        unreachable!("the block sends no mail")
    }
}

fn credential(base: String) -> Credential {
    let fields = [
        ("baseUrl", base),
        ("live.publicKey", "pk_live_1".to_owned()),
        ("test.publicKey", "pk_test_1".to_owned()),
    ];
    let secrets = [
        ("live.secretKey", LIVE_KEY),
        ("test.secretKey", TEST_KEY),
        ("live.webhookSecret", WEBHOOK_SECRET),
    ];
    Credential {
        kind: "stripe".into(),
        account: None,
        fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
        secrets: secrets
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .into(),
    }
}

/// A conversation that waits for a payment.
struct Till {
    server: Server,
    runtime: Runtime,
    call: BlockCall,
}

impl Till {
    async fn new(options: Value) -> Self {
        let server = Server::start().await;
        let runtime = runtime(NAMES, &[server.address]).await;
        let call = BlockCall {
            block_type: "payment input".into(),
            options,
            credential: Some(credential(server.url(""))),
            context: Context {
                workspace: "w".into(),
                bot: "b".into(),
                result: Some("r".into()),
                ..Context::default()
            },
            abilities: Some(Arc::new(Memory::default())),
            ..BlockCall::default()
        };
        Self {
            server,
            runtime,
            call,
        }
    }

    /// Opens the input; the provider answers with an intent. Gives what it was asked, too.
    async fn open(&mut self, intent: Value) -> (Result<Opened, Failure>, Asked) {
        let (runtime, call) = (self.runtime.clone(), self.call.clone());
        let opening = tokio::spawn(async move { runtime.open_input(call).await });
        let exchange = self.server.next().await;
        let asked = Asked::of(&exchange);
        exchange
            .answer(200, "application/json", &intent.to_string())
            .await;
        (opening.await.expect("nothing panics"), asked)
    }

    /// Replies; the provider answers with a status and an intent.
    async fn reply(&mut self, kept: &Value, status: u16, intent: Value) -> Result<(), Failure> {
        let (runtime, call, kept) = (self.runtime.clone(), self.call.clone(), kept.clone());
        let accepting =
            tokio::spawn(async move { runtime.accept_input(call, &kept, "Success".into()).await });
        let exchange = self.server.next().await;
        let line = "GET /v1/payment_intents/pi_1?expand[]=latest_charge HTTP/1.1";
        assert_eq!(exchange.line, line);
        exchange
            .answer(status, "application/json", &intent.to_string())
            .await;
        accepting.await.expect("nothing panics").map(|_| ())
    }
}

/// What the provider was asked.
struct Asked {
    line: String,
    body: String,
    authorization: String,
    key: String,
}

impl Asked {
    fn of(exchange: &Exchange) -> Self {
        let header = |name: &str| exchange.header(name).unwrap_or_default().to_owned();
        Self {
            line: exchange.line.clone(),
            body: exchange.body.clone(),
            authorization: header("authorization"),
            key: header("idempotency-key"),
        }
    }
}

fn options() -> Value {
    json!({"amount": "12.345", "currency": "EUR", "additionalInformation": {"email": "a@b.example"}})
}

/// An intent as the service writes it.
fn intent(status: &str, live: bool, changes: Value) -> Value {
    let metadata = if live {
        json!({"talkloom_bot": "b", "talkloom_result": "r"})
    } else {
        json!({})
    };
    let mut intent = json!({
        "id": "pi_1", "object": "payment_intent", "amount": 1235, "currency": "eur",
        "status": status, "client_secret": "pi_1_secret_1", "livemode": live, "metadata": metadata,
        "latest_charge": null,
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        intent[name] = value.clone();
    }
    intent
}

#[tokio::test]
async fn a_payment_is_asked_for_once_and_checked_with_the_provider() {
    let mut till = Till::new(options()).await;
    let waiting = || intent("requires_payment_method", true, json!({}));
    let (opened, asked) = till.open(waiting()).await;
    let opened = opened.expect("it opens");
    let shown = json!({
        "paymentIntentSecret": "pi_1_secret_1", "amountLabel": "12,35\u{a0}€", "publicKey": "pk_live_1",
    });
    assert_eq!(opened.shown, shown);
    assert_eq!(
        opened.kept,
        json!({"intent": "pi_1", "amount": 1235, "currency": "eur"})
    );
    assert_eq!(asked.line, INTENTS);
    assert_eq!(asked.authorization, format!("Bearer {LIVE_KEY}"));
    assert!(
        asked
            .body
            .starts_with("amount=1235&currency=eur&automatic_payment_methods"),
        "{}",
        asked.body
    );
    assert!(
        asked.body.contains("receipt_email=a%40b.example"),
        "{}",
        asked.body
    );

    let (_, again) = till.open(waiting()).await;
    assert_eq!(again.key, asked.key, "the same question");

    let kept = &opened.kept;
    let refused = [
        (waiting(), "not made"),
        (intent("processing", true, json!({})), "being processed"),
        (intent("requires_action", true, json!({})), "confirmation"),
        (
            intent("succeeded", true, json!({"amount": 1})),
            "Another amount",
        ),
        (
            intent("succeeded", true, json!({"currency": "usd"})),
            "Another amount",
        ),
        (
            intent("succeeded", true, json!({"id": "pi_2"})),
            "another conversation",
        ),
        (
            intent(
                "succeeded",
                true,
                json!({"metadata": {"talkloom_result": "s"}}),
            ),
            "another conversation",
        ),
    ];
    for (intent, says) in refused {
        let failure = till.reply(kept, 200, intent).await.expect_err(says);
        assert!(failure.to_string().contains(says), "{failure}");
    }
    let (_, again) = till.open(waiting()).await;
    assert_eq!(again.key, asked.key, "still not paid");

    let paid = || {
        intent(
            "succeeded",
            true,
            json!({"latest_charge": {"amount_refunded": 0}}),
        )
    };
    assert_eq!(till.reply(kept, 200, paid()).await, Ok(()));
    assert_eq!(
        till.reply(kept, 200, paid()).await,
        Ok(()),
        "the same reply once more"
    );
    let (_, next) = till.open(waiting()).await;
    assert_ne!(next.key, asked.key, "another payment");
}

#[tokio::test]
async fn a_payment_that_was_given_back_does_not_count() {
    let mut till = Till::new(options()).await;
    let kept = json!({"intent": "pi_1", "amount": 1235, "currency": "eur"});
    let refunded = intent(
        "succeeded",
        true,
        json!({"latest_charge": {"amount_refunded": 1235}}),
    );
    let failure = till
        .reply(&kept, 200, refunded)
        .await
        .expect_err("it was given back");
    assert!(failure.to_string().contains("given back"), "{failure}");
}

#[tokio::test]
async fn previews_pay_with_the_test_keys_where_there_are_any() {
    let mut till = Till::new(json!({"amount": 500, "currency": "JPY"})).await;
    till.call.context.result = None;
    let waiting = || intent("requires_payment_method", false, json!({}));
    let (opened, asked) = till.open(waiting()).await;
    assert_eq!(asked.authorization, format!("Bearer {TEST_KEY}"));
    assert!(
        asked.body.starts_with("amount=500&currency=jpy"),
        "{}",
        asked.body
    );
    let opened = opened.expect("it opens");
    assert_eq!(opened.shown["publicKey"], "pk_test_1");
    assert_eq!(opened.shown["amountLabel"], "¥500");
    let (_, again) = till.open(waiting()).await;
    assert_ne!(again.key, asked.key, "previews are not told apart");

    let credential = till.call.credential.as_mut().expect("there is one");
    credential.secrets.remove("test.secretKey");
    credential.fields.remove("test.publicKey");
    let (opened, asked) = till
        .open(intent("requires_payment_method", true, json!({})))
        .await;
    assert_eq!(asked.authorization, format!("Bearer {LIVE_KEY}"));
    assert_eq!(opened.expect("it opens").shown["publicKey"], "pk_live_1");
}

#[tokio::test]
async fn keys_of_different_modes_are_refused() {
    let mut till = Till::new(options()).await;
    let (opened, _) = till
        .open(intent("requires_payment_method", false, json!({})))
        .await;
    let failure = opened.expect_err("a live key for the page, a test key for the server");
    assert!(failure.to_string().contains("different modes"), "{failure}");
}

#[tokio::test]
async fn what_cannot_be_paid_is_told_without_asking_anyone() {
    let mut till = Till::new(json!({"amount": "abc", "currency": "EUR"})).await;
    let failure = till
        .runtime
        .open_input(till.call.clone())
        .await
        .expect_err("no amount");
    assert!(failure.to_string().contains("abc"), "{failure}");
    assert!(matches!(failure, Failure::InvalidOptions(_)), "{failure}");
    till.call.credential = None;
    till.call.options = options();
    let failure = till
        .runtime
        .open_input(till.call.clone())
        .await
        .expect_err("no account");
    assert!(
        failure.to_string().contains("Choose a Stripe account"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_provider_that_is_down_takes_no_money() {
    let mut till = Till::new(options()).await;
    let kept = json!({"intent": "pi_1", "amount": 1235, "currency": "eur"});
    let echo = json!({"error": {"message": format!("Invalid API Key provided: {LIVE_KEY}")}});
    let failure = till
        .reply(&kept, 401, echo)
        .await
        .expect_err("it is refused");
    assert!(
        failure.to_string().contains("Invalid API Key provided"),
        "{failure}"
    );
    assert!(!failure.to_string().contains(LIVE_KEY), "{failure}");
    let failure = till
        .reply(&kept, 503, json!("busy"))
        .await
        .expect_err("it is down");
    assert!(
        matches!(
            failure,
            Failure::Upstream {
                status: Some(503),
                ..
            }
        ),
        "{failure}"
    );

    let (opened, _) = till.open(json!({"object": "list"})).await;
    assert!(
        matches!(opened, Err(Failure::Upstream { .. })),
        "{opened:?}"
    );
    let forged = json!({"intent": "../customers", "amount": 1235, "currency": "eur"});
    let accepted = till
        .runtime
        .accept_input(till.call.clone(), &forged, "Success".into());
    assert!(accepted.await.is_err());

    // Nobody listens at this address any more.
    drop(till.server);
    assert!(till.runtime.open_input(till.call.clone()).await.is_err());
}

const BODY: &str = r#"{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","status":"succeeded","amount":1235,"currency":"eur","metadata":{"talkloom_result":"r"}}}}"#;

fn signature(secret: &str, time_s: u64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, format!("{time_s}.{body}").as_bytes()))
}

async fn receive(runtime: &Runtime, header: String, body: &str) -> Result<Received, Failure> {
    let call = WebhookCall {
        block_type: "payment input".into(),
        webhook: "events".into(),
        request: WebhookRequest {
            method: "POST".into(),
            headers: vec![("stripe-signature".into(), header)],
            body: body.into(),
            ..WebhookRequest::default()
        },
        credential: Some(credential(String::new())),
        workspace: "w".into(),
        abilities: None,
    };
    runtime.receive(call).await
}

#[tokio::test]
async fn messages_are_taken_from_the_provider_alone() {
    let runtime = runtime(NAMES, &[]).await;
    let now = NOW_MS / 1000;
    let right = signature(WEBHOOK_SECRET, now, BODY);
    let wrong = signature("whsec_other", now, BODY);
    for header in [
        format!("t={now},v1={right}"),
        format!("t={now},v1={wrong},v1={right}"),
        format!(
            "t={},v1={}",
            now - 300,
            signature(WEBHOOK_SECRET, now - 300, BODY)
        ),
    ] {
        let received = receive(&runtime, header, BODY).await.expect("it is signed");
        let [event] = received.events.as_slice() else {
            panic!("{received:?}")
        };
        assert_eq!(
            (event.id.as_deref(), event.correlation.as_deref()),
            (Some("evt_1"), Some("r"))
        );
        assert_eq!(received.response.status, 200);
    }
    let altered = BODY.replace("1235", "1");
    for (header, body) in [
        (String::new(), BODY),
        (format!("t={now},v1={wrong}"), BODY),
        (format!("t={now},v1={right}"), altered.as_str()),
        (format!("t={},v1={right}", now + 1), BODY),
        (
            format!(
                "t={},v1={}",
                now - 301,
                signature(WEBHOOK_SECRET, now - 301, BODY)
            ),
            BODY,
        ),
    ] {
        let failure = receive(&runtime, header.clone(), body)
            .await
            .expect_err(&header);
        assert!(matches!(failure, Failure::Denied(_)), "{failure}");
    }
    let other = r#"{"id":"evt_2","type":"charge.refunded","data":{"object":{}}}"#;
    let header = format!("t={now},v1={}", signature(WEBHOOK_SECRET, now, other));
    let received = receive(&runtime, header, other)
        .await
        .expect("it is signed");
    assert!(received.events.is_empty(), "{received:?}");
}
