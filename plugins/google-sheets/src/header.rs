//! The first row, which names the columns.

use talkloom_block::Failure;
use talkloom_block::log::{Level, Line};

/// The names of the columns.
#[derive(Debug, Default)]
pub struct Header {
    names: Vec<String>,
}

impl Header {
    /// Reads the first row's cells.
    ///
    /// # Errors
    /// When none of them has a name.
    pub fn read(cells: Vec<String>) -> Result<Self, Failure> {
        let names = cells.iter().map(|cell| cell.trim().to_owned());
        let mut names: Vec<_> = names.collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        if names.is_empty() {
            return Err(Failure::other(
                "The sheet's first row is empty. Write the names of the columns there.",
            ));
        }
        Ok(Self { names })
    }

    /// The names in their order; columns without one are left out.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.names.iter().map(String::as_str);
        names.filter(|name| !name.is_empty())
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// Where a column stands; of several with one name the first counts.
    pub fn column(&self, name: Option<&str>) -> Option<usize> {
        let name = name?.trim();
        let mut names = self.names.iter();
        names.position(|known| known == name && !name.is_empty())
    }

    /// What the bot's builder is told of columns that are named and are not there.
    pub fn missing<'n>(&self, names: impl IntoIterator<Item = Option<&'n str>>) -> Vec<Line> {
        let mut told: Vec<&str> = Vec::new();
        for name in names.into_iter().flatten() {
            let name = name.trim();
            if !name.is_empty() && self.column(Some(name)).is_none() && !told.contains(&name) {
                told.push(name);
            }
        }
        let line = |name: &str| Line {
            level: Level::Warning,
            message: format!("The sheet has no column “{name}”."),
            detail: Some(format!("Its columns are: {}.", self.names.join(", "))),
        };
        told.into_iter().map(line).collect()
    }

    /// A header with these columns.
    #[cfg(test)]
    pub fn of<const N: usize>(names: [&str; N]) -> Self {
        let names = names.map(str::to_owned).to_vec();
        Self { names }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names() {
        let cells = [" Name ", "", "Age", "Name", "  ", ""];
        let header = Header::read(cells.map(str::to_owned).to_vec()).expect("it has names");
        assert_eq!(header.width(), 4);
        assert_eq!(header.column(Some("Name ")), Some(0));
        assert_eq!(header.column(Some("Age")), Some(2));
        assert_eq!(header.column(Some("")), None);
        assert_eq!(header.column(Some("age")), None);
        assert_eq!(header.column(None), None);
        let told = header.missing([Some("age"), Some("Age"), None, Some("age"), Some(" ")]);
        let told: Vec<_> = told.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(told, ["The sheet has no column “age”."]);
        assert!(Header::read(vec![" ".to_owned()]).is_err());
    }
}
