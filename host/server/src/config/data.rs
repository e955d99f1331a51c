//! Where things are kept: the database, Redis, files, keys.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// The database.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// A `postgres://` address; empty: SQLite in the data folder.
    pub url: String,
    /// Connections to PostgreSQL that one process holds at most.
    pub max_connections: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            max_connections: 16,
        }
    }
}

impl DatabaseConfig {
    pub(super) fn check(&self) -> Result<()> {
        let url = &self.url;
        if !url.is_empty() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            bail!(
                "database.url has to begin with postgres://. For SQLite leave it empty: the file \
                 stands in the data folder."
            );
        }
        if self.max_connections < 2 {
            bail!("database.max_connections has to be at least 2.");
        }
        Ok(())
    }
}

/// Redis, which makes several servers quick together; nothing is lost with it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// A `redis://` or `rediss://` address; empty: none.
    pub url: String,
    /// What every key begins with, so that several installations can share one Redis.
    pub prefix: String,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            prefix: "talkloom".into(),
        }
    }
}

impl RedisConfig {
    pub(super) fn check(&self) -> Result<()> {
        let url = &self.url;
        if !url.is_empty() && !url.starts_with("redis://") && !url.starts_with("rediss://") {
            bail!("redis.url has to begin with redis:// or rediss://. Empty: no Redis.");
        }
        if !url.is_empty() && redis::Client::open(url.as_str()).is_err() {
            bail!("redis.url is no address of a Redis. Write it like redis://host:6379/.");
        }
        if self.prefix.is_empty() {
            bail!("redis.prefix is empty. Leave it out for “talkloom”.");
        }
        Ok(())
    }
}

/// Where files are kept: a bucket where one is named, else the data folder.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// The most megabytes that the data folder's files may take; 0: as much as the disk has.
    pub quota_mb: u64,
    /// A store that speaks S3.
    pub s3: S3Config,
}

/// A store that speaks S3. Without keys here they are found as the AWS tools find them: variables
/// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, profiles, the machine's role.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// The bucket; empty: the data folder is used.
    pub bucket: String,
    /// The store's address, like `https://minio.example.com`; empty: Amazon's for the region.
    pub endpoint: String,
    /// The address that visitors' browsers reach it at, where it is another.
    pub public_endpoint: String,
    /// The region.
    pub region: String,
    /// Whether the bucket is named in the path rather than in the host's name.
    pub path_style: bool,
    /// What every key begins with.
    pub prefix: String,
    /// The key's id; empty: found as the AWS tools find it.
    pub access_key_id: String,
    /// The key, best in the variable `TALKLOOM_STORAGE__S3__SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            bucket: String::new(),
            endpoint: String::new(),
            public_endpoint: String::new(),
            region: "us-east-1".into(),
            path_style: false,
            prefix: String::new(),
            access_key_id: String::new(),
            secret_access_key: String::new(),
        }
    }
}

impl StorageConfig {
    pub(super) fn check(&self) -> Result<()> {
        let s3 = &self.s3;
        for (name, url) in [
            ("endpoint", &s3.endpoint),
            ("public_endpoint", &s3.public_endpoint),
        ] {
            if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") {
                bail!("storage.s3.{name} has to begin with https:// or http://.");
            }
            if !url.is_empty() && s3.bucket.is_empty() {
                bail!("storage.s3.{name} is set, but no bucket is named. Set storage.s3.bucket.");
            }
        }
        if s3.access_key_id.is_empty() != s3.secret_access_key.is_empty() {
            bail!("storage.s3: set both access_key_id and secret_access_key, or neither.");
        }
        if !s3.public_endpoint.is_empty() && s3.endpoint.is_empty() {
            bail!(
                "storage.s3.public_endpoint is set, but endpoint is not. Set both, or neither for \
                 Amazon's."
            );
        }
        if !s3.bucket.is_empty() && s3.region.is_empty() {
            bail!(
                "storage.s3.region is empty. Leave it out for us-east-1, which most stores take."
            );
        }
        if s3.prefix.starts_with('/') {
            bail!("storage.s3.prefix must not begin with a slash: keys have none.");
        }
        if !s3.bucket.is_empty() && self.quota_mb > 0 {
            bail!("storage.quota_mb is for the data folder; a bucket has its own. Leave one out.");
        }
        Ok(())
    }

    /// A stranger's file must never be on an origin that visitors chat at.
    pub(super) fn check_origin(&self, public_urls: &[String]) -> Result<()> {
        for url in [&self.s3.endpoint, &self.s3.public_endpoint] {
            let is_ours = |own: &String| !url.is_empty() && origin(own) == origin(url);
            if public_urls.iter().any(is_ours) {
                bail!(
                    "storage.s3: “{url}” is one of public_urls. Give the store a name of its own: \
                     files of strangers must not stand where visitors chat."
                );
            }
        }
        Ok(())
    }
}

/// Protocol, host and port.
fn origin(url: &str) -> String {
    let host = url.find("://").map_or(0, |end| end + 3);
    let end = url[host..].find('/').map_or(url.len(), |end| host + end);
    url[..end].to_ascii_lowercase()
}

/// What secrets are sealed with.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// The master key: 32 bytes as base64, best in the variable `TALKLOOM_MASTER_KEY`; several,
    /// separated by commas, while keys are rotated, the newest first. Empty: the file `master.key`
    /// in the data folder, made at the first start.
    pub master_key: String,
}

impl KeysConfig {
    pub(super) fn check(&self) -> Result<()> {
        if !self.master_key.is_empty() {
            crate::credentials::parse_keys(&self.master_key)?;
        }
        Ok(())
    }
}
