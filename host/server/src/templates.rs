//! Bots that come with the server, to try out and to begin from.

/// The templates: slug → file.
const TEMPLATES: [(&str, &str); 1] = [("demo", include_str!("../assets/demo.json"))];

/// The file of a template.
pub fn find(slug: &str) -> Option<&'static str> {
    TEMPLATES
        .iter()
        .find(|(name, _)| *name == slug)
        .map(|(_, document)| *document)
}
