//! Mpacks that take the place of others, and what no ref reaches any more.

use std::time::Duration;

use muse_wire::api::push::Force;
use muse_wire::id::CommitId;
use muse_wire::mpack::Counts;

use super::TwoProcesses;
use super::sample::{
    self, MAIN, commit_id, moving, mpack, mpack_key, object, object_id, publication, push_line,
    snapshot, snapshot_id,
};
use crate::store::consolidation::{Consolidation, LostContent, MergedMpack};
use crate::store::jobs::{JobKind, Lease, NewJob};
use crate::store::mpacks::{Lane, MpackFile, MpackId, StoredMpack};
use crate::store::publish::{FollowUps, NewMpack, Publication, PublishError};
use crate::store::repos::RepoId;
use crate::store::usage::Usage;
use crate::store::{Store, StoreError};

const HOUR: Duration = Duration::from_secs(3600);
const DEV: &str = "refs/heads/dev";
/// Later than anything that a test retires.
const LATER_MS: i64 = i64::MAX;

/// A claimed job.
async fn lease(store: &Store, repo: RepoId) -> Lease {
    let job = NewJob {
        kind: JobKind::Consolidate,
        ..sample::job(repo, 0)
    };
    store.enqueue(&job).await.expect("queued");
    let claimed = store.claim(&[JobKind::Consolidate], "w", HOUR).await;
    claimed.expect("asked").expect("due").lease
}

async fn mpacks(store: &Store, repo: RepoId) -> Vec<StoredMpack> {
    store.mpacks(repo).await.expect("listed")
}

async fn mpack_ids(store: &Store, repo: RepoId) -> Vec<MpackId> {
    let mpacks = mpacks(store, repo).await.into_iter();
    mpacks.map(|mpack| mpack.id).collect()
}

/// Pushes the commit of this number to a branch that points to the one before.
async fn push_one(store: &Store, repo: RepoId, name: &str, old: Option<u32>, number: u32) {
    let push = Publication {
        mpack: Some(mpack(number, number..=number)),
        ..moving(repo, name, old, Some(number))
    };
    store.publish(push).await.expect("published");
}

/// `main` of three pushes of one commit each.
async fn three_pushes(store: &Store) -> RepoId {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 1).await;
    push_one(store, repo, MAIN, Some(1), 2).await;
    push_one(store, repo, MAIN, Some(2), 3).await;
    repo
}

/// An mpack of the commits of these numbers.
fn merged(key: u32, numbers: impl Iterator<Item = u32> + Clone) -> MergedMpack {
    MergedMpack {
        file: MpackFile {
            key: mpack_key(key),
            size_bytes: 500,
            counts: Counts {
                commits: numbers.clone().count() as u64,
                ..Counts::default()
            },
        },
        lane: Lane::Trunk,
        frames: Vec::new(),
        objects: numbers.map(|number| object(number + 1_000)).collect(),
        chunks: Vec::new(),
        large_objects: Vec::new(),
    }
}

/// All sources become one mpack.
fn consolidation(
    repo: RepoId,
    lease: Lease,
    sources: &[MpackId],
    merged: MergedMpack,
) -> Consolidation {
    Consolidation {
        repo,
        lease,
        merged: vec![merged],
        sources: sources.iter().map(|id| (*id, Some(0))).collect(),
        moved: Vec::new(),
        kept: Vec::new(),
    }
}

