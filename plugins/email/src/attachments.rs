//! Files that come with a mail: those that the visitor sent in this conversation.

use mime_guess::MimeGuess;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use talkloom_block::Failure;
use talkloom_block::log::{Level, Line};
use talkloom_block::mail::Attachment;

/// Loads the files whose addresses a variable holds. One that cannot be had is left out, and told.
pub fn load(
    held: &Value,
    file: impl Fn(&str) -> Result<Vec<u8>, Failure>,
) -> (Vec<Attachment>, Vec<Line>) {
    let (mut attached, mut left_out) = (Vec::new(), Vec::new());
    for address in addresses(held) {
        match file(&address) {
            Ok(data) => attached.push(Attachment {
                name: name(&address),
                media_type: media_type(&address),
                data,
            }),
            Err(failure) => left_out.push(Line {
                level: Level::Warning,
                message: "A file was not attached: only files that were sent in this \
                          conversation are."
                    .to_owned(),
                detail: Some(format!("{address}: {failure}")),
            }),
        }
    }
    (attached, left_out)
}

/// One address, several with commas between them, or a list.
fn addresses(held: &Value) -> Vec<String> {
    match held {
        Value::String(text) => {
            let parts = text.split(", ").map(str::trim);
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        }
        Value::Array(list) => list.iter().flat_map(addresses).collect(),
        _ => Vec::new(),
    }
}

fn name(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = percent_decode_str(last).decode_utf8_lossy();
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    if name.is_empty() {
        "file".to_owned()
    } else {
        name
    }
}

fn media_type(address: &str) -> String {
    let guess = MimeGuess::from_path(name(address)).first_or_octet_stream();
    guess.essence_str().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_of_the_conversation_are_attached() {
        let file = |address: &str| match address.contains("/files/") {
            true => Ok(address.len().to_string().into_bytes()),
            false => Err(Failure::Denied("not here".to_owned())),
        };
        let held = json!([
            "https://e.example/files/a/R%C3%A9sum%C3%A9%20(1).pdf?x=1",
            null,
            "https://evil.example/a.pdf",
            "https://e.example/files/a/b",
        ]);
        let (attached, left_out) = load(&held, file);
        let seen: Vec<_> = attached
            .iter()
            .map(|file| (file.name.as_str(), file.media_type.as_str()))
            .collect();
        let expected = [
            ("Résumé (1).pdf", "application/pdf"),
            ("b", "application/octet-stream"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(left_out.len(), 1);
        let detail = left_out[0].detail.as_deref();
        assert_eq!(detail, Some("https://evil.example/a.pdf: not here"));
        let one = json!("https://e.example/files/a.png, https://e.example/files/b.png");
        assert_eq!(load(&one, file).0.len(), 2);
        assert_eq!(load(&Value::Null, file), (vec![], vec![]));
    }
}
