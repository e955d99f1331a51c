//! Published vectors, and everything that a receiver has to refuse.

use axum::http::{HeaderMap, HeaderName};
use serde_json::{Value, json};
use talkloom_flow::logic::ListenerSignature;

use super::*;

/// The vector that implementations of Standard Webhooks share.
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
const TIME: i64 = 1_649_367_553;
const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
const SIGNED: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, value.parse().unwrap());
    }
    headers
}

fn sent(signature: &str) -> HeaderMap {
    let time = TIME.to_string();
    headers(&[
        ("webhook-id", ID),
        ("webhook-timestamp", &time),
        ("webhook-signature", signature),
    ])
}

fn verified(headers: &HeaderMap, body: &[u8], now_s: i64) -> Result<Option<String>, Refused> {
    Scheme::StandardWebhooks.verify(SECRET, headers, body, now_s)
}

#[test]
fn the_published_vector_is_taken() {
    let id = Some(ID.to_owned());
    assert_eq!(verified(&sent(SIGNED), BODY, TIME), Ok(id.clone()));
    let bare = SECRET.trim_start_matches("whsec_");
    let bare = Scheme::StandardWebhooks.verify(bare, &sent(SIGNED), BODY, TIME);
    assert_eq!(bare, Ok(id));
}

#[test]
fn the_time_may_differ_by_five_minutes() {
    for (apart, is_taken) in [
        (-301, false),
        (-300, true),
        (-299, true),
        (299, true),
        (300, true),
        (301, false),
    ] {
        let taken = verified(&sent(SIGNED), BODY, TIME + apart);
        assert_eq!(taken.is_ok(), is_taken, "{apart} seconds: {taken:?}");
    }
    for odd in [
        "",
        "now",
        "1649367553.0",
        "99999999999999999999",
        "-9223372036854775808",
    ] {
        let odd = headers(&[
            ("webhook-id", ID),
            ("webhook-timestamp", odd),
            ("webhook-signature", SIGNED),
        ]);
        assert!(verified(&odd, BODY, TIME).is_err());
    }
}

#[test]
fn one_of_several_signatures_is_enough() {
    let wrong = "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ=";
    let both = format!("{wrong} {SIGNED}");
    let foreign = format!("v1a,AAAA {SIGNED} v2,x");
    for signatures in [both.as_str(), &format!("{SIGNED} {wrong}"), &foreign] {
        assert!(
            verified(&sent(signatures), BODY, TIME).is_ok(),
            "{signatures}"
        );
    }
    assert!(verified(&sent(&format!("{wrong} {wrong}")), BODY, TIME).is_err());
}

#[test]
fn a_secret_may_be_changed() {
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let with = |secrets: &str| {
        let verified = Scheme::StandardWebhooks.verify(secrets, &sent(SIGNED), BODY, TIME);
        verified.is_ok()
    };
    assert!(!with(other));
    assert!(with(&format!("{other} {SECRET}")));
    assert!(with(&format!("{SECRET}\n{other}")));
    assert!(!with("") && !with("whsec_%"));
}

#[test]
fn whatever_is_altered_is_refused() {
    for place in 0..BODY.len() {
        let mut altered = BODY.to_vec();
        altered[place] ^= 1;
        assert!(
            verified(&sent(SIGNED), &altered, TIME).is_err(),
            "byte {place}"
        );
    }
    assert!(verified(&sent(SIGNED), &BODY[1..], TIME).is_err());
    for signature in [
        "",
        "v1",
        "v1,",
        &SIGNED[..SIGNED.len() - 4],
        &SIGNED[3..],
        &SIGNED.to_uppercase(),
        &format!("{SIGNED}AAAA"),
        "v1a,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ] {
        assert!(
            verified(&sent(signature), BODY, TIME).is_err(),
            "{signature}"
        );
    }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut missing = sent(SIGNED);
        let value = missing.remove(name).unwrap();
        assert!(verified(&missing, BODY, TIME).is_err(), "{name} is missing");
        let mut empty = missing.clone();
        empty.insert(HeaderName::from_static(name), "".parse().unwrap());
        assert!(verified(&empty, BODY, TIME).is_err(), "{name} is empty");
        let mut doubled = sent(SIGNED);
        doubled.append(HeaderName::from_static(name), value);
        assert!(verified(&doubled, BODY, TIME).is_err(), "{name} is doubled");
    }
    let mut other = sent(SIGNED);
    other.insert("webhook-id", "msg_other".parse().unwrap());
    assert!(verified(&other, BODY, TIME).is_err());
}

