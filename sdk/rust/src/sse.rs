//! Server-sent events, read from a body as it comes.

/// An event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Its kind; empty where none is named.
    pub event: String,
    /// Its data, lines joined by line breaks.
    pub data: String,
}

/// Puts events together from parts that may end anywhere, even within a character.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    after_return: bool,
    event: Event,
    has_data: bool,
}

impl Parser {
    /// Takes the next part and gives the events that it completes.
    pub fn push(&mut self, part: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in part {
            // A line ends with a return, a line feed, or both.
            let second = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            match byte {
                _ if second => {}
                b'\r' | b'\n' => events.extend(self.end_line()),
                _ => self.line.push(byte),
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.event.event = value.to_owned(),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // Comments, ids and retry times do not matter within one answer.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{feff}: hello\r\n\r\ndata: {\"a\":\r\ndata:  \"é\"}\r\n\r\n\
                          event: done\rdata\r\rid: 1\n\ndata: [DONE]\n\ndata: cut";

    #[test]
    fn events_are_the_same_however_the_body_is_cut() {
        let event = |event: &str, data: &str| Event {
            event: event.to_owned(),
            data: data.to_owned(),
        };
        let expected = [
            event("", "{\"a\":\n \"é\"}"),
            event("done", ""),
            event("", "[DONE]"),
        ];
        for size in 1..=STREAM.len() {
            let mut parser = Parser::default();
            let parts = STREAM.as_bytes().chunks(size);
            let events: Vec<_> = parts.flat_map(|part| parser.push(part)).collect();
            assert_eq!(events, expected, "in parts of {size}");
        }
    }
}
