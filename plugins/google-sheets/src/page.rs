//! A page of cells, read without keeping more than the wanted columns of one row.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use talkloom_block::Failure;

/// Walks through the rows of a page, in order: each with its cells at the wanted columns, which
/// are sorted; empty and missing cells are empty texts. Gives how many rows there are.
///
/// # Errors
/// When the answer is not what the service gives for cells.
pub fn each_row(
    answer: &[u8],
    wanted: &[usize],
    mut take: impl FnMut(u32, &[Cow<'_, str>]),
) -> Result<u32, Failure> {
    let mut json = serde_json::Deserializer::from_slice(answer);
    let page = Page {
        wanted,
        take: &mut take,
    };
    page.deserialize(&mut json)
        .and_then(|rows| json.end().map(|()| rows))
        .map_err(|error| Failure::Upstream {
            status: None,
            message: format!("The spreadsheet's cells could not be read: {error}."),
            retryable: true,
        })
}

struct Page<'p, F> {
    wanted: &'p [usize],
    take: &'p mut F,
}

impl<'de, F: FnMut(u32, &[Cow<'de, str>])> DeserializeSeed<'de> for Page<'_, F> {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// The answer: an object whose `values` are the rows.
impl<'de, F: FnMut(u32, &[Cow<'de, str>])> Visitor<'de> for Page<'_, F> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u32, A::Error> {
        let mut rows = 0;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "values" {
                rows = map.next_value_seed(Rows {
                    wanted: self.wanted,
                    take: self.take,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(rows)
    }
}

struct Rows<'p, F> {
    wanted: &'p [usize],
    take: &'p mut F,
}

impl<'de, F: FnMut(u32, &[Cow<'de, str>])> DeserializeSeed<'de> for Rows<'_, F> {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(u32, &[Cow<'de, str>])> Visitor<'de> for Rows<'_, F> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<u32, A::Error> {
        let mut cells = Vec::with_capacity(self.wanted.len());
        let mut count = 0;
        loop {
            cells.clear();
            let row = Row {
                wanted: self.wanted,
                cells: &mut cells,
            };
            if rows.next_element_seed(row)?.is_none() {
                return Ok(count);
            }
            cells.resize(self.wanted.len(), Cow::Borrowed(""));
            (self.take)(count, &cells);
            count += 1;
        }
    }
}

/// One row; what is not wanted is passed over.
struct Row<'p, 'de> {
    wanted: &'p [usize],
    cells: &'p mut Vec<Cow<'de, str>>,
}

impl<'de> DeserializeSeed<'de> for Row<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of cells")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        for column in 0.. {
            let next = self.wanted.get(self.cells.len());
            if next == Some(&column) {
                match row.next_element_seed(Cell)? {
                    Some(cell) => self.cells.push(cell),
                    None => return Ok(()),
                }
            } else if row.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// A cell as the sheet shows it.
struct Cell;

impl<'de> DeserializeSeed<'de> for Cell {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(if value { "TRUE" } else { "FALSE" }))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(answer: &str, wanted: &[usize]) -> Vec<String> {
        let mut rows = Vec::new();
        let count = each_row(answer.as_bytes(), wanted, |number, cells| {
            rows.push(format!("{number}: {}", cells.join("|")));
        });
        assert_eq!(count.expect("it is a page") as usize, rows.len());
        rows
    }

    #[test]
    fn wanted_cells_are_taken_from_each_row() {
        let answer = r#"{"range":"'A'!A2:D5","values":[["a","b\n\"","c","d"],[],["x"],
            ["",true,3.5,"é"],[null,1,-2]],"majorDimension":"ROWS"}"#;
        assert_eq!(
            rows(answer, &[1, 3]),
            ["0: b\n\"|d", "1: |", "2: |", "3: TRUE|é", "4: 1|"]
        );
        assert_eq!(rows(answer, &[0]), ["0: a", "1: ", "2: x", "3: ", "4: "]);
        assert_eq!(rows(answer, &[]), ["0: ", "1: ", "2: ", "3: ", "4: "]);
        assert_eq!(rows("{}", &[0]), [""; 0]);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for answer in [
            "",
            "[]",
            "{\"values\":[[{}]]}",
            "{\"values\":1}",
            "{} x",
            "<html>",
        ] {
            assert!(
                each_row(answer.as_bytes(), &[0], |_, _| {}).is_err(),
                "{answer}"
            );
        }
    }
}
