//! Replies to inputs.

use serde_json::Value;
use talkloom_engine::inputs::{date, email, files, number, phone, rating, time, url};

use crate::recording::{Answer, recording};

/// 2024-05-15T09:30:00Z.
const NOW: i64 = 1_715_765_400_000;

fn check(name: &str, parse: impl Fn(&str, &Value) -> Option<String>) {
    let Some(recording) = recording(name) else {
        return;
    };
    let options = &recording.block("b1")["options"];
    for Answer { text, stored, .. } in recording.answers() {
        let Some(text) = text else { continue };
        assert_eq!(parse(&text, options), stored, "{name}: {text:?}");
    }
}

#[test]
fn numbers_agree() {
    for name in ["number", "number-bounds"] {
        check(name, |reply, options| {
            let (min, max) = (options["min"].as_f64(), options["max"].as_f64());
            number::parse(reply, number::NumberRules { min, max })
        });
    }
}

#[test]
fn emails_agree() {
    check("email", |reply, _| email::parse(reply));
    check("email-retry", |reply, _| email::parse(reply));
}

#[test]
fn urls_agree() {
    check("url", |reply, _| {
        url::is_valid(reply).then(|| reply.to_owned())
    });
}

#[test]
fn phone_numbers_agree() {
    for name in ["phone", "phone-fr"] {
        check(name, |reply, options| {
            phone::parse(reply, options["defaultCountryCode"].as_str())
        });
    }
}

#[test]
fn dates_agree() {
    for name in ["date", "date-iso", "date-long", "date-range", "date-time"] {
        check(name, |reply, options| {
            let rules = date::DateRules {
                format: options["format"].as_str(),
                has_time: options["hasTime"] == true,
                is_range: options["isRange"] == true,
                ..date::DateRules::default()
            };
            date::parse(reply, rules, NOW)
        });
    }
}

#[test]
fn times_agree() {
    check("time", |reply, options| {
        time::parse(reply, options["format"].as_str(), NOW)
    });
}

#[test]
fn ratings_agree() {
    check("rating", |reply, _| {
        rating::is_valid(reply, rating::RatingRules::default()).then(|| reply.to_owned())
    });
}

#[test]
fn files_agree() {
    check("file", |reply, _| {
        files::parse(reply, files::FileRules::default()).map(|urls| urls.join(", "))
    });
}
