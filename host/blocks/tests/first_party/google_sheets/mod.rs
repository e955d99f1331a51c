//! The Google Sheets block, against a service that holds real cells.

mod book;

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};
use talkloom_blocks::{
    BlockCall, Credential, Failure, Level, Outcome, Renewal, Runtime, Secret, Variable,
};

use crate::{runtime, runtime_with};
use book::{Book, ID, TOKEN};

const NAMES: &[&str] = &["google-sheets"];
const PEOPLE: i64 = 0;

fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
    let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
    rows.iter().map(row).collect()
}

async fn people() -> Book {
    let book = Book::start().await;
    let cells: &[&[&str]] = &[
        &["Name", "Age", " City ", "", "Note"],
        &["Ada", "36", "London"],
        &["Grace", "85", "Arlington", "", "Admiral"],
        &[],
        &["Alan", "41", "Wilmslow", "x", "=1+1"],
        &["Ada", "12", "Paris"],
    ];
    book.add(PEOPLE, "It's people", rows(cells));
    book.add(77, "Nothing", Vec::new());
    book.add_chart(78, "Chart");
    book
}

fn call(book: &Book, action: &str, options: Value) -> BlockCall {
    let url = format!("http://{}", book.address);
    let mut all = json!({ "spreadsheetId": ID, "sheetId": "0" });
    for (name, value) in options.as_object().expect("options are an object") {
        all[name] = value.clone();
    }
    let variable = |id: &str| Variable {
        id: id.to_owned(),
        name: id.to_uppercase(),
        value: Value::Null,
    };
    BlockCall {
        block_type: "Google Sheets".into(),
        action: action.into(),
        options: all,
        credential: Some(Credential {
            kind: "google-sheets".into(),
            account: None,
            fields: BTreeMap::from([("sheetsUrl".into(), url.clone()), ("driveUrl".into(), url)]),
            secrets: BTreeMap::from([("accessToken".into(), Secret::new(TOKEN))]),
        }),
        variables: ["name", "age", "note"].map(variable).to_vec(),
        ..BlockCall::default()
    }
}

fn get(book: &Book, options: Value) -> BlockCall {
    let mut all = json!({ "cellsToExtract": [
        { "column": "Name", "variableId": "name" },
        { "column": "Age", "variableId": "age" },
    ] });
    for (name, value) in options.as_object().expect("options are an object") {
        all[name] = value.clone();
    }
    call(book, "Get data from sheet", all)
}

fn comparison(column: &str, operator: &str, value: &str) -> Value {
    json!({ "column": column, "comparisonOperator": operator, "value": value })
}

async fn done(runtime: &Runtime, call: BlockCall) -> Outcome {
    runtime.call(call, None).await.expect("it is done")
}

/// What the variables are set to, in order.
fn set(outcome: &Outcome) -> Vec<Value> {
    let values = outcome.assignments.iter().map(|(_, value)| value.clone());
    values.collect()
}

fn told(outcome: &Outcome) -> Vec<&str> {
    outcome
        .logs
        .iter()
        .map(|log| log.message.as_str())
        .collect()
}

