//! Forms with files, as `multipart/form-data` writes them.

use std::fmt::Write;

/// A form under way.
pub struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    /// A form whose parts are kept apart by something that nobody guesses.
    pub fn new(random: &[u8]) -> Self {
        let mut boundary = String::from("form-");
        for byte in random {
            // Writing to a text does not fail.
            let _ = write!(boundary, "{byte:02x}");
        }
        Self {
            boundary,
            body: Vec::new(),
        }
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.part(&format!("name=\"{name}\"\r\n\r\n"), value.as_bytes());
    }

    /// Adds a file.
    pub fn file(&mut self, name: &str, file_name: &str, media_type: &str, data: &[u8]) {
        let head = format!(
            "name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {media_type}\r\n\r\n"
        );
        self.part(&head, data);
    }

    fn part(&mut self, head: &str, data: &[u8]) {
        let begin = format!(
            "--{}\r\nContent-Disposition: form-data; {head}",
            self.boundary
        );
        self.body.reserve(begin.len() + data.len() + 2);
        self.body.extend_from_slice(begin.as_bytes());
        self.body.extend_from_slice(data);
        self.body.extend_from_slice(b"\r\n");
    }

    /// The header that goes with it.
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The body.
    pub fn finish(mut self) -> Vec<u8> {
        let end = format!("--{}--\r\n", self.boundary);
        self.body.extend_from_slice(end.as_bytes());
        self.body
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn parts_are_kept_apart() {
        let mut form = Form::new(&[1, 255]);
        form.text("model", "m");
        form.file("file", "a.mp3", "audio/mpeg", &[0, 13, 10]);
        assert_eq!(
            form.content_type(),
            "multipart/form-data; boundary=form-01ff"
        );
        let expected = "--form-01ff\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n\
            --form-01ff\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\
            Content-Type: audio/mpeg\r\n\r\n\0\r\n\r\n--form-01ff--\r\n";
        assert_eq!(String::from_utf8(form.finish()).as_deref(), Ok(expected));
    }
}
