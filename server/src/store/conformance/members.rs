//! Members of repositories.

use super::TwoProcesses;
use super::sample;
use crate::store::Actor;
use crate::store::members::{Member, Role};

/// A member has one role in a repository, until it is taken away.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn members_have_one_role_each(TwoProcesses { store, other }: &TwoProcesses) {
    let notes = sample::repo(store, "ada/notes").await;
    let code = sample::repo(store, "ada/code").await;
    let bob = sample::user(store, "bob").await;
    let eve = sample::user(store, "eve").await;
    for (user, role) in [
        (&eve, Role::Maintain),
        (&bob, Role::Read),
        (&bob, Role::Write),
    ] {
        let set = store.set_member(&notes, user, role, Actor::Operator).await;
        set.expect("set");
    }
    let member = |user: &str, role| Member {
        user: user.to_owned(),
        role,
    };
    assert_eq!(
        other.members(notes.id).await.expect("listed"),
        [member("bob", Role::Write), member("eve", Role::Maintain)]
    );
    assert_eq!(other.members(code.id).await.expect("listed"), []);
    let role = other.member_role(notes.id, bob.id).await.expect("asked");
    assert_eq!(role, Some(Role::Write));
    let elsewhere = other.member_role(code.id, bob.id).await.expect("asked");
    assert_eq!(elsewhere, None);
    // What somebody sees is what they own, and what they are a member of.
    let seen = store.repos(Some(bob.id)).await.expect("listed");
    assert_eq!(seen, std::slice::from_ref(&notes));
    let owned = store.repos(Some(notes.owner_id)).await.expect("listed");
    assert_eq!(owned, [code, notes.clone()]);

    for was_member in [true, false] {
        let removed = store.remove_member(&notes, &bob, Actor::Operator).await;
        assert_eq!(removed.expect("asked"), was_member);
    }
    assert_eq!(store.repos(Some(bob.id)).await.expect("listed"), []);
    assert!(
        store
            .delete_repo(notes.id, Actor::Operator)
            .await
            .expect("deleted")
    );
    let gone = store.member_role(notes.id, eve.id).await.expect("asked");
    assert_eq!(gone, None);
}
