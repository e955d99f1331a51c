//! Configuration that may be shown: secrets are masked, wherever it is printed.
//!
//! What is secret is decided by an option's name and by what an address looks like, so that an
//! option that comes later is masked without being listed.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{
    Config, DatabaseConfig, KeysConfig, MailConfig, MetricsConfig, OAuthClient, RedisConfig,
    S3Config, StorageConfig, TelemetryConfig, UploadsConfig,
};

const MASK: &str = "***";

/// Words in the names of options, and of parameters in addresses, that hold secrets.
const SECRET_WORDS: [&str; 6] = ["key", "secret", "password", "token", "dsn", "credential"];

/// What an operator set, as it may be shown.
pub(super) fn masked<T: Serialize>(options: &T) -> Value {
    let mut value = serde_json::to_value(options).unwrap_or_default();
    mask("", &mut value);
    value
}

/// Whether an option's name says that it is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

fn mask(name: &str, value: &mut Value) {
    match value {
        Value::Object(options) => {
            for (name, option) in options {
                mask(name, option);
            }
        }
        Value::Array(items) => {
            for item in items {
                mask(name, item);
            }
        }
        Value::String(text) if text.is_empty() => {}
        Value::String(text) if is_secret(name) => *text = MASK.to_owned(),
        Value::String(text) => *text = mask_address(text),
        _ => {}
    }
}

/// Masks who signs in, and parameters that are secrets.
fn mask_address(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (address, parameters) = match rest.split_once('?') {
        Some((address, parameters)) => (address, Some(parameters)),
        None => (rest, None),
    };
    // A password may hold a slash or an at sign that nobody encoded.
    let address = match address.rsplit_once('@') {
        Some((_, host)) => format!("{MASK}@{host}"),
        None => address.to_owned(),
    };
    let mut shown = format!("{scheme}://{address}");
    for (number, parameter) in parameters
        .into_iter()
        .flat_map(|p| p.split('&'))
        .enumerate()
    {
        shown.push(if number == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, _)) if is_secret(name) => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(MASK);
            }
            _ => shown.push_str(parameter),
        }
    }
    shown
}

impl Config {
    /// The configuration as it may be shown: the same options, secrets masked.
    pub fn masked(&self) -> Value {
        masked(self)
    }
}

/// Whatever is printed of these is masked.
macro_rules! debug_masked {
    ($($section:ty),*) => {$(
        impl fmt::Debug for $section {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($section), " "))?;
                fmt::Display::fmt(&masked(self), f)
            }
        }
    )*};
}

debug_masked!(
    Config,
    DatabaseConfig,
    KeysConfig,
    MailConfig,
    MetricsConfig,
    OAuthClient,
    RedisConfig,
    S3Config,
    StorageConfig,
    TelemetryConfig,
    UploadsConfig
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_what_an_operator_looks_for() {
        for (set, shown) in [
            (
                "postgres://ann:p@ss/w@db:5432/t?sslpassword=x&sslmode=require",
                "postgres://***@db:5432/t?sslpassword=***&sslmode=require",
            ),
            (
                "smtp://mail.example.com:587?tls=required",
                "smtp://mail.example.com:587?tls=required",
            ),
            ("rediss://:word@host/1", "rediss://***@host/1"),
            ("Ann <ann@example.com>", "Ann <ann@example.com>"),
        ] {
            assert_eq!(mask_address(set), shown);
        }
    }

    /// Every text is set to an address with secrets in it: none may be seen, wherever it stands.
    fn fill(name: &str, value: &mut Value, secrets: &mut Vec<String>) {
        match value {
            Value::Object(options) => {
                for (name, option) in options {
                    fill(name, option, secrets);
                }
            }
            Value::String(text) => {
                let secret = format!("canary-{}-{name}", secrets.len());
                *text = if is_secret(name) {
                    secret.clone()
                } else {
                    format!("postgres://ann:{secret}@host/a?password={secret}")
                };
                secrets.push(secret);
            }
            _ => {}
        }
    }

    #[test]
    fn no_secret_of_any_section_is_printed() {
        let Value::Object(mut options) = serde_json::to_value(Config::default()).unwrap() else {
            panic!("options are an object");
        };
        // These take no text of one's own.
        let fixed = ["listen", "log_format", "roles", "jobs"];
        let kept: Vec<_> = fixed
            .map(|name| (name, options.remove(name).unwrap()))
            .into();
        let (mut secrets, mut options) = (Vec::new(), Value::Object(options));
        fill("", &mut options, &mut secrets);
        assert!(secrets.len() > 15, "{secrets:?}");
        for (name, option) in kept {
            options[name] = option;
        }
        let config: Config = serde_json::from_value(options).unwrap();
        let debugs = [
            format!("{config:?}"),
            format!("{config:#?}"),
            config.masked().to_string(),
            format!(
                "{:?}{:?}{:?}",
                config.database, config.redis, config.storage
            ),
            format!("{:?}{:?}{:?}", config.keys, config.uploads, config.mail),
            format!("{:?}{:?}", config.telemetry, config.metrics),
        ];
        for printed in debugs {
            assert!(!printed.contains("canary"), "{printed}");
        }
        let first = &secrets[0];
        assert!(
            serde_json::to_string(&config).unwrap().contains(first),
            "canaries are set"
        );
    }
}
