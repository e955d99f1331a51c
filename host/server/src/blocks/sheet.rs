//! What a block may do, in plain sentences made from its manifest; and what an upgrade changes.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use talkloom_blocks::grant_names;
use talkloom_manifest::{
    CredentialType, Injection, Manifest, Permission, PermissionKind, Place, placeholders,
};

/// What a version of a block may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sheet {
    /// Which block: `publisher/name`.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub help: Option<String>,
    /// The block types it stands behind.
    pub types: Vec<String>,
    /// Its picture, harmless.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// What it may do, a sentence each.
    pub lines: Vec<Line>,
}

/// One thing that a block may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// A stable name; for a permission the one it is granted by.
    pub key: String,
    /// What it is.
    pub sentence: String,
    /// Why, as the block's author says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the operator is asked for it; the rest follows from what is granted.
    pub needs_grant: bool,
    /// Whether it is granted; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_granted: Option<bool>,
}

/// What an upgrade changes in what a block may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What the newer version may do and the older may not.
    pub new: Vec<Line>,
    /// What went.
    pub gone: Vec<Line>,
}

impl Sheet {
    /// The sheet of a manifest.
    pub fn of(manifest: &Manifest) -> Self {
        let permissions = manifest.permissions.iter();
        let mut lines: Vec<_> = permissions.flat_map(|one| allowed(one, manifest)).collect();
        for credential in &manifest.credentials {
            lines.extend(
                credential
                    .injections
                    .iter()
                    .flat_map(|rule| added(credential, rule)),
            );
            lines.extend(signs_in(credential));
        }
        Self {
            id: manifest.id.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            help: manifest.help.clone(),
            types: manifest
                .blocks
                .iter()
                .map(|block| block.block_type.clone())
                .collect(),
            icon: manifest
                .icon
                .as_deref()
                .and_then(talkloom_blocks::sanitized_icon),
            lines,
        }
    }

    /// The same, with what is granted of it.
    #[must_use]
    pub fn granted(mut self, names: &BTreeSet<String>) -> Self {
        for line in self.lines.iter_mut().filter(|line| line.needs_grant) {
            line.is_granted = Some(names.contains(&line.key));
        }
        self
    }

    /// The names of everything that the operator is asked for.
    pub fn asks_for(&self) -> BTreeSet<String> {
        let asked = self.lines.iter().filter(|line| line.needs_grant);
        asked.map(|line| line.key.clone()).collect()
    }

    /// What this version changes against an older one.
    pub fn since(&self, older: &Self) -> Difference {
        let without = |lines: &[Line], others: &[Line]| -> Vec<Line> {
            let is_new = |line: &&Line| !others.iter().any(|other| other.key == line.key);
            lines.iter().filter(is_new).cloned().collect()
        };
        Difference {
            new: without(&self.lines, &older.lines),
            gone: without(&older.lines, &self.lines),
        }
    }
}

impl Difference {
    /// Whether the newer version may do more: then the operator is asked.
    pub fn is_wider(&self) -> bool {
        !self.new.is_empty()
    }
}

fn line(key: String, sentence: String, reason: Option<&str>, needs_grant: bool) -> Line {
    Line {
        key,
        sentence,
        reason: reason.map(str::to_owned),
        needs_grant,
        is_granted: None,
    }
}

fn allowed(permission: &Permission, manifest: &Manifest) -> Vec<Line> {
    let reason = Some(permission.reason.as_str());
    let names = grant_names(&permission.kind).into_iter();
    let sentences: Vec<String> = match &permission.kind {
        PermissionKind::Network { hosts } => {
            let sentence = |host: &String| {
                format!(
                    "It may send requests to {}.",
                    place_of(host, &manifest.credentials)
                )
            };
            hosts.iter().map(sentence).collect()
        }
        kind => vec![plain(kind).to_owned()],
    };
    names
        .zip(sentences)
        .map(|(name, sentence)| line(name, sentence, reason, true))
        .collect()
}

