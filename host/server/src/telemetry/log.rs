//! The log: lines on the error output, for people or for programs.

use anyhow::{Context, Result};
use tracing::Subscriber;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::Config;
use crate::config::LogFormat;

/// The layer that writes lines.
pub(super) fn layer<S>(config: &Config) -> Result<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let filter = filter(&config.log)?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    Ok(match config.log_format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(true)
            .with_filter(filter)
            .boxed(),
    })
}

/// Libraries that tell at `info` what only they care about. Whoever names one gets all of it.
const QUIETER: &str = "apalis_core=warn,sea_orm_migration=warn,sqlx::postgres::notice=warn";

/// Reads what is to be logged.
pub(super) fn filter(text: &str) -> Result<EnvFilter> {
    EnvFilter::try_new(format!("{QUIETER},{text}"))
        .context("log: the filter is not valid. Write it like info or info,talkloom_server=debug.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_quiet_until_they_are_named() {
        let usual = filter("info").unwrap().to_string();
        assert!(usual.contains("apalis_core=warn"), "{usual}");
        let asked = filter("info,apalis_core=debug").unwrap().to_string();
        assert!(asked.contains("apalis_core=debug"), "{asked}");
        assert!(!asked.contains("apalis_core=warn"), "{asked}");
    }
}
