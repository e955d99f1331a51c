//! Dates that count from now: `tomorrow`, `in 2 days`, `next Friday`, `a week ago`.

use std::sync::LazyLock;

use jiff::civil::{DateTime, Time, Weekday};
use jiff::{Span, ToSpan};
use regex::{Captures, Regex};

use super::words::{self, AMOUNT, WEEKDAY};
use super::{Context, Finding, Moment, patterns};

/// More units than this lead out of any calendar.
const MAX_AMOUNT: f64 = 1_000_000.0;

const UNIT: &str =
    "(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|quarters?|years?|yrs?)";

type Reader = fn(&Captures<'_>, DateTime) -> Option<Moment>;

static PATTERNS: LazyLock<[(Regex, Reader); 5]> = LazyLock::new(|| {
    patterns::compile([
        (
            "(now|today|tonight|tomorrow|tmrw?|overmorrow|yesterday|last night)".to_owned(),
            casual,
        ),
        (format!(r"(?:within|in|for)\s+({AMOUNT})\s*({UNIT})"), ahead),
        (
            format!(
                r"({AMOUNT})\s*({UNIT})\s*(ago|before|earlier|later|after|from now|henceforth|out)"
            ),
            counted,
        ),
        (format!(r"(this|last|past|next)\s+({UNIT})"), beside),
        (
            format!(
                r"(?:on\s+)?(?:(this|last|past|next)\s+)?({WEEKDAY})(?:\s+(this|last|past|next)\s+week)?"
            ),
            weekday,
        ),
    ])
});

/// Finds the relative dates of a text.
pub(super) fn find(text: &str, context: Context) -> Vec<Finding> {
    patterns::find(&*PATTERNS, text, |read, captures| {
        Some((read(captures, context.now)?, None))
    })
}

/// A day whose time of day is now's unless the text names one.
fn day(time: DateTime) -> Moment {
    Moment {
        implied_time: Some(time.time()),
        ..Moment::on(time.date())
    }
}

fn exactly(time: DateTime) -> Moment {
    Moment {
        time: Some(time.time()),
        ..Moment::on(time.date())
    }
}

fn casual(captures: &Captures<'_>, now: DateTime) -> Option<Moment> {
    let night = |days: i64| {
        Some(Moment {
            implied_time: Some(Time::constant(22, 0, 0, 0)),
            ..day(now.checked_add(days.days()).ok()?)
        })
    };
    let days: i64 = match captures[1].to_lowercase().as_str() {
        "now" => return Some(exactly(now)),
        "tonight" => return night(0),
        "last night" => return night(-1),
        "today" => 0,
        "yesterday" => -1,
        "overmorrow" => 2,
        _ => 1,
    };
    Some(day(now.checked_add(days.days()).ok()?))
}

fn ahead(captures: &Captures<'_>, now: DateTime) -> Option<Moment> {
    shifted(now, &captures[2], words::amount(&captures[1])?)
}

fn counted(captures: &Captures<'_>, now: DateTime) -> Option<Moment> {
    let amount = words::amount(&captures[1])?;
    let is_past = matches!(
        captures[3].to_lowercase().as_str(),
        "ago" | "before" | "earlier"
    );
    shifted(now, &captures[2], if is_past { -amount } else { amount })
}

fn beside(captures: &Captures<'_>, now: DateTime) -> Option<Moment> {
    let amount = match captures[1].to_lowercase().as_str() {
        "next" => 1.0,
        "this" => 0.0,
        _ => -1.0,
    };
    shifted(now, &captures[2], amount)
}

/// Now, moved by an amount of units; half a unit counts in the next smaller one.
fn shifted(now: DateTime, unit: &str, amount: f64) -> Option<Moment> {
    if amount.abs() > MAX_AMOUNT {
        return None;
    }
    let times = |factor: f64| (amount * factor).round() as i64;
    let is_half = amount.fract() != 0.0;
    let unit = unit.to_lowercase();
    let (span, is_clock) = match unit.get(..3).unwrap_or_default() {
        "sec" => (Span::new().try_seconds(times(1.0)), true),
        "min" => (Span::new().try_seconds(times(60.0)), true),
        "hou" | "hr" | "hrs" => (Span::new().try_minutes(times(60.0)), true),
        "day" => (Span::new().try_hours(times(24.0)), is_half),
        "wee" => (Span::new().try_days(times(7.0)), false),
        "mon" if is_half => (Span::new().try_days(times(30.0)), false),
        "mon" => (Span::new().try_months(times(1.0)), false),
        "qua" => (Span::new().try_months(times(3.0)), false),
        "yea" | "yr" | "yrs" => (Span::new().try_months(times(12.0)), false),
        _ => return None,
    };
    let time = now.checked_add(span.ok()?).ok()?;
    Some(if is_clock { exactly(time) } else { day(time) })
}

fn weekday(captures: &Captures<'_>, now: DateTime) -> Option<Moment> {
    let wanted = words::weekday(&captures[2])?;
    let modifier = captures
        .get(1)
        .or(captures.get(3))
        .map(|word| word.as_str().to_lowercase());
    let days = i64::from(days_to(now.weekday(), wanted, modifier.as_deref()));
    Some(Moment::on(now.checked_add(days.days()).ok()?.date()))
}

/// Days from one weekday to another: the closest without a modifier; `next` is of the next week.
fn days_to(today: Weekday, wanted: Weekday, modifier: Option<&str>) -> i8 {
    let forward = today.until(wanted);
    let backward = if forward == 0 { -7 } else { forward - 7 };
    match modifier {
        Some("this") => forward,
        Some("last" | "past") => backward,
        Some(_) => next_week(today, wanted, forward),
        None if forward < -backward => forward,
        None => backward,
    }
}

fn next_week(today: Weekday, wanted: Weekday, forward: i8) -> i8 {
    let wanted_index = wanted.to_sunday_zero_offset();
    match today {
        Weekday::Sunday if wanted == Weekday::Sunday => 7,
        Weekday::Sunday => wanted_index,
        Weekday::Saturday if wanted == Weekday::Saturday => 7,
        Weekday::Saturday if wanted == Weekday::Sunday => 8,
        Weekday::Saturday => 1 + wanted_index,
        today if wanted_index < today.to_sunday_zero_offset() && wanted != Weekday::Sunday => {
            forward
        }
        _ => forward + 7,
    }
}
