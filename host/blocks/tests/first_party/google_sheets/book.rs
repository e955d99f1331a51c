//! A spreadsheet service on this machine, which holds real cells: what is written can be read back.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::server::{Exchange, Server};

pub const ID: &str = "1AbC-dEf_9";
pub const TOKEN: &str = "ya29.test-token-1";

/// A running service with one spreadsheet.
#[derive(Clone)]
pub struct Book {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    sheets: Vec<Sheet>,
    /// The first line of each request.
    asked: Vec<String>,
    /// The bodies of requests that write.
    written: Vec<Value>,
    /// Statuses to answer with first, and what they say of when to come back.
    refusals: VecDeque<(u16, Option<&'static str>)>,
    files: Vec<(String, String)>,
}

struct Sheet {
    id: i64,
    title: String,
    kind: &'static str,
    rows: Vec<Vec<String>>,
    grid_rows: usize,
}

impl Book {
    pub async fn start() -> Self {
        let mut server = Server::start().await;
        let book = Self {
            address: server.address,
            state: Arc::default(),
        };
        let serving = book.clone();
        tokio::spawn(async move {
            loop {
                let exchange = server.next().await;
                let serving = serving.clone();
                tokio::spawn(async move { serving.answer(exchange).await });
            }
        });
        book
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }

    /// Adds a sheet whose grid is somewhat larger than what it holds.
    pub fn add(&self, id: i64, title: &str, rows: Vec<Vec<String>>) {
        let grid_rows = rows.len() + 50;
        self.state().sheets.push(Sheet {
            id,
            title: title.to_owned(),
            kind: "GRID",
            rows,
            grid_rows,
        });
    }

    pub fn add_chart(&self, id: i64, title: &str) {
        self.add(id, title, Vec::new());
        if let Some(sheet) = self.state().sheets.last_mut() {
            sheet.kind = "OBJECT";
        }
    }

    pub fn add_file(&self, id: &str, name: &str) {
        self.state().files.push((id.to_owned(), name.to_owned()));
    }

    /// The next requests are refused, in this order.
    pub fn refuse(&self, status: u16, retry_after: Option<&'static str>) {
        self.state().refusals.push_back((status, retry_after));
    }

    /// A row as it stands, counted from 1.
    pub fn row(&self, sheet: i64, number: usize) -> Vec<String> {
        let state = self.state();
        let found = state.sheets.iter().find(|known| known.id == sheet);
        let rows = &found.expect("there is the sheet").rows;
        rows.get(number - 1).cloned().unwrap_or_default()
    }

    /// The requests since this was last asked.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    /// The bodies that were written since this was last asked.
    pub fn written(&self) -> Vec<Value> {
        std::mem::take(&mut self.state().written)
    }

    async fn answer(&self, mut exchange: Exchange) {
        let (status, retry_after, body) = self.respond(&exchange);
        let retry_after = retry_after.map_or(String::new(), |s| format!("Retry-After: {s}\r\n"));
        let head = format!(
            "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\n{retry_after}\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        exchange.send(&head).await;
        exchange.send(&body).await;
    }

    fn respond(&self, exchange: &Exchange) -> (u16, Option<&'static str>, String) {
        let mut state = self.state();
        state.asked.push(exchange.line.clone());
        let error = |message: &str| json!({ "error": { "message": message } }).to_string();
        if let Some((status, retry_after)) = state.refusals.pop_front() {
            return (status, retry_after, error("Refused."));
        }
        if exchange.header("authorization") != Some(format!("Bearer {TOKEN}").as_str()) {
            return (401, None, error("Invalid Credentials"));
        }
        let target = exchange.line.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parts: Vec<_> = path.split('/').skip(1).map(decoded).collect();
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        let body = serde_json::from_str(&exchange.body).unwrap_or_default();
        let answered = match parts.as_slice() {
            ["drive", "v3", "files"] => Some(state.list(query)),
            ["v4", "spreadsheets", ID] => Some(state.describe()),
            ["v4", "spreadsheets", ID, "values", range] => match range.strip_suffix(":append") {
                None => state.read(range),
                Some(range) => state.append(range, query, body),
            },
            ["v4", "spreadsheets", ID, "values:batchUpdate"] => state.update(body),
            _ => None,
        };
        match answered {
            Some(answer) => (200, None, answer.to_string()),
            None => (404, None, error("Requested entity was not found.")),
        }
    }
}

impl State {
    fn list(&self, query: &str) -> Value {
        let token = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("pageToken="));
        let from: usize = token.map_or(0, |token| token.parse().expect("a token of ours"));
        let page = self.files.iter().skip(from).take(2);
        let files: Vec<_> = page
            .map(|(id, name)| json!({ "id": id, "name": name }))
            .collect();
        let mut answer = json!({ "files": files });
        if from + 2 < self.files.len() {
            answer["nextPageToken"] = json!((from + 2).to_string());
        }
        answer
    }

