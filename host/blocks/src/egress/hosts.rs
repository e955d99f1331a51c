//! The hosts that a block was granted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use talkloom_manifest::PermissionKind;

use super::EgressError;
use super::target::Target;

/// Hosts that the bot's builder wrote.
#[derive(Debug, Clone)]
pub(crate) enum OptionHosts {
    /// These stand in the call's options.
    Named(BTreeSet<String>),
    /// The builder's own code runs: it may put any address together.
    AnyPublic,
}

impl OptionHosts {
    /// The hosts of all addresses in the options.
    pub(crate) fn of(options: &Value) -> Self {
        let mut hosts = BTreeSet::new();
        collect(options, &mut hosts);
        Self::Named(hosts)
    }
}

fn collect(value: &Value, hosts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let with_scheme = if text.contains("://") {
                Target::parse(text)
            } else {
                Target::parse(&format!("https://{text}"))
            };
            if let Ok(target) = with_scheme {
                hosts.insert(target.host().to_owned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, hosts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, hosts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What was granted of the network.
#[derive(Debug, Clone, Default)]
pub(crate) struct HostGrant {
    patterns: Vec<String>,
    option_hosts: bool,
}

impl HostGrant {
    pub(crate) fn new<'a>(granted: impl IntoIterator<Item = &'a PermissionKind>) -> Self {
        let mut grant = Self::default();
        for kind in granted {
            match kind {
                PermissionKind::Network { hosts } => grant.patterns.extend(hosts.iter().cloned()),
                PermissionKind::OptionHosts => grant.option_hosts = true,
                _ => {}
            }
        }
        grant
    }

    /// Whether the hosts in the options count.
    pub(crate) fn uses_option_hosts(&self) -> bool {
        self.option_hosts
    }

    /// Checks one hop. A host that the builder wrote may redirect elsewhere; a host of the
    /// manifest only to hosts of the manifest.
    pub(crate) fn check(
        &self,
        target: &Target,
        first: bool,
        option_hosts: Option<&OptionHosts>,
        fields: &BTreeMap<String, String>,
    ) -> Result<(), EgressError> {
        let written = self.option_hosts
            && match option_hosts {
                Some(OptionHosts::AnyPublic) => true,
                Some(OptionHosts::Named(hosts)) => !first || hosts.contains(target.host()),
                None => false,
            };
        if written || self.patterns.iter().any(|p| matches(p, target, fields)) {
            return Ok(());
        }
        Err(EgressError::Denied(format!(
            "The block is not allowed to send requests to {}.",
            target.host()
        )))
    }
}

/// Whether a pattern of a manifest names the target's host.
pub(super) fn matches(pattern: &str, target: &Target, fields: &BTreeMap<String, String>) -> bool {
    if let Some(origin) = field_origin(pattern, fields) {
        return origin.is_some_and(|origin| origin.same_origin(target));
    }
    match pattern.strip_prefix("*.") {
        Some(parent) => target
            .host()
            .strip_suffix(parent)
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => pattern == target.host(),
    }
}

/// For a pattern `{field}`: where the credential's field points, if it is an address.
pub(super) fn field_origin(
    pattern: &str,
    fields: &BTreeMap<String, String>,
) -> Option<Option<Target>> {
    let name = pattern.strip_prefix('{')?.strip_suffix('}')?;
    let origin = fields.get(name).and_then(|text| {
        if text.contains("://") {
            Target::parse(text).ok()
        } else {
            Target::parse(&format!("https://{text}")).ok()
        }
    });
    Some(origin)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn allowed(grant: &HostGrant, url: &str, first: bool, options: &Value) -> bool {
        let fields = BTreeMap::from([
            (
                "baseUrl".to_owned(),
                "http://models.local:8080/v1".to_owned(),
            ),
            ("bare".to_owned(), "bare.example".to_owned()),
        ]);
        let hosts = OptionHosts::of(options);
        let target = Target::parse(url).unwrap();
        grant.check(&target, first, Some(&hosts), &fields).is_ok()
    }

    #[test]
    fn patterns_name_hosts_exactly() {
        let hosts = [
            "api.example.com",
            "*.sub.example",
            "{baseUrl}",
            "{bare}",
            "{none}",
        ];
        let hosts = hosts.map(str::to_owned).to_vec();
        let grant = HostGrant::new(&[PermissionKind::Network { hosts }]);
        let table = [
            ("https://api.example.com/x", true),
            ("https://API.example.com./x", true),
            ("http://api.example.com:8080/x", true),
            ("https://example.com", false),
            ("https://api.example.com.evil.example", false),
            ("https://xapi.example.com", false),
            ("https://a.sub.example", true),
            ("https://a.b.sub.example", true),
            ("https://sub.example", false),
            ("https://.sub.example", false),
            ("https://asub.example", false),
            ("http://models.local:8080/v1/chat", true),
            ("https://models.local:8080/v1/chat", false),
            ("http://models.local/v1/chat", false),
            ("https://bare.example/", true),
            ("http://bare.example/", false),
        ];
        for (url, expected) in table {
            assert_eq!(allowed(&grant, url, true, &json!({})), expected, "{url}");
        }
    }

    #[test]
    fn hosts_in_options_count_where_granted() {
        let options =
            json!({"webhook": {"url": "https://hooks.example/a", "list": ["b.example/x"]}});
        let grant = HostGrant::new(&[PermissionKind::OptionHosts]);
        assert!(allowed(
            &grant,
            "https://hooks.example/other",
            true,
            &options
        ));
        assert!(allowed(&grant, "http://b.example", true, &options));
        assert!(!allowed(&grant, "https://c.example", true, &options));
        assert!(
            allowed(&grant, "https://c.example", false, &options),
            "a redirect"
        );
        let none = HostGrant::new(&[]);
        assert!(!allowed(&none, "https://hooks.example/a", true, &options));
    }
}
