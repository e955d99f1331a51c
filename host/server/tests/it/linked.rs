//! Bots that lead into other bots.

use serde_json::json;
use talkloom_store::Repositories;

use crate::app::{TestApp, workspace};
use crate::bots::{bot, text, text_input};

/// A linked bot is named by the id it had where its file came from, and may keep a result of its
/// own: the rows must fit together all the same.
#[tokio::test]
async fn a_linked_bot_has_a_result_of_its_own() {
    let app = TestApp::new().await;
    let mut child = bot(&[
        text_input("b_child", "v_city"),
        text("b_done", "{{City}} it is."),
    ]);
    child["id"] = json!("from-elsewhere");
    let child = app.publish("child", &child).await;
    let options = json!({"typebotId": "from-elsewhere", "mergeResults": false});
    let link = json!({"id": "b_link", "type": "Typebot link", "options": options});
    let ask = text_input("b_parent", "v_name");
    let parent = app.publish("parent", &bot(&[link, ask])).await;

    let started = app.start("parent", json!({})).await;
    assert_eq!(started.status, 200, "{:#}", started.body);
    assert_eq!(started.text("/input/id"), "b_child");
    let session = started.text("/sessionId");
    let back = app.say(session, "Lisbon").await;
    assert_eq!(back.status, 200, "{:#}", back.body);
    assert_eq!(back.text("/input/id"), "b_parent");
    assert_eq!(app.say(session, "Ada").await.status, 200);

    let reader = app.app.store.reader();
    for (bot, block, content) in [(&parent, "b_parent", "Ada"), (&child, "b_child", "Lisbon")] {
        let results = reader.results().of_bot(&workspace(), bot).await.unwrap();
        let [result] = &results[..] else {
            panic!("one result is expected: {results:?}");
        };
        assert!(result.is_completed, "{result:?}");
        let answers = reader
            .answers()
            .of_result(&workspace(), &result.id)
            .await
            .unwrap();
        let answers: Vec<_> = answers
            .iter()
            .map(|answer| (&*answer.block_id, &*answer.content))
            .collect();
        assert_eq!(answers, [(block, content)]);
    }
}
