//! What is known of tokens that someone signed in for, and sign-ins that are under way.

use talkloom_store::repository::NewCredential;
use talkloom_store::{
    CredentialId, CredentialSecret, OauthGrant, OauthSignIn, Owner, Repositories, StoreError,
};

use crate::support::{NOW, TestStore};

struct Granted {
    test: TestStore,
    owner: Owner,
    stranger: Owner,
    id: CredentialId,
}

impl Granted {
    async fn new() -> Self {
        let test = TestStore::new().await;
        let (owner, stranger) = (test.owner.clone(), test.stranger.clone());
        let id = CredentialId("cgranted".into());
        let this = Self {
            owner: Owner::Workspace(owner),
            stranger: Owner::Workspace(stranger),
            id,
            test,
        };
        let new = NewCredential {
            id: this.id.clone(),
            kind: "rows".into(),
            name: "Rows".into(),
            account: None,
            fields: "{}".into(),
        };
        let tx = this.test.store.begin().await.unwrap();
        let credentials = tx.credentials();
        credentials
            .add(&this.owner, new, Vec::new(), NOW)
            .await
            .unwrap();
        tx.oauth_grants().add(&this.id, Some(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        this
    }

    async fn grant(&self) -> OauthGrant {
        let grants = self.test.store.reader().oauth_grants();
        let found = grants.find(&self.owner, &self.id).await.unwrap();
        found.expect("there is one")
    }
}

#[tokio::test]
async fn one_at_a_time_makes_tokens_anew_and_late_ones_are_not_taken() {
    let granted = Granted::new().await;
    let (owner, first) = (&granted.owner, granted.grant().await);
    let tx = granted.test.store.begin().await.unwrap();
    let grants = tx.oauth_grants();
    let later = NOW + 10;
    assert!(grants.claim(owner, &first, NOW, later).await.unwrap());
    assert!(!grants.claim(owner, &first, later, later).await.unwrap());
    // A claim whose holder died ends.
    let again = grants.claim(owner, &first, later + 1, later + 9).await;
    assert!(again.unwrap());
    grants.release(owner, &first).await.unwrap();
    assert!(grants.claim(owner, &first, NOW, later).await.unwrap());
    assert!(grants.renewed(owner, &first, Some(later)).await.unwrap());
    assert!(!grants.renewed(owner, &first, Some(NOW)).await.unwrap());
    assert!(!grants.refused(owner, &first, NOW).await.unwrap());
    assert!(!grants.claim(owner, &first, later + 9, later).await.unwrap());
    tx.commit().await.unwrap();
    let second = granted.grant().await;
    let expected = OauthGrant {
        generation: 1,
        expires_at: Some(later),
        ..first
    };
    assert_eq!(second, expected);
    let tx = granted.test.store.begin().await.unwrap();
    let grants = tx.oauth_grants();
    assert!(grants.refused(owner, &second, NOW).await.unwrap());
    assert!(grants.renewed(owner, &second, None).await.unwrap());
    tx.commit().await.unwrap();
    let third = granted.grant().await;
    assert_eq!((third.generation, third.refused_at), (2, None));
}

#[tokio::test]
async fn a_stranger_finds_no_grant_and_changes_none() {
    let granted = Granted::new().await;
    let (stranger, grant) = (&granted.stranger, granted.grant().await);
    let tx = granted.test.store.begin().await.unwrap();
    let grants = tx.oauth_grants();
    assert_eq!(grants.find(stranger, &granted.id).await.unwrap(), None);
    assert!(!grants.claim(stranger, &grant, NOW, NOW).await.unwrap());
    assert!(!grants.renewed(stranger, &grant, None).await.unwrap());
    assert!(!grants.refused(stranger, &grant, NOW).await.unwrap());
    grants.release(stranger, &grant).await.unwrap();
    let secret = CredentialSecret {
        credential_id: granted.id.clone(),
        field: "accessToken".into(),
        data_key_id: "k".into(),
        sealed: "s".into(),
    };
    let credentials = tx.credentials();
    let replaced = credentials.replace_secrets(stranger, &granted.id, vec![secret], NOW);
    assert!(!replaced.await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(granted.grant().await, grant);
    // It goes with its credential.
    let tx = granted.test.store.begin().await.unwrap();
    let credentials = tx.credentials();
    assert!(
        credentials
            .remove(&granted.owner, &granted.id)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let grants = granted.test.store.reader().oauth_grants();
    assert_eq!(
        grants.find(&granted.owner, &granted.id).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_sign_in_is_taken_once_and_in_time() {
    let test = TestStore::new().await;
    let sign_in = |id: &str, expires_at: i64| OauthSignIn {
        id: id.to_owned(),
        workspace_id: Some(test.owner.clone()),
        user_id: None,
        kind: "rows".into(),
        name: "Rows".into(),
        asked_by: "command line".into(),
        renews: None,
        redirect_uri: "https://chat.example/api/oauth/callback".into(),
        data_key_id: "k".into(),
        sealed: "s".into(),
        created_at: NOW,
        expires_at,
        used_at: None,
        credential_id: None,
        failure: None,
    };
    let tx = test.store.begin().await.unwrap();
    let sign_ins = tx.oauth_sign_ins();
    sign_ins.add(sign_in("late", NOW), NOW).await.unwrap();
    sign_ins.add(sign_in("good", NOW + 1), NOW).await.unwrap();
    assert!(!sign_ins.take("late", NOW).await.unwrap());
    assert!(!sign_ins.take("other", NOW).await.unwrap());
    assert!(sign_ins.take("good", NOW).await.unwrap());
    assert!(!sign_ins.take("good", NOW).await.unwrap());
    let id = CredentialId("cnew".into());
    sign_ins.finish("good", Ok(&id)).await.unwrap();
    sign_ins.finish("late", Err("Too late.")).await.unwrap();
    let good = sign_ins.of_state("good").await.unwrap().unwrap();
    assert_eq!((good.credential_id, good.failure), (Some(id), None));
    let late = sign_ins.of_state("late").await.unwrap().unwrap();
    assert_eq!(late.failure.as_deref(), Some("Too late."));
    // Those that ended are forgotten when the next begins.
    sign_ins
        .add(sign_in("next", NOW + 9), NOW + 1)
        .await
        .unwrap();
    assert_eq!(sign_ins.of_state("late").await.unwrap(), None);
    tx.commit().await.unwrap();
    let tx = test.store.begin().await.unwrap();
    let again = tx.oauth_sign_ins().add(sign_in("next", NOW + 9), NOW).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })));
}