#[tokio::test]
async fn rows_that_match_go_into_variables() {
    let book = people().await;
    let runtime = runtime(NAMES, &[book.address]).await;
    let adas = json!({ "comparisons": [comparison("Name", "Equal to", "Ada")] });
    let both = json!({ "logicalOperator": "AND", "comparisons": [
        comparison("Name", "Starts with", "a"),
        comparison("Age", "Greater than", "30"),
    ] });
    let no_note = json!({ "comparisons": [comparison("Note", "Is empty", "")] });
    for (options, expected) in [
        (
            json!({}),
            json!([
                ["Ada", "Grace", "", "Alan", "Ada"],
                ["36", "85", "", "41", "12"]
            ]),
        ),
        (
            json!({ "filter": adas }),
            json!([["Ada", "Ada"], ["36", "12"]]),
        ),
        (
            json!({ "filter": both }),
            json!([["Ada", "Alan"], ["36", "41"]]),
        ),
        (
            json!({ "filter": adas, "totalRowsToExtract": "First" }),
            json!(["Ada", "36"]),
        ),
        (
            json!({ "filter": adas, "totalRowsToExtract": "Last" }),
            json!(["Ada", "12"]),
        ),
        // The empty row between others is a row; those below the last are none.
        (
            json!({ "filter": no_note }),
            json!([["Ada", "", "Ada"], ["36", "", "12"]]),
        ),
        (
            json!({ "referenceCell": { "column": "City", "value": "Paris" } }),
            json!(["Ada", "12"]),
        ),
    ] {
        let outcome = done(&runtime, get(&book, options.clone())).await;
        assert_eq!(json!(set(&outcome)), expected, "{options}");
        assert_eq!(told(&outcome), [""; 0], "{options}");
        assert_eq!(outcome.exit, None);
    }
    let any = json!({ "totalRowsToExtract": "Random", "filter": adas });
    let ages: Vec<_> = set(&done(&runtime, get(&book, any)).await);
    assert!([json!("36"), json!("12")].contains(&ages[1]), "{ages:?}");
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let book = people().await;
    let runtime = runtime(NAMES, &[book.address]).await;
    let nobody = json!({ "filter": { "comparisons": [comparison("Name", "Equal to", "Bob")] } });
    let outcome = done(&runtime, get(&book, nobody)).await;
    assert_eq!(set(&outcome), [Value::Null; 0]);
    assert_eq!(told(&outcome), ["No row of the sheet matches the filter."]);
    assert_eq!(outcome.logs[0].level, Level::Info);

    let wrong = json!({ "totalRowsToExtract": "First", "cellsToExtract": [
        { "column": "Nmae", "variableId": "name" },
        { "column": "Age", "variableId": "age" },
        { "column": "City" },
        { "variableId": "note" },
    ] });
    let outcome = done(&runtime, get(&book, wrong)).await;
    assert_eq!(set(&outcome), [Value::Null, json!("36")]);
    assert_eq!(told(&outcome), ["The sheet has no column “Nmae”."]);

    for (options, expected) in [
        (json!({ "sheetId": "77" }), "first row is empty"),
        (json!({ "sheetId": "5" }), "has no sheet with the id 5"),
        (json!({ "sheetId": "" }), "Choose a sheet"),
        (json!({ "spreadsheetId": null }), "Choose a spreadsheet"),
        (
            json!({ "spreadsheetId": "../../drive" }),
            "There is no such spreadsheet",
        ),
    ] {
        let failed = runtime.call(get(&book, options.clone()), None).await;
        let told = failed.expect_err("it fails").to_string();
        assert!(told.contains(expected), "{options}: {told}");
    }
}

#[tokio::test]
async fn a_row_is_added_below_the_last() {
    let book = people().await;
    let runtime = runtime(NAMES, &[book.address]).await;
    let cells = json!({ "cellsToInsert": [
        { "column": "Name", "value": "Joan" },
        { "column": "Age", "value": "77" },
        { "column": "Note", "value": "=IMPORTXML(\"http://a\")" },
        { "column": "Phone", "value": "1" },
        { "column": "City", "value": null },
        { "value": "2" },
    ] });
    let outcome = done(&runtime, call(&book, "Insert a row", cells)).await;
    assert_eq!(
        told(&outcome),
        [
            "The sheet has no column “Phone”.",
            "A row was added to Orders › It's people."
        ]
    );
    let note = "=IMPORTXML(\"http://a\")";
    assert_eq!(book.row(PEOPLE, 7), ["Joan", "77", "", "", note]);
    let row = json!(["Joan", 77, null, null, note]);
    assert_eq!(book.written(), [json!({ "values": [row] })]);
    let read = json!({ "totalRowsToExtract": "Last" });
    let outcome = done(&runtime, get(&book, read)).await;
    assert_eq!(set(&outcome), [json!("Joan"), json!("77")]);

    let nothing = json!({ "cellsToInsert": [{ "column": "Phone", "value": "1" }] });
    let failed = runtime
        .call(call(&book, "Insert a row", nothing), None)
        .await;
    assert!(
        failed
            .expect_err("it fails")
            .to_string()
            .contains("nothing to insert")
    );
    assert_eq!(book.written(), [Value::Null; 0]);
}

