//! Insert a row.

use talkloom_block::log::{self, Level};
use talkloom_block::{Call, Failure};

use crate::api::Api;
use crate::cells;
use crate::options::{Cell, Insert};

/// Adds a row below the last one.
pub fn run(options: Insert, call: &mut Call) -> Result<(), Failure> {
    let api = Api::of(call)?;
    let sheet = api.sheet(
        options.spreadsheet_id.as_deref(),
        options.sheet_id.as_deref(),
    )?;
    let header = api.header(&sheet)?;
    let named = options.cells_to_insert.iter().filter_map(Cell::filled);
    header
        .missing(named.map(|(column, _)| Some(column)))
        .into_iter()
        .for_each(log::write);
    let row = cells::row(cells::placed(&options.cells_to_insert, &header));
    if row.is_empty() {
        return Err(Failure::other(
            "There is nothing to insert: name at least one column of the sheet and its value.",
        ));
    }
    api.append(&sheet, &row)?;
    log::say(
        Level::Success,
        &format!("A row was added to {}.", sheet.shown),
    );
    Ok(())
}