/// A merged mpack takes the place of its sources, whose blobs are needed for a while.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_merged_mpack_takes_the_place_of_others(
    TwoProcesses { store, other }: &TwoProcesses,
) {
    let repo = three_pushes(store).await;
    let pushed = mpack_ids(store, repo).await;
    assert!(!store.is_consolidation_due(repo).await.expect("asked"));
    push_one(store, repo, MAIN, Some(3), 4).await;
    assert!(store.is_consolidation_due(repo).await.expect("asked"));
    let lease = lease(store, repo).await;
    let lost = Lease {
        fence: lease.fence - 1,
        ..lease
    };
    // The objects are found by their own ids, wherever the tables of the merged one say.
    let mut one = merged(9, 1..=3);
    one.objects = (1..=3).map(object).collect();
    for row in &mut one.objects {
        row.frame = 77;
    }
    let refused = store.consolidate(consolidation(repo, lost, &pushed, merged(9, 1..=3)));
    assert_eq!(refused.await.expect("asked"), None, "the lease is lost");
    let ids = store
        .consolidate(consolidation(repo, lease, &pushed, one))
        .await;
    let ids = ids.expect("merged").expect("nothing has changed");
    let now = mpacks(other, repo).await;
    assert_eq!(
        (now.len(), now[0].id, now[0].lane),
        (2, ids[0], Some(Lane::Trunk))
    );
    assert_eq!(now[1].lane, None);
    let wanted = [2, 4].map(object_id);
    let found = store
        .object_locations(repo, &wanted)
        .await
        .expect("located");
    let at = &found[&object_id(2)];
    assert_eq!((at.mpack, at.frame), (ids[0], 77));
    assert_eq!(
        found[&object_id(4)].mpack,
        now[1].id,
        "what lies elsewhere stays there"
    );
    let successors = store.successors(repo).await.expect("asked");
    let nodes = store
        .commit_nodes(repo, &[commit_id(2)])
        .await
        .expect("loaded");
    assert_eq!(nodes[&commit_id(2)].holder(&successors), ids[0]);
    let condemned = store.condemned_mpacks(repo, &pushed, HOUR).await;
    assert_eq!(condemned.expect("listed").len(), 3);
    let again = store.consolidate(consolidation(repo, lease, &pushed, merged(8, 1..=3)));
    assert_eq!(again.await.expect("asked"), None, "their place is taken");
    // One that takes the place of that one takes those of its sources, too.
    let all: Vec<MpackId> = now.iter().map(|mpack| mpack.id).collect();
    let ids = store.consolidate(consolidation(repo, lease, &all, merged(7, 1..=4)));
    let ids = ids.await.expect("merged").expect("nothing has changed");
    let successors = store.successors(repo).await.expect("asked");
    assert_eq!(nodes[&commit_id(2)].holder(&successors), ids[0]);
    // One that holds nothing goes without a successor.
    let mut nothing = consolidation(repo, lease, &ids, merged(6, 1..=4));
    nothing.merged.clear();
    nothing.sources = vec![(ids[0], None)];
    let merged = store.consolidate(nothing).await.expect("merged");
    assert_eq!(merged, Some(Vec::new()));
    assert!(mpack_ids(other, repo).await.is_empty());
    let condemned = store.condemned_mpacks(repo, &ids, HOUR).await;
    assert_eq!(condemned.expect("listed").len(), 1);
}

/// The blobs of former mpacks are deleted later, unless a push needs them.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn former_mpacks_are_deleted_or_revived(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = three_pushes(store).await;
    let pushed = mpack_ids(store, repo).await;
    let lease = lease(store, repo).await;
    let ids = store.consolidate(consolidation(repo, lease, &pushed, merged(9, 1..=3)));
    ids.await.expect("merged").expect("nothing has changed");
    assert_eq!(
        store.stored_mpack_keys(repo).await.expect("listed").len(),
        4
    );
    assert_eq!(store.mpacks_retired_until(0).await.expect("listed"), []);
    let retired = store.mpacks_retired_until(LATER_MS).await.expect("listed");
    assert_eq!(retired.len(), 3);
    // A push of the first one comes in between.
    tokio::time::sleep(Duration::from_millis(2)).await;
    let kept = store.keep_condemned(repo, &mpack_key(1)).await;
    kept.expect("its blobs are there");
    let first = retired.iter().find(|mpack| mpack.key == mpack_key(1));
    let first = first.expect("it is retired");
    assert!(!store.begin_deletion(first).await.expect("asked"));
    let push = Publication {
        mpack: Some(mpack(1, 1..=9)),
        ..moving(repo, DEV, None, Some(9))
    };
    store.publish(push).await.expect("published");
    assert!(
        mpack_ids(store, repo).await.contains(&first.id),
        "it has something new"
    );
    // While another one is deleted, its key is taken.
    let second = retired.iter().find(|mpack| mpack.key == mpack_key(2));
    let second = second.expect("it is retired");
    assert!(store.begin_deletion(second).await.expect("asked"));
    assert!(
        !store.begin_deletion(second).await.expect("asked"),
        "one is enough"
    );
    let waits = store.keep_condemned(repo, &mpack_key(2)).await;
    assert!(matches!(waits, Err(StoreError::Collected)), "{waits:?}");
    let push = || Publication {
        mpack: Some(mpack(2, 20..=21)),
        ..moving(repo, "refs/heads/other", None, Some(21))
    };
    let waits = store.publish(push()).await;
    assert!(
        matches!(waits, Err(PublishError::Store(StoreError::Collected))),
        "{waits:?}"
    );
    store.end_deletion(second.id).await.expect("deleted");
    store
        .publish(push())
        .await
        .expect("it has a row of its own");
    let left = store.mpacks_retired_until(LATER_MS).await.expect("listed");
    assert_eq!(left.len(), 1, "the third");
}

