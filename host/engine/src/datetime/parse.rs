//! Dates in texts as JavaScript's `Date.parse` reads them: ISO 8601 first, then the lenient rules
//! that engines share (month names, slashes, clock times, zones). Local time counts as UTC.

use jiff::civil::Date;

use super::DAY_MS;
use crate::number::trim;

/// Milliseconds since 1970 of a date in a text; none where there is no date.
pub fn parse_date(text: &str) -> Option<i64> {
    let text = trim(text);
    iso(text).or_else(|| Lenient::default().read(text))
}

/// `2024`, `2024-03`, `2024-03-05`, with `T10:30`, `:15`, `.123`, and `Z` or `+01:00`.
fn iso(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = fixed(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| fixed(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| fixed(part, 2))?;
    if parts.next().is_some() {
        return None;
    }
    let date = days(year, month, day)? * DAY_MS;
    Some(date + time.map_or(Some(0), iso_time)?)
}

fn iso_time(text: &str) -> Option<i64> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        Some(at) if &text[at..] == "Z" => (&text[..at], 0),
        Some(at) => {
            let (hours, minutes) = text[at + 1..].split_once(':')?;
            let minutes = fixed(hours, 2)? * 60 + fixed(minutes, 2)?;
            let sign = if text[at..].starts_with('-') { -1 } else { 1 };
            (&text[..at], sign * minutes * 60_000)
        }
        None => (text, 0),
    };
    let mut parts = clock.split(':');
    let hour = fixed(parts.next()?, 2)?;
    let minute = fixed(parts.next()?, 2)?;
    let (second, fraction) = match parts.next() {
        Some(part) => part.split_once('.').unwrap_or((part, "0")),
        None => ("00", "0"),
    };
    if parts.next().is_some() || fraction.is_empty() {
        return None;
    }
    let clock = clock_ms(hour, minute, fixed(second, 2)?, milliseconds(fraction)?)?;
    Some(clock - offset)
}

/// A number of exactly so many digits.
fn fixed(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The first three digits after a decimal point.
fn milliseconds(fraction: &str) -> Option<i64> {
    let digits: String = fraction.chars().take(3).collect();
    let valid = fraction.bytes().all(|byte| byte.is_ascii_digit());
    valid
        .then(|| format!("{digits:0<3}").parse().ok())
        .flatten()
}

fn clock_ms(hour: i64, minute: i64, second: i64, ms: i64) -> Option<i64> {
    let midnight_after = hour == 24 && minute == 0 && second == 0 && ms == 0;
    let valid = (hour < 24 && minute < 60 && second < 60) || midnight_after;
    valid.then_some(((hour * 60 + minute) * 60 + second) * 1000 + ms)
}

/// Days since 1970; a day beyond its month's end runs into the next month.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=31).contains(&day) {
        return None;
    }
    let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    let epoch = Date::constant(1970, 1, 1);
    Some(i64::from((first - epoch).get_days()) + day - 1)
}

/// What the lenient reading has found so far.
#[derive(Default)]
struct Lenient {
    day_numbers: Vec<i64>,
    month: Option<i64>,
    clock: Vec<i64>,
    clock_is_open: bool,
    afternoon: Option<bool>,
    offset_minutes: Option<i64>,
    has_number: bool,
}

