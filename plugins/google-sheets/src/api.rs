//! What the services are asked, and what their refusals mean.

use serde::Deserialize;
use serde_json::{Value, json};
use talkloom_block::http::{Request, Response};
use talkloom_block::{Call, Credential, Failure};

use crate::account::{DRIVE, SHEETS};
use crate::address::{encoded, quoted, range};
use crate::header::Header;

/// How much of an answer that cannot be read is shown, in characters.
const SHOWN: usize = 300;
/// Values are written as they are: no text becomes a formula or a date.
const AS_IT_IS: &str = "RAW";

/// The services, for one account.
pub struct Api {
    sheets: String,
    drive: String,
}

/// A sheet of a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    spreadsheet: String,
    /// The spreadsheet's title and the sheet's.
    pub shown: String,
    title: String,
    /// Rows of its grid, used or not.
    pub rows: u32,
}

impl Api {
    /// The services for the call's account.
    ///
    /// # Errors
    /// When the call has none.
    pub fn of(call: &Call) -> Result<Self, Failure> {
        let account = call.credential.as_ref();
        account.map(Self::for_account).ok_or_else(|| {
            Failure::other(
                "There is no Google account to work with. Choose one in the block's settings.",
            )
        })
    }

    fn for_account(account: &Credential) -> Self {
        Self {
            sheets: SHEETS.url(account),
            drive: DRIVE.url(account),
        }
    }

    /// Where an account's files are listed.
    pub fn files(&self) -> String {
        format!("{}/drive/v3/files", self.drive)
    }

    /// A spreadsheet's title and its sheets.
    pub fn spreadsheet(&self, id: &str) -> Result<Spreadsheet, Failure> {
        let fields = "properties.title,\
                      sheets.properties(sheetId,title,sheetType,gridProperties.rowCount)";
        let url = format!("{}?fields={}", self.of_spreadsheet(id), encoded(fields));
        let answer = whole(Request::get(url))?;
        serde_json::from_slice(&answer).map_err(|_| unreadable(&answer))
    }

    /// Finds a sheet by the ids that the options hold.
    pub fn sheet(&self, spreadsheet: Option<&str>, sheet: Option<&str>) -> Result<Sheet, Failure> {
        let filled = |id: Option<&str>, missing: &str| {
            let id = id.map(str::trim).filter(|id| !id.is_empty());
            id.map(str::to_owned).ok_or_else(|| Failure::other(missing))
        };
        let id = filled(spreadsheet, "Choose a spreadsheet in the block's settings.")?;
        let wanted = filled(sheet, "Choose a sheet in the block's settings.")?;
        let found = self.spreadsheet(&id)?;
        let mut sheets = found.sheets.into_iter().map(|sheet| sheet.properties);
        let sheet = sheets.find(|sheet| sheet.sheet_id.to_string() == wanted);
        let document = found.properties.title;
        let Some(sheet) = sheet else {
            return Err(Failure::other(format!(
                "The spreadsheet “{document}” has no sheet with the id {wanted}. It may have been \
                 deleted: choose another in the block's settings."
            )));
        };
        Ok(Sheet {
            shown: format!("{document} › {}", sheet.title),
            spreadsheet: id,
            title: sheet.title,
            rows: sheet.grid_properties.row_count,
        })
    }

    /// The names of a sheet's columns.
    pub fn header(&self, sheet: &Sheet) -> Result<Header, Failure> {
        let first = format!("{}!1:1", quoted(&sheet.title));
        let answer = self.values(sheet, &first)?;
        let names: Row = serde_json::from_slice(&answer).map_err(|_| unreadable(&answer))?;
        Header::read(names.values.into_iter().next().unwrap_or_default())
    }

    /// A rectangle of cells, as [`each_row`](crate::page::each_row) reads it.
    pub fn page(
        &self,
        sheet: &Sheet,
        columns: (usize, usize),
        rows: (u32, u32),
    ) -> Result<Vec<u8>, Failure> {
        self.values(sheet, &range(&sheet.title, columns, rows))
    }

    fn values(&self, sheet: &Sheet, range: &str) -> Result<Vec<u8>, Failure> {
        let url = format!(
            "{}/values/{}?majorDimension=ROWS&valueRenderOption=FORMATTED_VALUE&fields=values",
            self.of_spreadsheet(&sheet.spreadsheet),
            encoded(range)
        );
        whole(Request::get(url))
    }

    /// Adds a row below the last one.
    pub fn append(&self, sheet: &Sheet, row: &[Value]) -> Result<(), Failure> {
        let url = format!(
            "{}/values/{}:append?valueInputOption={AS_IT_IS}&insertDataOption=OVERWRITE\
             &fields=updates.updatedRange",
            self.of_spreadsheet(&sheet.spreadsheet),
            encoded(&format!("{}!A1", quoted(&sheet.title)))
        );
        whole(Request::post_json(url, &json!({ "values": [row] }))?).map(drop)
    }

