//! Installed blocks: their versions, grants and switches, who uses them, and what they sent.

use talkloom_store::repository::{Draft, EgressFilter, NewBlock, NewEgressEntry, NewVersion};
use talkloom_store::{BlockId, Repositories, VersionId};

use crate::support::{NOW, TestStore};

#[tokio::test]
async fn one_version_of_a_block_is_active() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let blocks = tx.installed_blocks();
    let (first, second) = (BlockId("d1".into()), BlockId("d2".into()));
    let new = |id: &BlockId, version: &str| NewBlock {
        id: id.clone(),
        name: "acme/sheets".into(),
        version: version.into(),
        manifest: "{}".into(),
        size: 7,
        is_first_party: false,
        installed_by: None,
    };
    blocks.add(new(&first, "1.0.0"), NOW).await.unwrap();
    blocks.add(new(&second, "2.0.0"), NOW + 1).await.unwrap();
    let states = async || -> Vec<String> {
        let versions = blocks.of_name("acme/sheets").await.unwrap();
        versions.into_iter().map(|block| block.state).collect()
    };
    assert_eq!(states().await, ["staged", "staged"]);
    assert!(blocks.activate(&first, NOW).await.unwrap());
    assert!(blocks.activate(&second, NOW + 1).await.unwrap());
    assert_eq!(states().await, ["old", "active"]);
    assert!(!blocks.activate(&BlockId("d3".into()), NOW).await.unwrap());
    blocks.set_broken(&second, Some("It traps.")).await.unwrap();
    let found = blocks.find(&second).await.unwrap().unwrap();
    assert_eq!(
        (found.broken.as_deref(), found.activated_at),
        (Some("It traps."), Some(NOW + 1))
    );
    for _ in 0..2 {
        blocks.grant(&first, "scripts", None, NOW).await.unwrap();
    }
    assert_eq!(blocks.grants(&first).await.unwrap().len(), 1);
    assert_eq!(blocks.grants(&second).await.unwrap(), []);
    assert!(!blocks.revoke(&second, "scripts").await.unwrap());
    assert!(blocks.remove(&first).await.unwrap());
    assert_eq!(blocks.all_grants().await.unwrap(), [], "they go with it");
}

#[tokio::test]
async fn blocks_are_switched_by_workspace_and_their_changes_counted() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let blocks = tx.installed_blocks();
    let name = "acme/sheets";
    assert!(
        blocks
            .switch_off(&test.owner, name, None, NOW)
            .await
            .unwrap()
    );
    assert!(
        !blocks
            .switch_off(&test.owner, name, None, NOW)
            .await
            .unwrap()
    );
    assert!(!blocks.switch_on(&test.stranger, name).await.unwrap());
    assert_eq!(blocks.switched_off().await.unwrap().len(), 1);
    assert!(blocks.switch_on(&test.owner, name).await.unwrap());
    let before = blocks.revision().await.unwrap();
    let done = blocks.note((name, "1.0.0"), "installed", None, None, NOW);
    done.await.unwrap();
    assert_eq!(blocks.revision().await.unwrap(), before + 1);
    assert_eq!(blocks.events(name, 9).await.unwrap()[0].action, "installed");
}

#[tokio::test]
async fn bots_that_use_a_block_are_found() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let draft = Draft {
        name: "Orders",
        source_id: None,
        document: r#"{"groups":[{"blocks":[{"id":"b","type":"Hello \"x\""}]}]}"#,
    };
    let bots = tx.bots();
    let saved = bots.save_draft(&test.owner, &test.bot, draft, NOW).await;
    saved.unwrap();
    let lock = r#"{"Other":{"id":"acme/locked","version":"1.0.0","digest":"d9"}}"#;
    let version = NewVersion {
        id: VersionId("cv".into()),
        bot_id: test.bot.clone(),
        document: "{}".into(),
        lock: lock.into(),
        is_preview: false,
        author_id: None,
        note: None,
    };
    tx.versions().add(&test.owner, version, NOW).await.unwrap();
    let blocks = tx.installed_blocks();
    let users = async |name: &str, types: &[&str]| blocks.users(name, types, 9).await.unwrap();
    assert_eq!(
        users("acme/hello", &["Hello \"x\""]).await[0].name,
        "Orders"
    );
    assert_eq!(users("acme/hello", &["Hello"]).await, []);
    assert_eq!(
        users("acme/locked", &[]).await,
        [],
        "it is not what visitors talk to"
    );
    let version = VersionId("cv".into());
    let published = tx.bots();
    let published = published.set_published(&test.owner, &test.bot, Some(&version));
    published.await.unwrap();
    assert_eq!(users("acme/locked", &[]).await[0].bot, test.bot);
    assert!(blocks.is_locked(&BlockId("d9".into())).await.unwrap());
    assert!(!blocks.is_locked(&BlockId("d8".into())).await.unwrap());
}

#[tokio::test]
async fn what_blocks_sent_is_listed_from_the_newest() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let sent = |host: &str, status: Option<i32>| NewEgressEntry {
        sent_at: NOW,
        workspace_id: test.owner.clone(),
        bot_id: test.bot.clone(),
        block: "acme/sheets".into(),
        version: "1.0.0".into(),
        credential_id: None,
        method: "POST".into(),
        host: host.into(),
        bytes_out: 3,
        bytes_in: 4,
        refused: status.is_none().then(|| "No.".into()),
        status,
    };
    let log = tx.egress_log();
    let entries = vec![sent("a.example", Some(200)), sent("b.example", None)];
    log.add(entries).await.unwrap();
    let filter = EgressFilter {
        limit: 9,
        ..EgressFilter::default()
    };
    let all = log.page(&filter).await.unwrap();
    assert_eq!(
        (all.len(), all[0].host.as_str(), all[1].status),
        (2, "b.example", Some(200))
    );
    let to_one = EgressFilter {
        host: Some("a.example".into()),
        ..filter
    };
    assert_eq!(log.page(&to_one).await.unwrap().len(), 1);
    assert_eq!(tx.retention().egress_log(NOW + 1, 9).await.unwrap(), 2);
}
