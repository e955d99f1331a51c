//! Clients that the operator registered with services that people sign in to, by the kind of
//! account. The kinds are those of installed blocks, so these options have no fixed names.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use figment::value::{Dict, Value};
use serde::{Deserialize, Serialize};

/// The section.
pub(super) const SECTION: &str = "oauth";
/// What begins the variables that set its options.
const PREFIX: &str = "TALKLOOM_OAUTH__";
const OPTIONS: [&str; 2] = ["client_id", "client_secret"];

/// A client that was registered with a service.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OAuthClient {
    /// Its id.
    pub client_id: String,
    /// Its secret, where the service gave one.
    pub client_secret: String,
}

/// Refuses clients that no service would know.
pub(super) fn check(clients: &BTreeMap<String, OAuthClient>) -> Result<()> {
    for (kind, client) in clients {
        if client.client_id.trim().is_empty() {
            bail!("oauth.{kind}.client_id is missing. Set it as the service shows it.");
        }
    }
    Ok(())
}

/// Refuses names in the section that mean nothing.
pub(super) fn check_names(section: &Value, file: &str) -> Result<()> {
    let Value::Dict(_, kinds) = section else {
        bail!("oauth in {file} takes a section for each kind of account, like [oauth.\"kind\"].");
    };
    for (kind, client) in kinds {
        let Value::Dict(_, options) = client else {
            bail!("oauth.{kind} in {file} takes a section: [oauth.\"{kind}\"].");
        };
        let unknown = |name: &&String| !OPTIONS.contains(&name.as_str());
        if let Some(name) = options.keys().find(unknown) {
            bail!(
                "There is no option oauth.{kind}.{name} in {file}. There are client_id and \
                 client_secret."
            );
        }
    }
    Ok(())
}

/// The option that a variable in capitals sets: `TALKLOOM_OAUTH__SOME_KIND__CLIENT_ID` is
/// `client_id` of the kind `some-kind`.
pub(super) fn of_variable(variable: &str) -> Option<(String, &'static str)> {
    let (kind, name) = variable.strip_prefix(PREFIX)?.split_once("__")?;
    let option = OPTIONS
        .iter()
        .find(|option| option.eq_ignore_ascii_case(name))?;
    let kind = kind.to_ascii_lowercase().replace('_', "-");
    (!kind.is_empty()).then_some((kind, option))
}

/// Sets an option of a kind.
pub(super) fn insert(options: &mut Dict, kind: &str, option: &str, text: &str) {
    let section = |options: &mut Dict, name: &str, change: &mut dyn FnMut(&mut Dict)| {
        let inner = options
            .entry(name.to_owned())
            .or_insert_with(|| Value::from(Dict::new()));
        if let Value::Dict(_, inner) = inner {
            change(inner);
        }
    };
    section(options, SECTION, &mut |kinds| {
        section(kinds, kind, &mut |client| {
            client.insert(option.to_owned(), Value::from(text));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_name_kinds_in_capitals() {
        let named = |variable| of_variable(variable);
        let expected = Some(("some-kind".to_owned(), "client_secret"));
        assert_eq!(named("TALKLOOM_OAUTH__SOME_KIND__CLIENT_SECRET"), expected);
        assert_eq!(named("TALKLOOM_OAUTH__SOME_KIND__CLIENTID"), None);
        assert_eq!(named("TALKLOOM_OAUTH__CLIENT_ID"), None);
        assert_eq!(named("TALKLOOM_REDIS__URL"), None);
    }

    #[test]
    fn a_client_without_an_id_is_refused() {
        let client = OAuthClient {
            client_secret: "canary".into(),
            ..OAuthClient::default()
        };
        let clients = BTreeMap::from([("rows".to_owned(), client)]);
        let told = check(&clients).expect_err("it is refused").to_string();
        assert!(
            told.starts_with("oauth.rows.client_id is missing"),
            "{told}"
        );
        assert!(!format!("{told}{clients:?}").contains("canary"));
    }
}
