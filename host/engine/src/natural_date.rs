//! Dates and times that people type in English: found anywhere in a text, relative to a given now.
//!
//! Each kind of expression has a finder of its own. The earliest, longest findings win; a date and
//! a time beside each other become one, two joined by "to" become a range.

mod absolute;
mod clock;
mod patterns;
mod relative;
mod words;

use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use regex::Regex;

/// Which of two numbers is the day in `05/03/2024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// As in Great Britain.
    DayFirst,
    /// As in the United States.
    MonthFirst,
}

/// A date, maybe with its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The date itself, or the start of a range; noon where the text names no time.
    pub start: DateTime,
    /// The end of a range.
    pub end: Option<DateTime>,
}

/// What the text says of one point in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Moment {
    date: Option<Date>,
    time: Option<Time>,
    /// The time of day where the text names none.
    implied_time: Option<Time>,
}

/// One expression in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    range: Range<usize>,
    start: Moment,
    end: Option<Moment>,
}

/// What the finders know beside the text.
#[derive(Debug, Clone, Copy)]
struct Context {
    now: DateTime,
    order: DateOrder,
}

const NOON: Time = Time::constant(12, 0, 0, 0);

static BETWEEN_DATE_AND_TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:T|at|after|before|on|of|,|-|\.|:)?\s*$").expect("the pattern is valid")
});
static BETWEEN_START_AND_END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:to|-|–|until|through|till)\s*$").expect("the pattern is valid")
});

/// Finds the first date or time in a text.
pub fn find(text: &str, now: DateTime, order: DateOrder) -> Option<Found> {
    let context = Context { now, order };
    let mut findings = absolute::find(text, context);
    findings.extend(relative::find(text, context));
    findings.extend(clock::find(text));
    let findings = merge_ranges(text, merge_times(text, without_overlaps(findings)));
    findings.first().map(|finding| finding.resolve(now))
}

impl Moment {
    fn on(date: Date) -> Self {
        Self {
            date: Some(date),
            ..Self::default()
        }
    }

    fn at(time: Time) -> Self {
        Self {
            time: Some(time),
            ..Self::default()
        }
    }

    fn resolve(self, now: DateTime) -> DateTime {
        let time = self.time.or(self.implied_time).unwrap_or(NOON);
        self.date.unwrap_or(now.date()).to_datetime(time)
    }
}

impl Finding {
    fn new(range: Range<usize>, start: Moment) -> Self {
        Self {
            range,
            start,
            end: None,
        }
    }

    /// A range of times that ends before it starts ends on the next day.
    fn resolve(&self, now: DateTime) -> Found {
        let start = self.start.resolve(now);
        let end = self.end.map(|end| {
            let same_day = Moment {
                date: end.date.or(self.start.date),
                ..end
            };
            let resolved = same_day.resolve(now);
            let is_overnight = end.date.is_none() && resolved < start;
            match resolved.date().tomorrow() {
                Ok(next) if is_overnight => next.to_datetime(resolved.time()),
                _ => resolved,
            }
        });
        Found { start, end }
    }

    fn is_date_only(&self) -> bool {
        self.start.date.is_some() && self.start.time.is_none() && self.end.is_none()
    }

    fn is_time_only(&self) -> bool {
        self.start.date.is_none()
    }
}

/// Of findings that share text the longest stays; they are in the order of the text then.
fn without_overlaps(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| (finding.range.start, std::cmp::Reverse(finding.range.end)));
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match kept.last_mut() {
            Some(last) if finding.range.start < last.range.end => {
                if finding.range.len() > last.range.len() {
                    *last = finding;
                }
            }
            _ => kept.push(finding),
        }
    }
    kept
}

/// Joins a date and a time that stand beside each other.
fn merge_times(text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    merge(text, findings, &BETWEEN_DATE_AND_TIME, |first, second| {
        let (date, time) = match (first, second) {
            (date, time) if date.is_date_only() && time.is_time_only() => (date, time),
            (time, date) if date.is_date_only() && time.is_time_only() => (date, time),
            _ => return None,
        };
        let on_date = |moment: Moment| Moment {
            date: date.start.date,
            ..moment
        };
        Some((on_date(time.start), time.end))
    })
}

/// Joins the start and the end of a range; the earlier date is the start.
fn merge_ranges(text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    merge(text, findings, &BETWEEN_START_AND_END, |first, second| {
        if first.end.is_some() || second.end.is_some() {
            return None;
        }
        let (mut start, mut end) = (first.start, second.start);
        if start.date.is_some() && end.date.is_some() && start.date > end.date {
            std::mem::swap(&mut start, &mut end);
        }
        Some((start, Some(end)))
    })
}

