//! Keys that users sign commits with.

use muse_wire::api::key::RegisterKeyRequest;
use muse_wire::limits::MAX_USER_KEYS;

use super::TwoProcesses;
use super::sample::{self, new_key};
use crate::store::accounts::{User, UserId};
use crate::store::members::Role;
use crate::store::repos::RepoId;
use crate::store::{Actor, Store, StoreError};

async fn register(store: &Store, user: UserId, key: &RegisterKeyRequest) -> bool {
    let registered = store.register_key(user, key, Actor::Operator).await;
    registered.expect("registered").is_new
}

async fn names(store: &Store, user: UserId) -> Vec<String> {
    let keys = store.registered_keys(user).await.expect("listed");
    keys.into_iter().map(|key| key.name).collect()
}

/// A user registers a key once, names it, and removes it; others may register the same one. The
/// keys go with their user.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn keys_are_registered_once_by_each_user(TwoProcesses { store, other }: &TwoProcesses) {
    let bob = sample::user(store, "bob").await;
    let eve = sample::user(store, "eve").await;
    let (laptop, desk) = (new_key(1, "laptop"), new_key(2, "desk"));
    assert!(register(store, bob.id, &laptop).await);
    assert!(register(store, bob.id, &desk).await);
    assert!(register(store, eve.id, &laptop).await);
    let before = other.registered_keys(bob.id).await.expect("listed");
    assert!(!register(other, bob.id, &laptop).await);
    let after = store.registered_keys(bob.id).await.expect("listed");
    assert_eq!(after, before);
    assert_eq!(names(store, bob.id).await, ["desk", "laptop"]);
    assert_eq!(after[1].public_key, laptop.public_key);

    assert!(!register(store, bob.id, &new_key(1, "attic")).await);
    assert_eq!(names(other, bob.id).await, ["attic", "desk"]);
    let renamed = other.registered_keys(bob.id).await.expect("listed");
    assert_eq!(renamed[0].created_at_ms, before[1].created_at_ms);
    assert_eq!(names(other, eve.id).await, ["laptop"]);

    for was_registered in [true, false] {
        let key = &laptop.public_key;
        let removed = other.remove_key(bob.id, key, Actor::Operator).await;
        assert_eq!(removed.expect("asked"), was_registered);
    }
    assert_eq!(names(store, bob.id).await, ["desk"]);
    assert_eq!(names(store, eve.id).await, ["laptop"]);
    let deleted = store.delete_user(&bob, Actor::Operator).await;
    assert!(deleted.expect("deleted"));
    assert_eq!(names(other, bob.id).await, <[String; 0]>::default());
}

/// A user has no more keys than the limit; those that are registered can be named anew.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_user_has_a_bounded_number_of_keys(TwoProcesses { store, other }: &TwoProcesses) {
    let bob = sample::user(store, "bob").await;
    let numbers = 0..u8::try_from(MAX_USER_KEYS).expect("few");
    for number in numbers {
        assert!(register(store, bob.id, &new_key(number, "key")).await);
    }
    let more = new_key(u8::MAX, "more");
    let refused = other.register_key(bob.id, &more, Actor::Operator).await;
    assert!(
        matches!(&refused, Err(StoreError::TooManyKeys { limit }) if *limit == MAX_USER_KEYS),
        "{refused:?}"
    );
    assert!(!register(other, bob.id, &new_key(0, "renamed")).await);
    let key = new_key(0, "").public_key;
    let removed = store.remove_key(bob.id, &key, Actor::Operator).await;
    assert!(removed.expect("asked"));
    assert!(register(other, bob.id, &more).await);
}

/// The keys that count in a repository are those of its owner and of members who may push, as long
/// as they are that and are not disabled.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn keys_of_those_who_may_push_are_found(TwoProcesses { store, other }: &TwoProcesses) {
    let notes = sample::repo(store, "ada/notes").await;
    let code = sample::repo(store, "eve/code").await;
    register(store, notes.owner_id, &new_key(1, "ada")).await;
    let mut members: Vec<User> = Vec::new();
    for (number, role) in (2..).zip(Role::ALL) {
        let user = sample::user(store, role.as_str()).await;
        register(store, user.id, &new_key(number, role.as_str())).await;
        let set = store.set_member(&notes, &user, role, Actor::Operator).await;
        set.expect("set");
        members.push(user);
    }
    register(store, code.owner_id, &new_key(6, "eve")).await;
    // Whoever only reads may have registered the key of somebody who pushes.
    register(store, members[0].id, &new_key(5, "borrowed")).await;

    let keys = async |repo: RepoId| {
        let keys = other.keys_of_pushers(repo).await.expect("read");
        let mut numbers: Vec<u8> = keys.iter().map(|key| key.as_bytes()[0]).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(keys(notes.id).await, [1, 3, 4, 5]);
    assert_eq!(keys(code.id).await, [6]);

    let set = store.set_member(&notes, &members[1], Role::Read, Actor::Operator);
    set.await.expect("set");
    let removed = store.remove_member(&notes, &members[2], Actor::Operator);
    assert!(removed.await.expect("removed"));
    assert_eq!(keys(notes.id).await, [1, 5]);
    let ada = store.user("ada").await.expect("asked").expect("there");
    for (disabled, expected) in [(true, &[5][..]), (false, &[1, 5])] {
        let set = store.set_user_disabled(&ada, disabled, Actor::Operator);
        assert!(set.await.expect("set"));
        assert_eq!(keys(notes.id).await, expected);
    }
}
