//! Users.

use super::TwoProcesses;
use super::sample::{self, moving, push_line};
use crate::store::members::Role;
use crate::store::publish::Publication;
use crate::store::{Actor, StoreError};

/// Only one user has a name.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn user_names_are_taken_once(TwoProcesses { store, other }: &TwoProcesses) {
    let ada = store
        .create_user("ada", Actor::Operator)
        .await
        .expect("made");
    let again = other.create_user("ada", Actor::Operator).await;
    assert!(
        matches!(&again, Err(StoreError::AlreadyExists { what: "user", name }) if name == "ada"),
        "{again:?}"
    );
    let found = other.user("ada").await.expect("looked up");
    assert_eq!(found.map(|user| user.id), Some(ada));
    assert_eq!(other.user("Ada").await.expect("looked up"), None);
}

/// A user can be renamed, and their repositories are found under the new name alone.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn users_are_renamed(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    store
        .create_user("bob", Actor::Operator)
        .await
        .expect("made");
    let ada = store.user("ada").await.expect("looked up").expect("there");
    let taken = store.rename_user(&ada, "bob", Actor::Operator).await;
    assert!(
        matches!(&taken, Err(StoreError::AlreadyExists { what: "user", .. })),
        "{taken:?}"
    );
    let renamed = store.rename_user(&ada, "lovelace", Actor::Operator).await;
    assert!(renamed.expect("renamed"));
    let names = other.users().await.expect("listed");
    let names: Vec<_> = names.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["bob", "lovelace"]);
    assert_eq!(other.repo(&repo.name).await.expect("asked"), None);
    let found = other.repo_by_id(repo.id).await.expect("asked");
    assert_eq!(found.expect("there").name.to_string(), "lovelace/notes");
}

/// A user who owns nothing can be deleted, with all that is theirs; what they pushed stays.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn users_are_deleted_unless_they_own_repos(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    let bob = sample::user(store, "bob").await;
    let set = store.set_member(&repo, &bob, Role::Write, Actor::Operator);
    set.await.expect("set");
    push_line(store, repo.id, 2).await;
    let moved = Publication {
        actor: Some(bob.id),
        ..moving(repo.id, "refs/heads/dev", None, Some(1))
    };
    store.publish(moved).await.expect("published");

    let ada = store.user("ada").await.expect("looked up").expect("there");
    let kept = store.delete_user(&ada, Actor::Operator).await;
    assert!(
        matches!(kept, Err(StoreError::OwnsRepos { count: 1 })),
        "{kept:?}"
    );
    for was_there in [true, false] {
        let deleted = store.delete_user(&bob, Actor::Operator).await;
        assert_eq!(deleted.expect("asked"), was_there);
    }
    assert_eq!(other.user("bob").await.expect("asked"), None);
    assert_eq!(other.members(repo.id).await.expect("listed"), []);
    let log = sample::ref_log(other, repo.id, "refs/heads/dev").await;
    assert_eq!((log.len(), log[0].user.as_deref()), (1, None));
}
