//! Messages from Stripe: signed with a secret of the address, and told to the conversation that
//! waits for the payment.

use serde_json::{Value, json};
use talkloom_block::prelude::*;
use talkloom_block::secrets::{self, Hash};
use talkloom_block::webhook::{Event, Received, Request};
use talkloom_block::{Credential, clock};

use crate::account::WEBHOOK_SECRETS;
use crate::intent::Intent;

/// How far the sender's clock may differ.
const TOLERANCE_S: u64 = 300;
const SUCCEEDED: &str = "payment_intent.succeeded";

/// Takes a message. What is none of a payment that was made is thanked for and left.
pub fn receive(request: Request, _: Option<Credential>) -> Result<Received, Failure> {
    let header = request.header("stripe-signature").unwrap_or_default();
    let hmac = |field: &str, data: &[u8]| secrets::hmac(field, Hash::Sha256, data).ok();
    if !is_signed(header, &request.body, clock::now_ms() / 1000, hmac) {
        return Err(Failure::Denied(
            "The message is not signed with the account's webhook secret, or is too old."
                .to_owned(),
        ));
    }
    let event: Value = request.json()?;
    Ok(event_in(&event).map_or_else(Received::nothing, Received::event))
}

fn event_in(event: &Value) -> Option<Event> {
    if event["type"] != SUCCEEDED {
        return None;
    }
    let intent = Intent::read(&event["data"]["object"])?;
    let data = json!({
        "payment": intent.id, "amount": intent.amount, "currency": intent.currency,
        "status": intent.status,
    });
    Some(
        Event::new(SUCCEEDED, data)
            .id(event["id"].as_str()?)
            .for_result(intent.result?),
    )
}

/// Whether one of the header's signatures fits one of the secrets, and the time is near.
fn is_signed(
    header: &str,
    body: &[u8],
    now_s: u64,
    hmac: impl Fn(&str, &[u8]) -> Option<Vec<u8>>,
) -> bool {
    let parts = || {
        header
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let mut times = parts()
        .filter(|(name, _)| *name == "t")
        .map(|(_, value)| value);
    let (Some(time), None) = (times.next(), times.next()) else {
        return false;
    };
    let near = time
        .parse()
        .is_ok_and(|time: u64| time.abs_diff(now_s) <= TOLERANCE_S);
    if !near {
        return false;
    }
    let mut signed = format!("{time}.").into_bytes();
    signed.extend_from_slice(body);
    let candidates = parts().filter(|(name, _)| *name == "v1");
    let candidates: Vec<_> = candidates.filter_map(|(_, text)| bytes(text)).collect();
    WEBHOOK_SECRETS.iter().any(|field| {
        let expected = hmac(field, &signed);
        expected.is_some_and(|expected| candidates.iter().any(|given| same(&expected, given)))
    })
}

/// In constant time for texts of the same length.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differences) == 0
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    let pairs = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;
    const BODY: &[u8] = b"{\"id\":\"evt_1\"}";

    /// Stands for the host: the "MAC" tells its field and what was signed.
    fn mac(field: &str, data: &[u8]) -> Option<Vec<u8>> {
        let known = field == WEBHOOK_SECRETS[0];
        known.then(|| [field.as_bytes(), data].concat())
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn signature(time: u64, body: &[u8]) -> String {
        let signed = [format!("{time}.").as_bytes(), body].concat();
        hex(&mac(WEBHOOK_SECRETS[0], &signed).expect("it is known"))
    }

    fn check(header: &str) -> bool {
        is_signed(header, BODY, NOW, mac)
    }

    #[test]
    fn signatures_count_while_they_are_fresh() {
        for (time, counts) in [
            (NOW - 300, true),
            (NOW + 300, true),
            (NOW - 301, false),
            (NOW + 301, false),
        ] {
            let header = format!("t={time},v1={}", signature(time, BODY));
            assert_eq!(check(&header), counts, "{time}");
        }
    }

    #[test]
    fn one_right_signature_is_enough() {
        let right = signature(NOW, BODY);
        let wrong = signature(NOW, b"other");
        assert!(check(&format!("t={NOW},v1={wrong},v1={right}")));
        assert!(check(&format!("t={NOW}, v1={right}, v0={wrong}")));
        let altered = signature(NOW, b"{\"id\":\"evt_2\"}");
        for header in [
            String::new(),
            format!("t={NOW}"),
            format!("v1={right}"),
            format!("t={NOW},v0={right}"),
            format!("t={NOW},v1={altered}"),
            format!("t={NOW},v1={}", &right[..right.len() - 2]),
            format!("t={NOW},v1={right}0"),
            format!("t={NOW},v1=zz"),
            format!("t={},t={NOW},v1={right}", NOW - 1),
            format!("t=+{NOW}x,v1={right}"),
        ] {
            assert!(!check(&header), "{header}");
        }
    }

    #[test]
    fn only_payments_that_were_made_are_told() {
        let event = |kind: &str, metadata: Value| {
            json!({ "id": "evt_1", "type": kind, "data": { "object": {
                "object": "payment_intent", "id": "pi_1", "status": "succeeded", "amount": 500,
                "currency": "eur", "metadata": metadata,
            } } })
        };
        let ours = json!({ "talkloom_result": "r" });
        let told = event_in(&event(SUCCEEDED, ours.clone())).expect("it is told");
        assert_eq!(
            (told.id.as_deref(), told.correlation.as_deref()),
            (Some("evt_1"), Some("r"))
        );
        assert_eq!(told.data["payment"], "pi_1");
        assert_eq!(event_in(&event("payment_intent.created", ours)), None);
        assert_eq!(event_in(&event(SUCCEEDED, json!({}))), None);
        assert_eq!(event_in(&json!({ "type": SUCCEEDED })), None);
    }
}
