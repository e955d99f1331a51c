//! What a workspace builds and runs on: no stranger finds or changes it.

use talkloom_store::repository::{
    Limits, NewAuditEntry, NewEdit, NewVersion, ResultFilter, ResultPlace,
};
use talkloom_store::{FolderId, Repositories, StoreError, ThemeTemplateId, VersionId, WorkspaceId};

use crate::support::{NOW, TestStore};

#[tokio::test]
async fn folders_hold_bots_and_give_them_back() {
    let test = TestStore::new().await;
    let (owner, stranger, bot) = (&test.owner, &test.stranger, &test.bot);
    let (outer, inner) = (FolderId("couter".into()), FolderId("cinner".into()));
    let tx = test.store.begin().await.unwrap();
    let (folders, bots) = (tx.folders(), tx.bots());
    folders
        .add(owner, &outer, None, "Outer", NOW)
        .await
        .unwrap();
    folders
        .add(owner, &inner, Some(&outer), "Inner", NOW)
        .await
        .unwrap();
    assert!(bots.move_to(owner, bot, Some(&inner)).await.unwrap());
    assert!(!bots.move_to(stranger, bot, None).await.unwrap());
    assert_eq!(folders.find(stranger, &inner).await.unwrap(), None);
    assert_eq!(folders.within(stranger, None).await.unwrap(), []);
    assert!(!folders.rename(stranger, &inner, "Mine").await.unwrap());
    assert!(!folders.move_to(stranger, &inner, None).await.unwrap());
    assert!(!folders.remove(stranger, &inner).await.unwrap());
    let strange = bots.in_folder(stranger, Some(&inner), None, 9).await;
    assert_eq!(strange.unwrap(), []);

    assert!(folders.rename(owner, &inner, "Deep").await.unwrap());
    let within = folders.within(owner, Some(&outer)).await.unwrap();
    assert_eq!(within[0].name, "Deep");
    let found = bots.in_folder(owner, Some(&inner), None, 9).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(folders.remove(owner, &inner).await.unwrap());
    let found = bots.in_folder(owner, Some(&outer), None, 9).await.unwrap();
    assert_eq!(found.len(), 1, "its bots go where it stood");
    assert!(folders.remove(owner, &outer).await.unwrap());
    let found = bots.in_folder(owner, None, None, 9).await.unwrap();
    assert_eq!(found.len(), 1);
    let page = bots.page(owner, None, 9).await.unwrap();
    assert_eq!(page, found);
    assert_eq!(bots.page(owner, Some(bot), 9).await.unwrap(), []);
    assert_eq!(bots.page(stranger, None, 9).await.unwrap(), []);
}

#[tokio::test]
async fn edits_are_kept_in_order() {
    let test = TestStore::new().await;
    let (owner, stranger, bot) = (&test.owner, &test.stranger, &test.bot);
    let tx = test.store.begin().await.unwrap();
    let (bots, edits) = (tx.bots(), tx.edits());
    assert!(!bots.save_edited(stranger, bot, 0, "{}", NOW).await.unwrap());
    for revision in 1..=3 {
        let saved = bots.save_edited(owner, bot, revision - 1, "{}", NOW).await;
        assert!(saved.unwrap());
        let edit = NewEdit {
            bot_id: bot.clone(),
            revision,
            author_id: None,
            edit: "{}".into(),
            inverse: "{}".into(),
        };
        edits.append(owner, edit, NOW).await.unwrap();
    }
    let late = bots.save_edited(owner, bot, 2, "{}", NOW).await.unwrap();
    assert!(!late, "somebody else was quicker");
    let after = edits.after(owner, bot, 1, 9).await.unwrap();
    let revisions: Vec<_> = after.iter().map(|edit| edit.revision).collect();
    assert_eq!(revisions, [2, 3]);
    assert_eq!(edits.after(stranger, bot, 0, 9).await.unwrap(), []);
    assert!(bots.set_look(owner, bot, Some("🤖"), false).await.unwrap());
    assert!(!bots.set_look(stranger, bot, None, true).await.unwrap());
    let found = bots.find(owner, bot).await.unwrap().unwrap();
    assert_eq!((found.revision, found.shows_brand), (3, false));
}