fn merge(
    text: &str,
    findings: Vec<Finding>,
    between: &Regex,
    join: impl Fn(&Finding, &Finding) -> Option<(Moment, Option<Moment>)>,
) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let joined = merged.last().and_then(|last| {
            let gap = &text[last.range.end..finding.range.start];
            between
                .is_match(gap)
                .then(|| join(last, &finding))
                .flatten()
        });
        match (joined, merged.last_mut()) {
            (Some((start, end)), Some(last)) => {
                let range = last.range.start..finding.range.end;
                *last = Finding { range, start, end };
            }
            _ => merged.push(finding),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::datetime::format;

    /// Wednesday, May 15th.
    fn now() -> DateTime {
        date(2024, 5, 15).at(9, 30, 0, 0)
    }

    fn read(text: &str, order: DateOrder) -> String {
        let print = |time| format(time, "yyyy-MM-dd HH:mm");
        match find(text, now(), order) {
            Some(Found { start, end: None }) => print(start),
            Some(Found {
                start,
                end: Some(end),
            }) => format!("{} to {}", print(start), print(end)),
            None => String::new(),
        }
    }

    #[test]
    fn dates_are_found() {
        let cases = [
            ("2024-03-05", "2024-03-05 12:00"),
            ("born 2024-03-05T10:30", "2024-03-05 10:30"),
            ("2024-03-05T10:30:15+02:00", "2024-03-05 08:30"),
            ("05/03/2024", "2024-03-05 12:00"),
            ("05.03.24 10:30", "2024-03-05 10:30"),
            ("2024/03/05", "2024-03-05 12:00"),
            ("5th of March 2024", "2024-03-05 12:00"),
            ("Tuesday, 5 March 2024 at 5pm", "2024-03-05 17:00"),
            ("March 5, 2024", "2024-03-05 12:00"),
            ("Sep 12-13", "2024-09-12 12:00 to 2024-09-13 12:00"),
            (
                "12 to 13 September 2024",
                "2024-09-12 12:00 to 2024-09-13 12:00",
            ),
            ("dec 31", "2023-12-31 12:00"),
            ("March 2024", "2024-03-01 12:00"),
            ("9/2012", "2012-09-01 12:00"),
            ("twenty-first of june", "2024-06-21 12:00"),
            ("31/02/2024", ""),
            ("2024-13-01", ""),
            ("abc", ""),
            ("", ""),
            ("42", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, DateOrder::DayFirst), expected, "{text}");
        }
        assert_eq!(
            read("05/03/2024", DateOrder::MonthFirst),
            "2024-05-03 12:00"
        );
        assert_eq!(
            read("15/03/2024", DateOrder::MonthFirst),
            "2024-03-15 12:00"
        );
    }

    #[test]
    fn relative_dates_are_found() {
        let cases = [
            ("today", "2024-05-15 09:30"),
            ("tomorrow at noon", "2024-05-16 12:00"),
            ("yesterday evening", "2024-05-14 20:00"),
            ("tonight", "2024-05-15 22:00"),
            ("in 2 days", "2024-05-17 09:30"),
            ("in an hour", "2024-05-15 10:30"),
            ("three weeks ago", "2024-04-24 09:30"),
            ("a month from now", "2024-06-15 09:30"),
            ("next week", "2024-05-22 09:30"),
            ("last year", "2023-05-15 09:30"),
            ("Friday", "2024-05-17 12:00"),
            ("next Friday", "2024-05-24 12:00"),
            ("last friday", "2024-05-10 12:00"),
            ("this Monday 3pm", "2024-05-20 15:00"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, DateOrder::DayFirst), expected, "{text}");
        }
    }

    #[test]
    fn times_are_found() {
        let cases = [
            ("10:30", "2024-05-15 10:30"),
            ("10:30 PM", "2024-05-15 22:30"),
            ("12am", "2024-05-15 00:00"),
            ("7pm", "2024-05-15 19:00"),
            ("at 8", "2024-05-15 08:00"),
            ("noon", "2024-05-15 12:00"),
            ("07:05:30", "2024-05-15 07:05"),
            ("10:00 - 11:30", "2024-05-15 10:00 to 2024-05-15 11:30"),
            ("22:00 to 02:00", "2024-05-15 22:00 to 2024-05-16 02:00"),
            ("9:5", ""),
            ("24:00", ""),
            ("10:61", ""),
            ("13pm", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, DateOrder::DayFirst), expected, "{text}");
        }
    }

    #[test]
    fn ranges_are_found() {
        let expected = "2024-03-05 12:00 to 2024-03-09 12:00";
        for text in [
            "2024-03-05 to 2024-03-09",
            "from 2024-03-05 until 09/03/2024",
            "09/03/2024 - 05/03/2024",
        ] {
            assert_eq!(read(text, DateOrder::DayFirst), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(
            text in any::<String>(),
            dated in r"((in|last|next|99999999999|3|days?|weeks?|years|ago|/|-|:|march|friday|to|at|pm|\.| |2024|31){1,3} ?){1,8}",
        ) {
            for order in [DateOrder::DayFirst, DateOrder::MonthFirst] {
                let _ = find(&text, now(), order);
                let _ = find(&dated, now(), order);
                let _ = find(&dated, DateTime::MAX, order);
                let _ = find(&dated, DateTime::MIN, order);
            }
        }
    }
}