    /// Writes cells: each run of them with its row and its first column.
    pub fn write(&self, sheet: &Sheet, runs: &[(u32, usize, &[Value])]) -> Result<(), Failure> {
        let run = |(row, first, values): &(u32, usize, &[Value])| {
            let last = first + values.len().saturating_sub(1);
            let range = range(&sheet.title, (*first, last), (*row, *row));
            json!({ "range": range, "values": [values] })
        };
        let data: Vec<_> = runs.iter().map(run).collect();
        let url = format!(
            "{}/values:batchUpdate?fields=totalUpdatedCells",
            self.of_spreadsheet(&sheet.spreadsheet)
        );
        let body = json!({ "valueInputOption": AS_IT_IS, "data": data });
        whole(Request::post_json(url, &body)?).map(drop)
    }

    fn of_spreadsheet(&self, id: &str) -> String {
        format!("{}/v4/spreadsheets/{}", self.sheets, encoded(id))
    }
}

/// A spreadsheet, as the service describes it.
#[derive(Debug, Default, Deserialize)]
pub struct Spreadsheet {
    #[serde(default)]
    properties: Titled,
    #[serde(default)]
    sheets: Vec<Described>,
}

impl Spreadsheet {
    /// The ids and titles of its sheets that have cells.
    pub fn tables(self) -> impl Iterator<Item = (String, String)> {
        let sheets = self.sheets.into_iter().map(|sheet| sheet.properties);
        sheets
            .filter(|sheet| sheet.sheet_type.is_empty() || sheet.sheet_type == "GRID")
            .map(|sheet| (sheet.sheet_id.to_string(), sheet.title))
    }
}

#[derive(Debug, Default, Deserialize)]
struct Titled {
    #[serde(default)]
    title: String,
}

#[derive(Debug, Deserialize)]
struct Described {
    properties: SheetProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SheetProperties {
    /// The first sheet's is 0, which may be left out.
    #[serde(default)]
    sheet_id: i64,
    #[serde(default)]
    title: String,
    #[serde(default)]
    sheet_type: String,
    #[serde(default)]
    grid_properties: Grid,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grid {
    #[serde(default)]
    row_count: u32,
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default)]
    values: Vec<Vec<String>>,
}

/// Sends a request and gives the answer's body.
pub fn whole(request: Request) -> Result<Vec<u8>, Failure> {
    let mut response = request.send()?;
    let body = response.bytes()?;
    if response.is_success() {
        return Ok(body);
    }
    Err(refusal(&response, &body))
}

fn refusal(response: &Response, body: &[u8]) -> Failure {
    refused(response.status, response.header("retry-after"), body)
}

/// What a status other than 2xx means, in words.
fn refused(status: u16, retry_after: Option<&str>, body: &[u8]) -> Failure {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let said = parsed
        .as_ref()
        .and_then(|answer| answer.pointer("/error/message"));
    let said = said.and_then(Value::as_str).map(str::to_owned);
    let said = said.unwrap_or_else(|| shown(body));
    let message = match status {
        401 => "Google refused the account: connect it again.".to_owned(),
        403 => format!("The account may not do this with the spreadsheet. Google says: {said}"),
        404 => "There is no such spreadsheet, or the account may not see it. Choose another in \
                the block's settings."
            .to_owned(),
        429 | 503 => match retry_after {
            Some(seconds) => {
                format!("Google takes no more requests for now; it says to wait {seconds} s.")
            }
            None => "Google takes no more requests for now. Try again in a minute.".to_owned(),
        },
        _ => format!("Google answered {status}: {said}"),
    };
    Failure::Upstream {
        status: Some(status),
        message,
        retryable: status == 429 || status >= 500,
    }
}

/// An answer that is not what it should be.
pub fn unreadable(body: &[u8]) -> Failure {
    Failure::Upstream {
        status: None,
        message: format!("Google's answer could not be read: {}", shown(body)),
        retryable: true,
    }
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(SHOWN).collect()
}

/// Whether a failure says that the account is not let in.
pub fn is_account_refused(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Upstream {
            status: Some(401),
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let body = br#"{"error":{"code":403,"message":"The caller does not have permission"}}"#;
        let told = |status, after| refused(status, after, body).to_string();
        assert!(told(401, None).ends_with("connect it again."));
        assert!(told(403, None).ends_with("The caller does not have permission"));
        assert!(told(404, None).contains("Choose another"));
        assert!(told(429, Some("7")).ends_with("wait 7 s."));
        assert!(told(503, None).ends_with("in a minute."));
        assert!(told(500, None).starts_with("Google answered 500: The caller"));
        assert!(is_account_refused(&refused(401, None, b"")));
        assert!(!is_account_refused(&refused(403, None, b"")));
        let long = refused(500, None, "é".repeat(1000).as_bytes()).to_string();
        assert!(long.chars().count() < 400);
    }

    #[test]
    fn sheets_without_cells_are_no_tables() {
        let described = br#"{"properties":{"title":"T"},"sheets":[
            {"properties":{"title":"One","gridProperties":{"rowCount":10}}},
            {"properties":{"sheetId":7,"title":"Chart","sheetType":"OBJECT"}},
            {"properties":{"sheetId":9,"title":"Two","sheetType":"GRID"}}]}"#;
        let spreadsheet: Spreadsheet = serde_json::from_slice(described).expect("it is described");
        let tables: Vec<_> = spreadsheet.tables().collect();
        let expected = [("0", "One"), ("9", "Two")];
        let expected = expected.map(|(id, title)| (id.to_owned(), title.to_owned()));
        assert_eq!(tables, expected);
    }
}
