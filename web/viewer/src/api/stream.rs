//! A text that is written while the visitor watches: lines of `code:json`.

use serde_json::Value;

use crate::json::Fields;

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// More of the text.
    Text(String),
    /// The text cannot be finished, and why.
    Error(String),
}

/// Puts the parts together as bytes arrive, wherever the network cuts them.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes in and gives the parts that are whole.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Part> {
        self.rest.extend_from_slice(bytes);
        let mut parts = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            parts.extend(part(&line));
        }
        parts
    }
}

/// Parts of other kinds tell nothing that is shown.
fn part(line: &[u8]) -> Option<Part> {
    let (code, value) = line.split_at_checked(2)?;
    let value: Value = serde_json::from_slice(value).ok()?;
    let text = value.as_str()?.to_owned();
    match code {
        b"0:" => Some(Part::Text(text)),
        b"3:" => {
            let log: Value = serde_json::from_str(&text).unwrap_or_default();
            Some(Part::Error(log.text("description").unwrap_or(text)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_wherever_the_network_cuts_them() {
        let text = "f:{\"messageId\":\"1\"}\n0:\"Hél\"\n0:\"lo\\n\"\n3:\"{\\\"description\\\":\\\"Busy.\\\"}\"\nd:{}\n";
        for size in 1..8 {
            let mut lines = Lines::default();
            let parts: Vec<_> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|bytes| lines.take(bytes))
                .collect();
            let told = |words: &str| Part::Text(words.to_owned());
            let expected = [told("Hél"), told("lo\n"), Part::Error("Busy.".into())];
            assert_eq!(parts, expected, "{size} bytes at a time");
        }
    }
}
