//! Date patterns of Unicode TR35 with English names, as date inputs use them.

use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use regex::{Captures, Regex};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

static QUOTED_OR_LETTERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"''|'((?:''|[^'])+)(?:'|$)|[A-Za-z]+").expect("the pattern is valid")
});

/// Prints a date by a pattern such as `dd/MM/yyyy HH:mm`; letters that mean nothing stay.
pub fn format(time: DateTime, pattern: &str) -> String {
    QUOTED_OR_LETTERS
        .replace_all(pattern, |found: &Captures<'_>| {
            if &found[0] == "''" {
                return "'".to_owned();
            }
            match found.get(1) {
                Some(quoted) => quoted.as_str().replace("''", "'"),
                None => letters(time, &found[0]),
            }
        })
        .into_owned()
}

/// Prints a run of letters: each repeated letter is one token, `do` and the like are ordinals.
fn letters(time: DateTime, run: &str) -> String {
    let mut printed = String::new();
    let mut rest = run;
    while let Some(letter) = rest.chars().next() {
        let count = rest.chars().take_while(|c| *c == letter).count();
        let ordinal = count == 1 && rest[1..].starts_with('o');
        match number_of(time, letter).filter(|_| ordinal) {
            Some(number) => {
                let _ = write!(printed, "{number}{}", ordinal_suffix(number));
                rest = &rest[2..];
            }
            None => {
                token(&mut printed, time, letter, count);
                rest = &rest[count..];
            }
        }
    }
    printed
}

fn token(out: &mut String, time: DateTime, letter: char, count: usize) {
    let ok = match letter {
        'y' | 'u' | 'R' | 'Y' => year(out, time, letter, count),
        'M' | 'L' if count >= 3 => name(out, MONTHS[index(time.month()) - 1], count, 3),
        'Q' | 'q' if count >= 3 => quarter(out, time, count),
        'E' => name(out, weekday(time), count.max(3), 3),
        'i' | 'e' | 'c' if count >= 3 => name(out, weekday(time), count, 3),
        'a' | 'b' | 'B' => day_period(out, time, letter, count),
        'G' => write!(out, "{}", if count == 4 { "Anno Domini" } else { "AD" }),
        'S' => fraction(out, time, count),
        'X' => write!(out, "Z"),
        'x' => write!(out, "{}", utc_offset(count)),
        'O' | 'z' => write!(out, "{}", if count == 4 { "GMT+00:00" } else { "GMT+0" }),
        't' => write!(
            out,
            "{}",
            super::milliseconds(time).unwrap_or(0).div_euclid(1000)
        ),
        'T' => write!(out, "{}", super::milliseconds(time).unwrap_or(0)),
        'P' => write!(out, "{}", format(time, long_date(count))),
        'p' => write!(
            out,
            "{}",
            format(time, if count == 1 { "h:mm a" } else { "h:mm:ss a" })
        ),
        _ => match number_of(time, letter) {
            Some(number) => write!(out, "{number:0count$}"),
            None => write!(out, "{}", letter.to_string().repeat(count)),
        },
    };
    ok.expect("writing to a text cannot fail");
}

/// The number that a letter stands for when it is written once or padded.
fn number_of(time: DateTime, letter: char) -> Option<i64> {
    let hour = i64::from(time.hour());
    let weekday = i64::from(time.weekday().to_sunday_zero_offset());
    Some(match letter {
        'y' | 'u' => i64::from(time.year()),
        'R' => i64::from(time.date().iso_week_date().year()),
        'Q' | 'q' => (i64::from(time.month()) + 2) / 3,
        'M' | 'L' => i64::from(time.month()),
        'I' => i64::from(time.date().iso_week_date().week()),
        'w' => week_from_sunday(time),
        'd' => i64::from(time.day()),
        'D' => i64::from(time.day_of_year()),
        'i' => i64::from(time.weekday().to_monday_one_offset()),
        'e' | 'c' => weekday + 1,
        'H' => hour,
        'h' => (hour + 11) % 12 + 1,
        'K' => hour % 12,
        'k' => (hour + 23) % 24 + 1,
        'm' => i64::from(time.minute()),
        's' => i64::from(time.second()),
        _ => return None,
    })
}

