//! Large objects in a plan: which chunks its residuals bring.
//!
//! A client can use a large object when it has all its chunks. So each chunk comes with or before
//! the first mpack that has it in a list, unless it is known that the client has it: then a large
//! object at the edge of what the client has holds it. Mpacks are given whole although chunks may
//! be missing that they build on; the objects that have those come before them, in a residual.
//!
//! Blocking an object takes its list away, and an mpack that has the list is not given whole. Its
//! chunks are given as those of other objects that are not blocked, and never by themselves.

use std::collections::{BTreeMap, HashSet};

use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::mpack::{LargeObjectRow, Tables};

use super::residual::Residual;
use super::source::RepoSource;
use crate::error::Result;

/// The chunks of a large object and their lengths, in order.
type ChunkList = Vec<(ChunkId, u32)>;

/// Turns the large ones among the objects of both residuals into lists, with the chunks that the
/// client lacks: those that are not among the `known_chunks`. Returns the residuals that come
/// before the mpacks of these `tables`, which are given whole.
///
/// # Errors
/// [`Error`](crate::error::Error) where the database fails or is damaged.
pub(super) async fn place(
    source: RepoSource<'_>,
    known_chunks: impl AsyncFnOnce() -> Result<HashSet<ChunkId>>,
    mut before: Residual,
    tables: &[&Tables],
    after: &mut Residual,
) -> Result<Vec<Residual>> {
    // A residual has one list of an object, but mpacks may have different ones.
    let mut first = vec![take_large(source, &mut before.objects).await?];
    let last = take_large(source, &mut after.objects).await?;
    let is_involved = !first[0].is_empty()
        || !last.is_empty()
        || tables
            .iter()
            .any(|tables| !tables.external_chunks().is_empty());
    if !is_involved {
        return Ok(vec![before]);
    }
    let mut given = known_chunks().await?;
    for (id, chunks) in lists_of_lacking(tables, &given, &first[0]) {
        let fitting = first
            .iter_mut()
            .find(|lists| lists.get(&id).is_none_or(|list| *list == chunks));
        match fitting {
            Some(lists) => _ = lists.insert(id, chunks),
            None => first.push(BTreeMap::from([(id, chunks)])),
        }
    }
    let mut residuals = Vec::with_capacity(first.len());
    for lists in first {
        let mut residual = std::mem::take(&mut before);
        residual.add_lists(lists, &mut given);
        residuals.push(residual);
    }
    given.extend(tables.iter().flat_map(|tables| chunk_ids(tables)));
    after.add_lists(last, &mut given);
    Ok(residuals)
}

/// Removes the large ones from `objects`; returns them with their lists.
async fn take_large(
    source: RepoSource<'_>,
    objects: &mut Vec<ObjectId>,
) -> Result<BTreeMap<ObjectId, ChunkList>> {
    let large = source.store.large_objects(source.repo.id, objects).await?;
    objects.retain(|object| !large.contains_key(object));
    let lists = large.into_iter().map(|(id, large)| (id, large.chunks));
    Ok(lists.collect())
}

/// The large objects of the mpacks given whole that have chunks which the client would lack: those
/// are neither in the mpack itself nor in one before it, nor are they `known` or in `lists`.
fn lists_of_lacking(
    whole: &[&Tables],
    known: &HashSet<ChunkId>,
    lists: &BTreeMap<ObjectId, ChunkList>,
) -> Vec<(ObjectId, ChunkList)> {
    let listed = lists.values().flatten().map(|(id, _)| *id);
    let mut given: HashSet<ChunkId> = listed.collect();
    let mut lacking_lists = Vec::new();
    for tables in whole {
        let external = tables.external_chunks().into_iter();
        let lacking: HashSet<ChunkId> = external
            .filter(|id| !known.contains(id) && !given.contains(id))
            .collect();
        if !lacking.is_empty() {
            let with_list = |row: LargeObjectRow| (row.id, tables.chunk_list(&row));
            let lists = tables.large_objects().map(with_list);
            let is_lacking = |(id, _): &(ChunkId, u32)| lacking.contains(id);
            lacking_lists.extend(lists.filter(|(_, list)| list.iter().any(is_lacking)));
        }
        given.extend(lacking);
        given.extend(chunk_ids(tables));
    }
    lacking_lists
}

fn chunk_ids(tables: &Tables) -> impl Iterator<Item = ChunkId> + '_ {
    tables.chunks().map(|chunk| chunk.id)
}

impl Residual {
    /// Adds large objects, and of their chunks those that are not `given` yet.
    fn add_lists(&mut self, lists: BTreeMap<ObjectId, ChunkList>, given: &mut HashSet<ChunkId>) {
        for (id, chunks) in lists {
            let ids = chunks.iter().map(|(id, _)| *id);
            self.chunks.extend(ids.filter(|id| given.insert(*id)));
            self.large_objects.push((id, chunks));
        }
    }
}
