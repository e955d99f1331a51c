//! What contradicts itself is refused; what is likely not meant is warned of.

use std::net::SocketAddr;

use anyhow::{Result, bail};

use super::{Config, JobStorage, Role};

/// Whoever updates a server waits for it.
const LONGEST_STOP_S: u64 = 3_600;

impl Config {
    /// Refuses what contradicts itself, with a sentence that says what to change.
    pub fn check(&self) -> Result<()> {
        self.database.check()?;
        self.redis.check()?;
        self.storage.check()?;
        self.storage.check_origin(&self.public_urls)?;
        self.keys.check()?;
        self.mail.check()?;
        super::oauth::check(&self.oauth)?;
        self.metrics.check()?;
        self.telemetry.check()?;
        self.check_roles()?;
        if !(1..=LONGEST_STOP_S).contains(&self.stop_s) {
            bail!("stop_s has to be between 1 and {LONGEST_STOP_S}.");
        }
        self.check_chat()?;
        self.check_addresses()?;
        let key = &self.uploads.signing_key;
        if !key.is_empty() && key.len() < 32 {
            bail!("uploads.signing_key is too short to be safe. Set at least 32 characters.");
        }
        if self.uploads.max_size_mb == 0 {
            bail!("uploads.max_size_mb has to be at least 1.");
        }
        self.egress.parse().map(drop)
    }

    fn check_roles(&self) -> Result<()> {
        if self.roles.is_empty() {
            bail!("roles is empty: this process would do nothing. Name api, realtime or worker.");
        }
        let twice = |role| self.roles.iter().filter(|other| **other == role).count() > 1;
        if Role::ALL.into_iter().any(twice) {
            bail!("roles names one role twice. Name each once.");
        }
        if !self.has_role(Role::Api) && self.has_role(Role::Realtime) && self.redis.url.is_empty() {
            bail!(
                "roles has realtime without api, but redis.url is empty: nothing would tell this \
                 process what happens in the others. Set redis.url, or add api to roles."
            );
        }
        if self.jobs.concurrency == 0 {
            bail!("jobs.concurrency has to be at least 1.");
        }
        if self.jobs.storage == JobStorage::Redis && self.redis.url.is_empty() {
            bail!(
                "jobs.storage is redis, but redis.url is empty. Set it, or jobs.storage = \
                 \"database\"."
            );
        }
        Ok(())
    }

    fn check_chat(&self) -> Result<()> {
        let chat = &self.chat;
        if chat.body_limit_bytes < 1_024 {
            bail!("chat.body_limit_bytes is too small for any reply. Set at least 1024.");
        }
        if chat.blocks_per_turn == 0 || chat.turn_timeout_s == 0 || chat.idle_s == 0 {
            bail!("chat.blocks_per_turn, turn_timeout_s and idle_s have to be at least 1.");
        }
        if chat.sessions_in_memory == 0 || chat.versions_in_memory == 0 {
            bail!("chat.sessions_in_memory and versions_in_memory have to be at least 1.");
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<()> {
        for (number, url) in self.public_urls.iter().enumerate() {
            let origin = url.trim_end_matches('/');
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '@', '?'])) {
                bail!("public_urls: “{url}” is not an origin. Write it like https://example.com.");
            }
            if self.public_urls[..number].contains(url) {
                bail!("public_urls names “{url}” twice. Name each once.");
            }
        }
        match self.metrics.address()? {
            Some(metrics) if overlap(metrics, self.listen) => bail!(
                "metrics.listen is the address that visitors reach ({}). Figures need one of their \
                 own: set another port.",
                self.listen
            ),
            _ => Ok(()),
        }
    }

    /// Whether this process has a role.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// What works but is likely not meant, each as a sentence.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |when: bool, sentence: &str| {
            if when {
                warnings.push(sentence.to_owned());
            }
        };
        let shares = !self.database.url.is_empty();
        let splits = self.roles.len() < Role::ALL.len();
        let several = shares && (!self.redis.url.is_empty() || splits);
        let local_files = self.storage.s3.bucket.is_empty();
        warn(
            several && local_files,
            "Several servers share the database, but files stand in the data folder of each. Name \
             a bucket in storage.s3, or share the folder.",
        );
        warn(
            several && self.uploads.signing_key.is_empty(),
            "Several servers share the database, but uploads.signing_key is empty: each takes only \
             uploads that it permitted itself, and webhooks only at addresses that it gave out \
             itself. Set the same key for all.",
        );
        warn(
            several && self.keys.master_key.is_empty(),
            "Several servers share the database, but keys.master_key is empty: each makes a key of \
             its own and cannot read what the others sealed. Set TALKLOOM_MASTER_KEY for all.",
        );
        warn(
            splits && !shares && self.redis.url.is_empty(),
            "roles splits the work between processes that share a SQLite file: they have to run on \
             one machine, and notice each other's news late. Set redis.url or database.url.",
        );
        warn(
            self.public_urls.iter().any(|url| is_plain_and_public(url)),
            "public_urls has an address without encryption: what visitors write can be read on the \
             way. Put a TLS proxy in front and write https://.",
        );
        warn(
            self.public_urls.is_empty() && !self.listen.ip().is_loopback(),
            "The server is reached from outside, but public_urls is empty: it believes whatever \
             address a visitor asked for. Name its own.",
        );
        let metrics = self.metrics.address().ok().flatten();
        warn(
            metrics.is_some_and(|address| address.ip().is_unspecified()),
            "metrics.listen is reached from everywhere. Bind it to an address that only Prometheus \
             reaches, like 127.0.0.1.",
        );
        warnings
    }
}

