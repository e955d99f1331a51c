//! Credentials: their fields, and where the host puts the secret ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A kind of credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialType {
    /// What documents and the store call it.
    pub kind: String,
    /// The name people see.
    pub name: String,
    /// Where to find or make one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What people fill in.
    pub fields: Vec<CredentialField>,
    /// What the host adds to the block's requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub injections: Vec<Injection>,
    /// How it is obtained by signing in elsewhere; its token is the field `accessToken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<OAuth2>,
}

/// One field of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialField {
    /// The key of its value.
    pub name: String,
    /// What the form shows.
    pub label: String,
    /// One sentence below the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// A grey example in the empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// What holds when the field is left empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// It never leaves the host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// It cannot be left empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// A rule by which the host adds a secret to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injection {
    /// For these hosts only: `api.example.com`, `*.example.com`, or `{field}` for the host in a
    /// public field of the credential.
    pub hosts: Vec<String>,
    /// Where it goes.
    #[serde(flatten)]
    pub place: Place,
    /// What goes there; `{field}` stands for a field's value.
    pub template: String,
}

/// Where in a request a secret goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", content = "name", rename_all = "camelCase")]
pub enum Place {
    /// The header of this name.
    Header(String),
    /// The query parameter of this name.
    Query(String),
    /// The user and password of Basic authentication; the template is `{user}:{password}`.
    Basic,
    /// The place in a JSON body that this JSON pointer names.
    JsonBody(String),
    /// The field of this name in a form body.
    FormBody(String),
}

/// Where and how a person signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuth2 {
    /// Where the person is sent.
    pub authorize_url: String,
    /// Where the host changes the code for a token.
    pub token_url: String,
    /// What is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What stands in the first address beside that, such as a wish for lasting access.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorize_parameters: BTreeMap<String, String>,
    /// The exchange is protected by PKCE.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pkce: bool,
    /// Where a token is given back when the credential is removed (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_url: Option<String>,
    /// Where the host asks whose account it is: an object with `email`, `name` or `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_info_url: Option<String>,
}

impl CredentialType {
    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&CredentialField> {
        self.fields.iter().find(|f| f.name == name)
    }
}

/// The names in `{…}` of a template or host pattern, in order.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}