#[tokio::test]
async fn versions_are_numbered() {
    let test = TestStore::new().await;
    let (owner, stranger, bot) = (&test.owner, &test.stranger, &test.bot);
    let tx = test.store.begin().await.unwrap();
    let versions = tx.versions();
    for (id, is_preview) in [("ca", true), ("cb", false), ("cc", false)] {
        let new = NewVersion {
            id: VersionId(id.into()),
            bot_id: bot.clone(),
            document: "{}".into(),
            lock: "{}".into(),
            is_preview,
            author_id: None,
            note: Some("New".into()),
        };
        versions.add(owner, new, NOW).await.unwrap();
    }
    let numbers = |page: Vec<talkloom_store::Version>| -> Vec<_> {
        page.into_iter()
            .filter_map(|version| version.number)
            .collect()
    };
    let page = versions.page(owner, bot, None, 2).await.unwrap();
    assert_eq!(numbers(page), [3, 2]);
    let page = versions.page(owner, bot, Some(2), 2).await.unwrap();
    assert_eq!(numbers(page), [1]);
    assert_eq!(versions.page(stranger, bot, None, 9).await.unwrap(), []);
    let second = versions.numbered(owner, bot, 2).await.unwrap().unwrap();
    assert_eq!(
        (second.id.as_str(), second.note.as_deref()),
        ("cb", Some("New"))
    );
    assert_eq!(versions.numbered(stranger, bot, 2).await.unwrap(), None);
}

#[tokio::test]
async fn a_stranger_reaches_no_theme_domain_or_audit_entry() {
    let test = TestStore::new().await;
    let (owner, stranger) = (&test.owner, &test.stranger);
    let tx = test.store.begin().await.unwrap();
    let (themes, id) = (tx.theme_templates(), ThemeTemplateId("ctheme".into()));
    themes.add(owner, &id, "Dark", "{}", NOW).await.unwrap();
    assert_eq!(themes.find(stranger, &id).await.unwrap(), None);
    assert_eq!(themes.all(stranger).await.unwrap(), []);
    assert!(!themes.save(stranger, &id, "x", "{}", NOW).await.unwrap());
    assert!(!themes.remove(stranger, &id).await.unwrap());
    assert!(themes.save(owner, &id, "Light", "{}", NOW).await.unwrap());
    let found = themes.find(owner, &id).await.unwrap().unwrap();
    assert_eq!(themes.all(owner).await.unwrap(), [found]);
    assert!(themes.remove(owner, &id).await.unwrap());

    let domains = tx.custom_domains();
    domains.add(owner, "a.example", NOW).await.unwrap();
    assert_eq!(domains.find(stranger, "a.example").await.unwrap(), None);
    assert_eq!(domains.all(stranger).await.unwrap(), []);
    let verified = domains.set_verified(stranger, "a.example", Some(1)).await;
    assert!(!verified.unwrap());
    assert!(!domains.remove(stranger, "a.example").await.unwrap());
    let verified = domains.set_verified(owner, "a.example", Some(NOW)).await;
    assert!(verified.unwrap());
    let found = domains.owner("a.example").await.unwrap().unwrap();
    assert_eq!((&found.workspace_id, found.verified_at), (owner, Some(NOW)));
    assert_eq!(
        domains.find(owner, "a.example").await.unwrap(),
        Some(found.clone())
    );
    assert_eq!(domains.all(owner).await.unwrap(), [found]);
    assert!(domains.remove(owner, "a.example").await.unwrap());

    let audit = tx.audit_log();
    for action in ["bot.published", "credential.opened"] {
        let entry = NewAuditEntry {
            user_id: None,
            action: action.into(),
            target: "c".into(),
            details: None,
        };
        audit.add(owner, entry, NOW).await.unwrap();
    }
    assert_eq!(audit.page(stranger, None, 9).await.unwrap(), []);
    let newest = audit.page(owner, None, 1).await.unwrap();
    assert_eq!(newest[0].action, "credential.opened");
    let next = audit.page(owner, Some(newest[0].id), 9).await.unwrap();
    assert_eq!(next.len(), 1);
}