/// `main` of three commits, and `dev` of two that no ref reaches any more, in a lost mpack.
async fn with_lost(store: &Store) -> (RepoId, Lease, MpackId) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 3).await;
    let dev = Publication {
        mpack: Some(mpack(5, 4..=5)),
        ..moving(repo, DEV, None, Some(5))
    };
    store.publish(dev).await.expect("published");
    let mut gone = moving(repo, DEV, Some(5), None);
    gone.updates[0].force = Force::WithLease;
    store.publish(gone).await.expect("deleted");
    assert!(!store.is_settled(repo).await.expect("asked"));
    let lease = lease(store, repo).await;
    let id = mpack_ids(store, repo).await[1];
    let held = [4, 5].map(commit_id);
    assert!(set_lost(store, repo, &lease, id, &held).await);
    (repo, lease, id)
}

async fn set_lost(
    store: &Store,
    repo: RepoId,
    lease: &Lease,
    id: MpackId,
    held: &[CommitId],
) -> bool {
    let state = store.repo_state(repo).await.expect("asked").expect("there");
    let set = store.set_lost(repo, lease, state, id, held).await;
    set.expect("asked")
}

/// What is former or lost counts apart from what is given.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn usage_tells_what_is_given_from_what_goes(TwoProcesses { store, .. }: &TwoProcesses) {
    let (repo, lease, _) = with_lost(store).await;
    let other = sample::repo(store, "ada/empty").await.id;
    let usage = store.usage().await.expect("asked");
    assert_eq!(usage.get(&other), None);
    let expected = Usage {
        current_bytes: 3_000,
        lost_bytes: 2_000,
        ..Usage::default()
    };
    assert_eq!(usage[&repo], expected);
    let first = [mpack_ids(store, repo).await[0]];
    let merging = consolidation(repo, lease, &first, merged(9, 1..=3));
    store.consolidate(merging).await.expect("merged");
    let expected = Usage {
        current_bytes: 500,
        former_bytes: 3_000,
        ..expected
    };
    assert_eq!(store.usage().await.expect("asked")[&repo], expected);
    assert_eq!(expected.total_bytes(), 5_500);
}

/// A push of commit 10 on top of 3, whose record names these objects of the repository.
fn relying_on(repo: RepoId, objects: &[u32]) -> Publication {
    let mpack = NewMpack {
        outside_objects: objects.iter().map(|number| object_id(*number)).collect(),
        ..mpack(10, 10..=10)
    };
    Publication {
        mpack: Some(mpack),
        ..moving(repo, MAIN, Some(3), Some(10))
    }
}

/// What no ref reaches is lost only as long as nobody needs it.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn what_is_lost_is_brought_back_by_those_who_need_it(
    TwoProcesses { store, other }: &TwoProcesses,
) {
    let (repo, lease, id) = with_lost(store).await;
    assert!(other.is_settled(repo).await.expect("asked"));
    assert!(store.lost_mpacks(repo).await.expect("listed").contains(&id));
    assert_eq!(mpacks(store, repo).await[1].lane, Some(Lane::Lost));
    // One that does not need it leaves it alone.
    store
        .publish(relying_on(repo, &[3]))
        .await
        .expect("published");
    assert!(store.is_settled(repo).await.expect("asked"));
    let mut needs = relying_on(repo, &[5]);
    needs.mpack = needs.mpack.map(|needing| NewMpack {
        outside_objects: needing.outside_objects,
        ..mpack(11, 11..=11)
    });
    needs.updates = moving(repo, MAIN, Some(10), Some(11)).updates;
    needs.follow_ups = FollowUps {
        consolidation: Some(NewJob {
            kind: JobKind::Consolidate,
            ..sample::job(repo, 7)
        }),
        ..FollowUps::default()
    };
    store.publish(needs).await.expect("published");
    assert!(store.lost_mpacks(repo).await.expect("listed").is_empty());
    assert!(!store.is_settled(repo).await.expect("asked"));
    let jobs = store.unfinished_jobs(repo, JobKind::Consolidate).await;
    assert_eq!(jobs.expect("counted"), 2, "it is merged soon");
    let held = [4, 5].map(commit_id);
    assert!(set_lost(store, repo, &lease, id, &held).await);
    // So does a ref to one of its commits, which leaves the other one to be lost.
    let again = moving(repo, DEV, None, Some(4));
    store.publish(again).await.expect("published");
    assert!(store.lost_mpacks(repo).await.expect("listed").is_empty());
    let unreachable = store.unreachable_commits(repo).await.expect("listed");
    assert_eq!(
        unreachable.into_iter().collect::<Vec<_>>(),
        [(commit_id(5), None)]
    );
    assert!(
        !set_lost(store, repo, &lease, id, &held).await,
        "a ref reaches some of it"
    );
}

