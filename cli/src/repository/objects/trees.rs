//! Rebuilding whole trees from chains of records.
//!
//! More than one mpack may hold a record of one snapshot, against different bases. Following any
//! one of them blindly could go round in circles, so the way to a keyframe is searched breadth
//! first; where each snapshot has one record, as nearly always, that is a walk along the chain.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use muse_wire::id::SnapshotId;
use muse_wire::mpack::SnapshotRow;
use muse_wire::snapshot::{SnapshotRecord, Tree};

use super::mpacks::{MpackDirectory, MpackSet, OpenMpack};
use crate::repository::error::{RepositoryError, Result};

/// How many trees are kept. Neighbours in history share most of their memory.
const KEPT_TREES: usize = 16;

/// Trees that were asked for lately, the latest last.
#[derive(Default)]
pub(super) struct TreeCache {
    trees: Mutex<VecDeque<(SnapshotId, Tree)>>,
}

impl TreeCache {
    fn get(&self, id: &SnapshotId) -> Option<Tree> {
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        let at = trees.iter().position(|(known, _)| known == id)?;
        let entry = trees.remove(at)?;
        let tree = entry.1.clone();
        trees.push_back(entry);
        Some(tree)
    }

    fn put(&self, id: SnapshotId, tree: &Tree) {
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if trees.len() == KEPT_TREES {
            trees.pop_front();
        }
        trees.push_back((id, tree.clone()));
    }
}

/// A record's row and the mpack that holds it.
struct Link {
    mpack: Arc<OpenMpack>,
    row: SnapshotRow,
}

/// The tree of `id`.
pub(super) fn tree(mpacks: &MpackDirectory, cache: &TreeCache, id: &SnapshotId) -> Result<Tree> {
    if let Some(tree) = cache.get(id) {
        return Ok(tree);
    }
    if *id == Tree::empty().id() {
        return Ok(Tree::empty());
    }
    let mut start = Tree::empty();
    let chain = chain(mpacks, id, |base| match cache.get(base) {
        Some(tree) => {
            start = tree;
            true
        }
        None => *base == Tree::empty().id(),
    })?;
    let records = chain.iter().rev().map(read).collect::<Result<Vec<_>>>()?;
    let tree = start.apply_chain(&records).map_err(|error| {
        RepositoryError::damaged(
            &chain[0].mpack.path,
            format!("snapshot {id} is invalid: {error}"),
        )
    })?;
    cache.put(*id, &tree);
    Ok(tree)
}

/// The records that lead to `id` from an empty tree, or from a base that is `known`, in this order.
pub(super) fn records(
    mpacks: &MpackDirectory,
    id: &SnapshotId,
    mut known: impl FnMut(&SnapshotId) -> bool,
) -> Result<Vec<SnapshotRecord>> {
    let is_start = |base: &SnapshotId| known(base) || *base == Tree::empty().id();
    chain(mpacks, id, is_start)?
        .iter()
        .rev()
        .map(read)
        .collect()
}

/// Bytes of the records from `id` to its keyframe, which does not count.
pub(super) fn chain_bytes(mpacks: &MpackDirectory, id: &SnapshotId) -> Result<u64> {
    if *id == Tree::empty().id() {
        return Ok(0);
    }
    let chain = chain(mpacks, id, |base| *base == Tree::empty().id())?;
    Ok(chain
        .iter()
        .filter(|link| link.row.base.is_some())
        .map(|link| u64::from(link.row.place.length))
        .sum())
}

/// Any record of `id`, a keyframe if there is one.
pub(super) fn record(mpacks: &MpackDirectory, id: &SnapshotId) -> Result<Option<SnapshotRecord>> {
    let mut links = links(&mpacks.current()?, id);
    if links.is_empty() {
        links = self::links(&mpacks.refresh()?, id);
    }
    let best = links.into_iter().min_by_key(|link| link.row.base.is_some());
    best.map(|link| read(&link)).transpose()
}

fn read(link: &Link) -> Result<SnapshotRecord> {
    link.mpack
        .mpack
        .read_snapshot(&link.row.id)
        .map_err(link.mpack.damage())?
        .ok_or_else(|| RepositoryError::missing_snapshot(&link.row.id))
}