#[tokio::test]
async fn a_workspace_has_a_face_and_limits() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let workspaces = tx.workspaces();
    let limits = Limits {
        max_bots: Some(3),
        ..Limits::default()
    };
    assert!(
        workspaces
            .save(&test.owner, "Acme", Some("🏭"))
            .await
            .unwrap()
    );
    assert!(workspaces.set_limits(&test.owner, limits).await.unwrap());
    let found = workspaces.find(&test.owner).await.unwrap().unwrap();
    assert_eq!(
        (found.name.as_str(), found.max_bots, found.max_members),
        ("Acme", Some(3), None)
    );
    let nowhere = WorkspaceId("cnowhere".into());
    assert!(!workspaces.save(&nowhere, "x", None).await.unwrap());
}

#[tokio::test]
async fn results_are_filtered_and_paged() {
    let mut test = TestStore::new().await;
    let mut ids = Vec::new();
    for (minute, text) in ["Élan 100%", "50 per cent", "a_b", "100% SURE"]
        .iter()
        .enumerate()
    {
        let now_ms = NOW + 60_000 * minute as i64;
        let (_, result, mut start) = test.start_at(now_ms);
        start.answers[0].content = (*text).to_owned();
        start.results[0].is_completed = minute % 2 == 0;
        test.store.commit_turn(start).await.unwrap();
        ids.push(result);
    }
    let (owner, stranger, bot) = (&test.owner, &test.stranger, &test.bot);
    let reader = test.store.reader();
    let found = async |filter: ResultFilter| -> Vec<usize> {
        let page = reader
            .results()
            .filtered(owner, bot, &filter, None, 9)
            .await;
        let page = page.unwrap();
        let count = reader
            .results()
            .count_filtered(owner, bot, &filter)
            .await
            .unwrap();
        assert_eq!(count, page.len() as u64);
        let place = |result: &talkloom_store::ConversationResult| {
            ids.iter().position(|id| *id == result.id).unwrap()
        };
        page.iter().map(place).collect()
    };
    let all = ResultFilter::default;
    assert_eq!(found(all()).await, [3, 2, 1, 0]);
    let until_ms = Some(NOW + 120_000);
    let from_ms = Some(NOW + 60_000);
    assert_eq!(
        found(ResultFilter {
            until_ms,
            from_ms,
            ..all()
        })
        .await,
        [1]
    );
    let is_completed = Some(true);
    assert_eq!(
        found(ResultFilter {
            is_completed,
            ..all()
        })
        .await,
        [2, 0]
    );
    let has_started = Some(true);
    let started = found(ResultFilter {
        has_started,
        ..all()
    });
    assert!(started.await.is_empty());
    for (text, expected) in [
        ("100%", vec![3, 0]),
        ("Élan", vec![0]),
        ("A_B", vec![2]),
        ("a.b", vec![]),
        ("sure", vec![3]),
    ] {
        let text = Some(text.to_owned());
        assert_eq!(
            found(ResultFilter {
                text: text.clone(),
                ..all()
            })
            .await,
            expected,
            "{text:?}"
        );
    }
    let results = reader.results();
    let first = results.filtered(owner, bot, &all(), None, 3).await.unwrap();
    let place = ResultPlace::from(&first[2]);
    let rest = results
        .filtered(owner, bot, &all(), Some(&place), 3)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].id, ids[0]);
    assert_eq!(
        results
            .filtered(stranger, bot, &all(), None, 9)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        results.count_filtered(stranger, bot, &all()).await.unwrap(),
        0
    );

    let tx = test.store.begin().await.unwrap();
    let results = tx.results();
    let two = &ids[..2];
    assert_eq!(
        results
            .set_archived(stranger, bot, two, true)
            .await
            .unwrap(),
        0
    );
    assert_eq!(results.remove(stranger, bot, two).await.unwrap(), 0);
    assert_eq!(
        results.set_archived(owner, bot, two, true).await.unwrap(),
        2
    );
    assert_eq!(results.count_filtered(owner, bot, &all()).await.unwrap(), 2);
    assert_eq!(results.remove(owner, bot, two).await.unwrap(), 2);
    let answers = tx.answers().of_result(owner, &ids[0]).await.unwrap();
    assert_eq!(answers, []);
    let removed = tx.bots().remove(stranger, bot).await.unwrap();
    assert!(!removed);
}

#[tokio::test]
async fn two_of_one_name_collide() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let domains = tx.custom_domains();
    domains.add(&test.owner, "a.example", NOW).await.unwrap();
    let taken = domains.add(&test.stranger, "a.example", NOW).await;
    assert!(
        matches!(taken, Err(StoreError::Conflict { what: "domain" })),
        "{taken:?}"
    );
}
