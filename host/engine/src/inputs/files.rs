//! Answers to file inputs, and which types of files an input takes.

use super::url;

/// What a file answer must keep to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FileRules<'a> {
    /// Several files are kept.
    pub is_multiple: bool,
    /// Extensions (`.png`), types (`image/png`) and families of types (`image/*`); none: all.
    pub allowed_types: Option<&'a [String]>,
    /// Hosts whose addresses need no top-level domain, beside `localhost`.
    pub own_hosts: &'a [String],
}

/// Reads an answer: addresses joined by `", "`, at least one of them valid. Without
/// `is_multiple` only the first is kept.
pub fn parse(reply: &str, rules: FileRules<'_>) -> Option<Vec<String>> {
    let urls: Vec<&str> = reply.split(", ").collect();
    let is_allowed = |url: &&str| {
        rules
            .allowed_types
            .is_none_or(|types| is_type_allowed(extension(url), None, types))
    };
    if !urls.iter().any(|url| is_file_url(url, rules.own_hosts)) || !urls.iter().all(is_allowed) {
        return None;
    }
    let kept = if rules.is_multiple { urls.len() } else { 1 };
    Some(urls.into_iter().take(kept).map(str::to_owned).collect())
}

/// Whether a file may be uploaded by its name's extension (without the dot) or its MIME type.
pub fn is_type_allowed(extension: Option<&str>, mime: Option<&str>, allowed: &[String]) -> bool {
    let extension = extension.map(str::to_lowercase);
    let guessed = extension
        .as_deref()
        .and_then(|extension| mime_guess::from_ext(extension).first_raw());
    let mime = mime.or(guessed).map(str::to_lowercase);
    allowed.iter().any(|allowed| {
        let allowed = allowed.trim().to_lowercase();
        match (allowed.strip_suffix('*'), allowed.contains('/')) {
            (Some("" | "*/"), _) => true,
            (Some(family), _) => mime.as_deref().is_some_and(|mime| mime.starts_with(family)),
            (None, true) => mime.as_deref() == Some(&allowed),
            (None, false) => extension.as_deref() == Some(allowed.trim_start_matches('.')),
        }
    })
}

/// The extension of the file that an address or a path names.
pub fn extension(url: &str) -> Option<&str> {
    let path = &url[..url.find(['?', '#']).unwrap_or(url.len())];
    let name = path.rsplit('/').next()?;
    let (_, extension) = name.rsplit_once('.')?;
    (!extension.is_empty()).then_some(extension)
}

fn is_file_url(text: &str, own_hosts: &[String]) -> bool {
    let is_own = |host: String| host == "localhost" || own_hosts.contains(&host);
    url::is_valid(text) || url::host(text).is_some_and(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "https://e.com/a.png, https://e.com/b.pdf";

    #[test]
    fn addresses_are_read() {
        let rules = FileRules::default();
        assert_eq!(parse(TWO, rules).unwrap(), ["https://e.com/a.png"]);
        let multiple = FileRules {
            is_multiple: true,
            ..rules
        };
        assert_eq!(parse(TWO, multiple).unwrap().len(), 2);
        assert!(parse("http://localhost/x.png", rules).is_some());
        assert!(parse("http://files:9000/x.png", rules).is_none());
        let own = ["files".to_owned()];
        let rules = FileRules {
            own_hosts: &own,
            ..rules
        };
        assert!(parse("http://files:9000/x.png", rules).is_some());
        assert!(parse("not a url", rules).is_none());
    }

    #[test]
    fn types_are_checked() {
        let allows = |types: &[&str], reply: &str| {
            let types: Vec<String> = types.iter().map(|kind| (*kind).to_owned()).collect();
            let rules = FileRules {
                allowed_types: Some(&types),
                ..FileRules::default()
            };
            parse(reply, rules).is_some()
        };
        assert!(allows(&[".png", ".pdf"], TWO));
        assert!(!allows(&["image/*"], TWO));
        assert!(allows(&["image/*"], "https://e.com/A.PNG?x=1"));
        assert!(allows(&["application/pdf", "image/png"], TWO));
        assert!(allows(&["*/*"], TWO));
        assert!(!allows(&[], TWO));
        assert!(!allows(&[".png"], "https://e.com/png"));
    }
}
