//! Commits, snapshots and objects.

use std::collections::{HashMap, HashSet};

use muse_wire::commit::{PublicKey, Signature};
use muse_wire::id::ObjectId;

use super::TwoProcesses;
use super::sample::{
    self, commit, commit_id, mpack, mpack_key, object_id, publication, snapshot, snapshot_id,
};
use crate::store::Actor;
use crate::store::publish::Publication;

/// Nodes and envelopes are what was published, and a window has every commit from its generation
/// on.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn commits_come_back_as_they_were(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let mut merge = commit(9);
    merge.node.parents = (1..=8).rev().map(commit_id).collect();
    merge.node.committed_at = -1;
    merge.envelope.signatures = vec![Signature {
        public_key: PublicKey::from_bytes([1; 32]),
        signature: [2; 64],
    }];
    merge.envelope.delta = Some(vec![3; 100_000]);
    let mut pushed = mpack(1, 1..=8);
    pushed.commits.push(merge.clone());
    let first = Publication {
        mpack: Some(pushed),
        ..publication(repo)
    };
    store.publish(first).await.expect("published");

    let asked: Vec<_> = [1, 9, 77].map(commit_id).into();
    let nodes = store.commit_nodes(repo, &asked).await.expect("loaded");
    assert_eq!(nodes.len(), 2);
    let found = &nodes[&merge.id];
    assert_eq!((&found.node, found.snapshot), (&merge.node, merge.snapshot));
    let mpacks = store.mpacks(repo).await.expect("listed");
    assert_eq!(found.mpack, mpacks[0].id);

    let envelopes = store.commit_envelopes(repo, &asked).await.expect("loaded");
    assert_eq!(envelopes.len(), 2);
    assert_eq!(envelopes[&merge.id], merge.envelope);
    let known = store.known_commits(repo, &asked).await.expect("loaded");
    assert_eq!(known, HashSet::from([commit_id(1), commit_id(9)]));

    let window = store.commit_nodes_from(repo, 8).await.expect("loaded");
    assert_eq!(
        window.keys().copied().collect::<HashSet<_>>(),
        HashSet::from([commit_id(8), commit_id(9)])
    );
    let all = store.commit_nodes_from(repo, 0).await.expect("loaded");
    assert_eq!(
        all.len() as u64,
        store.commit_count(repo).await.expect("counted")
    );
    assert_eq!(all[&merge.id], *found);
}

/// A chain starts at the keyframe and ends with the requested snapshot.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn snapshot_chains_begin_at_the_keyframe(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    sample::push_line(store, repo, 5).await;
    let chain = store
        .snapshot_chain(repo, snapshot_id(4))
        .await
        .expect("loaded");
    assert_eq!(chain, (1..=4).map(snapshot).collect::<Vec<_>>());
    let none = store.snapshot_chain(repo, snapshot_id(6)).await;
    assert_eq!(none.expect("loaded"), []);
    let asked = [2, 5, 6].map(snapshot_id);
    let records = store.snapshot_records(repo, &asked).await.expect("loaded");
    assert_eq!(records.len(), 2);
    assert_eq!(records[&snapshot_id(5)], snapshot(5));
    let known = store.known_snapshots(repo, &asked).await.expect("loaded");
    assert_eq!(known, HashSet::from([snapshot_id(2), snapshot_id(5)]));
}

/// An object lies in the first mpack that brought it, however many objects one call asks for.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn objects_are_found_where_they_lie(TwoProcesses { store, .. }: &TwoProcesses) {
    const COUNT: u32 = 20_001;

    let repo = sample::repo(store, "ada/notes").await.id;
    for (key, objects) in [(1, 1..=COUNT), (2, COUNT..=COUNT + 1)] {
        let mut pushed = mpack(key, 0..0);
        pushed.objects = objects.map(sample::object).collect();
        let push = Publication {
            mpack: Some(pushed),
            ..publication(repo)
        };
        store.publish(push).await.expect("published");
    }
    let asked: Vec<ObjectId> = (0..=COUNT + 2).map(object_id).collect();
    let known = store.known_objects(repo, &asked).await.expect("loaded");
    assert_eq!(known.len(), COUNT as usize + 1);
    assert!(!known.contains(&object_id(0)));
    let places = store.object_locations(repo, &asked).await.expect("loaded");
    assert_eq!(places.len(), known.len());
    for (number, key) in [(1, 1), (COUNT, 1), (COUNT + 1, 2)] {
        let place = places[&object_id(number)];
        let row = sample::object(number);
        assert_eq!(place.mpack_key, mpack_key(key));
        assert_eq!(
            (place.frame, place.offset, place.length),
            (row.frame, row.offset, row.length)
        );
    }
}

/// The id of another repository's content gives access to nothing.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn content_is_invisible_to_other_repositories(TwoProcesses { store, .. }: &TwoProcesses) {
    let full = sample::repo(store, "ada/full").await.id;
    let empty = sample::repo(store, "ada/empty").await.id;
    sample::push_line(store, full, 2).await;
    let job = store.enqueue(&sample::job(full, 1)).await.expect("queued");

    let objects = store.object_locations(empty, &[object_id(1)]).await;
    assert!(objects.expect("asked").is_empty());
    let commits = store.commit_envelopes(empty, &[commit_id(1)]).await;
    assert!(commits.expect("asked").is_empty());
    let chain = store.snapshot_chain(empty, snapshot_id(1)).await;
    assert!(chain.expect("asked").is_empty());
    let mpack = store.mpack(empty, &mpack_key(2)).await;
    assert_eq!(mpack.expect("asked"), None);
    assert_eq!(store.job(empty, job.id).await.expect("asked"), None);

    // The same history is stored in full when it is pushed there, too.
    let report = store
        .publish(Publication {
            mpack: Some(self::mpack(2, 1..=2)),
            ..publication(empty)
        })
        .await
        .expect("published");
    assert_eq!(
        (report.commits_written, report.objects_written),
        (Some(2), Some(2))
    );
}

/// A blocked object is found among others, and in the repositories that have it.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn blocked_objects_are_found(TwoProcesses { store, .. }: &TwoProcesses) {
    let asked: Vec<ObjectId> = (0..10_000).map(object_id).collect();
    assert_eq!(store.first_blocked(&asked).await.expect("asked"), None);
    for _ in 0..2 {
        store
            .block_object(&asked[9_999], "takedown 7", Actor::Operator)
            .await
            .expect("blocked");
    }
    assert_eq!(
        store.first_blocked(&asked).await.expect("asked"),
        Some(asked[9_999])
    );
    assert_eq!(
        store.first_blocked(&asked[..9_999]).await.expect("asked"),
        None
    );
    let full = sample::repo(store, "ada/full").await.id;
    let empty = sample::repo(store, "ada/empty").await.id;
    sample::push_line(store, full, 2).await;
    store
        .block_object(&object_id(2), "takedown 8", Actor::Operator)
        .await
        .expect("blocked");
    let found = store.blocked_objects(full).await.expect("asked");
    assert_eq!(
        found,
        HashMap::from([(object_id(2), "takedown 8".to_owned())])
    );
    let found = store.blocked_objects(empty).await.expect("asked");
    assert_eq!(found, HashMap::new());
    for _ in 0..2 {
        let unblocked = store.unblock_object(&object_id(2), Actor::Operator).await;
        unblocked.expect("unblocked");
        let found = store.blocked_objects(full).await.expect("asked");
        assert_eq!(found, HashMap::new());
    }
}