    fn describe(&self) -> Value {
        let sheet = |sheet: &Sheet| {
            json!({ "properties": {
                "sheetId": sheet.id, "title": sheet.title, "sheetType": sheet.kind,
                "gridProperties": { "rowCount": sheet.grid_rows, "columnCount": 26 },
            } })
        };
        let sheets: Vec<_> = self.sheets.iter().map(sheet).collect();
        json!({ "properties": { "title": "Orders" }, "sheets": sheets })
    }

    /// As the service does it: empty cells at a row's end and empty rows at the page's are left out.
    fn read(&self, range: &str) -> Option<Value> {
        let (title, columns, (first, last)) = parse(range);
        let sheet = self.sheets.iter().find(|sheet| sheet.title == title)?;
        let page = sheet.rows.iter().take(last).skip(first - 1);
        let mut rows: Vec<Vec<&str>> = Vec::new();
        for row in page {
            let cells = row.iter().take(columns.1 + 1).skip(columns.0);
            let mut cells: Vec<_> = cells.map(String::as_str).collect();
            while cells.last().is_some_and(|cell| cell.is_empty()) {
                cells.pop();
            }
            rows.push(cells);
        }
        while rows.last().is_some_and(Vec::is_empty) {
            rows.pop();
        }
        match rows.is_empty() {
            true => Some(json!({})),
            false => Some(json!({ "values": rows })),
        }
    }

    fn append(&mut self, range: &str, query: &str, body: Value) -> Option<Value> {
        assert!(query.contains("valueInputOption=RAW"), "{query}");
        let (title, ..) = parse(range);
        let sheet = self.sheets.iter_mut().find(|sheet| sheet.title == title)?;
        let is_used = |row: &Vec<String>| row.iter().any(|cell| !cell.is_empty());
        let used = sheet.rows.iter().rposition(is_used).map_or(0, |at| at + 1);
        for (at, row) in body["values"].as_array()?.iter().enumerate() {
            put(&mut sheet.rows, used + at, 0, row);
        }
        self.written.push(body);
        Some(json!({ "updates": { "updatedRange": "A1" } }))
    }

    fn update(&mut self, body: Value) -> Option<Value> {
        assert_eq!(body["valueInputOption"], "RAW");
        for data in body["data"].as_array()? {
            let (title, columns, (first, _)) = parse(data["range"].as_str()?);
            let sheet = self.sheets.iter_mut().find(|sheet| sheet.title == title)?;
            put(&mut sheet.rows, first - 1, columns.0, &data["values"][0]);
        }
        self.written.push(body);
        Some(json!({ "totalUpdatedCells": 1 }))
    }
}

fn put(rows: &mut Vec<Vec<String>>, row: usize, first: usize, values: &Value) {
    if rows.len() <= row {
        rows.resize(row + 1, Vec::new());
    }
    let values = values.as_array().expect("a row is a list");
    for (at, value) in values.iter().enumerate() {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let column = first + at;
        if rows[row].len() <= column {
            rows[row].resize(column + 1, String::new());
        }
        rows[row][column] = text;
    }
}

fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// Title, columns from 0, rows from 1; `'T'!1:1` is a whole row, `'T'!A1` a corner.
fn parse(range: &str) -> (String, (usize, usize), (usize, usize)) {
    let (title, cells) = range.rsplit_once('!').expect("a range has a title");
    let title = title.trim_matches('\'').replace("''", "'");
    let corner = |text: &str| {
        let letters: String = text.chars().take_while(char::is_ascii_uppercase).collect();
        let column = letters.bytes().fold(0, |column, letter| {
            column * 26 + usize::from(letter - b'A') + 1
        });
        let row: usize = text[letters.len()..].parse().expect("a row");
        (column.checked_sub(1), row)
    };
    let (first, last) = match cells.split_once(':') {
        Some((first, last)) => (corner(first), corner(last)),
        None => (corner(cells), corner(cells)),
    };
    let columns = (first.0.unwrap_or(0), last.0.unwrap_or(18_277));
    (title, columns, (first.1, last.1))
}
