//! What the fields can be set to: spreadsheets, their sheets, the columns of a sheet.

use serde::Deserialize;
use talkloom_block::http::Request;
use talkloom_block::{Call, Choice, Failure};

use crate::address::encoded;
use crate::api::{self, Api};

/// Spreadsheets of one page, which is the most that Drive gives.
const PER_PAGE: usize = 1_000;
/// Pages that are listed, the files that were changed last first.
const PAGES: usize = 5;
const KIND: &str = "mimeType = 'application/vnd.google-apps.spreadsheet' and trashed = false";

/// What was chosen already.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Chosen {
    spreadsheet_id: Option<String>,
    sheet_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Files {
    files: Vec<File>,
    next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    id: String,
    name: String,
}

/// The account's spreadsheets, also those that others share with it.
pub fn spreadsheets(_: Chosen, call: &mut Call) -> Result<Vec<Choice>, Failure> {
    let api = Api::of(call)?;
    let mut found = Vec::new();
    let mut page = None;
    for _ in 0..PAGES {
        let url = files_url(&api.files(), page.as_deref());
        let answer = api::whole(Request::get(url))?;
        let files: Files = serde_json::from_slice(&answer).map_err(|_| api::unreadable(&answer))?;
        found.extend(files.files.into_iter().map(choice));
        page = files.next_page_token.filter(|token| !token.is_empty());
        if page.is_none() {
            break;
        }
    }
    Ok(found)
}

fn files_url(files: &str, page: Option<&str>) -> String {
    let page = page.map_or(String::new(), |token| {
        format!("&pageToken={}", encoded(token))
    });
    format!(
        "{files}?q={}&orderBy={}&pageSize={PER_PAGE}&fields={}&supportsAllDrives=true\
         &includeItemsFromAllDrives=true{page}",
        encoded(KIND),
        encoded("modifiedTime desc"),
        encoded("nextPageToken,files(id,name)")
    )
}

fn choice(file: File) -> Choice {
    Choice::new(file.id, file.name)
}

/// The sheets of the chosen spreadsheet.
pub fn sheets(chosen: Chosen, call: &mut Call) -> Result<Vec<Choice>, Failure> {
    let api = Api::of(call)?;
    let Some(id) = chosen.spreadsheet_id.filter(|id| !id.trim().is_empty()) else {
        return Ok(Vec::new());
    };
    let tables = api.spreadsheet(id.trim())?.tables();
    Ok(tables.map(|(id, title)| Choice::new(id, title)).collect())
}

/// The columns of the chosen sheet.
pub fn columns(chosen: Chosen, call: &mut Call) -> Result<Vec<Choice>, Failure> {
    let api = Api::of(call)?;
    if chosen.spreadsheet_id.is_none() || chosen.sheet_id.is_none() {
        return Ok(Vec::new());
    }
    let sheet = api.sheet(chosen.spreadsheet_id.as_deref(), chosen.sheet_id.as_deref())?;
    let header = api.header(&sheet)?;
    Ok(header.names().map(Choice::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_asked_for_page_by_page() {
        let url = files_url("https://files.example/drive/v3/files", Some("a/b="));
        assert!(url.starts_with("https://files.example/drive/v3/files?q=mimeType%20%3D%20%27"));
        assert!(url.ends_with("&pageToken=a%2Fb%3D"), "{url}");
        assert!(!files_url("x", None).contains("pageToken"));
    }
}
