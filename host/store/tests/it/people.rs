//! People: what is theirs is nobody else's, what is a workspace's is no stranger's.

use talkloom_store::repository::{NewAuthSession, NewInvitation, NewUser};
use talkloom_store::{
    Access, AuthSessionId, InvitationId, Repositories, Role, StoreError, Tx, UserId,
};

use crate::support::{NOW, TestStore};

async fn person(tx: &Tx, name: &str) -> UserId {
    let id = UserId(format!("c{name}"));
    let new = NewUser {
        id: id.clone(),
        email: format!("{name}@example.com"),
        name: None,
        is_admin: false,
    };
    tx.users().add(new, NOW).await.unwrap();
    id
}

fn is_taken<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    assert!(
        matches!(outcome, Err(StoreError::Conflict { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn people_are_known_by_their_address() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let (ada, bob) = (person(&tx, "ada").await, person(&tx, "bob").await);
    let users = tx.users();
    assert!(users.save_profile(&ada, Some("Ada"), None).await.unwrap());
    assert!(users.set_admin(&ada, true).await.unwrap());
    assert!(users.seen(&ada, NOW + 1).await.unwrap());
    let found = users.find_by_email("ada@example.com").await.unwrap();
    let found = found.unwrap();
    assert_eq!(
        (
            &found.id,
            found.name.as_deref(),
            found.is_admin,
            found.last_seen_at
        ),
        (&ada, Some("Ada"), true, Some(NOW + 1))
    );
    let page = users.page(None, 1).await.unwrap();
    assert_eq!(page[0].id, ada);
    let page = users.page(Some(&ada), 10).await.unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].id, bob);
    assert!(users.remove(&bob).await.unwrap());
    assert_eq!(users.find(&bob).await.unwrap(), None);
    let again = NewUser {
        id: UserId("cother".into()),
        email: "ada@example.com".into(),
        name: None,
        is_admin: false,
    };
    is_taken(users.add(again, NOW).await);
}

#[tokio::test]
async fn what_is_a_person_s_is_no_one_else_s() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let (ada, bob) = (person(&tx, "ada").await, person(&tx, "bob").await);
    let accounts = tx.accounts();
    accounts.link(&ada, "https://id", "1", NOW).await.unwrap();
    let owner = accounts.owner("https://id", "1").await.unwrap();
    assert_eq!(owner.unwrap().user_id, ada);
    assert_eq!(accounts.all(&ada).await.unwrap().len(), 1);
    assert_eq!(accounts.all(&bob).await.unwrap(), []);
    assert!(!accounts.unlink(&bob, "https://id", "1").await.unwrap());

    let sessions = tx.auth_sessions();
    let id = AuthSessionId("csignin".into());
    let new = NewAuthSession {
        id: id.clone(),
        digest: "d1".into(),
        user_agent: None,
        expires_at: NOW + 10,
    };
    sessions.add(&ada, new, NOW).await.unwrap();
    assert!(sessions.owner("d1", NOW + 9).await.unwrap().is_some());
    assert_eq!(sessions.owner("d1", NOW + 10).await.unwrap(), None);
    assert!(!sessions.touch(&bob, &id, NOW, NOW + 99).await.unwrap());
    assert!(!sessions.remove(&bob, &id).await.unwrap());
    assert_eq!(sessions.remove_all(&bob).await.unwrap(), 0);
    assert_eq!(sessions.all(&bob).await.unwrap(), []);
    assert!(sessions.touch(&ada, &id, NOW + 1, NOW + 99).await.unwrap());
    assert_eq!(sessions.all(&ada).await.unwrap()[0].expires_at, NOW + 99);
    assert!(sessions.remove(&ada, &id).await.unwrap());
    assert!(accounts.unlink(&ada, "https://id", "1").await.unwrap());
}

