//! The manifest's rules that its types cannot express.

use std::collections::BTreeSet;

use crate::credential::placeholders;
use crate::{
    Action, BlockType, CredentialType, Manifest, ManifestError, OAuth2, Permission, PermissionKind,
    provides, schema,
};

pub(crate) type Checked = Result<(), ManifestError>;

pub(crate) fn manifest(m: &Manifest) -> Checked {
    id(&m.id)?;
    version(&m.version)?;
    contract(&m.contract)?;
    filled("name", &m.name)?;
    if m.provides.is_empty() {
        return refuse(
            "provides",
            "name at least one interface, such as \"actions\"",
        );
    }
    unique("provides", m.provides.iter())?;
    unique("blocks", m.blocks.iter().map(|b| &b.block_type))?;
    unique("actions", m.actions.iter().map(|a| &a.name))?;
    unique("credentials", m.credentials.iter().map(|c| &c.kind))?;
    unique("webhooks", m.webhooks.iter().map(|w| &w.name))?;
    provides::check(m)?;
    for (n, a) in m.actions.iter().enumerate() {
        action(&format!("actions/{n}"), a, m)?;
    }
    for (n, b) in m.blocks.iter().enumerate() {
        block(&format!("blocks/{n}"), b, m)?;
    }
    for (n, w) in m.webhooks.iter().enumerate() {
        webhook(&format!("webhooks/{n}"), &w.name)?;
    }
    for (n, c) in m.credentials.iter().enumerate() {
        credential(&format!("credentials/{n}"), c)?;
    }
    for (n, p) in m.permissions.iter().enumerate() {
        permission(&format!("permissions/{n}"), p, m)?;
    }
    Ok(())
}

/// Lower-case letters and digits, with hyphens between them.
fn is_word(word: &str) -> bool {
    let ends = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    ends(word.bytes().next())
        && ends(word.bytes().last())
        && word.len() <= 64
        && word.bytes().all(|c| c == b'-' || ends(Some(c)))
}

fn webhook(at: &str, name: &str) -> Checked {
    if is_word(name) {
        return Ok(());
    }
    refuse(
        format!("{at}/name"),
        format!("{name:?} must be lower-case letters, digits and hyphens"),
    )
}

fn id(id: &str) -> Checked {
    match id.split_once('/') {
        Some((publisher, name)) if is_word(publisher) && is_word(name) => Ok(()),
        _ => refuse(
            "id",
            format!("{id:?} must read publisher/name, in lower-case letters, digits and hyphens"),
        ),
    }
}

fn version(version: &str) -> Checked {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    if core.split('.').count() == 3 && core.split('.').all(number) {
        return Ok(());
    }
    refuse(
        "version",
        format!("{version:?} is no semantic version such as 1.2.0"),
    )
}

fn contract(contract: &str) -> Checked {
    if contract.split('.').count() == 2 && contract.split('.').all(number) {
        return Ok(());
    }
    refuse(
        "contract",
        format!(
            "{contract:?} must read major.minor, such as {}",
            crate::CONTRACT
        ),
    )
}

fn number(text: &str) -> bool {
    text == "0" || (!text.starts_with('0') && text.parse::<u32>().is_ok())
}

fn action(at: &str, action: &Action, m: &Manifest) -> Checked {
    filled(&format!("{at}/name"), &action.name)?;
    if !action.options.is_object() {
        return refuse(format!("{at}/options"), "must be a JSON Schema: an object");
    }
    unique(&format!("{at}/exits"), action.exits.iter().map(|e| &e.name))?;
    if action.reads_submission && !has(m, &PermissionKind::Submission) {
        return refuse(
            format!("{at}/readsSubmission"),
            "needs the permission \"submission\" with its reason",
        );
    }
    let receives = |h: &schema::FieldHint| matches!(h.hint, schema::Hint::StreamVariable(_));
    if !action.streams && action.hints().iter().any(receives) {
        return refuse(
            format!("{at}/streams"),
            "a field receives streamed text, so this must be true",
        );
    }
    Ok(())
}

fn block(at: &str, block: &BlockType, m: &Manifest) -> Checked {
    filled(&format!("{at}/type"), &block.block_type)?;
    filled(&format!("{at}/name"), &block.name)?;
    for action in block.actions.iter().chain(&block.default_action) {
        if m.action(action).is_none() {
            return refuse(
                format!("{at}/actions"),
                format!("there is no action {action:?}"),
            );
        }
    }
    match &block.credential {
        Some(kind) if m.credential(kind).is_none() => refuse(
            format!("{at}/credential"),
            format!("there is no credential {kind:?}"),
        ),
        _ => Ok(()),
    }
}

