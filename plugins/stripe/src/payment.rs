//! The payment input: what the page needs to take the money, and whether it was taken.

use serde_json::{Value, json};
use talkloom_block::prelude::*;
use talkloom_block::state::{self, Scope};

use crate::account::Account;
use crate::intent::{self, Intent};
use crate::money::Money;
use crate::options::Payment;

/// Where the conversation's last payment is kept.
const LAST: &str = "last";

/// Asks Stripe for a payment intent, and gives the page what it opens the form with.
pub fn open(options: Payment, call: &mut Call) -> Result<Opened, Failure> {
    let account = Account::of(call)?;
    let money = Money::read(&options.amount, &options.currency())?;
    let last = match call.context.result {
        Some(_) => state::get(Scope::Conversation, LAST)?,
        None => None,
    };
    let last = last.and_then(|last| String::from_utf8(last).ok());
    let intent = intent::create(&account, &money, &options, call, last.as_deref())?;
    account.fits(intent.is_live)?;
    let shown = json!({
        "paymentIntentSecret": intent.client_secret,
        "amountLabel": money.label(),
        "publicKey": account.public_key,
    });
    let kept = json!({
        "intent": intent.id,
        "amount": money.units,
        "currency": money.currency.to_ascii_lowercase(),
    });
    Ok(Opened::showing(shown).keeping(kept))
}

/// Goes on when Stripe says that this conversation's payment was made, in full and in the currency
/// that was asked for. What the page replied does not matter.
pub fn accept(_: Payment, kept: Value, _: &str, call: &mut Call) -> Result<(), Failure> {
    let account = Account::of(call)?;
    let id = kept["intent"].as_str().unwrap_or_default();
    if !is_id(id) {
        return Err(Failure::other(
            "The payment was not begun by this conversation.",
        ));
    }
    let intent = intent::retrieve(&account, id)?;
    let verdict = judge(&intent, &kept, call.context.result.as_deref());
    let is_over = verdict.is_ok() || intent.status == "canceled" || intent.refunded > 0;
    if is_over && call.context.result.is_some() {
        // The next question of this conversation is another payment.
        state::set(Scope::Conversation, LAST, id.as_bytes(), None)?;
    }
    verdict
}

/// Ids go into addresses.
fn is_id(id: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    id.starts_with("pi_") && id.bytes().all(is_plain)
}

fn judge(intent: &Intent, kept: &Value, result: Option<&str>) -> Result<(), Failure> {
    let no = |why: &str| Err(Failure::other(format!("{why} ({}).", intent.id)));
    if intent.id != kept["intent"] || intent.result.as_deref() != result {
        return no("Stripe answered with the payment of another conversation");
    }
    match intent.status.as_str() {
        "succeeded" => {}
        "processing" => return no("The payment is still being processed by the bank"),
        "requires_action" => return no("The payment waits for the visitor's confirmation"),
        "canceled" => return no("The payment was cancelled"),
        _ => return no("The payment was not made"),
    }
    if intent.amount != kept["amount"] || intent.currency != kept["currency"] {
        return no("Another amount was paid than the one asked for");
    }
    if intent.refunded > 0 {
        return no("The payment was given back");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid() -> Intent {
        Intent {
            id: "pi_1".to_owned(),
            status: "succeeded".to_owned(),
            amount: 500,
            currency: "eur".to_owned(),
            result: Some("r".to_owned()),
            ..Intent::default()
        }
    }

    #[test]
    fn only_this_payment_in_full_counts() {
        let kept = json!({ "intent": "pi_1", "amount": 500, "currency": "eur" });
        let judge = |intent: Intent| judge(&intent, &kept, Some("r"));
        assert_eq!(judge(paid()), Ok(()));
        let status = |status: &str| Intent {
            status: status.to_owned(),
            ..paid()
        };
        let table = [
            (status("processing"), "being processed"),
            (status("requires_action"), "confirmation"),
            (status("requires_payment_method"), "not made"),
            (status("canceled"), "cancelled"),
            (
                Intent {
                    amount: 499,
                    ..paid()
                },
                "Another amount",
            ),
            (
                Intent {
                    currency: "usd".to_owned(),
                    ..paid()
                },
                "Another amount",
            ),
            (
                Intent {
                    refunded: 1,
                    ..paid()
                },
                "given back",
            ),
            (
                Intent {
                    id: "pi_2".to_owned(),
                    ..paid()
                },
                "another conversation",
            ),
            (
                Intent {
                    result: Some("s".to_owned()),
                    ..paid()
                },
                "another conversation",
            ),
            (
                Intent {
                    result: None,
                    ..paid()
                },
                "another conversation",
            ),
        ];
        for (intent, says) in table {
            let refused = judge(intent).expect_err(says).to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }

    #[test]
    fn ids_are_ids() {
        assert!(is_id("pi_3MtwBwLkdIwHu7ix28a3tqPa"));
        for other in ["", "pi_1/../x", "pi_1?a", "ch_1"] {
            assert!(!is_id(other), "{other}");
        }
    }
}
