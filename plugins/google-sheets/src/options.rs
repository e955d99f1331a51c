//! What the bot's builder sets.

use talkloom_block::prelude::*;

/// Which rows are read, and which of their cells are kept.
#[options]
pub struct Get {
    /// The spreadsheet.
    #[field(label = "Spreadsheet", choices)]
    pub spreadsheet_id: Option<String>,
    /// The sheet.
    #[field(label = "Sheet", choices = { "dependsOn": ["spreadsheetId"] })]
    pub sheet_id: Option<String>,
    /// How many of the rows that match count.
    #[field(label = "Rows to extract")]
    pub total_rows_to_extract: Option<Total>,
    /// Which rows count; all without one.
    #[field(label = "Filter", accordion = "Filter")]
    pub filter: Option<Filter>,
    /// The column and value that older bots look for.
    #[field(hidden)]
    pub reference_cell: Option<Cell>,
    /// Which cells go into which variables.
    #[field(label = "Cells to extract", accordion = "Cells to extract")]
    pub cells_to_extract: Vec<Extract>,
}

/// The row to add.
#[options]
pub struct Insert {
    /// The spreadsheet.
    #[field(label = "Spreadsheet", choices)]
    pub spreadsheet_id: Option<String>,
    /// The sheet.
    #[field(label = "Sheet", choices = { "dependsOn": ["spreadsheetId"] })]
    pub sheet_id: Option<String>,
    /// What stands in which column.
    #[field(label = "Cells")]
    pub cells_to_insert: Vec<Cell>,
}

/// Which rows are changed, and how.
#[options]
pub struct Update {
    /// The spreadsheet.
    #[field(label = "Spreadsheet", choices)]
    pub spreadsheet_id: Option<String>,
    /// The sheet.
    #[field(label = "Sheet", choices = { "dependsOn": ["spreadsheetId"] })]
    pub sheet_id: Option<String>,
    /// Which rows are changed; none without one.
    #[field(label = "Rows to change", accordion = "Rows to change")]
    pub filter: Option<Filter>,
    /// The column and value that older bots look for.
    #[field(hidden)]
    pub reference_cell: Option<Cell>,
    /// What stands in which column from then on.
    #[field(label = "Cells to change", accordion = "Cells to change")]
    pub cells_to_upsert: Vec<Cell>,
}

/// How many of the rows that match count.
#[options]
#[derive(Copy, Eq)]
pub enum Total {
    /// All of them.
    #[default]
    All,
    /// The topmost.
    First,
    /// The lowest.
    Last,
    /// Any one.
    Random,
}

/// Comparisons with a row's cells.
#[options]
pub struct Filter {
    /// `AND`: every comparison has to hold; otherwise one is enough.
    #[field(label = "Combine", choices = ["AND", "OR"])]
    pub logical_operator: Option<String>,
    /// The comparisons.
    #[field(label = "Comparisons")]
    pub comparisons: Vec<Comparison>,
}

/// A comparison with one cell.
#[options]
pub struct Comparison {
    /// The column.
    #[field(label = "Column", choices = { "dependsOn": ["spreadsheetId", "sheetId"] })]
    pub column: Option<String>,
    /// How the cell is compared.
    #[field(label = "Operator", choices = [
        "Equal to", "Not equal", "Contains", "Does not contain", "Greater than", "Less than",
        "Is set", "Is empty", "Starts with", "Ends with"
    ])]
    pub comparison_operator: Option<String>,
    /// What it is compared with.
    #[field(label = "Value")]
    pub value: Option<String>,
}

/// A column and what stands there.
#[options]
pub struct Cell {
    /// The column.
    #[field(label = "Column", choices = { "dependsOn": ["spreadsheetId", "sheetId"] })]
    pub column: Option<String>,
    /// The value.
    #[field(label = "Value")]
    pub value: Option<String>,
}

/// A column and the variable that receives its cells.
#[options]
pub struct Extract {
    /// The column.
    #[field(label = "Column", choices = { "dependsOn": ["spreadsheetId", "sheetId"] })]
    pub column: Option<String>,
    /// One row gives a text, several give a list.
    #[field(label = "Variable")]
    pub variable_id: Option<Variable>,
}

impl Cell {
    /// Column and value, where both are there.
    pub fn filled(&self) -> Option<(&str, &str)> {
        let column = self.column.as_deref().map(str::trim);
        let column = column.filter(|column| !column.is_empty())?;
        Some((column, self.value.as_deref()?))
    }
}

/// The filter that counts: bots of older versions name one cell instead.
pub fn effective(filter: Option<&Filter>, reference: Option<&Cell>) -> Option<Filter> {
    let has_comparisons = |filter: &&Filter| !filter.comparisons.is_empty();
    if let Some(filter) = filter.filter(has_comparisons) {
        return Some(filter.clone());
    }
    let reference = reference.filter(|cell| cell.column.is_some())?;
    Some(Filter {
        logical_operator: None,
        comparisons: vec![Comparison {
            column: reference.column.clone(),
            comparison_operator: Some("Equal to".to_owned()),
            value: reference.value.clone(),
        }],
    })
}