#[tokio::test]
async fn all_rows_that_match_are_changed() {
    let book = people().await;
    let runtime = runtime(NAMES, &[book.address]).await;
    let adas = json!({ "comparisons": [comparison("Name", "Equal to", "Ada")] });
    let change = json!([
        { "column": "Note", "value": "seen" },
        { "column": "City", "value": "" },
        { "column": "Age", "value": "1" },
    ]);
    let options = json!({ "filter": adas, "cellsToUpsert": change });
    let outcome = done(&runtime, call(&book, "Update a row", options)).await;
    assert_eq!(told(&outcome), ["2 rows were changed."]);
    assert_eq!(book.row(PEOPLE, 2), ["Ada", "1", "", "", "seen"]);
    assert_eq!(book.row(PEOPLE, 6), ["Ada", "1", "", "", "seen"]);
    assert_eq!(book.row(PEOPLE, 3)[1], "85");
    assert_eq!(
        book.written()[0]["data"][0]["range"],
        "'It''s people'!B2:C2"
    );

    let slip = json!({ "comparisons": [comparison("Nmae", "Not equal", "Ada")] });
    let options = json!({ "filter": slip, "cellsToUpsert": change });
    let outcome = done(&runtime, call(&book, "Update a row", options)).await;
    let nothing = "No row of the sheet matches the filter: nothing was changed.";
    assert_eq!(told(&outcome), ["The sheet has no column “Nmae”.", nothing]);

    let all = json!({ "filter": { "comparisons": [] }, "cellsToUpsert": change });
    let failed = runtime.call(call(&book, "Update a row", all), None).await;
    assert!(
        failed
            .expect_err("it fails")
            .to_string()
            .contains("Which rows")
    );
    assert_eq!(book.written(), [Value::Null; 0]);
}

#[tokio::test]
async fn a_busy_service_is_asked_once_more() {
    let book = people().await;
    let runtime = runtime(NAMES, &[book.address]).await;
    book.refuse(429, Some("0"));
    let first = json!({ "totalRowsToExtract": "First" });
    let outcome = done(&runtime, get(&book, first.clone())).await;
    assert_eq!(set(&outcome), [json!("Ada"), json!("36")]);
    let asked = book.asked();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert_eq!(asked[0], asked[1]);

    book.refuse(429, Some("0"));
    book.refuse(503, Some("0"));
    let failed = runtime.call(get(&book, first.clone()), None).await;
    let told = failed.expect_err("it fails").to_string();
    assert!(told.contains("it says to wait 0 s."), "{told}");
    assert_eq!(book.asked().len(), 2);

    book.refuse(503, Some("3600"));
    let failed = runtime.call(get(&book, first), None).await;
    let told = failed.expect_err("it fails").to_string();
    assert!(told.contains("it says to wait 3600 s."), "{told}");
    assert_eq!(book.asked().len(), 1, "so long is not waited");
}

#[tokio::test]
async fn without_an_account_reading_ends_the_path_and_writing_does_not() {
    let book = people().await;
    let runtime = runtime(NAMES, &[book.address]).await;
    let mut without = get(&book, json!({}));
    without.credential = None;
    let outcome = done(&runtime, without).await;
    assert_eq!(outcome.exit.as_deref(), Some("no-account"));
    assert!(told(&outcome)[0].starts_with("There is no Google account"));

    let mut insert = call(&book, "Insert a row", json!({}));
    insert.credential = None;
    assert!(matches!(
        runtime.call(insert, None).await,
        Err(Failure::Other(_))
    ));

    book.refuse(401, None);
    let outcome = done(&runtime, get(&book, json!({}))).await;
    assert_eq!(outcome.exit.as_deref(), Some("no-account"));
    assert_eq!(
        told(&outcome),
        ["Google refused the account: connect it again."]
    );
}

