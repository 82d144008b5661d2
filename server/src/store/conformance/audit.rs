//! The log of administrative acts.

use muse_wire::api::repo::UpdateRepoRequest;
use muse_wire::name::RepoName;

use super::TwoProcesses;
use super::sample::{self, MAIN, new_key, ref_name};
use crate::store::audit::{Actor, AuditFilter};
use crate::store::members::Role;
use crate::store::protections::{Protection, SignatureRule};
use crate::store::tokens::{NewToken, Scope};
use crate::store::{Store, StoreError};

/// The log, the first act first: act, repository, user and detail.
async fn log(store: &Store) -> Vec<[String; 4]> {
    let entries = store.audit_log(&AuditFilter::default(), 100).await;
    let entries = entries.expect("read").into_iter().rev();
    entries
        .map(|entry| {
            let [repo, user] = [entry.repo, entry.user].map(Option::unwrap_or_default);
            [entry.act, repo, user, entry.detail]
        })
        .collect()
}

/// Every administrative act is logged, and one that changes nothing is not.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn every_act_is_logged(TwoProcesses { store, other }: &TwoProcesses) {
    let by = Actor::Operator;
    let repo = sample::repo(store, "ada/notes").await;
    let bob = sample::user(store, "bob").await;
    let again = store.create_user("bob", by).await;
    assert!(matches!(again, Err(StoreError::AlreadyExists { .. })));
    let token = NewToken {
        user: bob.id,
        scope: Scope::Read,
        label: String::new(),
        repo: Some(repo.id),
        expires_at_ms: None,
    };
    store.create_token(&token, by).await.expect("made");
    let token = store.tokens(None).await.expect("listed")[0].id;
    for _ in 0..2 {
        store.revoke_token(token, by).await.expect("revoked");
        let change = UpdateRepoRequest {
            slug: Some("memos".to_owned()),
            private: Some(true),
            default_branch: None,
        };
        store.update_repo(repo.id, &change, by).await.expect("set");
    }
    let key = new_key(1, "laptop");
    let renamed = new_key(1, "desk");
    for key in [&key, &key, &renamed] {
        let registered = store.register_key(bob.id, key, Actor::User("bob")).await;
        registered.expect("registered");
    }
    for _ in 0..2 {
        let removed = store.remove_key(bob.id, &key.public_key, by).await;
        removed.expect("asked");
    }
    let repo = store.repo_by_id(repo.id).await.expect("asked");
    let repo = repo.expect("there");
    let set = store.set_member(&repo, &bob, Role::Write, by).await;
    set.expect("set");
    let protection = Protection {
        branch: ref_name(MAIN),
        allows_force: false,
        allows_deletion: true,
        signatures: SignatureRule::Signed,
    };
    store.protect(&repo, &protection, by).await.expect("set");
    for _ in 0..2 {
        let lifted = store.unprotect(&repo, &protection.branch, by).await;
        lifted.expect("asked");
        store.remove_member(&repo, &bob, by).await.expect("asked");
    }
    for disabled in [true, false] {
        let set = store.set_user_disabled(&bob, disabled, by).await;
        set.expect("set");
    }
    let renamed = store.rename_user(&bob, "rob", by).await;
    assert!(renamed.expect("renamed"));
    let rob = store.user("rob").await.expect("asked").expect("there");
    for _ in 0..2 {
        store.delete_user(&rob, by).await.expect("asked");
        store.delete_repo(repo.id, by).await.expect("asked");
    }
    let (notes, memos, token) = ("ada/notes", "ada/memos", format!("token {}", token.0));
    let created = format!("{token} of scope read");
    let removed = key.public_key.to_string();
    let [added, renamed] = ["laptop", "desk"].map(|name| format!("{removed} {name}"));
    let expected = [
        ["user.create", "", "ada", ""],
        ["repo.create", notes, "", "public"],
        ["user.create", "", "bob", ""],
        ["token.create", notes, "bob", &created],
        ["token.revoke", notes, "bob", &token],
        ["repo.update", memos, "", "was ada/notes, private"],
        ["key.add", "", "bob", &added],
        ["key.rename", "", "bob", &renamed],
        ["key.remove", "", "bob", &removed],
        ["member.add", memos, "bob", "role write"],
        [
            "branch.protect",
            memos,
            "",
            "refs/heads/main no-force,signed-only",
        ],
        ["branch.unprotect", memos, "", "refs/heads/main"],
        ["member.remove", memos, "bob", ""],
        ["user.disable", "", "bob", ""],
        ["user.enable", "", "bob", ""],
        ["user.rename", "", "rob", "was bob"],
        ["user.delete", "", "rob", ""],
        ["repo.delete", memos, "", ""],
    ];
    assert_eq!(log(other).await, expected);
}

/// Acts are found by the repository that they were about, and by the user who did them or whom
/// they were about, the latest first.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn acts_are_found_by_repo_and_user(TwoProcesses { store, .. }: &TwoProcesses) {
    let notes = sample::repo(store, "ada/notes").await;
    let code = sample::repo(store, "ada/code").await;
    let bob = sample::user(store, "bob").await;
    let by = Actor::User("ada");
    for repo in [&notes, &code] {
        let set = store.set_member(repo, &bob, Role::Read, by).await;
        set.expect("set");
    }
    let found = async |filter: AuditFilter, limit| {
        let entries = store.audit_log(&filter, limit).await.expect("read");
        let acts = entries.into_iter().map(|entry| (entry.act, entry.repo));
        acts.collect::<Vec<_>>()
    };
    let entry = |act: &str, repo: Option<&RepoName>| {
        let repo = repo.map(ToString::to_string);
        (act.to_owned(), repo)
    };
    let [add_notes, add_code] = [&notes, &code].map(|repo| entry("member.add", Some(&repo.name)));
    let of_notes = AuditFilter {
        repo: Some(notes.name.clone()),
        user: None,
    };
    let created = entry("repo.create", Some(&notes.name));
    let expected = [add_notes.clone(), created];
    assert_eq!(found(of_notes, 100).await, expected);
    let of = |user: &str| AuditFilter {
        repo: None,
        user: Some(user.to_owned()),
    };
    let expected = [add_code, add_notes, entry("user.create", None)];
    assert_eq!(found(of("ada"), 100).await, expected);
    assert_eq!(found(of("bob"), 100).await, expected);
    assert_eq!(found(of("bob"), 1).await, expected[..1]);
    assert_eq!(found(of("eve"), 100).await, []);
}
