//! What an operator may set. `talkloom.example.toml` lists every option with its default.
//!
//! Later sources win: defaults, the file, `TALKLOOM_…` variables (`TALKLOOM_BLOCKS__DIR` is
//! `blocks.dir`), the command line. What contradicts itself is refused with a sentence.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

mod data;
mod observe;
mod work;

pub use data::{DatabaseConfig, KeysConfig, RedisConfig, S3Config, StorageConfig};
pub use observe::{MetricsConfig, TelemetryConfig};
pub use work::{JobStorage, JobsConfig, LimitsConfig, MailConfig, RetentionConfig, Role};

/// Everything an operator may set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The folder of the database, files and caches.
    pub data: PathBuf,
    /// Addresses under which visitors reach this server; empty: whatever they asked for.
    pub public_urls: Vec<String>,
    /// What is logged, in the form of `tracing`: `info`, `talkloom_server=debug`.
    pub log: String,
    /// What this process does.
    pub roles: Vec<Role>,
    /// The database.
    pub database: DatabaseConfig,
    /// Redis, where there is one.
    pub redis: RedisConfig,
    /// Where files are kept.
    pub storage: StorageConfig,
    /// What secrets are sealed with.
    pub keys: KeysConfig,
    /// The chat API.
    pub chat: ChatConfig,
    /// The blocks.
    pub blocks: BlocksConfig,
    /// What blocks may reach.
    pub egress: EgressConfig,
    /// Files that visitors send.
    pub uploads: UploadsConfig,
    /// Work that is done beside the conversations.
    pub jobs: JobsConfig,
    /// How e-mail is sent.
    pub mail: MailConfig,
    /// How long things are kept.
    pub retention: RetentionConfig,
    /// How much one visitor may ask for.
    pub limits: LimitsConfig,
    /// Figures for Prometheus.
    pub metrics: MetricsConfig,
    /// Traces and errors for other programs.
    pub telemetry: TelemetryConfig,
}

/// The chat API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatConfig {
    /// The largest request, in bytes.
    pub body_limit_bytes: usize,
    /// Blocks that one turn may run before it is ended as a cycle.
    pub blocks_per_turn: u32,
    /// Seconds that one turn may take.
    pub turn_timeout_s: u64,
    /// Conversations whose state is kept in memory; the rest is read back when a reply comes.
    pub sessions_in_memory: usize,
    /// Seconds after which a conversation that waits for a reply leaves the memory.
    pub idle_s: u64,
    /// Published versions that are kept in memory.
    pub versions_in_memory: usize,
}

/// The blocks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlocksConfig {
    /// A folder of components to use instead of those that come with the server; empty: none.
    pub dir: PathBuf,
    /// Where compiled blocks are kept; empty: `cache/blocks` in the data folder.
    pub cache_dir: PathBuf,
}

/// What blocks may reach beside public addresses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EgressConfig {
    /// Exact addresses and ports, whatever they are: `127.0.0.1:3000`.
    pub allow: Vec<String>,
    /// Private networks: `10.1.0.0/16`.
    pub private_ranges: Vec<String>,
}

/// Files that visitors send.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadsConfig {
    /// The largest file, in megabytes.
    pub max_size_mb: u32,
    /// What permissions to upload are signed with; empty: a key that is made in the data folder.
    pub signing_key: String,
}

impl std::fmt::Debug for UploadsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadsConfig")
            .field("max_size_mb", &self.max_size_mb)
            .finish_non_exhaustive()
    }
}