/// An mpack is not lost where the repository has changed since that was found out.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn nothing_is_lost_behind_a_pushs_back(TwoProcesses { store, other }: &TwoProcesses) {
    let (repo, lease, id) = with_lost(store).await;
    store
        .publish(relying_on(repo, &[5]))
        .await
        .expect("published");
    let before = store.repo_state(repo).await.expect("asked").expect("there");
    push_one(other, repo, MAIN, Some(10), 11).await;
    let held = [4, 5].map(commit_id);
    let set = store.set_lost(repo, &lease, before, id, &held).await;
    assert!(!set.expect("asked"));
    let state = store.repo_state(repo).await.expect("asked").expect("there");
    assert_ne!(before, state);
    let set = store.set_lost(repo, &lease, state, id, &held).await;
    assert!(set.expect("asked"));
}

/// The rows of what is lost go in the end, all but what others build on.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn what_is_lost_is_collected(TwoProcesses { store, other }: &TwoProcesses) {
    let (repo, ..) = with_lost(store).await;
    assert_eq!(store.mpacks_lost_until(0).await.expect("listed"), []);
    let lost = store.mpacks_lost_until(LATER_MS).await.expect("listed");
    assert_eq!(lost.len(), 1);
    // A snapshot of the trunk builds on one of those that only lost commits name.
    let mut push = relying_on(repo, &[]);
    let mpack = push.mpack.as_mut().expect("it has one");
    mpack.snapshots[0].base = Some(snapshot(4).id);
    store.publish(push).await.expect("published");
    let content = LostContent {
        objects: [4, 5].map(object_id).to_vec(),
        chunks: Vec::new(),
    };
    assert!(store.collect(&lost[0], &content).await.expect("collected"));
    assert!(
        !store.collect(&lost[0], &content).await.expect("asked"),
        "it is gone"
    );
    let all: Vec<_> = (1..=10).collect();
    let ids: Vec<_> = all.iter().map(|n| commit_id(*n)).collect();
    let known = other.known_commits(repo, &ids).await.expect("asked");
    assert_eq!(known.len(), 4);
    let ids: Vec<_> = all.iter().map(|n| object_id(*n)).collect();
    let known = other.known_objects(repo, &ids).await.expect("asked");
    assert_eq!(known, [1, 2, 3, 10].map(object_id).into());
    let ids: Vec<_> = all.iter().map(|n| snapshot_id(*n)).collect();
    let known = other.known_snapshots(repo, &ids).await.expect("asked");
    assert_eq!(known, [1, 2, 3, 4, 10].map(snapshot_id).into());
    assert!(
        store
            .unreachable_commits(repo)
            .await
            .expect("asked")
            .is_empty()
    );
    // Its key is taken until its blobs are gone.
    let waits = store.keep_condemned(repo, &mpack_key(5)).await;
    assert!(matches!(waits, Err(StoreError::Collected)), "{waits:?}");
    store.end_deletion(lost[0].id).await.expect("deleted");
    let free = store.keep_condemned(repo, &mpack_key(5)).await;
    free.expect("it is gone");
    // A push that looked before cannot know what is gone.
    let late = store.publish(publication(repo)).await;
    assert!(
        matches!(late, Err(PublishError::Store(StoreError::Collected))),
        "{late:?}"
    );
    let found = store.repo_by_id(repo).await.expect("asked").expect("there");
    assert_eq!(found.collections, 1);
    let again = Publication {
        collections: 1,
        ..publication(repo)
    };
    store.publish(again).await.expect("published");
}
