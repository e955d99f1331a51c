//! Puts the sources together. Later ones win: defaults, the file, the environment, the command
//! line.

use std::path::Path;

use anyhow::{Result, anyhow};
use figment::Figment;
use figment::error::{Actual, Kind};
use figment::providers::Serialized;

use super::mask::is_secret;
use super::{Config, Overrides, options, sources};

impl Config {
    /// Reads the configuration from all its sources and checks it.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self> {
        // A variable that is no text is none of ours.
        let variables = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        let config = Self::read(file, variables, overrides)?;
        config.check()?;
        Ok(config)
    }

    fn read(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
        overrides: &Overrides,
    ) -> Result<Self> {
        let known = options::defaults();
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            figment = figment.merge(sources::file(file, &known)?);
        }
        figment
            .merge(sources::environment(variables, &known)?)
            .merge(Serialized::defaults(overrides))
            .extract()
            .map_err(|error| anyhow!(explain(&error)))
    }
}

/// Says which option is wrong, where it was set, and what was found.
fn explain(error: &figment::Error) -> String {
    let path = error.path.join(".");
    let place = match &error.metadata {
        Some(source) if source.name.starts_with("in ") => format!(" {}", source.name),
        _ => String::new(),
    };
    let secret = error.path.iter().any(|name| is_secret(name));
    let what = match &error.kind {
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("takes {}, but is {}", plain(expected), show(found, secret))
        }
        Kind::UnknownVariant(found, known) => {
            format!("is “{found}”. It may be {}", known.join(", "))
        }
        Kind::Message(told) if told.contains("socket address") => {
            format!("takes {}", plain("socket address"))
        }
        other => format!("is not valid: {other}"),
    };
    format!("{path}{place} {what}.")
}

/// What the types are called, in words.
fn plain(expected: &str) -> &str {
    match expected {
        "a string" | "path string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list, like [\"a\", \"b\"]",
        "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f64" => "a number",
        "socket address" => "an address with a port, like 127.0.0.1:3000",
        other if other.starts_with("struct ") => "a section of options",
        other => other,
    }
}

fn show(found: &Actual, secret: bool) -> String {
    match found {
        Actual::Str(_) if secret => "other text".to_owned(),
        Actual::Str(text) => format!("“{text}”"),
        Actual::Bool(flag) => flag.to_string(),
        Actual::Unsigned(number) => number.to_string(),
        Actual::Signed(number) => number.to_string(),
        Actual::Float(number) => number.to_string(),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a section".to_owned(),
        _ => "something else".to_owned(),
    }
}

#[cfg(test)]
mod tests;