/// Whether two listeners would take each other's place.
fn overlap(a: SocketAddr, b: SocketAddr) -> bool {
    let same_host = a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified();
    // Port 0 is any free one.
    a.port() != 0 && a.port() == b.port() && same_host
}

fn is_plain_and_public(url: &str) -> bool {
    url.strip_prefix("http://").is_some_and(|host| {
        let name = host.trim_end_matches('/');
        let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
        !matches!(name, "localhost" | "127.0.0.1" | "[::1]") && !name.ends_with(".localhost")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        match config.check() {
            Ok(()) => panic!("it is taken"),
            Err(error) => error.to_string(),
        }
    }

    fn warnings(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap();
        config.warnings()
    }

    #[test]
    fn the_defaults_are_taken_without_a_warning() {
        assert_eq!(warnings(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn contradictions_are_refused_with_the_option_to_change() {
        type Change = fn(&mut Config);
        let cases: [(&str, Change); 13] = [
            ("stop_s has to be", |c| c.stop_s = 0),
            ("roles is empty", |c| c.roles.clear()),
            ("roles names one role twice", |c| {
                c.roles = vec![Role::Api, Role::Api]
            }),
            ("roles has realtime without api", |c| {
                c.roles = vec![Role::Realtime]
            }),
            ("jobs.storage is redis", |c| {
                c.jobs.storage = JobStorage::Redis
            }),
            ("metrics.listen is the address", |c| {
                c.metrics.listen = "0.0.0.0:3000".into()
            }),
            ("mail.from is missing", |c| {
                c.mail.smtp_url = "smtp://host".into()
            }),
            ("storage.s3.endpoint is set, but no bucket", |c| {
                c.storage.s3.endpoint = "http://host".into();
            }),
            ("storage.s3.public_endpoint is set, but endpoint", |c| {
                c.storage.s3.bucket = "b".into();
                c.storage.s3.public_endpoint = "http://host".into();
            }),
            ("telemetry.sample has to be", |c| c.telemetry.sample = 1.5),
            ("telemetry.sentry_dsn is no DSN", |c| {
                c.telemetry.sentry_dsn = "canary".into()
            }),
            ("telemetry.otlp_endpoint has to", |c| {
                c.telemetry.otlp_endpoint = "host:1".into()
            }),
            ("chat.sessions_in_memory", |c| c.chat.sessions_in_memory = 0),
        ];
        for (told, change) in cases {
            let refused = refusal(change);
            assert!(refused.starts_with(told), "{refused}");
            assert!(!refused.contains("canary"), "{refused}");
        }
        let mut apart = Config::default();
        apart.metrics.listen = "127.0.0.2:3000".into();
        apart.check().unwrap();
    }

    #[test]
    fn what_is_likely_not_meant_is_warned_of() {
        let several = warnings(|c| {
            c.database.url = "postgres://host/t".into();
            c.redis.url = "redis://host".into();
        });
        assert_eq!(several.len(), 3, "{several:#?}");
        let shared = warnings(|c| {
            c.database.url = "postgres://host/t".into();
            c.redis.url = "redis://host".into();
            c.storage.s3.bucket = "b".into();
            c.keys.master_key = "AAAA".repeat(10) + "AAA=";
            c.uploads.signing_key = "k".repeat(32);
        });
        assert!(shared.is_empty(), "{shared:#?}");
        let open = warnings(|c| c.listen = ([0, 0, 0, 0], 80).into());
        assert_eq!(open.len(), 1, "{open:#?}");
        let plain = |url: &str| warnings(|c| c.public_urls = vec![url.into()]).len();
        assert_eq!(
            (plain("http://a.com"), plain("http://localhost:3000")),
            (1, 0)
        );
    }
}
