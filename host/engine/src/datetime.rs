//! Points in time as texts: ISO 8601 in UTC or a time zone, patterns of date inputs, and the
//! reading of dates as JavaScript does it.
//!
//! Time comes in as milliseconds since 1970, UTC; the time zone database is compiled in.

mod format;
mod parse;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

pub use format::format;
pub use parse::parse_date;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// Prints a time as JavaScript's `toISOString` does: `2024-03-05T10:30:00.000Z`.
pub fn iso(time_ms: i64) -> String {
    let time = civil(time_ms);
    format!("{}Z", format(time, "yyyy-MM-dd'T'HH:mm:ss.SSS"))
}

/// Prints a time in an IANA zone, `2024-03-05T11:30:00+01:00`; none where there is no such zone.
pub fn iso_in_zone(time_ms: i64, zone: &str) -> Option<String> {
    let zone = TimeZone::get(zone).ok()?;
    let time = Zoned::new(timestamp(time_ms), zone);
    let offset = print_offset(time.offset());
    Some(format!(
        "{}{offset}",
        format(time.datetime(), "yyyy-MM-dd'T'HH:mm:ss")
    ))
}

/// The date and time of day in UTC.
pub(crate) fn civil(time_ms: i64) -> DateTime {
    Offset::UTC.to_datetime(timestamp(time_ms))
}

/// Milliseconds since 1970 of a date and time of day in UTC.
pub(crate) fn milliseconds(time: DateTime) -> Option<i64> {
    let time = Offset::UTC.to_timestamp(time).ok()?;
    Some(time.as_millisecond())
}

/// Times beyond the calendar (years -9999 to 9999) count as its ends.
fn timestamp(time_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(time_ms).unwrap_or(if time_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn print_offset(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    if minutes == 0 {
        return "Z".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_print_in_utc_and_in_zones() {
        let time = 1_709_634_600_123;
        assert_eq!(iso(time), "2024-03-05T10:30:00.123Z");
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        let cases = [
            ("Europe/Paris", Some("2024-03-05T11:30:00+01:00")),
            ("Asia/Kolkata", Some("2024-03-05T16:00:00+05:30")),
            ("America/New_York", Some("2024-03-05T05:30:00-05:00")),
            ("UTC", Some("2024-03-05T10:30:00Z")),
            ("Mars/Olympus", None),
            ("", None),
        ];
        for (zone, expected) in cases {
            assert_eq!(iso_in_zone(time, zone).as_deref(), expected, "{zone}");
        }
    }

    proptest! {
        #[test]
        fn any_time_prints(time in any::<i64>(), zone in any::<String>()) {
            let _ = iso(time);
            let _ = iso_in_zone(time, &zone);
            let _ = iso_in_zone(time, "Asia/Tokyo");
        }
    }
}
