//! Where options come from, and what is said of those that do not exist.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use serde_json::Value as Json;

use super::oauth;
use super::options::{nearest, variable};

/// What all our variables begin with.
const PREFIX: &str = "TALKLOOM_";
/// The variable that a master key is expected in; the same as `keys.master_key`.
const MASTER_KEY: &str = "TALKLOOM_MASTER_KEY";

/// Options by their paths, out of one source.
pub(super) struct Source {
    name: String,
    options: Dict,
}

impl Provider for Source {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.options.clone()))
    }
}

/// The options of a file.
pub(super) fn file(path: &Path, known: &BTreeMap<String, Json>) -> Result<Source> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("The configuration {shown} cannot be read."))?;
    let options: Dict = Toml::from_str(&text).map_err(|error| {
        // The parser shows the line, which may hold a secret: only its place is told.
        let place = error.span().map(|span| place(&text, span.start));
        let place = place.unwrap_or_else(|| "somewhere".to_owned());
        anyhow::anyhow!(
            "The configuration {shown} is not written in TOML ({place}): {}.",
            error.message()
        )
    })?;
    check_names(&options, "", known, &shown.to_string())?;
    let name = format!("in {shown}");
    Ok(Source { name, options })
}

fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    format!("line {line}")
}

fn check_names(
    options: &Dict,
    section: &str,
    known: &BTreeMap<String, Json>,
    file: &str,
) -> Result<()> {
    for (name, value) in options {
        let path = if section.is_empty() {
            name.clone()
        } else {
            format!("{section}.{name}")
        };
        if known.contains_key(&path) {
            continue;
        }
        if path == oauth::SECTION {
            oauth::check_names(value, file)?;
            continue;
        }
        let inside = format!("{path}.");
        let is_section = known.keys().any(|option| option.starts_with(&inside));
        match value {
            Value::Dict(_, inner) if is_section => check_names(inner, &path, known, file)?,
            // That it is no section is told with the types.
            _ if is_section => {}
            _ => {
                let sections = known
                    .keys()
                    .filter_map(|o| o.rsplit_once('.'))
                    .map(|(s, _)| s);
                let near = match value {
                    Value::Dict(..) => nearest(&path, sections),
                    _ => nearest(&path, known.keys().map(String::as_str)),
                };
                bail!("There is no option {path} in {file}.{}", hint(near));
            }
        }
    }
    Ok(())
}

fn hint(near: Option<&str>) -> String {
    match near {
        Some(near) => format!(" Did you mean {near}?"),
        None => " talkloom.example.toml lists them all.".to_owned(),
    }
}

/// The options that variables of the environment set. Other variables that begin with `TALKLOOM_`
/// are not ours; one that looks like a slip of the pen is refused.
pub(super) fn environment(
    variables: impl Iterator<Item = (String, String)>,
    known: &BTreeMap<String, Json>,
) -> Result<Source> {
    let by_variable: BTreeMap<String, &str> = known
        .keys()
        .map(|path| (variable(path), path.as_str()))
        .chain([(MASTER_KEY.to_owned(), "keys.master_key")])
        .collect();
    let mut options = Dict::new();
    for (name, text) in variables {
        let upper = name.to_ascii_uppercase();
        if !upper.starts_with(PREFIX) {
            continue;
        }
        match by_variable.get(&upper) {
            Some(path) => insert(&mut options, path, value(&text, &known[*path])),
            None if let Some((kind, option)) = oauth::of_variable(&upper) => {
                oauth::insert(&mut options, &kind, option, &text);
            }
            None if is_meant_for_us(&upper, &by_variable) => {
                let near = nearest(&upper, by_variable.keys().map(String::as_str));
                bail!("There is no option for the variable {name}.{}", hint(near));
            }
            None => {}
        }
    }
    Ok(Source {
        name: "in the environment".to_owned(),
        options,
    })
}

/// Whether a variable names a section of ours, or nearly so.
fn is_meant_for_us(variable: &str, known: &BTreeMap<String, &str>) -> bool {
    let Some((section, _)) = variable.split_once("__") else {
        return false;
    };
    let sections = known.keys().filter_map(|name| name.split_once("__"));
    let mut sections = sections.map(|(known, _)| strsim::damerau_levenshtein(section, known));
    sections.any(|distance| distance <= 2)
}

/// Reads a variable as what the option is: text stays as it is written, whatever it looks like.
fn value(text: &str, default: &Json) -> Value {
    match default {
        Json::String(_) => Value::from(text),
        Json::Array(_) if !text.trim_start().starts_with('[') => {
            let items = text.split(',').map(str::trim);
            Value::from(items.filter(|item| !item.is_empty()).collect::<Vec<_>>())
        }
        _ => text
            .parse()
            .unwrap_or_else(|never: std::convert::Infallible| match never {}),
    }
}

fn insert(options: &mut Dict, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            options.insert(path.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = options
                .entry(section.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = section {
                insert(inner, rest, value);
            }
        }
    }
}