fn plain(kind: &PermissionKind) -> &'static str {
    match kind {
        PermissionKind::Network { .. } => "It may send requests to hosts that it names.",
        PermissionKind::OptionHosts => {
            "It may send requests to any public address that a bot's builder writes in its settings."
        }
        PermissionKind::Submission => "It may read all answers and variables of a conversation.",
        PermissionKind::Scripts => {
            "It may run JavaScript that a bot's builder wrote, in a sandbox of its own."
        }
        PermissionKind::State => "It may keep small values between calls.",
        PermissionKind::Files => "It may save and read files of a conversation.",
        PermissionKind::Mail => "It may send e-mail.",
        PermissionKind::Hmac => {
            "It may have the server compute a keyed digest (HMAC) with a secret, without seeing the secret."
        }
        PermissionKind::SignJwt => {
            "It may have the server sign tokens (JWT) with a secret, without seeing the secret."
        }
        PermissionKind::CompareSecret => {
            "It may have the server compare a value with a secret, without seeing the secret."
        }
        PermissionKind::Reveal => {
            "It may READ THE PLAIN SECRETS of the credential that it is called with."
        }
    }
}

/// A host pattern in words.
fn place_of(pattern: &str, credentials: &[CredentialType]) -> String {
    if let Some(parent) = pattern.strip_prefix("*.") {
        return format!("every host below {parent}");
    }
    match pattern
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        Some(field) => {
            let labels = credentials.iter().filter_map(|one| one.field(field));
            let label = labels.map(|field| field.label.as_str()).next();
            format!(
                "the address in the credential's field “{}”",
                label.unwrap_or(field)
            )
        }
        None => pattern.to_owned(),
    }
}

/// What the server adds to requests, one line for each host.
fn added(credential: &CredentialType, rule: &Injection) -> Vec<Line> {
    let mut template = rule.template.clone();
    for name in placeholders(&rule.template) {
        let label = credential
            .field(name)
            .map_or(name, |field| field.label.as_str());
        template = template.replace(&format!("{{{name}}}"), &format!("<{label}>"));
    }
    let (place, what) = match &rule.place {
        Place::Header(name) => (format!("header:{name}"), format!("*{name}: {template}*")),
        Place::Query(name) => (
            format!("query:{name}"),
            format!("the parameter *{name}={template}*"),
        ),
        Place::Basic => ("basic".to_owned(), format!("the sign-in *{template}*")),
        Place::JsonBody(pointer) => (
            format!("json:{pointer}"),
            format!("*{template}* at {pointer} in the body"),
        ),
        Place::FormBody(name) => (
            format!("form:{name}"),
            format!("the form field *{name}={template}*"),
        ),
    };
    let credentials = std::slice::from_ref(credential);
    let one = |host: &String| {
        let key = format!("adds:{}:{place}:{}:{host}", credential.kind, rule.template);
        let sentence = format!(
            "Adds {what} to requests to {}.",
            place_of(host, credentials)
        );
        line(key, sentence, None, false)
    };
    rule.hosts.iter().map(one).collect()
}

