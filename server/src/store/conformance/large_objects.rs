//! Large objects and their chunks.

use std::collections::{HashMap, HashSet};

use muse_wire::id::{ChunkId, ObjectId};

use super::TwoProcesses;
use super::sample::{self, chunk, chunk_id, large_object, large_push, mpack_key, object_id};

use crate::store::Actor;

/// A list comes back as the first mpack brought it, and a chunk lies in the first mpack that
/// brought it, however many chunks one call asks for.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn large_objects_are_lists_of_chunks(TwoProcesses { store, .. }: &TwoProcesses) {
    const COUNT: u32 = 20_001;

    let repo = sample::repo(store, "ada/notes").await.id;
    let numbers: Vec<u32> = (1..=COUNT).rev().chain([7, 7]).collect();
    let long = large_object(50_000, &numbers);
    let first = large_push(repo, 1, 1..=COUNT, vec![long.clone()]);
    let report = store.publish(first).await.expect("published");
    assert_eq!(report.objects_written, Some(1));
    let other_list = large_object(50_000, &[COUNT + 1]);
    let short = large_object(50_001, &[COUNT, COUNT + 1]);
    let second = large_push(repo, 2, COUNT..=COUNT + 1, vec![other_list, short.clone()]);
    let report = store.publish(second).await.expect("published");
    assert_eq!(report.objects_written, Some(1));

    let asked = [50_000, 50_001, 50_002].map(object_id);
    let lists = store.large_objects(repo, &asked).await.expect("loaded");
    assert_eq!(lists.len(), 2);
    let mpacks = store.mpacks(repo).await.expect("listed");
    for (expected, mpack) in [(&long, &mpacks[0]), (&short, &mpacks[1])] {
        let found = &lists[&expected.id];
        assert_eq!(
            (found.length, &found.chunks, found.mpack),
            (expected.length, &expected.chunks, mpack.id)
        );
    }
    let ids = store.large_object_ids(repo).await.expect("loaded");
    assert_eq!(ids, HashSet::from([long.id, short.id]));
    let asked: Vec<ObjectId> = (49_990..50_010).map(object_id).collect();
    let known = store.known_objects(repo, &asked).await.expect("loaded");
    assert_eq!(known, ids);
    let whole = store.object_locations(repo, &asked).await.expect("loaded");
    assert!(whole.is_empty());

    let asked: Vec<ChunkId> = (0..=COUNT + 2).map(chunk_id).collect();
    let places = store.chunk_locations(repo, &asked).await.expect("loaded");
    assert_eq!(places.len(), COUNT as usize + 1);
    for (number, key) in [(1, 1), (COUNT, 1), (COUNT + 1, 2)] {
        let place = places[&chunk_id(number)];
        let row = chunk(number);
        assert_eq!(place.mpack_key, mpack_key(key));
        assert_eq!(
            (place.frame, place.offset, place.length),
            (row.frame, row.offset, row.length)
        );
    }
    // A chunk is no object.
    let chunk_as_object = ObjectId::from_bytes(*chunk_id(1).as_bytes());
    let known = store.known_objects(repo, &[chunk_as_object]).await;
    assert!(known.expect("asked").is_empty());
}

/// A blocked large object is found in the repositories that have it, and a deleted repository
/// leaves neither lists nor chunks.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn large_objects_are_blocked_and_deleted_like_others(
    TwoProcesses { store, .. }: &TwoProcesses,
) {
    let full = sample::repo(store, "ada/full").await.id;
    let empty = sample::repo(store, "ada/empty").await.id;
    let large = large_object(9, &[1, 2]);
    let push = large_push(full, 1, 1..=2, vec![large.clone()]);
    store.publish(push).await.expect("published");
    let blocked = store
        .block_object(&large.id, "takedown", Actor::Operator)
        .await;
    blocked.expect("blocked");
    let found = store.blocked_objects(full).await.expect("asked");
    assert_eq!(found, HashMap::from([(large.id, "takedown".to_owned())]));
    for deleted in [false, true] {
        if deleted {
            store
                .delete_repo(full, Actor::Operator)
                .await
                .expect("deleted");
        }
        for (repo, rows) in [(full, usize::from(!deleted)), (empty, 0)] {
            let lists = store.large_objects(repo, &[large.id]).await;
            assert_eq!(lists.expect("asked").len(), rows);
            let chunks = store.chunk_locations(repo, &[chunk_id(1)]).await;
            assert_eq!(chunks.expect("asked").len(), rows);
            let blocked = store.blocked_objects(repo).await;
            assert_eq!(blocked.expect("asked").len(), rows);
        }
    }
}

/// New chunks of an object that the repository has already keep their mpack: others may use them.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn an_mpack_that_brings_only_chunks_is_kept(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    for (key, chunks, kept) in [(1, 1..=2, 1), (2, 2..=3, 2), (3, 1..=3, 2)] {
        let list: Vec<u32> = chunks.clone().collect();
        let push = large_push(repo, key, chunks, vec![large_object(9, &list)]);
        store.publish(push).await.expect("published");
        assert_eq!(store.mpacks(repo).await.expect("listed").len(), kept);
    }
    let places = store.chunk_locations(repo, &[chunk_id(3)]).await;
    assert_eq!(places.expect("asked")[&chunk_id(3)].mpack_key, mpack_key(2));
}
