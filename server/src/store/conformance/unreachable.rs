//! Which commits count as unreachable while refs come, move and go.

use muse_wire::api::push::Force;

use super::TwoProcesses;
use super::sample::{self, MAIN, commit_id, moving, mpack, publication, push_line};
use crate::store::Store;
use crate::store::publish::Publication;
use crate::store::repos::RepoId;

/// The numbers of the commits that no ref reaches.
async fn unreachable(store: &Store, repo: RepoId) -> Vec<u32> {
    let found = store.unreachable_commits(repo).await.expect("listed");
    let ids: Vec<_> = (0..400).map(commit_id).collect();
    let among = store.unreachable_among(repo, &ids).await.expect("asked");
    assert_eq!(among, found.keys().copied().collect());
    let numbers = (0..400).filter(|number| found.contains_key(&commit_id(*number)));
    numbers.collect()
}

/// Moves a ref between commits of these numbers, wherever the old one is left.
async fn force(store: &Store, repo: RepoId, name: &str, old: u32, new: Option<u32>) {
    let mut publication = moving(repo, name, Some(old), new);
    publication.updates[0].force = Force::WithLease;
    store.publish(publication).await.expect("published");
}

/// Pushes the commits of these numbers to a ref that points to the last of them then.
async fn push(store: &Store, repo: RepoId, name: &str, old: Option<u32>, from: u32, to: u32) {
    let publication = Publication {
        mpack: Some(mpack(from, from..=to)),
        ..moving(repo, name, old, Some(to))
    };
    store.publish(publication).await.expect("published");
}

/// What refs leave behind is unreachable, until a ref reaches it again.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn what_refs_leave_behind_is_unreachable(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 3).await;
    push(store, repo, "refs/heads/dev", None, 4, 6).await;
    assert!(unreachable(store, repo).await.is_empty());
    force(store, repo, "refs/heads/dev", 6, Some(5)).await;
    assert_eq!(unreachable(store, repo).await, [6]);
    force(store, repo, "refs/heads/dev", 5, None).await;
    assert_eq!(unreachable(store, repo).await, [4, 5, 6]);
    // A ref to what is there, and a push that builds on it.
    store
        .publish(moving(repo, "refs/tags/v1", None, Some(4)))
        .await
        .expect("published");
    assert_eq!(unreachable(store, repo).await, [5, 6]);
    push(store, repo, "refs/heads/again", None, 7, 7).await;
    assert!(unreachable(store, repo).await.is_empty());
    // What another ref reaches stays.
    force(store, repo, "refs/tags/v1", 4, None).await;
    force(store, repo, MAIN, 3, Some(1)).await;
    assert!(unreachable(store, repo).await.is_empty());
    // What came twice is not forgotten.
    force(store, repo, "refs/heads/again", 7, None).await;
    push(store, repo, "refs/heads/copy", None, 2, 6).await;
    assert_eq!(unreachable(store, repo).await, [7]);
}

/// Commits that come without a ref are unreachable, unless they were there before.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn commits_without_a_ref_are_unreachable(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 3).await;
    let extra = Publication {
        mpack: Some(mpack(9, 2..=5)),
        ..moving(repo, MAIN, Some(3), Some(4))
    };
    store.publish(extra).await.expect("published");
    assert_eq!(unreachable(store, repo).await, [5]);
    let none = Publication {
        mpack: Some(mpack(10, 3..=7)),
        ..publication(repo)
    };
    store.publish(none).await.expect("published");
    assert_eq!(unreachable(store, repo).await, [5, 6, 7]);
    store
        .publish(moving(repo, MAIN, Some(4), Some(7)))
        .await
        .expect("published");
    assert!(unreachable(store, repo).await.is_empty());
}

/// A branch that reaches far below what was loaded first is left in full.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_long_branch_is_left_in_full(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 2).await;
    push(store, repo, "refs/heads/dev", None, 3, 399).await;
    force(store, repo, "refs/heads/dev", 399, None).await;
    assert_eq!(unreachable(store, repo).await.len(), 397);
    let other = sample::repo(store, "ada/other").await.id;
    assert!(unreachable(store, other).await.is_empty());
}
