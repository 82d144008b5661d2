//! Repositories.

use std::time::Duration;

use muse_wire::api::repo::UpdateRepoRequest;
use muse_wire::name::RepoName;

use super::TwoProcesses;
use super::sample::{self, MAIN, commit_id, object_id, ref_name, snapshot_id};
use crate::store::jobs::{ClaimedJob, JobKind, JobReport};
use crate::store::repos::NewRepo;
use crate::store::{Actor, Store, StoreError};

const LEASE: Duration = Duration::from_secs(60);

async fn claim(store: &Store, kind: JobKind) -> Option<ClaimedJob> {
    let claimed = store.claim(&[kind], "worker", LEASE).await;
    claimed.expect("claimed")
}

/// Addresses are unique, and everything but the id may change.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn repos_are_found_listed_and_renamed(TwoProcesses { store, .. }: &TwoProcesses) {
    let notes = sample::repo(store, "ada/notes").await;
    let code = sample::repo(store, "ada/code").await;
    let other = sample::repo(store, "a-b/notes").await;

    let new = NewRepo {
        name: notes.name.clone(),
        private: true,
        default_branch: ref_name(MAIN),
    };
    let again = store.create_repo(&new, Actor::Operator).await;
    assert!(
        matches!(again, Err(StoreError::AlreadyExists { .. })),
        "{again:?}"
    );
    let orphan = NewRepo {
        name: RepoName::parse("nobody/notes").expect("valid"),
        ..new
    };
    let orphaned = store.create_repo(&orphan, Actor::Operator).await;
    assert!(
        matches!(&orphaned, Err(StoreError::UnknownUser(name)) if name == "nobody"),
        "{orphaned:?}"
    );

    assert_eq!(
        store.repo(&notes.name).await.expect("found"),
        Some(notes.clone())
    );
    assert_eq!(store.repo(&orphan.name).await.expect("asked"), None);
    assert_eq!(
        store.repos(None).await.expect("listed"),
        [other, code.clone(), notes.clone()]
    );
    assert_eq!(
        store.repos(Some(notes.owner_id)).await.expect("listed"),
        [code, notes.clone()]
    );

    let rename = |slug: &str| UpdateRepoRequest {
        slug: Some(slug.to_owned()),
        ..UpdateRepoRequest::default()
    };
    let taken = store
        .update_repo(notes.id, &rename("code"), Actor::Operator)
        .await;
    assert!(
        matches!(taken, Err(StoreError::AlreadyExists { .. })),
        "{taken:?}"
    );
    let change = UpdateRepoRequest {
        private: Some(true),
        default_branch: Some(ref_name("refs/heads/trunk")),
        ..rename("memos")
    };
    let changed = store
        .update_repo(notes.id, &change, Actor::Operator)
        .await
        .expect("changed")
        .expect("still there");
    assert_eq!(changed.name.to_string(), "ada/memos");
    assert!(changed.private && changed.default_branch.as_str() == "refs/heads/trunk");
    assert_eq!((changed.id, changed.uuid), (notes.id, notes.uuid));
    let unchanged = store
        .update_repo(notes.id, &UpdateRepoRequest::default(), Actor::Operator)
        .await
        .expect("changed");
    assert_eq!(unchanged, Some(changed.clone()));
    assert_eq!(
        store.repo_by_id(notes.id).await.expect("found"),
        Some(changed)
    );
}

/// Deleting a repository deletes every row of it, and no row of another.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn deleting_a_repo_leaves_nothing_behind(TwoProcesses { store, .. }: &TwoProcesses) {
    let gone = sample::repo(store, "ada/gone").await;
    let kept = sample::repo(store, "ada/kept").await;
    for repo in [&gone, &kept] {
        sample::push_line(store, repo.id, 3).await;
        store
            .enqueue(&sample::job(repo.id, 1))
            .await
            .expect("queued");
    }
    let running = claim(store, JobKind::Unpack).await.expect("due");
    assert_eq!(running.job.repo, gone.id);
    assert!(
        store
            .delete_repo(gone.id, Actor::Operator)
            .await
            .expect("deleted")
    );
    assert!(
        !store
            .delete_repo(gone.id, Actor::Operator)
            .await
            .expect("asked")
    );
    let beaten = store.heartbeat(&running.lease, LEASE).await;
    assert!(!beaten.expect("asked"), "its job goes on");

    // What is left to do: delete the blobs now, and once more much later.
    let deletion = claim(store, JobKind::DeleteBlobs).await.expect("queued");
    assert_eq!(deletion.job.payload, gone.uuid.as_bytes());
    let ended = store.complete(&deletion.lease, &JobReport::default()).await;
    assert!(ended.expect("completed"));
    assert_eq!(claim(store, JobKind::DeleteBlobs).await, None);
    let later = store.unfinished_jobs(gone.id, JobKind::DeleteBlobs).await;
    assert_eq!(later.expect("asked"), 1);

    let again = sample::repo(store, "ada/gone").await;
    assert!(again.uuid != gone.uuid && again.id != gone.id);
    for (id, rows) in [(gone.id, 0), (again.id, 0), (kept.id, 1)] {
        assert_eq!(store.refs(id).await.expect("asked").len(), rows);
        assert_eq!(store.mpacks(id).await.expect("asked").len(), rows);
        let objects = store.known_objects(id, &[object_id(1)]).await;
        assert_eq!(objects.expect("asked").len(), rows);
        let commits = store.known_commits(id, &[commit_id(1)]).await;
        assert_eq!(commits.expect("asked").len(), rows);
        let snapshots = store.known_snapshots(id, &[snapshot_id(1)]).await;
        assert_eq!(snapshots.expect("asked").len(), rows);
        let jobs = store
            .unfinished_jobs(id, JobKind::Unpack)
            .await
            .expect("asked");
        assert_eq!(jobs, rows as u64);
        let log = sample::ref_log(store, id, MAIN).await;
        assert_eq!(log.len(), rows);
    }
}
