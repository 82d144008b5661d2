//! Mpacks that are built for fetches.

use std::time::Duration;

use tokio::time::sleep;

use super::TwoProcesses;
use super::sample::{self, mpack, mpack_key, publication};
use crate::store::Store;
use crate::store::built_mpacks::{BuildClaim, BuildId, BuiltMpack, NewBuild};
use crate::store::mpacks::MpackFile;
use crate::store::publish::Publication;
use crate::store::repos::RepoId;

const LONG: Duration = Duration::from_secs(3600);
/// More than a test builds.
const PLENTY: u64 = 1 << 40;

fn new_build(repo: RepoId, digest: u8) -> NewBuild {
    NewBuild {
        repo,
        digest: [digest; 32],
    }
}

fn file(number: u32, size_bytes: u64) -> MpackFile {
    MpackFile {
        key: mpack_key(number),
        size_bytes,
        counts: mpack(number, 1..=number).counts,
    }
}

async fn granted(store: &Store, new: &NewBuild) -> BuildId {
    match store.claim_build(new, LONG, PLENTY).await.expect("asked") {
        BuildClaim::Granted(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn build(store: &Store, new: &NewBuild, file: &MpackFile, max_bytes: u64) -> BuildId {
    let id = granted(store, new).await;
    assert!(store.record_build(id, file).await.expect("recorded"));
    let finished = store.finish_build(id, LONG, max_bytes).await;
    assert!(finished.expect("finished"));
    id
}

/// Of several processes one builds; the others find what it built.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn one_process_builds_an_mpack(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let new = new_build(repo, 7);
    let (first, second) = tokio::join!(
        store.claim_build(&new, LONG, PLENTY),
        other.claim_build(&new, LONG, PLENTY)
    );
    let (first, second) = (first.expect("asked"), second.expect("asked"));
    let id = match (&first, &second) {
        (BuildClaim::Granted(id), BuildClaim::Taken)
        | (BuildClaim::Taken, BuildClaim::Granted(id)) => id,
        other => panic!("{other:?}"),
    };
    // Another digest is another build.
    granted(other, &new_build(repo, 8)).await;

    assert_eq!(
        store.built_mpack(repo, &new.digest).await.expect("asked"),
        None
    );
    assert!(
        store
            .record_build(*id, &file(1, 10))
            .await
            .expect("recorded")
    );
    let early = other.claim_build(&new, LONG, PLENTY).await;
    assert_eq!(early.expect("asked"), BuildClaim::Taken);
    let finished = store.finish_build(*id, LONG, PLENTY).await;
    assert!(finished.expect("finished"));
    let built = BuiltMpack {
        id: *id,
        file: file(1, 10),
    };
    let claim = other.claim_build(&new, LONG, PLENTY).await;
    assert_eq!(claim.expect("asked"), BuildClaim::Ready(built.clone()));
    let found = other.built_mpack(repo, &new.digest).await;
    assert_eq!(found.expect("asked"), Some(built));
}

/// A builder that is heard of no more loses the build to the next one, for good.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_dead_builders_build_is_taken_over(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let new = new_build(repo, 7);
    let claim = store.claim_build(&new, Duration::from_millis(20), PLENTY);
    let BuildClaim::Granted(dead) = claim.await.expect("asked") else {
        panic!("nobody else builds");
    };
    sleep(Duration::from_millis(40)).await;
    let id = granted(other, &new).await;
    assert!(!store.extend_build(dead, LONG).await.expect("asked"));
    let late = store.record_build(dead, &file(1, 10)).await;
    assert!(!late.expect("asked"));
    let late = store.finish_build(dead, LONG, PLENTY).await;
    assert!(!late.expect("asked"));
    assert!(other.extend_build(id, LONG).await.expect("asked"));
}

/// What has expired is not found, and its row is given to one process, which deletes the blob.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn expired_builds_are_taken_once(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    let (old, kept) = (new_build(repo.id, 7), new_build(repo.id, 8));
    let id = build(store, &old, &file(1, 10), PLENTY).await;
    build(store, &kept, &file(2, 10), PLENTY).await;
    store.expire_build(id).await.expect("expired");
    assert_eq!(
        store
            .built_mpack(repo.id, &old.digest)
            .await
            .expect("asked"),
        None
    );
    let early = store.take_expired_builds(LONG, 100).await.expect("asked");
    assert_eq!(early, [], "what was given out may still be downloaded");

    let (first, second) = tokio::join!(
        store.take_expired_builds(Duration::ZERO, 100),
        other.take_expired_builds(Duration::ZERO, 100)
    );
    let taken = [first.expect("asked"), second.expect("asked")].concat();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(
        (taken[0].id, taken[0].repo_uuid, taken[0].key),
        (id, repo.uuid, Some(mpack_key(1)))
    );
    let found = other.built_mpack(repo.id, &kept.digest).await;
    assert!(found.expect("asked").is_some());
}

/// What readers had built stays within a bound.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn what_readers_had_built_is_bounded(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let found = async |digest| {
        let found = store.built_mpack(repo, &[digest; 32]).await;
        found.expect("asked").is_some()
    };
    for digest in 1..=3 {
        build(
            store,
            &new_build(repo, digest),
            &file(digest.into(), 20),
            100,
        )
        .await;
        // Rows of one millisecond have no order.
        sleep(Duration::from_millis(2)).await;
    }
    // Half of the bound is for what is given out, so the first has gone.
    let all = (found(1).await, found(2).await, found(3).await);
    assert_eq!(all, (false, true, true));
    // The other half fills with what has expired and is still stored.
    build(store, &new_build(repo, 4), &file(4, 20), 100).await;
    build(store, &new_build(repo, 5), &file(5, 20), 100).await;
    build(store, &new_build(repo, 6), &file(6, 20), 100).await;
    let claim = store.claim_build(&new_build(repo, 7), LONG, 100).await;
    assert_eq!(claim.expect("asked"), BuildClaim::Full);
    let taken = store.take_expired_builds(Duration::ZERO, 100).await;
    assert_eq!(taken.expect("taken").len(), 4);
    granted(store, &new_build(repo, 7)).await;

    // What was built last is given out, however large it is.
    let other = sample::repo(store, "ada/large").await.id;
    for (digest, size_bytes) in [(1, 30), (2, 80)] {
        let new = new_build(other, digest);
        build(store, &new, &file(digest.into(), size_bytes), 100).await;
        sleep(Duration::from_millis(2)).await;
    }
    let is_found = async |digest| {
        let found = store.built_mpack(other, &[digest; 32]).await;
        found.expect("asked").is_some()
    };
    assert_eq!((is_found(1).await, is_found(2).await), (false, true));

    // A large repository may have as much built as it holds itself.
    let mut pushed = mpack(1, 1..=1);
    pushed.size_bytes = 1_000;
    let push = Publication {
        mpack: Some(pushed),
        ..publication(repo)
    };
    store.publish(push).await.expect("published");
    build(store, &new_build(repo, 8), &file(8, 200), 100).await;
    assert!(found(8).await && found(5).await);
    let claim = store.claim_build(&new_build(repo, 10), LONG, 100).await;
    assert!(matches!(claim, Ok(BuildClaim::Granted(_))), "{claim:?}");
}