/// The week of the year where weeks begin on Sunday and the first one holds January 1.
fn week_from_sunday(time: DateTime) -> i64 {
    let first = time
        .date()
        .first_of_year()
        .weekday()
        .to_sunday_zero_offset();
    (i64::from(time.day_of_year()) - 1 + i64::from(first)) / 7 + 1
}

fn year(out: &mut String, time: DateTime, letter: char, count: usize) -> std::fmt::Result {
    let year = number_of(time, if letter == 'Y' { 'y' } else { letter }).unwrap_or(0);
    match count {
        2 => write!(out, "{:02}", year.rem_euclid(100)),
        _ => write!(out, "{year:0count$}"),
    }
}

fn name(out: &mut String, name: &str, count: usize, short: usize) -> std::fmt::Result {
    out.push_str(match count {
        4 => name,
        5 => &name[..1],
        6 => &name[..2],
        _ => &name[..short],
    });
    Ok(())
}

fn quarter(out: &mut String, time: DateTime, count: usize) -> std::fmt::Result {
    let number = (index(time.month()) - 1) / 3 + 1;
    match count {
        3 => write!(out, "Q{number}"),
        4 => write!(out, "{number}{} quarter", ordinal_suffix(number as i64)),
        _ => write!(out, "{number}"),
    }
}

fn day_period(out: &mut String, time: DateTime, letter: char, count: usize) -> std::fmt::Result {
    let hour = time.hour();
    let (long, short) = match (letter, hour) {
        ('b', 12) => ("noon", "n"),
        ('b', 0) => ("midnight", "mi"),
        ('B', 4..=11) => ("in the morning", "in the morning"),
        ('B', 12..=16) => ("in the afternoon", "in the afternoon"),
        ('B', 17..) => ("in the evening", "in the evening"),
        ('B', _) => ("at night", "at night"),
        (_, 12..) => ("PM", "p"),
        _ => ("AM", "a"),
    };
    match (count, long) {
        (3, "AM" | "PM") => out.push_str(&long.to_lowercase()),
        (4, "AM") => out.push_str("a.m."),
        (4, "PM") => out.push_str("p.m."),
        (5, _) => out.push_str(short),
        _ => out.push_str(long),
    }
    Ok(())
}

fn fraction(out: &mut String, time: DateTime, count: usize) -> std::fmt::Result {
    let digits = format!("{:09}", time.subsec_nanosecond());
    write!(out, "{digits:0<count$.count$}")
}

fn utc_offset(count: usize) -> &'static str {
    match count {
        1 => "+00",
        2 | 4 => "+0000",
        _ => "+00:00",
    }
}

fn long_date(count: usize) -> &'static str {
    match count {
        1 => "MM/dd/yyyy",
        2 => "MMM d, yyyy",
        3 => "MMMM do, yyyy",
        _ => "EEEE, MMMM do, yyyy",
    }
}

fn ordinal_suffix(number: i64) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

fn weekday(time: DateTime) -> &'static str {
    DAYS[index(time.weekday().to_sunday_zero_offset())]
}

fn index(number: i8) -> usize {
    usize::from(number.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_print() {
        let time = date(2024, 3, 5).at(22, 7, 9, 123_000_000);
        let cases = [
            ("dd/MM/yyyy HH:mm", "05/03/2024 22:07"),
            ("EEEE d MMMM yyyy", "Tuesday 5 March 2024"),
            ("MMM do, yy", "Mar 5th, 24"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2024-03-05T22:07:09.123"),
            (
                "h:mm a | hh aaa | aaaa | aaaaa",
                "10:07 PM | 10 pm | p.m. | p",
            ),
            ("K k s ss", "10 22 9 09"),
            ("EEE EEEEE EEEEEE", "Tue T Tu"),
            ("QQQ QQQQ Q Qo", "Q1 1st quarter 1 1st"),
            ("'week' I, w, 'o''clock' ''", "week 10, 10, o'clock '"),
            ("PPPP p", "Tuesday, March 5th, 2024 10:07 PM"),
            ("BBBB", "in the evening"),
            ("D i e", "65 2 3"),
            ("dd.MM.yyyy г", "05.03.2024 г"),
        ];
        for (pattern, expected) in cases {
            assert_eq!(format(time, pattern), expected, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_prints(pattern in any::<String>(), time in any::<i64>(), letters in "[a-zA-Z']{0,12}") {
            let _ = format(super::super::civil(time), &pattern);
            let _ = format(super::super::civil(time), &letters);
        }
    }
}
