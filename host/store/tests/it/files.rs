//! Files and waiting messages, as their owner and a stranger find them.

use crate::support::{NOW, TestStore};
use talkloom_store::repository::{NewFile, NewMessage};
use talkloom_store::{Listened, Repositories, StoreError};

const FOLDER: &str = "public/workspaces/w/typebots/t/results/r/blocks/b";

fn file(test: &TestStore, name: &str, is_private: bool) -> NewFile {
    NewFile {
        folder: FOLDER.into(),
        name: name.into(),
        bot_id: test.bot.clone(),
        result_id: None,
        block_id: "b".into(),
        media_type: "image/png".into(),
        is_private,
        max_size: 10,
    }
}

#[tokio::test]
async fn a_file_is_found_once_it_has_arrived() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let files = tx.files();
    files
        .announce(&test.owner, file(&test, "a.png", false), NOW)
        .await
        .unwrap();
    files
        .announce(&test.owner, file(&test, "b.png", true), NOW)
        .await
        .unwrap();
    assert_eq!(files.count(&test.owner, FOLDER).await.unwrap(), 2);
    assert_eq!(files.count(&test.stranger, FOLDER).await.unwrap(), 0);
    let visitors = tx.visitors();
    let announced = visitors.file(FOLDER, "a.png").await.unwrap();
    assert_eq!(announced.expect("it is announced").size, None);
    for name in ["a.png", "b.png"] {
        assert!(
            !files
                .arrived(&test.stranger, FOLDER, name, 7)
                .await
                .unwrap()
        );
        assert!(files.arrived(&test.owner, FOLDER, name, 7).await.unwrap());
    }
    let found = visitors.file(FOLDER, "a.png").await.unwrap();
    assert_eq!(found.unwrap().size, Some(7));
    assert_eq!(visitors.file(FOLDER, "b.png").await.unwrap(), None);
    let find = |workspace| files.find(workspace, FOLDER, "b.png");
    assert!(find(&test.owner).await.unwrap().is_some());
    assert!(find(&test.stranger).await.unwrap().is_none());
    drop(tx);
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let test = TestStore::new().await;
    for attempt in 0..2 {
        let tx = test.store.begin().await.unwrap();
        let announced = tx
            .files()
            .announce(&test.owner, file(&test, "a.png", false), NOW)
            .await;
        match attempt {
            0 => announced.unwrap(),
            _ => assert!(matches!(announced, Err(StoreError::Conflict { .. }))),
        }
        tx.commit().await.unwrap();
    }
}

fn message(block: Option<&str>, body: &str) -> NewMessage {
    NewMessage {
        room: "r".into(),
        block_id: block.map(str::to_owned),
        body: body.into(),
    }
}

#[tokio::test]
async fn messages_wait_for_their_block_and_are_taken_with_the_turn() {
    let mut test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    for new in [
        message(Some("later"), "1"),
        message(Some("here"), "22"),
        message(None, "3"),
    ] {
        tx.listener_messages()
            .add(&test.owner, new, NOW)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let reader = test.store.reader().clone();
    let messages = reader.listener_messages();
    let waiting = messages.waiting(&test.owner, "r").await.unwrap();
    assert_eq!((waiting.messages, waiting.characters), (3, 4));
    let waiting = messages.waiting(&test.stranger, "r").await.unwrap();
    assert_eq!((waiting.messages, waiting.characters), (0, 0));
    let none = messages.next(&test.stranger, "r", "here").await.unwrap();
    assert_eq!(none, None);
    let first = messages.next(&test.owner, "r", "here").await.unwrap();
    let first = first.expect("it waits");
    assert_eq!(first.body, "22");

    let tx = test.store.begin().await.unwrap();
    let delivering = tx.listener_messages();
    delivering
        .delivered(&test.stranger, first.id, 9)
        .await
        .unwrap();
    delivering
        .delivered(&test.owner, first.id, 1)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let (_, _, mut write) = test.start();
    write.listened = Some(Listened {
        room: "r".into(),
        from_turn: 1,
    });
    test.store.commit_turn(write).await.unwrap();
    let next = messages.next(&test.owner, "r", "here").await.unwrap();
    assert_eq!(next.expect("the other waits still").body, "3");

    for (workspace, left) in [(&test.stranger, 2), (&test.owner, 0)] {
        let tx = test.store.begin().await.unwrap();
        tx.listener_messages()
            .forget_before(workspace, NOW + 1)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let waiting = messages.waiting(&test.owner, "r").await.unwrap();
        assert_eq!(waiting.messages, left);
    }
}

#[tokio::test]
async fn a_requests_id_is_known_for_its_listener() {
    let test = TestStore::new().await;
    let place = ("r", "hook");
    for (place, id, is_new) in [
        (place, "msg_1", true),
        (place, "msg_1", false),
        (place, "msg_2", true),
        (("r", "other"), "msg_1", true),
    ] {
        let tx = test.store.begin().await.unwrap();
        let messages = tx.listener_messages();
        let noted = messages.note_id(&test.owner, place, id, NOW).await;
        assert_eq!(noted.is_ok(), is_new, "{place:?} {id}: {noted:?}");
        if is_new {
            tx.commit().await.unwrap();
        }
    }
    for (workspace, before, is_new) in [
        (&test.stranger, NOW + 1, false),
        (&test.owner, NOW, false),
        (&test.owner, NOW + 1, true),
    ] {
        let tx = test.store.begin().await.unwrap();
        let messages = tx.listener_messages();
        let forgotten = messages.forget_id_before(workspace, place, "msg_1", before);
        forgotten.await.unwrap();
        let noted = messages.note_id(&test.owner, place, "msg_1", NOW).await;
        assert_eq!(noted.is_ok(), is_new);
    }
    let tx = test.store.begin().await.unwrap();
    assert_eq!(tx.retention().listener_ids(NOW + 1, 2).await.unwrap(), 2);
    assert_eq!(tx.retention().listener_ids(NOW + 1, 2).await.unwrap(), 1);
}
