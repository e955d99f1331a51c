//! English words for months, days of the week and numbers.

use jiff::civil::Weekday;

/// Pattern of a month's name, full or short.
pub(super) const MONTH: &str = concat!(
    "(?:january|jan\\.?|february|feb\\.?|march|mar\\.?|april|apr\\.?|may|june|jun\\.?|july|jul\\.?|",
    "august|aug\\.?|september|sept\\.?|sep\\.?|october|oct\\.?|november|nov\\.?|december|dec\\.?)",
);

/// Pattern of a weekday's name, full or short.
pub(super) const WEEKDAY: &str = concat!(
    "(?:sunday|sun\\.?|monday|mon\\.?|tuesday|tues?\\.?|wednesday|wed\\.?|",
    "thursday|thurs?\\.?|thu\\.?|friday|fri\\.?|saturday|sat\\.?)",
);

/// Pattern of a day of the month.
pub(super) const DAY: &str = concat!(
    "(?:[0-9]{1,2}(?:st|nd|rd|th)?|twenty[ -](?:first|second|third|fourth|fifth|sixth|seventh|",
    "eighth|ninth)|thirty[ -]first|thirtieth|twentieth|nineteenth|eighteenth|seventeenth|sixteenth|",
    "fifteenth|fourteenth|thirteenth|twelfth|eleventh|tenth|ninth|eighth|seventh|sixth|fifth|",
    "fourth|third|second|first)",
);

/// Pattern of a year.
pub(super) const YEAR: &str = "(?:[1-9][0-9]{3}|[5-9][0-9]|[12][0-9])";

/// Pattern of an amount.
pub(super) const AMOUNT: &str = concat!(
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]+|half an?|an?|",
    "a few|a couple(?: of)?)",
);

const AMOUNTS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

const ORDINALS: [&str; 20] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// The month of a name, from 1.
pub(super) fn month(name: &str) -> Option<i8> {
    const STARTS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let name = name.to_lowercase();
    (1..)
        .zip(STARTS)
        .find(|(_, start)| name.starts_with(start))
        .map(|(month, _)| month)
}

/// The weekday of a name.
pub(super) fn weekday(name: &str) -> Option<Weekday> {
    const STARTS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let name = name.to_lowercase();
    let index = STARTS.iter().position(|start| name.starts_with(start))?;
    Weekday::from_sunday_zero_offset(i8::try_from(index).ok()?).ok()
}

/// The day of the month that a number or an ordinal names.
pub(super) fn day(text: &str) -> Option<i8> {
    let text = text.to_lowercase().replace('-', " ");
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    if !digits.is_empty() {
        return digits.parse().ok();
    }
    if text == "thirtieth" {
        return Some(30);
    }
    let (tens, ones) = match text.split_once(' ') {
        Some(("twenty", ones)) => (20, ones),
        Some(("thirty", ones)) => (30, ones),
        _ => (0, text.as_str()),
    };
    (1..)
        .zip(ORDINALS)
        .find(|(_, name)| *name == ones)
        .map(|(number, _)| tens + number)
}

/// A year of two or four digits.
pub(super) fn year(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    Some(match year {
        0..=50 => year + 2000,
        51..=99 => year + 1900,
        _ => year,
    })
}

/// An amount of units, maybe a half.
pub(super) fn amount(text: &str) -> Option<f64> {
    let text = text.to_lowercase();
    if text.starts_with("half") {
        return Some(0.5);
    }
    match text.as_str() {
        "a" | "an" => return Some(1.0),
        "a few" => return Some(3.0),
        "a couple" | "a couple of" => return Some(2.0),
        _ => {}
    }
    let named = AMOUNTS.iter().position(|name| *name == text);
    named.map_or_else(|| text.parse().ok(), |index| Some(index as f64 + 1.0))
}