fn hmac_of(options: Value, secret: &str, header: (&str, &str), body: &[u8]) -> bool {
    let options: ListenerSignature = serde_json::from_value(options).unwrap();
    let scheme = Scheme::of(&options).unwrap();
    let verified = scheme.verify(secret, &headers(&[header]), body, 0);
    assert!(matches!(verified, Ok(None) | Err(_)), "it has no id");
    verified.is_ok()
}

/// RFC 2202 and RFC 4231, test case 2.
#[test]
fn an_hmac_may_be_written_in_several_ways() {
    let body = b"what do ya want for nothing?";
    let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let sha512 = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                  9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
    let sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    let base64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
    let prefixed = format!("sha256={sha256}");
    for (options, header, value) in [
        (json!({}), "x-signature", sha256),
        (
            json!({"algorithm": "sha1", "header": "X-Hub-Signature"}),
            "x-hub-signature",
            sha1,
        ),
        (json!({"algorithm": "sha512"}), "x-signature", sha512),
        (json!({"encoding": "base64"}), "x-signature", base64),
        (
            json!({"encoding": "base64"}),
            "x-signature",
            base64.trim_end_matches('='),
        ),
        (json!({"prefix": "sha256="}), "x-signature", &prefixed),
        (json!({}), "x-signature", &sha256.to_uppercase()),
    ] {
        let mut options = options;
        options["type"] = json!("hmac");
        let taken = |secret, value, body| hmac_of(options.clone(), secret, (header, value), body);
        assert!(taken("Jefe", value, body), "{options}");
        assert!(!taken("jefe", value, body), "another secret");
        assert!(!taken("Jefe", value, &body[1..]), "another body");
        assert!(
            !taken("Jefe", &value[..value.len() - 2], body),
            "a shorter one"
        );
        assert!(!taken("Jefe", &format!("{value}00"), body), "a longer one");
    }
    let prefixed_as = |prefix: &str| {
        let options = json!({"type": "hmac", "prefix": prefix});
        hmac_of(options, "Jefe", ("x-signature", &prefixed), body)
    };
    assert!(!prefixed_as("sha1=") && !prefixed_as(""));
    for (header, value) in [
        ("x-other", sha256),
        ("x-signature", ""),
        ("x-signature", "zz"),
    ] {
        assert!(!hmac_of(
            json!({"type": "hmac"}),
            "Jefe",
            (header, value),
            body
        ));
    }
    let doubled = headers(&[("x-signature", sha256), ("x-signature", sha256)]);
    let options = serde_json::from_value(json!({"type": "hmac"})).unwrap();
    let scheme = Scheme::of(&options).unwrap();
    assert!(scheme.verify("Jefe", &doubled, body, 0).is_err());
}

#[test]
fn what_is_not_known_is_refused() {
    for odd in [
        json!({}),
        json!({"type": "none"}),
        json!({"type": 5}),
        json!({"type": "hmac", "algorithm": "md5"}),
        json!({"type": "hmac", "encoding": "base32"}),
    ] {
        let options: ListenerSignature = serde_json::from_value(odd.clone()).unwrap();
        assert_eq!(Scheme::of(&options), Err(ODD_OPTIONS), "{odd}");
    }
}
