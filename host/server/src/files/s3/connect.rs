//! The way to the store: credentials as configured or as the AWS tools find them, TLS by rustls and
//! ring.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Credentials, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::config::S3Config;

const CONNECTING: Duration = Duration::from_secs(5);
/// How long the first byte of an answer may take.
const ANSWERING: Duration = Duration::from_secs(60);

/// One store, as this server and as browsers reach it.
pub(super) struct Clients {
    pub(super) own: Client,
    /// Only ever signs.
    pub(super) public: Client,
}

pub(super) async fn clients(config: &S3Config) -> Clients {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECTING)
        .read_timeout(ANSWERING)
        .build();
    let mut shared = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(config.region.clone()))
        .timeout_config(timeouts)
        // Many stores beside the first know no other checksums than those that are asked for.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    if !config.access_key_id.is_empty() {
        let (id, key) = (&config.access_key_id, &config.secret_access_key);
        shared =
            shared.credentials_provider(Credentials::new(id, key, None, None, "configuration"));
    }
    let shared = shared.load().await;
    let client = |endpoint: &str| {
        let mut own = aws_sdk_s3::config::Builder::from(&shared);
        own = own.force_path_style(config.path_style);
        if !endpoint.is_empty() {
            own = own.endpoint_url(endpoint);
        }
        Client::from_conf(own.build())
    };
    let public = match config.public_endpoint.as_str() {
        "" => &config.endpoint,
        public => public,
    };
    Clients {
        own: client(&config.endpoint),
        public: client(public),
    }
}