fn signs_in(credential: &CredentialType) -> Option<Line> {
    let oauth2 = credential.oauth2.as_ref()?;
    let scopes = match oauth2.scopes.as_slice() {
        [] => String::new(),
        scopes => format!(" and asks for: {}", scopes.join(", ")),
    };
    let sentence = format!(
        "Sends people to {} to sign in{scopes}.",
        oauth2.authorize_url
    );
    let key = format!(
        "oauth2:{}:{}:{}:{}",
        credential.kind,
        oauth2.authorize_url,
        oauth2.token_url,
        oauth2.scopes.join(" ")
    );
    Some(line(key, sentence, None, false))
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} ({})", self.id, self.version, self.name)?;
        if let Some(help) = &self.help {
            writeln!(f, "  {help}")?;
        }
        if !self.types.is_empty() {
            writeln!(f, "  Stands behind: {}.", self.types.join(", "))?;
        }
        if self.lines.is_empty() {
            writeln!(
                f,
                "  It asks for nothing: it can only work on what it is called with."
            )?;
        }
        self.lines.iter().try_for_each(|line| write!(f, "{line}"))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match (self.needs_grant, self.is_granted) {
            (true, Some(true)) => "[granted]  ",
            (true, Some(false)) => "[refused]  ",
            (true, None) => "[asks for] ",
            (false, _) => "           ",
        };
        writeln!(f, "  {mark}{}", self.sentence)?;
        if let Some(reason) = &self.reason {
            writeln!(f, "             Why: {reason}")?;
        }
        if self.needs_grant {
            writeln!(f, "             Grant: {}", self.key)?;
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.new.is_empty() && self.gone.is_empty() {
            return writeln!(f, "  It may do what the version before may do.");
        }
        for (sign, lines) in [('+', &self.new), ('-', &self.gone)] {
            for line in lines {
                writeln!(f, "  {sign} {}", line.sentence)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn manifest(change: impl FnOnce(&mut Value)) -> Manifest {
        let mut manifest = json!({
            "id": "acme/hello", "version": "1.0.0", "contract": "0.1", "name": "Hello",
            "provides": ["actions"],
            "blocks": [{"type": "Hello", "name": "Hello", "actions": []}],
            "actions": [{"name": "run", "options": {}}],
            "credentials": [{
                "kind": "acme", "name": "Acme",
                "fields": [
                    {"name": "base", "label": "Address"},
                    {"name": "apiKey", "label": "API key", "secret": true},
                ],
                "injections": [{
                    "hosts": ["api.example.com"], "place": "header", "name": "Authorization",
                    "template": "Bearer {apiKey}",
                }],
            }],
            "permissions": [
                {"kind": "network", "hosts": ["api.example.com", "{base}"], "reason": "It asks there."},
                {"kind": "scripts", "reason": "It counts."},
            ],
        });
        change(&mut manifest);
        Manifest::parse(manifest.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_a_block_may_do_reads_as_sentences() {
        let sheet = Sheet::of(&manifest(|_| {}));
        let sentences: Vec<_> = sheet
            .lines
            .iter()
            .map(|line| line.sentence.as_str())
            .collect();
        assert_eq!(
            sentences,
            [
                "It may send requests to api.example.com.",
                "It may send requests to the address in the credential's field “Address”.",
                "It may run JavaScript that a bot's builder wrote, in a sandbox of its own.",
                "Adds *Authorization: Bearer <API key>* to requests to api.example.com.",
            ]
        );
        let asked: Vec<_> = sheet.asks_for().into_iter().collect();
        assert_eq!(
            asked,
            ["network:api.example.com", "network:{base}", "scripts"]
        );
        let granted = sheet.granted(&BTreeSet::from(["scripts".to_owned()]));
        let granted: Vec<_> = granted.lines.iter().map(|line| line.is_granted).collect();
        assert_eq!(granted, [Some(false), Some(false), Some(true), None]);
    }

    #[test]
    fn an_upgrade_is_wider_where_anything_is_new() {
        let before = Sheet::of(&manifest(|_| {}));
        let less = Sheet::of(&manifest(|m| m["permissions"] = json!([])));
        let difference = less.since(&before);
        assert!(!difference.is_wider());
        assert_eq!(difference.gone.len(), 3);
        assert!(before.since(&less).is_wider());
        let elsewhere = Sheet::of(&manifest(|m| {
            m["credentials"][0]["injections"][0]["hosts"] = json!(["evil.example.com"]);
        }));
        let difference = elsewhere.since(&before);
        assert!(difference.is_wider(), "a secret goes to another host");
        assert_eq!(difference.new.len(), 1);
        assert!(!before.since(&before).is_wider());
    }
}
