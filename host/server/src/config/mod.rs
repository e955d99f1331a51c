//! What an operator may set. `talkloom.example.toml` lists every option with its default.
//!
//! Later sources win: defaults, the file, `TALKLOOM_…` variables (`TALKLOOM_BLOCKS__DIR` is
//! `blocks.dir`), the command line. What contradicts itself is refused with a sentence.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

mod check;
mod data;
mod load;
mod mask;
mod oauth;
mod observe;
mod options;
mod sources;
mod work;

pub use data::{DatabaseConfig, KeysConfig, RedisConfig, S3Config, StorageConfig};
pub use oauth::OAuthClient;
pub use observe::{LogFormat, MetricsConfig, TelemetryConfig};
pub use work::{JobStorage, JobsConfig, LimitsConfig, MailConfig, RetentionConfig, Role};

/// Everything an operator may set.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What this process does.
    pub roles: Vec<Role>,
    /// Seconds that work under way may take after the server was asked to stop.
    pub stop_s: u64,
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
    /// Clients that were registered with services, by the kind of account.
    #[serde(default)]
    pub oauth: BTreeMap<String, OAuthClient>,
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
    /// A list of blocks to install at the start, with what each is allowed; empty: none.
    pub file: PathBuf,
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
            log_format: LogFormat::default(),
            roles: Role::ALL.to_vec(),
            stop_s: 25,
            database: DatabaseConfig::default(),
            redis: RedisConfig::default(),
            storage: StorageConfig::default(),
            keys: KeysConfig::default(),
            chat: ChatConfig::default(),
            blocks: BlocksConfig::default(),
            egress: EgressConfig::default(),
            oauth: BTreeMap::new(),
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

impl Config {
    /// How long work under way may take after the server was asked to stop.
    pub fn stop_limit(&self) -> Duration {
        Duration::from_secs(self.stop_s)
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
