//! Dates that name a day of the calendar: `2024-03-05`, `5/3/24`, `5th of March`, `March 2024`.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use regex::{Captures, Regex};

use super::words::{self, DAY, MONTH, WEEKDAY, YEAR};
use super::{Context, DateOrder, Finding, Moment, patterns};

type Reader = fn(&Captures<'_>, Context) -> Option<(Moment, Option<Moment>)>;

static PATTERNS: LazyLock<[(Regex, Reader); 7]> = LazyLock::new(|| {
    patterns::compile([
        (
            concat!(
                r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})",
                r"(?:T([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.[0-9]{1,9})?)?",
                r"(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
            )
            .to_owned(),
            iso,
        ),
        (
            format!(r"([0-9]{{4}})[-./\s](?:({MONTH})|([0-9]{{1,2}}))[-./\s]([0-9]{{1,2}})"),
            year_first,
        ),
        (
            r"([0-3]?[0-9])[/.-]([0-3]?[0-9])(?:[/.-]([0-9]{4}|[0-9]{2}))?".to_owned(),
            slashes,
        ),
        (r"(0?[1-9]|1[0-2])/([0-9]{4})".to_owned(), month_slash_year),
        (
            format!(
                r"(?:(?:on\s*)?{WEEKDAY}\s*,?\s*)?({DAY})(?:\s*(?:to|-|–|until|through|till)\s*({DAY}))?(?:-|/|\s*(?:of)?\s*)({MONTH})(?:(?:-|/|,?\s*)({YEAR})\b)?"
            ),
            day_and_month,
        ),
        (
            format!(
                r"(?:(?:on\s*)?{WEEKDAY}\s*,?\s*)?({MONTH})(?:-|/|\s*,?\s*)({DAY})\b(?:\s*(?:to|-|–|until|through|till)\s*({DAY})\b)?(?:(?:-|/|\s*,\s*|\s+)({YEAR})\b)?"
            ),
            month_and_day,
        ),
        (
            format!(r"(?:in\s*)?({MONTH})(?:\s*[,-]?\s*([1-9][0-9]{{3}}))?"),
            month_and_year,
        ),
    ])
});

/// Finds the calendar dates of a text.
pub(super) fn find(text: &str, context: Context) -> Vec<Finding> {
    patterns::find(&*PATTERNS, text, |read, captures| read(captures, context))
}

fn number<T: std::str::FromStr>(captures: &Captures<'_>, group: usize) -> Option<T> {
    captures.get(group)?.as_str().parse().ok()
}

fn on(year: i16, month: i8, day: i8) -> Option<(Moment, Option<Moment>)> {
    Some((Moment::on(Date::new(year, month, day).ok()?), None))
}

fn iso(captures: &Captures<'_>, _: Context) -> Option<(Moment, Option<Moment>)> {
    let date = Date::new(
        number(captures, 1)?,
        number(captures, 2)?,
        number(captures, 3)?,
    )
    .ok()?;
    if captures.get(4).is_none() {
        return Some((Moment::on(date), None));
    }
    let second = number(captures, 6).unwrap_or(0);
    let time = Time::new(number(captures, 4)?, number(captures, 5)?, second, 0).ok()?;
    let minutes = captures
        .get(7)
        .map_or(Some(0), |zone| offset_minutes(zone.as_str()))?;
    let utc = date.to_datetime(time).checked_sub(minutes.minutes()).ok()?;
    let moment = Moment {
        time: Some(utc.time()),
        ..Moment::on(utc.date())
    };
    Some((moment, None))
}

fn offset_minutes(zone: &str) -> Option<i32> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let digits = zone[1..].replace(':', "");
    let minutes = digits[..2].parse::<i32>().ok()? * 60 + digits[2..].parse::<i32>().ok()?;
    Some(if zone.starts_with('-') {
        -minutes
    } else {
        minutes
    })
}

fn year_first(captures: &Captures<'_>, _: Context) -> Option<(Moment, Option<Moment>)> {
    let month = match captures.get(2) {
        Some(name) => words::month(name.as_str())?,
        None => number(captures, 3)?,
    };
    on(number(captures, 1)?, month, number(captures, 4)?)
}

fn slashes(captures: &Captures<'_>, context: Context) -> Option<(Moment, Option<Moment>)> {
    // Without a year, `5.3` and `5-3` are rather numbers than dates.
    if captures.get(3).is_none() && !captures[0].contains('/') {
        return None;
    }
    let (first, second): (i8, i8) = (number(captures, 1)?, number(captures, 2)?);
    let (mut day, mut month) = match context.order {
        DateOrder::DayFirst => (first, second),
        DateOrder::MonthFirst => (second, first),
    };
    if month > 12 && (1..=12).contains(&day) {
        std::mem::swap(&mut day, &mut month);
    }
    match captures.get(3) {
        Some(year) => on(words::year(year.as_str())?, month, day),
        None => closest(context, month, day),
    }
}

fn month_slash_year(captures: &Captures<'_>, _: Context) -> Option<(Moment, Option<Moment>)> {
    on(number(captures, 2)?, number(captures, 1)?, 1)
}

fn day_and_month(captures: &Captures<'_>, context: Context) -> Option<(Moment, Option<Moment>)> {
    named(captures, context, [3, 1, 2, 4])
}

fn month_and_day(captures: &Captures<'_>, context: Context) -> Option<(Moment, Option<Moment>)> {
    named(captures, context, [1, 2, 3, 4])
}

/// Reads a date with a month's name; the groups are month, day, last day, year.
fn named(
    captures: &Captures<'_>,
    context: Context,
    [month, first, last, year]: [usize; 4],
) -> Option<(Moment, Option<Moment>)> {
    let month = words::month(&captures[month])?;
    let first = words::day(&captures[first])?;
    let (start, _) = match captures.get(year) {
        Some(year) => on(words::year(year.as_str())?, month, first)?,
        None => closest(context, month, first)?,
    };
    let end = match captures.get(last) {
        Some(last) => {
            let (end, _) = on(start.date?.year(), month, words::day(last.as_str())?)?;
            Some(end)
        }
        None => None,
    };
    Some((start, end))
}

fn month_and_year(captures: &Captures<'_>, context: Context) -> Option<(Moment, Option<Moment>)> {
    let name = &captures[1];
    let month = words::month(name)?;
    match captures.get(2) {
        Some(_) => on(number(captures, 2)?, month, 1),
        // `mar` or `dec` alone are too short to be told from other words; `may` is more often a verb.
        None if name.len() > 3 && !name.ends_with('.') => closest(context, month, 1),
        None => None,
    }
}

/// The day in the year that brings it closest to now.
fn closest(context: Context, month: i8, day: i8) -> Option<(Moment, Option<Moment>)> {
    let today = context.now.date();
    let distance = |date: &Date| (*date - today).get_days().abs();
    (-1..=1)
        .filter_map(|years| Date::new(today.year().checked_add(years)?, month, day).ok())
        .min_by_key(distance)
        .map(|date| (Moment::on(date), None))
}