fn credential(at: &str, credential: &CredentialType) -> Checked {
    filled(&format!("{at}/kind"), &credential.kind)?;
    unique(
        &format!("{at}/fields"),
        credential.fields.iter().map(|f| &f.name),
    )?;
    if let Some(oauth2) = &credential.oauth2 {
        self::oauth2(&format!("{at}/oauth2"), oauth2)?;
    }
    for (n, rule) in credential.injections.iter().enumerate() {
        let at = format!("{at}/injections/{n}");
        if rule.hosts.is_empty() {
            return refuse(
                format!("{at}/hosts"),
                "name the hosts that may receive the secret",
            );
        }
        for pattern in &rule.hosts {
            host_pattern(
                &format!("{at}/hosts"),
                pattern,
                std::slice::from_ref(credential),
            )?;
        }
        for name in placeholders(&rule.template) {
            let obtained = credential.oauth2.is_some() && name == "accessToken";
            if credential.field(name).is_none() && !obtained {
                return refuse(
                    format!("{at}/template"),
                    format!("there is no field {name:?}"),
                );
            }
        }
    }
    Ok(())
}

/// What the host puts into the address itself.
const OWN_PARAMETERS: [&str; 7] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

fn oauth2(at: &str, oauth2: &OAuth2) -> Checked {
    let urls = [
        ("authorizeUrl", Some(&oauth2.authorize_url)),
        ("tokenUrl", Some(&oauth2.token_url)),
        ("revokeUrl", oauth2.revoke_url.as_ref()),
        ("userInfoUrl", oauth2.user_info_url.as_ref()),
    ];
    for (name, url) in urls {
        let is_safe = |url: &String| {
            let local = ["http://127.0.0.1:", "http://localhost:"];
            url.starts_with("https://") || local.iter().any(|start| url.starts_with(start))
        };
        if !url.is_none_or(is_safe) {
            return refuse(format!("{at}/{name}"), "must begin with https://");
        }
    }
    let mut names = oauth2.authorize_parameters.keys();
    match names.find(|name| OWN_PARAMETERS.contains(&name.as_str())) {
        Some(name) => refuse(
            format!("{at}/authorizeParameters"),
            format!("the host sets {name:?} itself"),
        ),
        None => Ok(()),
    }
}

fn permission(at: &str, permission: &Permission, m: &Manifest) -> Checked {
    filled(&format!("{at}/reason"), &permission.reason)?;
    if let PermissionKind::Network { hosts } = &permission.kind {
        if hosts.is_empty() {
            return refuse(format!("{at}/hosts"), "name at least one host");
        }
        for pattern in hosts {
            host_pattern(&format!("{at}/hosts"), pattern, &m.credentials)?;
        }
    }
    Ok(())
}

/// A host, `*.` and a host of at least two labels, or `{field}` with a public field.
fn host_pattern(at: &str, pattern: &str, credentials: &[CredentialType]) -> Checked {
    if let Some(name) = pattern.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
        let mut fields = credentials.iter().filter_map(|c| c.field(name));
        return match fields.next() {
            None => refuse(at, format!("there is no credential field {name:?}")),
            Some(field) if field.secret => refuse(at, format!("the field {name:?} is secret")),
            Some(_) => Ok(()),
        };
    }
    let host = pattern.strip_prefix("*.");
    let labels = host.unwrap_or(pattern).split('.').collect::<Vec<_>>();
    let label = |l: &&str| {
        !l.is_empty()
            && l.bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    if labels.len() >= 2 && labels.iter().all(label) {
        return Ok(());
    }
    refuse(
        at,
        format!("{pattern:?} must read api.example.com, *.example.com or {{field}}"),
    )
}

fn has(m: &Manifest, kind: &PermissionKind) -> bool {
    m.permissions.iter().any(|p| p.kind == *kind)
}

fn filled(at: &str, text: &str) -> Checked {
    if text.trim().is_empty() {
        return refuse(at, "must not be empty");
    }
    Ok(())
}

fn unique<T: Ord + std::fmt::Debug>(at: &str, items: impl Iterator<Item = T>) -> Checked {
    let mut seen = BTreeSet::new();
    for item in items {
        let text = format!("{item:?} stands there twice");
        if !seen.insert(item) {
            return refuse(at, text);
        }
    }
    Ok(())
}

pub(crate) fn refuse(at: impl Into<String>, message: impl Into<String>) -> Checked {
    Err(ManifestError::field(at, message))
}
