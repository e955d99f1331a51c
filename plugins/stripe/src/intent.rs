//! Stripe's payment intents: one is made when a payment is asked for, and asked about afterwards.

use serde_json::Value;
use sha2::{Digest, Sha256};
use talkloom_block::prelude::*;
use talkloom_block::{http, random};

use crate::account::Account;
use crate::money::Money;
use crate::options::Payment;

/// By which a message from Stripe finds its conversation.
pub const RESULT: &str = "talkloom_result";
const BOT: &str = "talkloom_bot";
/// How much of an unreadable answer is shown, in characters.
const SHOWN: usize = 200;

/// A payment intent, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// Its id.
    pub id: String,
    /// What the page opens it with.
    pub client_secret: String,
    /// `succeeded`, `processing`, `requires_payment_method`, ….
    pub status: String,
    /// In the currency's smallest unit.
    pub amount: i64,
    /// Three small letters.
    pub currency: String,
    /// The result of the conversation that it was made for.
    pub result: Option<String>,
    /// What was given back, in the currency's smallest unit.
    pub refunded: i64,
    /// Real money.
    pub is_live: bool,
}

/// Makes an intent. The same question of a conversation gets the same one: Stripe knows it by the
/// key of the request, which changes once a payment was taken.
///
/// # Errors
/// What Stripe says, or that it did not answer.
pub fn create(
    account: &Account,
    money: &Money,
    options: &Payment,
    call: &Call,
    last: Option<&str>,
) -> Result<Intent, Failure> {
    let body = form(money, options, call);
    let key = key(&body, call.context.result.as_deref(), last);
    let mut request = account
        .request("POST", "/v1/payment_intents")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Idempotency-Key", &key);
    request.body = Some(body.into_bytes());
    send(request)
}

/// Asks how an intent stands.
///
/// # Errors
/// As [`create`].
pub fn retrieve(account: &Account, id: &str) -> Result<Intent, Failure> {
    let path = format!("/v1/payment_intents/{id}?expand[]=latest_charge");
    send(account.request("GET", &path))
}

fn form(money: &Money, options: &Payment, call: &Call) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("amount", &money.units.to_string());
    form.append_pair("currency", &money.currency.to_ascii_lowercase());
    form.append_pair("automatic_payment_methods[enabled]", "true");
    if let Some(description) = options.description() {
        form.append_pair("description", description);
    }
    if let Some(email) = options.email() {
        form.append_pair("receipt_email", email);
    }
    let result = call.context.result.as_deref();
    for (name, value) in [(BOT, Some(call.context.bot.as_str())), (RESULT, result)] {
        if let Some(value) = value {
            form.append_pair(&format!("metadata[{name}]"), value);
        }
    }
    form.finish()
}

/// A preview has no result to tell its conversation by: each of its questions is a new one.
fn key(body: &str, result: Option<&str>, last: Option<&str>) -> String {
    let Some(result) = result else {
        return format!("talkloom-preview-{}", hex(&random::bytes(16)));
    };
    let mut digest = Sha256::new();
    for part in [result, last.unwrap_or_default(), body] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    format!("talkloom-{}", hex(&digest.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn send(request: http::Request) -> Result<Intent, Failure> {
    let mut response = request.send()?;
    let status = response.status;
    let body = response.text()?;
    let parsed: Value = serde_json::from_str(&body).unwrap_or_default();
    if !(200..300).contains(&status) {
        return Err(refusal(status, &parsed, &body));
    }
    Intent::read(&parsed).ok_or_else(|| Failure::Upstream {
        status: Some(status),
        message: format!("Stripe gave no payment: {}", beginning(&body)),
        retryable: false,
    })
}

impl Intent {
    /// Reads what Stripe writes, in answers and in messages.
    pub fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let charge = &value["latest_charge"];
        Some(Self {
            id: text("id").filter(|_| value["object"] == "payment_intent")?,
            client_secret: text("client_secret").unwrap_or_default(),
            status: text("status")?,
            amount: value["amount"].as_i64()?,
            currency: text("currency")?.to_ascii_lowercase(),
            result: value["metadata"][RESULT].as_str().map(str::to_owned),
            refunded: charge["amount_refunded"].as_i64().unwrap_or_default(),
            is_live: value["livemode"] == true,
        })
    }
}

fn refusal(status: u16, parsed: &Value, body: &str) -> Failure {
    let said = parsed["error"]["message"].as_str();
    let said = said.map_or_else(|| beginning(body.trim()), str::to_owned);
    Failure::Upstream {
        status: Some(status),
        message: format!("Stripe answered {status}: {said}"),
        retryable: status == 409 || status == 429 || status >= 500,
    }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(result: &str) -> Call {
        let mut call = Call::default();
        call.context.result = Some(result.to_owned());
        call.context.bot = "b".to_owned();
        call
    }

    #[test]
    fn a_payment_is_told_with_all_that_the_builder_wrote() {
        let options = json!({
            "amount": "30", "currency": "eur",
            "additionalInformation": { "description": "Tea & cups", "email": "a@b.example", "name": "Ann" },
        });
        let options: Payment = serde_json::from_value(options).expect("valid options");
        let money = Money::read(&options.amount, &options.currency()).expect("an amount");
        assert_eq!(
            form(&money, &options, &call("r")),
            "amount=3000&currency=eur&automatic_payment_methods%5Benabled%5D=true\
             &description=Tea+%26+cups&receipt_email=a%40b.example\
             &metadata%5Btalkloom_bot%5D=b&metadata%5Btalkloom_result%5D=r"
        );
    }

    #[test]
    fn a_question_has_one_key_until_it_is_paid() {
        let asked = key("amount=1", Some("r"), None);
        assert_eq!(asked, key("amount=1", Some("r"), None));
        let others = [
            key("amount=2", Some("r"), None),
            key("amount=1", Some("s"), None),
            key("amount=1", Some("r"), Some("pi_1")),
        ];
        assert!(!others.contains(&asked), "{others:?}");
    }

    #[test]
    fn answers_are_read() {
        let answer = json!({
            "object": "payment_intent", "id": "pi_1", "client_secret": "s", "status": "succeeded",
            "amount": 500, "currency": "eur", "metadata": { "talkloom_result": "r" },
            "latest_charge": { "amount_refunded": 20 }, "livemode": true,
        });
        let intent = Intent::read(&answer).expect("it is one");
        assert_eq!(
            (intent.amount, intent.refunded, intent.is_live),
            (500, 20, true)
        );
        assert_eq!(intent.result.as_deref(), Some("r"));
        for other in [json!({}), json!({ "object": "charge", "id": "ch_1" })] {
            assert_eq!(Intent::read(&other), None);
        }
    }

    #[test]
    fn refusals_say_why() {
        let error = json!({ "error": { "message": "Invalid API Key provided" } });
        let refused = refusal(401, &error, "");
        assert_eq!(
            refused.to_string(),
            "Stripe answered 401: Invalid API Key provided"
        );
        let busy = refusal(503, &Value::Null, "<busy>");
        assert!(
            matches!(
                busy,
                Failure::Upstream {
                    retryable: true,
                    ..
                }
            ),
            "{busy}"
        );
    }
}
