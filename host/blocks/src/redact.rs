//! Takes known secret values out of everything that passes a block, in either direction.

use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands where a secret stood.
const MARK: &str = "[secret]";

/// Shorter values are not looked for: they stand in any text by chance.
const MIN_BYTES: usize = 6;

/// Finds secret values, plain and in the usual encodings. Values that a call gets on its way are
/// looked for from then on.
#[derive(Debug, Default)]
pub(crate) struct Redactor(ArcSwap<Search>);

#[derive(Debug, Default)]
struct Search {
    matcher: Option<AhoCorasick>,
    patterns: Vec<Vec<u8>>,
}

impl Redactor {
    /// Looks for these values.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self(ArcSwap::from_pointee(Search::new(
            Vec::new(),
            secrets.into_iter(),
        )))
    }

    /// Looks for these values too.
    pub(crate) fn add<'a>(&self, secrets: impl Iterator<Item = &'a str> + Clone) {
        self.0
            .rcu(|search| Search::new(search.patterns.clone(), secrets.clone()));
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load().patterns.is_empty()
    }

    /// A text without the secrets.
    pub(crate) fn text(&self, text: String) -> String {
        self.0.load().text(text)
    }

    /// Bytes without the secrets.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.0.load().bytes(bytes)
    }

    /// A JSON value without the secrets in its texts and keys.
    pub(crate) fn json(&self, value: &mut Value) {
        let search = self.0.load();
        if !search.patterns.is_empty() {
            search.json(value);
        }
    }
}

impl Search {
    fn new<'a>(mut patterns: Vec<Vec<u8>>, secrets: impl Iterator<Item = &'a str>) -> Self {
        patterns.extend(
            secrets
                .filter(|secret| secret.len() >= MIN_BYTES)
                .flat_map(spellings),
        );
        patterns.sort();
        patterns.dedup();
        if patterns.is_empty() {
            return Self::default();
        }
        // Building fails for sets of gigabytes only; then nothing may pass at all.
        let matcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)
            .ok();
        Self { matcher, patterns }
    }

    fn text(&self, text: String) -> String {
        if self.patterns.is_empty() {
            return text;
        }
        match &self.matcher {
            Some(matcher) if matcher.is_match(&text) => {
                matcher.replace_all(&text, &vec![MARK; self.patterns.len()])
            }
            Some(_) => text,
            None => MARK.to_owned(),
        }
    }

    fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match &self.matcher {
            Some(matcher) => matcher.replace_all_bytes(&bytes, &vec![MARK; self.patterns.len()]),
            None if self.patterns.is_empty() => bytes,
            None => MARK.into(),
        }
    }

    fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(std::mem::take(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => {
                let clean = std::mem::take(fields).into_iter().map(|(key, mut field)| {
                    self.json(&mut field);
                    (self.text(key), field)
                });
                *fields = clean.collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// How much of the end of `bytes` may be the start of a secret.
    fn open_end(&self, bytes: &[u8]) -> usize {
        let longest = self.patterns.iter().map(Vec::len).max().unwrap_or(0);
        let start = bytes.len().saturating_sub(longest.saturating_sub(1));
        (start..bytes.len())
            .find(|&at| self.patterns.iter().any(|p| p.starts_with(&bytes[at..])))
            .map_or(0, |at| bytes.len() - at)
    }
}

fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let json = Value::from(secret).to_string();
    let texts = [
        secret.to_owned(),
        json[1..json.len() - 1].to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        BASE64_STANDARD.encode(secret),
        BASE64_STANDARD
            .encode(secret)
            .trim_end_matches('=')
            .to_owned(),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
        hex::encode(secret),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

/// Redacts a stream: a secret that is split between two parts is found too.
#[derive(Debug)]
pub(crate) struct RedactStream {
    redactor: Arc<Redactor>,
    held: Vec<u8>,
}

impl RedactStream {
    pub(crate) fn new(redactor: Arc<Redactor>) -> Self {
        Self {
            redactor,
            held: Vec::new(),
        }
    }

    /// What of the stream is certain after this part; the rest is held back.
    pub(crate) fn push(&mut self, part: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(part);
        let search = self.redactor.0.load();
        let mut out = Vec::with_capacity(self.held.len());
        let mut done = 0;
        let matches = search.matcher.iter().flat_map(|m| m.find_iter(&self.held));
        for found in matches {
            out.extend_from_slice(&self.held[done..found.start()]);
            out.extend_from_slice(MARK.as_bytes());
            done = found.end();
        }
        let rest = &self.held[done..];
        let certain = rest.len() - search.open_end(rest);
        out.extend_from_slice(&rest[..certain]);
        self.held = rest[certain..].to_vec();
        out
    }

    /// What was held back, at the stream's end.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_secrets_in_every_spelling() {
        let redactor = Redactor::new(["hunter2/+\"x"]);
        for spelling in spellings("hunter2/+\"x") {
            let text = format!("a {} b", String::from_utf8(spelling).unwrap());
            assert_eq!(redactor.text(text), "a [secret] b");
        }
        let mut value = json!({"hunter2/+\"x": ["hunter2/+\"x!", 1, null]});
        redactor.json(&mut value);
        assert_eq!(value, json!({"[secret]": ["[secret]!", 1, null]}));
    }

    #[test]
    fn finds_secrets_that_are_split_at_any_point() {
        let whole = b"one sk-secret two sk-secre three sk-secret";
        let redactor = Arc::new(Redactor::new(["sk-secret"]));
        for first in 0..whole.len() {
            for second in first..whole.len() {
                let mut stream = RedactStream::new(redactor.clone());
                let mut out = stream.push(&whole[..first]);
                out.extend(stream.push(&whole[first..second]));
                out.extend(stream.push(&whole[second..]));
                out.extend(stream.finish());
                let out = String::from_utf8(out).unwrap();
                assert_eq!(out, "one [secret] two sk-secre three [secret]");
            }
        }
    }

    #[test]
    fn values_that_come_later_are_found_too() {
        let redactor = Arc::new(Redactor::new(["sk-first"]));
        let mut stream = RedactStream::new(redactor.clone());
        assert_eq!(stream.push(b"sk-second sk-first"), b"sk-second [secret]");
        redactor.add(["sk-second"].into_iter());
        assert_eq!(stream.push(b"sk-second sk-first"), b"[secret] [secret]");
        assert_eq!(redactor.text("sk-first".into()), "[secret]");
    }

    #[test]
    fn text_that_cannot_become_a_secret_is_not_held_back() {
        let mut stream = RedactStream::new(Arc::new(Redactor::new(["sk-secret"])));
        assert_eq!(stream.push(b"hello"), b"hello");
        assert_eq!(stream.push(b"task sk"), b"task ");
        assert_eq!(stream.push(b"y"), b"sky");
    }
}