fn links(set: &MpackSet, id: &SnapshotId) -> Vec<Link> {
    set.iter()
        .filter_map(|mpack| {
            let row = mpack.mpack.tables().find_snapshot(id)?;
            Some(Link {
                mpack: Arc::clone(mpack),
                row,
            })
        })
        .collect()
}

/// The shortest chain of records from `id` down to a keyframe or to a base that is `known`.
fn chain(
    mpacks: &MpackDirectory,
    id: &SnapshotId,
    known: impl FnMut(&SnapshotId) -> bool,
) -> Result<Vec<Link>> {
    let mut known = known;
    match search(&mpacks.current()?, id, &mut known) {
        Some(chain) => Ok(chain),
        None => search(&mpacks.refresh()?, id, &mut known)
            .ok_or_else(|| mpacks.name_unreadable(RepositoryError::missing_snapshot(id))),
    }
}

fn search(
    set: &MpackSet,
    id: &SnapshotId,
    known: &mut impl FnMut(&SnapshotId) -> bool,
) -> Option<Vec<Link>> {
    // For each snapshot that was reached: the link that led there.
    let mut reached: HashMap<SnapshotId, Option<Link>> = HashMap::from([(*id, None)]);
    let mut queue = VecDeque::from([*id]);
    let last = 'search: loop {
        let snapshot = queue.pop_front()?;
        for link in links(set, &snapshot) {
            match link.row.base {
                Some(base) if !known(&base) => {
                    if let Entry::Vacant(place) = reached.entry(base) {
                        place.insert(Some(link));
                        queue.push_back(base);
                    }
                }
                _ => break 'search link,
            }
        }
    };
    let mut chain = vec![last];
    while let Some(link) = chain
        .last()
        .and_then(|link| reached.remove(&link.row.id))
        .flatten()
    {
        chain.push(link);
    }
    chain.reverse();
    Some(chain)
}

#[cfg(test)]
mod tests {
    use muse_wire::id::CommitId;
    use muse_wire::mpack::Counts;
    use muse_wire::snapshot::SnapshotRecord;

    use super::*;
    use crate::repository::ObjectStore;
    use crate::testing::Sandbox;

    fn add(objects: &ObjectStore, record: &SnapshotRecord) {
        let mut pending = objects
            .new_mpack(Counts {
                snapshots: 1,
                ..Counts::default()
            })
            .expect("creates");
        pending.writer().add_snapshot(record).expect("writes");
        pending.install().expect("installs");
    }

    #[test]
    fn records_against_each_other_still_lead_to_a_keyframe() {
        let sandbox = Sandbox::new();
        let objects = &sandbox.repository.objects;
        let snapshot = |commit: &CommitId| objects.commit(commit).expect("reads").snapshot;
        let many: Vec<_> = (0..20).map(|n| (format!("f{n}"), n.to_string())).collect();
        let many: Vec<_> = many.iter().map(|(path, text)| (&**path, &**text)).collect();
        let one = sandbox.add_commit(&[], &many);
        let two = sandbox.add_commit(&[one], &[("f1", "x")]);
        let (one, two) = (snapshot(&one), snapshot(&two));
        assert!(objects.chain_bytes(&two).expect("reads") > 0);
        assert_eq!(objects.chain_bytes(&one).expect("reads"), 0);
        let (one, two) = (
            objects.tree(&one).expect("rebuilds"),
            objects.tree(&two).expect("rebuilds"),
        );
        // The first snapshot against the second: followed blindly, the two go round in circles.
        add(objects, &one.record_against(Some(&two)));
        let reopened = sandbox.reopen().objects;
        for tree in [&two, &one] {
            let rebuilt = reopened.tree(&tree.id()).expect("rebuilds");
            assert_eq!(rebuilt.entries(), tree.entries());
        }
        assert_eq!(
            reopened
                .tree(&Tree::empty().id())
                .expect("needs no record")
                .file_count(),
            0
        );
    }

    #[test]
    fn a_missing_base_is_named_as_damage() {
        let sandbox = Sandbox::new();
        let record = SnapshotRecord {
            id: SnapshotId::from_bytes([1; 32]),
            base: Some(SnapshotId::from_bytes([2; 32])),
            changes: Vec::new(),
        };
        add(&sandbox.repository.objects, &record);
        let missing = sandbox.repository.objects.tree(&record.id);
        assert!(matches!(
            missing.err(),
            Some(RepositoryError::Missing { .. })
        ));
    }
}
