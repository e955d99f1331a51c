//! Answers to date inputs.

use jiff::civil::DateTime;

use crate::datetime::{civil, format, milliseconds, parse_date};
use crate::natural_date::{self, DateOrder, Found};

/// How a date input reads and prints its answer; the texts have their variables put in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateRules<'a> {
    /// The pattern of the stored text.
    pub format: Option<&'a str>,
    /// The default pattern has the time of day.
    pub has_time: bool,
    /// A start and an end are asked for.
    pub is_range: bool,
    /// What stands between them, without the blanks; `to` by default.
    pub separator: Option<&'a str>,
    /// The earliest date that is accepted, as `Date.parse` reads it.
    pub min: Option<&'a str>,
    /// The latest date that is accepted, as `Date.parse` reads it.
    pub max: Option<&'a str>,
}

/// Reads an answer: the first date in the text, printed by the input's pattern.
pub fn parse(reply: &str, rules: DateRules<'_>, now_ms: i64) -> Option<String> {
    let pattern = pattern(rules);
    let order = if pattern.starts_with("dd") {
        DateOrder::DayFirst
    } else {
        DateOrder::MonthFirst
    };
    let Found { start, end } = natural_date::find(reply, civil(now_ms), order)?;
    if !is_within(start, rules) {
        return None;
    }
    let start = format(start, pattern);
    if !rules.is_range {
        return Some(start);
    }
    let end = end.filter(|end| is_within(*end, rules))?;
    let separator = rules.separator.unwrap_or("to");
    Some(format!("{start} {separator} {}", format(end, pattern)))
}

fn pattern<'a>(rules: DateRules<'a>) -> &'a str {
    let default = if rules.has_time {
        "dd/MM/yyyy HH:mm"
    } else {
        "dd/MM/yyyy"
    };
    rules.format.unwrap_or(default)
}

/// A bound that is no date does not bind.
fn is_within(time: DateTime, rules: DateRules<'_>) -> bool {
    let Some(time_ms) = milliseconds(time) else {
        return false;
    };
    rules
        .min
        .and_then(parse_date)
        .is_none_or(|min| time_ms >= min)
        && rules
            .max
            .and_then(parse_date)
            .is_none_or(|max| time_ms <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-05-15T09:30:00Z.
    const NOW: i64 = 1_715_765_400_000;

    #[test]
    fn dates_are_read_and_printed() {
        let plain = DateRules::default();
        let iso = DateRules {
            format: Some("yyyy-MM-dd"),
            ..plain
        };
        let timed = DateRules {
            has_time: true,
            ..plain
        };
        let range = DateRules {
            is_range: true,
            separator: Some("–"),
            ..plain
        };
        let cases = [
            ("3/5/2024", plain, Some("03/05/2024")),
            ("3/5/2024", iso, Some("2024-03-05")),
            ("2024-03-05", timed, Some("05/03/2024 12:00")),
            ("2024-03-05 23:59", timed, Some("05/03/2024 23:59")),
            ("tomorrow", plain, Some("16/05/2024")),
            (
                "2024-03-05 to 2024-03-09",
                range,
                Some("05/03/2024 – 09/03/2024"),
            ),
            ("2024-03-05", range, None),
            ("31/02/2024", plain, None),
        ];
        for (reply, rules, expected) in cases {
            assert_eq!(parse(reply, rules, NOW).as_deref(), expected, "{reply}");
        }
    }

    #[test]
    fn bounds_are_kept() {
        let rules = DateRules {
            min: Some("2024-03-01"),
            max: Some("2024-03-31T23:59"),
            ..DateRules::default()
        };
        assert!(parse("2024-03-01", rules, NOW).is_some());
        assert!(parse("2024-02-29", rules, NOW).is_none());
        assert!(parse("2024-04-01", rules, NOW).is_none());
        let unbound = DateRules {
            min: Some("soon"),
            max: Some(""),
            ..DateRules::default()
        };
        assert!(parse("2024-04-01", unbound, NOW).is_some());
    }
}
