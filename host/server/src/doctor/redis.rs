//! Redis: reachable, quick, and set to refuse rather than forget.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{Client, RedisError};

use super::{Health, Told, broken, shown};
use crate::Config;

/// A server goes on without Redis when it answers later than this.
const SLOW: Duration = Duration::from_millis(20);
const CONNECTING: Duration = Duration::from_secs(5);

pub(super) async fn check(config: &Config) -> Told {
    if config.redis.url.is_empty() {
        return Ok((
            Health::Unused,
            "redis.url is empty: one server needs none.".into(),
        ));
    }
    let advice = "Redis cannot be reached. Check redis.url and whether it runs:";
    let connecting = tokio::time::timeout(CONNECTING, connect(&config.redis.url)).await;
    let mut connection = match connecting {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return Err(broken(advice, error)),
        Err(_) => return Err(broken(advice, "there was no answer in five seconds")),
    };
    let started = Instant::now();
    let asked = redis::cmd("PING")
        .query_async::<String>(&mut connection)
        .await;
    let took = started.elapsed();
    asked.map_err(|error| broken(advice, error))?;
    let mut memory = redis::cmd("INFO");
    let memory = memory.arg("memory").query_async::<String>(&mut connection);
    let memory = memory.await.unwrap_or_default();
    // Where it is not told, there is nothing to say of it.
    let policy = line(&memory, "maxmemory_policy:").unwrap_or("noeviction");
    let limited = line(&memory, "maxmemory:").is_some_and(|limit| limit != "0");
    if limited
        && policy.starts_with("allkeys")
        && config.jobs.storage == crate::config::JobStorage::Redis
    {
        let told = format!(
            "Redis forgets whatever it likes when it is full ({policy}), also jobs that wait. Set \
             maxmemory-policy to noeviction."
        );
        return Ok((Health::Warning, told));
    }
    if took > SLOW {
        let told = format!(
            "Redis answers in {}, which visitors feel. Run it closer by.",
            shown(took)
        );
        return Ok((Health::Warning, told));
    }
    Ok((
        Health::Ok,
        format!("Redis answers in {}; when full: {policy}.", shown(took)),
    ))
}

/// The connection that checks ask over.
pub(super) async fn connect(url: &str) -> Result<MultiplexedConnection, RedisError> {
    Client::open(url)?.get_multiplexed_async_connection().await
}

fn line<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.trim().strip_prefix(name))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn lines_are_found_whole() {
        let told = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";
        assert_eq!(line(told, "maxmemory:"), Some("0"));
        assert_eq!(line(told, "maxmemory_policy:"), Some("noeviction"));
        assert_eq!(line(told, "used_memory:"), None);
    }
}
