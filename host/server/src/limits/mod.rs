//! How often something may be done in a minute, by address or by any other key.
//!
//! Processes count together in Redis; without it, or while it is away, each counts for itself.

mod address;
mod gate;

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use redis::Script;

use crate::config::LimitsConfig;
use crate::redis::Redis;
pub use address::Address;

/// After so many checks, keys that have their whole allowance again are forgotten.
const TIDIED: u32 = 4_096;

static ADMIT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("admit.lua")));

/// A limit that counts for each key by itself. Cheap to clone.
#[derive(Clone)]
pub struct Limit(Arc<Inner>);

struct Inner {
    name: &'static str,
    per_minute: NonZeroU32,
    redis: Option<Redis>,
    own: DefaultKeyedRateLimiter<String>,
    checks: AtomicU32,
}

/// It was done too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too often")]
pub struct TooOften {
    /// When it may be done again.
    pub retry_after: Duration,
}

impl Limit {
    /// So many times at once, and as many again in each minute. `name` tells limits apart.
    pub fn per_minute(name: &'static str, per_minute: NonZeroU32, redis: Option<Redis>) -> Self {
        Self(Arc::new(Inner {
            name,
            per_minute,
            redis,
            own: RateLimiter::keyed(Quota::per_minute(per_minute)),
            checks: AtomicU32::new(0),
        }))
    }

    /// Counts once for a key, unless it was done too often.
    pub async fn admit(&self, key: &str) -> Result<(), TooOften> {
        let waits = match &self.0.redis {
            Some(redis) => self.in_redis(redis, key).await,
            None => None,
        };
        match waits.unwrap_or_else(|| self.here(key)) {
            Duration::ZERO => Ok(()),
            retry_after => Err(TooOften { retry_after }),
        }
    }

    /// How long the key has to wait, if Redis knows.
    async fn in_redis(&self, redis: &Redis, key: &str) -> Option<Duration> {
        let per_minute = self.0.per_minute.get();
        let mut admit = ADMIT.prepare_invoke();
        admit.key(redis.key(&format!("limit:{}:{key}", self.0.name)));
        admit.arg(60_000_000 / per_minute).arg(per_minute);
        redis.script(&admit).await.map(Duration::from_micros)
    }

    fn here(&self, key: &str) -> Duration {
        let own = &self.0.own;
        if self.0.checks.fetch_add(1, Ordering::Relaxed) % TIDIED == TIDIED - 1 {
            own.retain_recent();
            own.shrink_to_fit();
        }
        match own.check_key(&key.to_owned()) {
            Ok(()) => Duration::ZERO,
            Err(until) => until.wait_time_from(DefaultClock::default().now()),
        }
    }
}

/// What one visitor's address may ask for.
#[derive(Clone, Default)]
pub struct Limits {
    /// Conversations that begin.
    pub starts: Option<Limit>,
    /// Requests of the chat API.
    pub requests: Option<Limit>,
    trusts_forwarded: bool,
}

impl Limits {
    /// What the operator set. None where nothing is limited, so that it costs nothing.
    pub fn new(config: &LimitsConfig, redis: Option<&Redis>) -> Self {
        let limit = |name, per_minute| {
            let per_minute = NonZeroU32::new(per_minute)?;
            Some(Limit::per_minute(name, per_minute, redis.cloned()))
        };
        Self {
            starts: limit("starts", config.starts_per_minute),
            requests: limit("requests", config.requests_per_minute),
            trusts_forwarded: config.trust_forwarded,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::{Limit, Redis};
    use crate::config::RedisConfig;

    const THREE: NonZeroU32 = NonZeroU32::new(3).unwrap();

    async fn allows_three(limit: &Limit) {
        for _ in 0..3 {
            assert_eq!(limit.admit("ada").await, Ok(()));
        }
        let refused = limit.admit("ada").await.unwrap_err();
        let wait = refused.retry_after;
        assert!(
            wait > Duration::ZERO && wait <= Duration::from_secs(20),
            "{wait:?}"
        );
        assert_eq!(
            limit.admit("bob").await,
            Ok(()),
            "each key counts by itself"
        );
    }

    #[tokio::test]
    async fn a_process_alone_counts_for_itself() {
        allows_three(&Limit::per_minute("test", THREE, None)).await;
    }

    #[tokio::test]
    async fn processes_count_together_and_alone_while_redis_is_away() {
        let mut server = services::Redis::start().unwrap();
        let config = RedisConfig {
            url: server.url().to_owned(),
            ..RedisConfig::default()
        };
        let redis = Redis::open(&config).unwrap();
        redis.until_up().await;
        allows_three(&Limit::per_minute("test", THREE, Some(redis.clone()))).await;
        let other = Redis::open(&config).unwrap();
        other.until_up().await;
        let there = Limit::per_minute("test", THREE, Some(other));
        assert!(
            there.admit("ada").await.is_err(),
            "the other process counted"
        );
        assert_eq!(there.admit("bob").await, Ok(()));
        server.stop().unwrap();
        allows_three(&there).await;
    }
}
