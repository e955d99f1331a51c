//! Get data from sheet.

use serde_json::Value;
use talkloom_block::log::{self, Level, Line};
use talkloom_block::{Call, Failure, Variable};

use crate::NO_ACCOUNT;
use crate::api::{self, Api};
use crate::filter::Filter;
use crate::options::{self, Extract, Get};
use crate::rows::{Found, Search};

/// Reads rows into variables. Without an account that Google takes, the conversation's path ends.
pub fn run(options: Get, call: &mut Call) -> Result<(), Failure> {
    let read = Api::of(call).map(|api| read(&options, &api, call));
    let failure = match read {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(failure)) if !api::is_account_refused(&failure) => return Err(failure),
        Ok(Err(failure)) | Err(failure) => failure,
    };
    log::say(Level::Error, &failure.to_string());
    call.leave_by(NO_ACCOUNT);
    Ok(())
}

fn read(options: &Get, api: &Api, call: &mut Call) -> Result<(), Failure> {
    let sheet = api.sheet(
        options.spreadsheet_id.as_deref(),
        options.sheet_id.as_deref(),
    )?;
    let header = api.header(&sheet)?;
    let filter = options::effective(options.filter.as_ref(), options.reference_cell.as_ref());
    let compared = filter.iter().flat_map(|filter| &filter.comparisons);
    let compared = compared.map(|comparison| comparison.column.as_deref());
    let extracted = options.cells_to_extract.iter();
    let extracted = extracted.map(|cell| cell.column.as_deref());
    header
        .missing(compared.chain(extracted))
        .into_iter()
        .for_each(log::write);

    let targets: Vec<_> = targets(&options.cells_to_extract).collect();
    let columns = targets
        .iter()
        .map(|(column, _)| header.column(Some(column)));
    let places: Vec<_> = columns.collect();
    let search = Search {
        filter: filter.as_ref().map(|filter| Filter::new(filter, &header)),
        total: options.total_rows_to_extract.unwrap_or_default(),
        columns: places.iter().copied().flatten().collect(),
        header: &header,
    };
    let found = search.run(api, &sheet)?;
    if found.is_empty() {
        log::write(Line {
            level: Level::Info,
            message: "No row of the sheet matches the filter.".to_owned(),
            detail: Some(sheet.shown),
        });
        return Ok(());
    }
    let mut kept = 0;
    for ((_, variable), place) in targets.into_iter().zip(places) {
        let at = place.map(|_| {
            kept += 1;
            kept - 1
        });
        call.set(variable, value(&found, at));
    }
    Ok(())
}

/// The cells that have both a column and a variable.
fn targets(cells: &[Extract]) -> impl Iterator<Item = (&str, &Variable)> {
    cells.iter().filter_map(|cell| {
        let column = cell.column.as_deref().filter(|c| !c.trim().is_empty())?;
        let variable = cell.variable_id.as_ref().filter(|v| !v.is_unset())?;
        Some((column, variable))
    })
}

/// What a variable gets: the cell of a single row, or a list with one for each.
fn value(found: &[Found], at: Option<usize>) -> Value {
    let cell = |row: &Found| at.map_or(Value::Null, |at| Value::from(row.cells[at].as_str()));
    match found {
        [row] => cell(row),
        rows => rows.iter().map(cell).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(cells: &[&str]) -> Found {
        Found {
            number: 2,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        }
    }

    #[test]
    fn one_row_gives_a_text_and_several_give_a_list() {
        let rows = [found(&["Ada", "36"]), found(&["Grace", ""])];
        assert_eq!(value(&rows[..1], Some(1)), json!("36"));
        assert_eq!(value(&rows, Some(0)), json!(["Ada", "Grace"]));
        assert_eq!(value(&rows, Some(1)), json!(["36", ""]));
        assert_eq!(value(&rows[..1], None), Value::Null);
    }
}
