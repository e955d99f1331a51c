//! Block: Google Sheets.
//!
//! The first row of a sheet names its columns; every other row is a row of the bot's. Tokens never
//! come here: the host signs in, keeps them fresh and adds them to requests.

mod account;
mod address;
mod api;
mod cells;
mod choices;
mod filter;
mod get;
mod header;
mod insert;
mod options;
mod page;
mod rows;
mod update;

use talkloom_block::manifest::{BlockType, Limits, PermissionKind};
use talkloom_block::prelude::*;

use account::{CREDENTIAL, DRIVE, SHEETS};

const GET: &str = "Get data from sheet";
const INSERT: &str = "Insert a row";
const UPDATE: &str = "Update a row";
/// The way out of a block that has no account to read with; mostly it leads nowhere.
const NO_ACCOUNT: &str = "no-account";
/// The longest wait that a busy service may ask for.
const PATIENCE_MS: u32 = 10_000;

talkloom_block::block!(
    Plugin::new("talkloom/google-sheets", "Google Sheets")
        .help("Reads and writes rows of a spreadsheet.")
        .icon(include_str!("icon.svg"))
        .credential(account::credential())
        .permission(
            PermissionKind::Network {
                hosts: vec![SHEETS.pattern(), DRIVE.pattern()],
            },
            "It reads and writes the spreadsheets of the chosen account, and lists their names.",
        )
        .limits(Limits {
            retry_after_ms: Some(PATIENCE_MS),
            ..Limits::default()
        })
        .action(
            Action::new(GET, get::run)
                .help("Puts cells of the rows that match into variables.")
                .exit(NO_ACCOUNT, "No account")
                .choices("spreadsheetId", choices::spreadsheets)
                .choices("sheetId", choices::sheets)
                .choices("filter/comparisons/*/column", choices::columns)
                .choices("referenceCell/column", choices::columns)
                .choices("cellsToExtract/*/column", choices::columns)
        )
        .action(
            Action::new(INSERT, insert::run)
                .help("Adds a row below the last one.")
                .choices("spreadsheetId", choices::spreadsheets)
                .choices("sheetId", choices::sheets)
                .choices("cellsToInsert/*/column", choices::columns)
        )
        .action(
            Action::new(UPDATE, update::run)
                .help("Changes cells of all rows that match.")
                .choices("spreadsheetId", choices::spreadsheets)
                .choices("sheetId", choices::sheets)
                .choices("filter/comparisons/*/column", choices::columns)
                .choices("referenceCell/column", choices::columns)
                .choices("cellsToUpsert/*/column", choices::columns)
        )
        .block(BlockType {
            block_type: "Google Sheets".to_owned(),
            name: "Google Sheets".to_owned(),
            help: None,
            icon: None,
            actions: vec![GET.to_owned(), INSERT.to_owned(), UPDATE.to_owned()],
            default_action: None,
            credential: Some(CREDENTIAL.to_owned()),
        })
);
