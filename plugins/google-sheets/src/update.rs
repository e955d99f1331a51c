//! Update a row: all rows that match.

use serde_json::Value;
use talkloom_block::log::{self, Level, Line};
use talkloom_block::{Call, Failure};

use crate::api::Api;
use crate::cells;
use crate::filter::Filter;
use crate::options::{self, Cell, Total, Update};
use crate::rows::{Found, Search};

/// What one request writes at most, in bytes: the service asks for no more.
const PER_REQUEST: usize = 2 << 20;
/// Requests that write. More rows are refused before the first is changed.
const REQUESTS: usize = 4;
/// What the address of a run costs, about.
const RANGE_BYTES: usize = 80;

/// A run of cells in one row: the row, its first column and what is written.
type Run<'v> = (u32, usize, &'v [Value]);

/// Changes cells of all rows that match; without a comparison none does.
pub fn run(options: Update, call: &mut Call) -> Result<(), Failure> {
    let api = Api::of(call)?;
    let filter = options::effective(options.filter.as_ref(), options.reference_cell.as_ref());
    let Some(filter) = filter else {
        return Err(Failure::other(
            "Which rows are to be changed? Add a comparison to the block.",
        ));
    };
    let sheet = api.sheet(
        options.spreadsheet_id.as_deref(),
        options.sheet_id.as_deref(),
    )?;
    let header = api.header(&sheet)?;
    let compared = filter.comparisons.iter().map(|c| c.column.as_deref());
    let changed = options.cells_to_upsert.iter().filter_map(Cell::filled);
    let changed = changed.map(|(column, _)| Some(column));
    header
        .missing(compared.chain(changed))
        .into_iter()
        .for_each(log::write);
    let values = cells::runs(cells::placed(&options.cells_to_upsert, &header));
    if values.is_empty() {
        return Err(Failure::other(
            "There is nothing to change: name at least one column of the sheet and its value.",
        ));
    }
    let search = Search {
        filter: Some(Filter::new(&filter, &header)),
        total: Total::All,
        columns: Vec::new(),
        header: &header,
    };
    let found = search.run(&api, &sheet)?;
    for part in parts(&found, &values)? {
        api.write(&sheet, &part)?;
    }
    log::write(told(found.len(), sheet.shown));
    Ok(())
}

/// What each request writes.
fn parts<'v>(
    found: &[Found],
    values: &'v [(usize, Vec<Value>)],
) -> Result<Vec<Vec<Run<'v>>>, Failure> {
    let size = |(_, values): &(usize, Vec<Value>)| {
        let cells = values.iter().map(|value| value.to_string().len() + 1);
        RANGE_BYTES + cells.sum::<usize>()
    };
    let per_row: usize = values.iter().map(size).sum();
    let rows = (PER_REQUEST / per_row).max(1);
    if found.len().div_ceil(rows) > REQUESTS {
        return Err(Failure::other(format!(
            "{} rows match, which is more than can be changed at once. Nothing was changed: \
             narrow the filter.",
            found.len()
        )));
    }
    let of_row = |row: &Found| {
        let number = row.number;
        values
            .iter()
            .map(move |(first, run)| (number, *first, run.as_slice()))
    };
    let part = |rows: &[Found]| rows.iter().flat_map(of_row).collect();
    Ok(found.chunks(rows).map(part).collect())
}

fn told(count: usize, shown: String) -> Line {
    let (level, message) = match count {
        0 => (
            Level::Info,
            "No row of the sheet matches the filter: nothing was changed.".to_owned(),
        ),
        1 => (Level::Success, "One row was changed.".to_owned()),
        count => (Level::Success, format!("{count} rows were changed.")),
    };
    Line {
        level,
        message,
        detail: Some(shown),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(count: u32) -> Vec<Found> {
        let row = |number| Found {
            number,
            cells: Vec::new(),
        };
        (2..count + 2).map(row).collect()
    }

    #[test]
    fn rows_are_written_in_parts() {
        let values = [
            (0, vec![json!("a"), json!(1)]),
            (4, vec![json!("x".repeat(1000))]),
        ];
        let few = parts(&rows(2), &values).expect("they fit");
        assert_eq!(few.len(), 1);
        assert_eq!(few[0].len(), 4);
        assert_eq!((few[0][3].0, few[0][3].1), (3, 4));
        let many = parts(&rows(4_000), &values).expect("they fit");
        assert!(many.len() > 1 && many.len() <= REQUESTS);
        assert_eq!(many.iter().map(Vec::len).sum::<usize>(), 8_000);
        let refused = parts(&rows(100_000), &values).map(|_| ());
        let told = refused.expect_err("they do not fit").to_string();
        assert!(told.starts_with("100000 rows match"), "{told}");
        assert!(parts(&[], &values).expect("nothing fits").is_empty());
    }
}
