//! Adds a credential's secrets to the requests that its manifest names, and to no others.

use std::collections::BTreeMap;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use talkloom_manifest::{CredentialType, Injection, Place, placeholders};

use super::EgressError;
use super::hosts::{field_origin, matches};
use super::target::Target;
use crate::{Credential, Secret};

/// A credential together with its manifest's rules.
#[derive(Debug, Default)]
pub(crate) struct Injector {
    rules: Vec<Injection>,
    fields: BTreeMap<String, String>,
    secrets: ArcSwap<BTreeMap<String, Secret>>,
}

impl Injector {
    /// The rules for a credential; empty public fields take the manifest's defaults.
    pub(crate) fn new(kind: &CredentialType, credential: Credential) -> Self {
        let mut fields = credential.fields;
        for field in kind.fields.iter().filter(|field| !field.secret) {
            let filled = fields
                .get(&field.name)
                .is_some_and(|v| !v.trim().is_empty());
            if let (false, Some(default)) = (filled, &field.default) {
                fields.insert(field.name.clone(), default.clone());
            }
        }
        // What the manifest calls secret is secret, wherever the caller put it.
        let mut secrets = credential.secrets;
        for field in kind.fields.iter().filter(|field| field.secret) {
            if let Some(value) = fields.remove(&field.name) {
                secrets
                    .entry(field.name.clone())
                    .or_insert(Secret::new(value));
            }
        }
        Self {
            rules: kind.injections.clone(),
            fields,
            secrets: ArcSwap::from_pointee(secrets),
        }
    }

    /// Takes secrets in that were made anew during the call.
    pub(crate) fn renew(&self, fresh: &BTreeMap<String, Secret>) {
        self.secrets.rcu(|secrets| {
            let mut secrets = BTreeMap::clone(secrets);
            secrets.extend(fresh.clone());
            secrets
        });
    }

    /// The public fields.
    pub(crate) fn fields(&self) -> &BTreeMap<String, String> {
        &self.fields
    }

    /// A secret field.
    pub(crate) fn secret(&self, field: &str) -> Option<Secret> {
        self.secrets.load().get(field).cloned()
    }

    /// Every text that must not leave the host: the secret fields, and what is made of them.
    pub(crate) fn sensitive(&self) -> Vec<Secret> {
        let rendered = self
            .rules
            .iter()
            .filter_map(|rule| self.render(&rule.template));
        rendered
            .map(Secret::new)
            .chain(self.secrets.load().values().cloned())
            .collect()
    }

    /// Adds what the rules say to a request to `target`.
    pub(super) fn apply(
        &self,
        target: &mut Target,
        headers: &mut HeaderMap,
        body: &mut Bytes,
    ) -> Result<bool, EgressError> {
        let mut injected = false;
        for rule in &self.rules {
            if !rule.hosts.iter().any(|host| self.receives(host, target)) {
                continue;
            }
            if let Some(text) = self.render(&rule.template) {
                place(&rule.place, &text, target, headers, body)?;
                injected = true;
            }
        }
        Ok(injected)
    }

    /// Secrets go over TLS, unless the credential itself names an address without.
    fn receives(&self, pattern: &str, target: &Target) -> bool {
        let named_by_credential = field_origin(pattern, &self.fields).is_some();
        (named_by_credential || target.is_https()) && matches(pattern, target, &self.fields)
    }

    /// A template with its fields' values; none where a field is empty.
    fn render(&self, template: &str) -> Option<String> {
        let mut text = String::new();
        let mut rest = template;
        let secrets = self.secrets.load();
        for name in placeholders(template) {
            let value = match (secrets.get(name), self.fields.get(name)) {
                (Some(secret), _) => secret.expose(),
                (None, Some(field)) => field,
                (None, None) => "",
            };
            if value.is_empty() {
                return None;
            }
            let (before, after) = rest.split_once('{')?;
            text.push_str(before);
            text.push_str(value);
            rest = after.split_once('}')?.1;
        }
        text.push_str(rest);
        Some(text)
    }
}

fn place(
    place: &Place,
    text: &str,
    target: &mut Target,
    headers: &mut HeaderMap,
    body: &mut Bytes,
) -> Result<(), EgressError> {
    match place {
        Place::Header(name) => set_header(headers, name, text),
        Place::Basic => {
            let basic = format!("Basic {}", BASE64_STANDARD.encode(text));
            set_header(headers, AUTHORIZATION.as_str(), &basic)
        }
        Place::Query(name) => {
            target.add_query(name, text);
            Ok(())
        }
        Place::JsonBody(pointer) => {
            *body = set_json(body, pointer, text)?;
            Ok(())
        }
        Place::FormBody(name) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(url::form_urlencoded::parse(body));
            *body = form.append_pair(name, text).finish().into();
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(
                    "application/x-www-form-urlencoded",
                ));
            Ok(())
        }
    }
}

fn set_header(headers: &mut HeaderMap, name: &str, text: &str) -> Result<(), EgressError> {
    let unusable = || {
        EgressError::Denied(
            "The credential has characters that cannot be sent. Enter it anew.".into(),
        )
    };
    let name = HeaderName::try_from(name).map_err(|_| unusable())?;
    let mut value = HeaderValue::try_from(text.trim()).map_err(|_| unusable())?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn set_json(body: &[u8], pointer: &str, text: &str) -> Result<Bytes, EgressError> {
    let unusable = || {
        EgressError::Denied(
            "The credential cannot be put into the request: its body is not a JSON object.".into(),
        )
    };
    let (parent, key) = pointer.rsplit_once('/').ok_or_else(unusable)?;
    let mut json: Value = serde_json::from_slice(body).map_err(|_| unusable())?;
    json.pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .ok_or_else(unusable)?
        .insert(key.replace("~1", "/").replace("~0", "~"), text.into());
    Ok(json.to_string().into())
}