impl Default for UploadsConfig {
    fn default() -> Self {
        Self {
            max_size_mb: 10,
            signing_key: String::new(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data: PathBuf::from("data"),
            public_urls: Vec::new(),
            log: "info".into(),
            roles: Role::ALL.to_vec(),
            database: DatabaseConfig::default(),
            redis: RedisConfig::default(),
            storage: StorageConfig::default(),
            keys: KeysConfig::default(),
            chat: ChatConfig::default(),
            blocks: BlocksConfig::default(),
            egress: EgressConfig::default(),
            uploads: UploadsConfig::default(),
            jobs: JobsConfig::default(),
            mail: MailConfig::default(),
            retention: RetentionConfig::default(),
            limits: LimitsConfig::default(),
            metrics: MetricsConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

impl Default for ChatConfig {
    fn default() -> Self {
        Self {
            body_limit_bytes: 1 << 20,
            blocks_per_turn: 1_000,
            turn_timeout_s: 120,
            sessions_in_memory: 20_000,
            idle_s: 30,
            versions_in_memory: 500,
        }
    }
}

/// What the command line sets.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Overrides {
    /// Where the server listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// The data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// What this process does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
}

/// The first words of the options: other variables that begin with `TALKLOOM_` are not ours.
const SECTIONS: [&str; 19] = [
    "listen",
    "data",
    "public_urls",
    "log",
    "roles",
    "database",
    "redis",
    "storage",
    "keys",
    "chat",
    "blocks",
    "egress",
    "uploads",
    "jobs",
    "mail",
    "retention",
    "limits",
    "metrics",
    "telemetry",
];

/// The variable that a master key is expected in; the same as `keys.master_key`.
const MASTER_KEY: &str = "TALKLOOM_MASTER_KEY";

/// Variables come as they are written, in capital letters mostly.
fn is_section(word: &str) -> bool {
    SECTIONS
        .iter()
        .any(|section| section.eq_ignore_ascii_case(word))
}

impl Config {
    /// Reads the configuration from all its sources and checks it.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self> {
        let mut sources = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("The configuration {} cannot be read.", file.display()))?;
            sources = sources.merge(Toml::string(&text));
        }
        let variables = Env::prefixed("TALKLOOM_")
            .split("__")
            .filter(|name| is_section(name.as_str().split('.').next().unwrap_or_default()));
        let master_key = Env::raw()
            .only(&[MASTER_KEY])
            .map(|_| "keys.master_key".into());
        let config: Self = sources
            .merge(variables)
            .merge(master_key)
            .merge(Serialized::defaults(overrides))
            .extract()
            .context("The configuration is not valid.")?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        self.database.check()?;
        self.redis.check()?;
        self.storage.check()?;
        self.storage.check_origin(&self.public_urls)?;
        self.keys.check()?;
        self.mail.check()?;
        self.metrics.check()?;
        if self.roles.is_empty() {
            bail!("roles is empty: this process would do nothing. Name api, realtime or worker.");
        }
        if self.jobs.concurrency == 0 {
            bail!("jobs.concurrency has to be at least 1.");
        }
        if self.jobs.storage == JobStorage::Redis && self.redis.url.is_empty() {
            bail!(
                "jobs.storage is redis, but redis.url is empty. Set it, or jobs.storage = \"database\"."
            );
        }
        if self.chat.body_limit_bytes < 1_024 {
            bail!("chat.body_limit_bytes is too small for any reply. Set at least 1024.");
        }
        let chat = &self.chat;
        if chat.blocks_per_turn == 0 || chat.turn_timeout_s == 0 || chat.idle_s == 0 {
            bail!("chat.blocks_per_turn, turn_timeout_s and idle_s have to be at least 1.");
        }
        for url in &self.public_urls {
            let origin = url.trim_end_matches('/');
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
                bail!("public_urls: “{url}” is not an origin. Write it like https://example.com.");
            }
        }
        let key = &self.uploads.signing_key;
        if !key.is_empty() && key.len() < 32 {
            bail!("uploads.signing_key is too short to be safe. Set at least 32 characters.");
        }
        if self.uploads.max_size_mb == 0 {
            bail!("uploads.max_size_mb has to be at least 1.");
        }
        self.egress.parse().map(drop)
    }

    /// Where compiled blocks are kept.
    pub fn block_cache(&self) -> PathBuf {
        if self.blocks.cache_dir.as_os_str().is_empty() {
            self.data.join("cache").join("blocks")
        } else {
            self.blocks.cache_dir.clone()
        }
    }
}

impl EgressConfig {
    /// Reads the addresses.
    pub fn parse(&self) -> Result<talkloom_blocks::Egress> {
        let mut egress = talkloom_blocks::Egress::default();
        for text in &self.allow {
            let address = text.parse().with_context(|| {
                format!(
                    "egress.allow: “{text}” is not an address with a port, like 127.0.0.1:3000."
                )
            })?;
            egress.allow.push(address);
        }
        for text in &self.private_ranges {
            let range = text.parse().with_context(|| {
                format!("egress.private_ranges: “{text}” is not a network, like 10.1.0.0/16.")
            })?;
            egress.private_ranges.push(range);
        }
        Ok(egress)
    }
}
