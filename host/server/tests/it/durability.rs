//! What was acknowledged survives the process.

use services::Place;
use talkloom_store::{Repositories, ResultId};

use crate::app::{open_store, place, workspace};
use crate::bots::greeter;
use crate::process::{Server, import};

async fn answers(place: &Place, result: &str) -> Vec<(String, String)> {
    let store = open_store(place).await;
    let result = ResultId(result.to_owned());
    let answers = store
        .reader()
        .answers()
        .of_result(&workspace(), &result)
        .await;
    let answers = answers.expect("the answers can be read").into_iter();
    let answers = answers
        .map(|answer| (answer.block_id, answer.content))
        .collect();
    store.close().await;
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_answer_survives_a_killed_server() {
    let folder = place();
    let file = folder.path().join("bot.json");
    std::fs::write(&file, greeter().to_string()).unwrap();
    import(
        folder.path(),
        &file,
        &["--publish", "--public-id", "greeter"],
    );

    let server = Server::start(folder.path());
    let began = server.start_chat("greeter").await;
    let (session, result) = (began.text("/sessionId"), began.text("/resultId"));
    let acknowledged = server.say(session, "Ada").await;
    server.kill();
    assert_eq!(acknowledged.text("/input/id"), "b_email");
    let named = ("b_name".to_owned(), "Ada".to_owned());
    let stored = answers(&folder, result).await;
    assert_eq!(stored, std::slice::from_ref(&named));

    let server = Server::start(folder.path());
    let ended = server.say(session, "ada@example.com").await;
    assert_eq!((ended.status, ended.text("/messages/0/id")), (200, "b_bye"));
    server.kill();
    let mailed = ("b_email".to_owned(), "ada@example.com".to_owned());
    assert_eq!(answers(&folder, result).await, [named, mailed]);
}
