//! Replies that come at once are taken one after the other, each once.

use futures_util::future::join_all;
use serde_json::{Value, json};
use talkloom_store::{Answer, BotId, Repositories, ResultId, SessionId};

use crate::app::{TestApp, workspace};
use crate::bots::{bot, text, text_input};

const REPLIES: usize = 20;

/// Asks one question more than there are replies.
fn questionnaire() -> Value {
    let mut blocks: Vec<_> = (0..=REPLIES)
        .map(|place| text_input(&format!("q{place:02}"), "v_name"))
        .collect();
    blocks.push(text("b_done", "Done."));
    bot(&blocks)
}

struct Conversation {
    bot: BotId,
    session: String,
    result: ResultId,
}

async fn begin(app: &TestApp) -> Conversation {
    let bot = app.publish("questions", &questionnaire()).await;
    let started = app.start("questions", json!({})).await;
    Conversation {
        bot,
        session: started.text("/sessionId").to_owned(),
        result: ResultId(started.text("/resultId").to_owned()),
    }
}

/// The stored answers, after a look at the session and the result.
async fn stored(app: &TestApp, talk: &Conversation) -> Vec<Answer> {
    let reader = app.app.store.reader();
    let session = SessionId(talk.session.clone());
    let session = reader
        .sessions()
        .find(&workspace(), &session)
        .await
        .unwrap();
    assert_eq!(session.expect("it goes on").turn, 1 + REPLIES as i64);
    let result = reader
        .results()
        .find(&workspace(), &talk.bot, &talk.result)
        .await
        .unwrap();
    let result = result.expect("it has begun");
    assert!(result.has_started && !result.is_completed, "{result:?}");
    let answers = reader
        .answers()
        .of_result(&workspace(), &talk.result)
        .await
        .unwrap();
    let blocks: Vec<_> = answers
        .iter()
        .map(|answer| answer.block_id.clone())
        .collect();
    let asked: Vec<_> = (0..REPLIES).map(|place| format!("q{place:02}")).collect();
    assert_eq!(
        blocks, asked,
        "each question was answered once, in its order"
    );
    answers
}

fn sorted_contents(answers: &[Answer]) -> Vec<String> {
    let mut contents: Vec<_> = answers
        .iter()
        .map(|answer| answer.content.clone())
        .collect();
    contents.sort();
    contents
}

fn words() -> Vec<String> {
    (0..REPLIES)
        .map(|place| format!("reply {place:02}"))
        .collect()
}

#[tokio::test]
async fn replies_at_once_are_taken_in_the_order_they_came() {
    let app = TestApp::new().await;
    let talk = begin(&app).await;
    let words = words();
    let replies = words.iter().map(|text| app.say(&talk.session, text));
    let replies = join_all(replies).await;
    for (place, reply) in replies.iter().enumerate() {
        let next = format!("q{:02}", place + 1);
        assert_eq!(
            (reply.status, reply.text("/input/id")),
            (200, next.as_str())
        );
    }
    let answers = stored(&app, &talk).await;
    let contents: Vec<_> = answers
        .iter()
        .map(|answer| answer.content.clone())
        .collect();
    assert_eq!(contents, words);
    let last = app.say(&talk.session, "the last").await;
    assert_eq!((last.status, last.body.get("input")), (200, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replies_on_many_threads_are_each_taken_once() {
    let app = TestApp::new().await;
    let talk = begin(&app).await;
    let words = words();
    let replies = join_all(words.iter().map(|text| app.say(&talk.session, text))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    assert_eq!(sorted_contents(&stored(&app, &talk).await), words);
}

#[tokio::test]
async fn two_processes_share_a_conversation() {
    let one = TestApp::new().await;
    let talk = begin(&one).await;
    let other = one.beside().await;
    let words = words();
    let replies = words.iter().enumerate().map(|(place, text)| {
        let app = if place % 2 == 0 { &one } else { &other };
        app.say(&talk.session, text)
    });
    let replies = join_all(replies).await;
    for reply in &replies {
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    assert_eq!(sorted_contents(&stored(&one, &talk).await), words);
}