#[tokio::test]
async fn a_refused_token_is_made_anew_within_the_call() {
    let book = people().await;
    let runtime = runtime(NAMES, &[book.address]).await;
    let first = json!({ "totalRowsToExtract": "First" });
    let with_old = |renewal| {
        let mut call = get(&book, first.clone());
        let credential = call.credential.as_mut().expect("there is one");
        let old = Secret::new("ya29.old-token");
        credential.secrets.insert("accessToken".into(), old);
        call.renewal = renewal;
        call
    };
    let fresh = BTreeMap::from([("accessToken".to_owned(), Secret::new(TOKEN))]);
    let renewal = Renewal::new(move || {
        let fresh = fresh.clone();
        Box::pin(async move { Some(fresh) })
    });
    let outcome = done(&runtime, with_old(Some(renewal))).await;
    assert_eq!(set(&outcome), [json!("Ada"), json!("36")]);
    assert_eq!(
        book.asked().len(),
        4,
        "only the first request was sent twice"
    );

    let none = Renewal::new(|| Box::pin(async { None }));
    let outcome = done(&runtime, with_old(Some(none))).await;
    assert_eq!(outcome.exit.as_deref(), Some("no-account"));
    assert_eq!(book.asked().len(), 1);
}

#[tokio::test]
async fn fields_list_what_they_can_be_set_to() {
    let book = people().await;
    for (id, name) in [("f1", "Orders"), ("f2", "Guests"), ("f3", "Old")] {
        book.add_file(id, name);
    }
    let runtime = runtime(NAMES, &[book.address]).await;
    let list = async |field: &str| {
        let choices = runtime.choices(get(&book, json!({})), field).await;
        let choices = choices.expect("they are listed").into_iter();
        let choices = choices.map(|choice| format!("{}={}", choice.value, choice.label));
        choices.collect::<Vec<_>>()
    };
    assert_eq!(
        list("spreadsheetId").await,
        ["f1=Orders", "f2=Guests", "f3=Old"]
    );
    assert_eq!(list("sheetId").await, ["0=It's people", "77=Nothing"]);
    let columns = list("cellsToExtract/*/column").await;
    assert_eq!(columns, ["Name=Name", "Age=Age", "City=City", "Note=Note"]);
}

/// 50,000 rows of 20 columns, read within a quarter of the usual memory.
#[tokio::test]
async fn a_large_sheet_is_read_in_little_memory() {
    const ROWS: usize = 50_000;
    let book = Book::start().await;
    let columns: Vec<_> = (0..20).map(|column| format!("Column {column}")).collect();
    let mut cells = vec![columns];
    cells.extend((0..ROWS).map(|row| (0..20).map(|column| format!("r{row}c{column}")).collect()));
    book.add(PEOPLE, "Large", cells);
    let memory = 16 << 20;
    let runtime = runtime_with(NAMES, &[book.address], |settings| {
        settings.limits.memory_bytes = memory;
    })
    .await;
    let extract = |total: &str, filter: Value| {
        let cells = json!([{ "column": "Column 3", "variableId": "name" }]);
        let options = json!({
            "cellsToExtract": cells, "totalRowsToExtract": total, "filter": filter,
        });
        call(&book, "Get data from sheet", options)
    };
    let everything = json!({ "cellsToExtract": [
        { "column": "Column 3", "variableId": "name" },
        { "column": "Column 4", "variableId": "age" },
    ] });
    let one = json!({ "comparisons": [comparison("Column 19", "Equal to", "r49998c19")] });
    let last = json!(format!("r{}c3", ROWS - 1));
    for (what, call, expected, requests) in [
        ("one row", extract("All", one), json!("r49998c3"), 3..20),
        ("the last row", extract("Last", Value::Null), last, 10..20),
        (
            "the first row",
            extract("First", Value::Null),
            json!("r0c3"),
            3..4,
        ),
    ] {
        let began = Instant::now();
        let outcome = done(&runtime, call).await;
        assert_eq!(set(&outcome), [expected], "{what}");
        let asked = book.asked().len();
        assert!(requests.contains(&asked), "{what}: {asked} requests");
        println!(
            "{what} of {ROWS} × 20: {} ms, {asked} requests, within {} MiB",
            began.elapsed().as_millis(),
            memory >> 20
        );
    }
    let everything = call(&book, "Get data from sheet", everything);
    let failed = runtime.call(everything, None).await;
    let told = match failed {
        Ok(outcome) => panic!("{} values are too much", outcome.assignments.len()),
        Err(failure) => failure.to_string(),
    };
    assert!(told.contains("Narrow the filter"), "{told}");
}
