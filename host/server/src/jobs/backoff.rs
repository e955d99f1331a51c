//! How long to wait before a job is tried again.

use std::time::Duration;

use crate::Entropy;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// Grows with every failure and is drawn from the whole span, so that what failed together does not
/// come back together.
pub(super) fn after(failures: i64, entropy: &Entropy) -> Duration {
    longest(failures).mul_f64(entropy.number())
}

fn longest(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.clamp(0, 30)).unwrap_or_default();
    FIRST
        .saturating_mul(2u32.saturating_pow(doublings))
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_doubles_up_to_its_end() {
        let spans: Vec<_> = [0, 1, 2, 12, 13, i64::MAX]
            .map(|failures| longest(failures).as_secs())
            .into();
        assert_eq!(spans, [5, 10, 20, 20_480, 21_600, 21_600]);
    }

    #[test]
    fn the_whole_span_is_used() {
        let entropy = Entropy::seeded(1);
        let drawn: Vec<_> = (0..1_000).map(|_| after(3, &entropy)).collect();
        let within = |low: f64, high: f64| {
            let span = longest(3).as_secs_f64();
            drawn
                .iter()
                .filter(|wait| (low * span..high * span).contains(&wait.as_secs_f64()))
                .count()
        };
        assert_eq!(within(0.0, 1.0), 1_000);
        for tenth in 0..10 {
            let low = f64::from(tenth) / 10.0;
            assert!(within(low, low + 0.1) > 50, "from {low}");
        }
    }
}
