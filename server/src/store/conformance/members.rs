//! Members of repositories.

use super::TwoProcesses;
use super::sample;
use crate::store::members::{Member, Role};

/// A member has one role in a repository, until it is taken away.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn members_have_one_role_each(TwoProcesses { store, other }: &TwoProcesses) {
    let notes = sample::repo(store, "ada/notes").await;
    let code = sample::repo(store, "ada/code").await;
    let bob = store.create_user("bob").await.expect("made");
    let eve = store.create_user("eve").await.expect("made");
    for (user, role) in [(eve, Role::Maintain), (bob, Role::Read), (bob, Role::Write)] {
        store.set_member(notes.id, user, role).await.expect("set");
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
    let role = other.member_role(notes.id, bob).await.expect("asked");
    assert_eq!(role, Some(Role::Write));
    let elsewhere = other.member_role(code.id, bob).await.expect("asked");
    assert_eq!(elsewhere, None);
    // What somebody sees is what they own, and what they are a member of.
    let seen = store.repos(Some(bob)).await.expect("listed");
    assert_eq!(seen, std::slice::from_ref(&notes));
    let owned = store.repos(Some(notes.owner_id)).await.expect("listed");
    assert_eq!(owned, [code, notes.clone()]);

    assert!(store.remove_member(notes.id, bob).await.expect("removed"));
    assert!(!store.remove_member(notes.id, bob).await.expect("asked"));
    assert_eq!(store.repos(Some(bob)).await.expect("listed"), []);
    assert!(store.delete_repo(notes.id).await.expect("deleted"));
    let gone = store.member_role(notes.id, eve).await.expect("asked");
    assert_eq!(gone, None);
}