impl Lenient {
    fn read(mut self, text: &str) -> Option<i64> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = match c {
                '0'..='9' => self.number(rest)?,
                '(' => skip_parentheses(rest),
                '+' | '-' if self.takes_offset() => self.offset(rest)?,
                '+' if self.has_number => return None,
                c if c.is_alphabetic() => self.word(rest)?,
                _ => &rest[c.len_utf8()..],
            };
        }
        self.finish()
    }

    /// A sign after a clock time or after `GMT` begins a zone's offset.
    fn takes_offset(&self) -> bool {
        !self.clock.is_empty() || self.offset_minutes == Some(0)
    }

    fn number<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let (value, mut rest) = take_number(text)?;
        self.has_number = true;
        let next = rest.bytes().next();
        if next == Some(b':') && (self.clock_is_open || self.clock.is_empty()) {
            self.clock.push(value);
            self.clock_is_open = true;
            rest = &rest[1..];
        } else if next == Some(b'.') && self.clock_is_open {
            self.clock.push(value);
            let (_, after) = take_number(&rest[1..])?;
            self.clock_is_open = false;
            rest = after;
        } else if self.clock_is_open {
            self.clock.push(value);
            self.clock_is_open = false;
        } else {
            self.day_numbers.push(value);
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        (self.clock.len() <= 3 && self.day_numbers.len() <= 3).then_some(rest)
    }

    fn word<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let end = text
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        let word = word.to_ascii_lowercase();
        let prefix: String = word.chars().take(3).collect();
        if let Some(month) = month(&prefix) {
            self.month = Some(month);
            return Some(rest.strip_prefix('-').unwrap_or(rest));
        }
        if let Some(minutes) = zone(&word).filter(|_| self.has_number) {
            self.offset_minutes = Some(minutes);
            return Some(rest);
        }
        match word.as_str() {
            "am" | "pm" if !self.clock.is_empty() => self.afternoon = Some(word == "pm"),
            "t" if self.has_number && self.clock.is_empty() => {}
            _ if self.has_number => return None,
            // A number must be set apart from the words that lead up to it.
            _ if rest.starts_with(|c: char| c.is_ascii_digit()) => return None,
            _ => {}
        }
        Some(rest)
    }

    fn offset<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let (value, rest) = take_number(&text[1..])?;
        let digits = text.len() - 1 - rest.len();
        let (minutes, rest) = match rest.strip_prefix(':') {
            Some(rest) => {
                let (minutes, rest) = take_number(rest)?;
                (value * 60 + minutes, rest)
            }
            None if digits <= 2 => (value * 60, rest),
            None => (value / 100 * 60 + value % 100, rest),
        };
        self.offset_minutes = Some(sign * minutes);
        Some(rest)
    }

    fn finish(self) -> Option<i64> {
        let date = self.date()? * DAY_MS;
        let part = |index: usize| self.clock.get(index).copied().unwrap_or(0);
        let mut hour = part(0);
        if let Some(afternoon) = self.afternoon {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        let clock = clock_ms(hour, part(1), part(2), 0)?;
        Some(date + clock - self.offset_minutes.unwrap_or(0) * 60_000)
    }

    fn date(&self) -> Option<i64> {
        let part = |index: usize| self.day_numbers.get(index).copied().unwrap_or(1);
        let first_is_day = (1..=31).contains(self.day_numbers.first()?);
        let (year, month, day) = match self.month {
            Some(month) if self.day_numbers.len() == 1 => (2001, month, part(0)),
            Some(month) if first_is_day => (part(1), month, part(0)),
            Some(month) => (part(0), month, part(1)),
            None if first_is_day => (part(2), part(0), part(1)),
            None => (part(0), part(1), part(2)),
        };
        let year = match year {
            0..=49 => year + 2000,
            50..=99 => year + 1900,
            _ => year,
        };
        days(year, month, day)
    }
}

fn take_number(text: &str) -> Option<(i64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let significant = digits.trim_start_matches('0');
    if digits.is_empty() || significant.len() > 9 {
        return None;
    }
    Some((format!("0{significant}").parse().ok()?, rest))
}

fn skip_parentheses(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + c.len_utf8()..];
        }
    }
    ""
}

fn month(prefix: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    (1..)
        .zip(NAMES)
        .find(|(_, name)| *name == prefix)
        .map(|(month, _)| month)
}

/// Minutes east of Greenwich of the zones that every engine knows.
fn zone(word: &str) -> Option<i64> {
    Some(match word {
        "z" | "ut" | "utc" | "gmt" => 0,
        "edt" => -4 * 60,
        "est" | "cdt" => -5 * 60,
        "cst" | "mdt" => -6 * 60,
        "mst" | "pdt" => -7 * 60,
        "pst" => -8 * 60,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_as_in_javascript() {
        let cases = [
            ("2024-05-01", Some("2024-05-01T00:00:00.000Z")),
            ("2024", Some("2024-01-01T00:00:00.000Z")),
            ("2024-04-30T10:00:00Z", Some("2024-04-30T10:00:00.000Z")),
            (
                "2024-04-30T10:00:00.5+02:00",
                Some("2024-04-30T08:00:00.500Z"),
            ),
            ("2024-03-05T11:30", Some("2024-03-05T11:30:00.000Z")),
            ("5/1/2024", Some("2024-05-01T00:00:00.000Z")),
            ("May 1, 2024 3:05 pm", Some("2024-05-01T15:05:00.000Z")),
            (
                "Wed, 01 May 2024 10:00:00 GMT",
                Some("2024-05-01T10:00:00.000Z"),
            ),
            ("1 May 2024 10:00 +0200", Some("2024-05-01T08:00:00.000Z")),
            ("2024/02/30", Some("2024-03-01T00:00:00.000Z")),
            ("abc 1", Some("2001-01-01T00:00:00.000Z")),
            ("13", None),
            ("Hello World", None),
            ("a", None),
            ("a1", None),
            ("", None),
            ("2024-13-01", None),
            ("1 apple", None),
        ];
        for (text, expected) in cases {
            let read = parse_date(text).map(super::super::iso);
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), dated in "[0-9:+/. TZ()a-cm-]{0,24}") {
            let _ = parse_date(&text);
            let _ = parse_date(&dated);
        }
    }
}