#[tokio::test]
async fn a_stranger_sees_no_member_and_no_invitation() {
    let test = TestStore::new().await;
    let (owner, stranger) = (&test.owner, &test.stranger);
    let tx = test.store.begin().await.unwrap();
    let ada = person(&tx, "ada").await;
    let members = tx.members();
    members.add(owner, &ada, Role::Guest, NOW).await.unwrap();
    assert_eq!(members.find(stranger, &ada).await.unwrap(), None);
    assert_eq!(members.page(stranger, None, 10).await.unwrap(), []);
    let changed = members.set_role(stranger, &ada, Role::Admin).await.unwrap();
    assert!(!changed);
    assert!(!members.remove(stranger, &ada).await.unwrap());
    assert!(members.set_role(owner, &ada, Role::Admin).await.unwrap());
    let found = members.find(owner, &ada).await.unwrap().unwrap();
    assert_eq!(found.role, Role::Admin);
    assert_eq!(members.page(owner, None, 10).await.unwrap(), [found]);
    assert_eq!(members.page(owner, Some(&ada), 10).await.unwrap(), []);
    let of_ada = members.of_user(&ada).await.unwrap();
    assert_eq!(of_ada.len(), 1);

    let id = InvitationId("cinvite".into());
    let invitation = NewInvitation {
        id: id.clone(),
        bot_id: None,
        email: "eve@example.com".into(),
        role: "MEMBER".into(),
        invited_by: Some(ada.clone()),
        expires_at: NOW + 5,
    };
    let invitations = tx.invitations();
    invitations
        .add(owner, invitation.clone(), NOW)
        .await
        .unwrap();
    let to_bot = NewInvitation {
        id: InvitationId("cinvite2".into()),
        bot_id: Some(test.bot.clone()),
        ..invitation.clone()
    };
    invitations.add(owner, to_bot, NOW).await.unwrap();
    assert_eq!(invitations.find(stranger, &id).await.unwrap(), None);
    assert_eq!(invitations.all(stranger).await.unwrap(), []);
    assert!(!invitations.remove(stranger, &id).await.unwrap());
    assert!(invitations.find(owner, &id).await.unwrap().is_some());
    assert_eq!(invitations.all(owner).await.unwrap().len(), 2);
    let hers = invitations.to("eve@example.com", NOW).await.unwrap();
    assert_eq!(hers.len(), 2);
    assert_eq!(
        invitations.to("eve@example.com", NOW + 5).await.unwrap(),
        []
    );
    assert!(invitations.remove(owner, &id).await.unwrap());
    assert!(members.remove(owner, &ada).await.unwrap());
    invitations
        .add(owner, invitation.clone(), NOW)
        .await
        .unwrap();
    let twice = NewInvitation {
        id: InvitationId("cinvite3".into()),
        ..invitation
    };
    is_taken(invitations.add(owner, twice, NOW).await);
}

#[tokio::test]
async fn a_stranger_s_bot_lets_nobody_in() {
    let test = TestStore::new().await;
    let (owner, stranger, bot) = (&test.owner, &test.stranger, &test.bot);
    let tx = test.store.begin().await.unwrap();
    let ada = person(&tx, "ada").await;
    let collaborators = tx.collaborators();
    let save = |workspace, access| collaborators.save(workspace, bot, &ada, access, NOW);
    assert!(!save(stranger, Access::FullAccess).await.unwrap());
    assert!(save(owner, Access::Read).await.unwrap());
    assert!(save(owner, Access::Write).await.unwrap());
    assert_eq!(collaborators.find(stranger, bot, &ada).await.unwrap(), None);
    assert_eq!(collaborators.of_bot(stranger, bot).await.unwrap(), []);
    assert!(!collaborators.remove(stranger, bot, &ada).await.unwrap());
    let found = collaborators.find(owner, bot, &ada).await.unwrap().unwrap();
    assert_eq!((found.access, &found.workspace_id), (Access::Write, owner));
    assert_eq!(collaborators.of_bot(owner, bot).await.unwrap().len(), 1);
    assert_eq!(collaborators.of_user(&ada).await.unwrap(), [found]);
    assert!(collaborators.remove(owner, bot, &ada).await.unwrap());
}
