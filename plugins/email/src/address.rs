//! Addresses as people write them: several with commas between them, or a list.

/// The addresses in some fields; a field may hold a whole list, as a variable prints one.
pub fn all(fields: Option<&[Option<String>]>) -> Vec<String> {
    let fields = fields.unwrap_or_default().iter().flatten();
    fields.flat_map(|field| within(field)).collect()
}

fn within(field: &str) -> Vec<String> {
    match serde_json::from_str::<Vec<Option<String>>>(field) {
        Ok(list) => list.iter().flatten().flat_map(|one| split(one)).collect(),
        Err(_) => split(field),
    }
}

/// Cuts at commas that stand in no name.
fn split(text: &str) -> Vec<String> {
    let mut is_quoted = false;
    let parts = text.split(|letter| {
        is_quoted ^= letter == '"';
        [',', ';'].contains(&letter) && !is_quoted
    });
    let parts = parts.map(one_line);
    parts.filter(|part| !part.is_empty()).collect()
}

/// A text without line breaks and other control characters: nothing that a visitor wrote begins a
/// header of its own.
pub fn one_line(text: &str) -> String {
    let cleared: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    cleared.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_however_they_are_written() {
        let table: [(&[&str], &[&str]); 7] = [
            (&["a@b.example"], &["a@b.example"]),
            (
                &["a@b.example, c@d.example;e@f.example"],
                &["a@b.example", "c@d.example", "e@f.example"],
            ),
            (
                &["[\"a@b.example\",null,\"c@d.example\"]", "e@f.example"],
                &["a@b.example", "c@d.example", "e@f.example"],
            ),
            (
                &["\"Lovelace, Ada\" <a@b.example>, x@y.example"],
                &["\"Lovelace, Ada\" <a@b.example>", "x@y.example"],
            ),
            (&["", " , "], &[]),
            (
                &["a@b.example\r\nBcc: x@y.example"],
                &["a@b.example  Bcc: x@y.example"],
            ),
            (&["Zoë <z@b.example>"], &["Zoë <z@b.example>"]),
        ];
        for (fields, expected) in table {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| Some((*field).to_owned()))
                .collect();
            assert_eq!(all(Some(&fields)), expected, "{fields:?}");
        }
        assert_eq!(all(None), Vec::<String>::new());
        assert_eq!(all(Some(&[None])), Vec::<String>::new());
    }
}
