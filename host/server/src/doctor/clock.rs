//! The clock: tokens expire by it, and servers that disagree on the time disagree on them.

use talkloom_store::Inspection;

use super::{Health, Told, redis};
use crate::command::database;
use crate::{Clock, Config};

/// What is tolerated between two machines.
const MOST_MS: i64 = 5_000;
/// 2026-01-01: this program was not written before.
const WRITTEN_MS: i64 = 1_767_225_600_000;

pub(super) async fn check(config: &Config) -> Told {
    let clock = Clock::system();
    if clock.now_ms() < WRITTEN_MS {
        return Err("The clock is years behind. Set it, best with NTP.".into());
    }
    // Other checks say when these cannot be asked.
    let asked = Inspection::of(&database(config)).await.ok().flatten();
    if let Some(theirs) = asked.and_then(|found| found.now_ms) {
        return compare("the database", clock.now_ms() - theirs);
    }
    if let Some(theirs) = redis_ms(config).await {
        return compare("Redis", clock.now_ms() - theirs);
    }
    Ok((
        Health::Ok,
        "The clock is set; there is no other to compare it with.".into(),
    ))
}

fn compare(other: &str, ahead_ms: i64) -> Told {
    let seconds = ahead_ms.abs() as f64 / 1_000.0;
    if ahead_ms.abs() <= MOST_MS {
        return Ok((
            Health::Ok,
            format!("The clock agrees with that of {other}."),
        ));
    }
    let side = if ahead_ms > 0 { "ahead of" } else { "behind" };
    Err(format!(
        "The clock is {seconds:.0} s {side} that of {other}. Set both by NTP."
    ))
}

async fn redis_ms(config: &Config) -> Option<i64> {
    if config.redis.url.is_empty() {
        return None;
    }
    let mut connection = redis::connect(&config.redis.url).await.ok()?;
    let time = ::redis::cmd("TIME");
    let (seconds, micros): (i64, i64) = time.query_async(&mut connection).await.ok()?;
    Some(seconds * 1_000 + micros / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_with_its_side() {
        assert_eq!(compare("x", -4_000).unwrap().0, Health::Ok);
        let told = compare("the database", 61_000).unwrap_err();
        assert_eq!(
            told,
            "The clock is 61 s ahead of that of the database. Set both by NTP."
        );
        assert!(compare("x", -9_000).unwrap_err().contains("behind"));
    }
}
