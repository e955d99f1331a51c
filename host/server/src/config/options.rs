//! The options by their names, as they stand in the file: `chat.idle_s`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Config;

/// Every option with its default, by its path.
pub(super) fn defaults() -> BTreeMap<String, Value> {
    let mut options = BTreeMap::new();
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    collect("", &defaults, &mut options);
    options
}

fn collect(path: &str, value: &Value, options: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(section) => {
            for (name, value) in section {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(&path, value, options);
            }
        }
        option => {
            options.insert(path.to_owned(), option.clone());
        }
    }
}

/// The known name that is most like one that is unknown.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let likeness = |known: &&str| {
        // The option's own name counts too: it may only be in another section.
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let whole = strsim::jaro_winkler(name, known);
        whole.max(strsim::jaro_winkler(&last(name), &last(known)) * 0.95)
    };
    known
        .map(|known| (likeness(&known), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// The variable that sets an option.
pub(super) fn variable(path: &str) -> String {
    format!("TALKLOOM_{}", path.replace('.', "__").to_ascii_uppercase())
}
