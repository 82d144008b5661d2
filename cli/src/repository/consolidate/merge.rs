//! Making one mpack of several.
//!
//! Large object frames are copied as they are. The objects of smaller ones are grouped anew, by path and
//! newest first, which is where the space of many one-commit mpacks comes back.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use muse_wire::commit::Commit;
use muse_wire::id::{MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{CommitRow, Counts, FrameKind, NewCommit, ObjectRow};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::SnapshotRecord;

use crate::repository::mpacks::OpenMpack;
use crate::repository::order::arrange;
use crate::repository::{Repository, RepositoryError, Result};

/// A frame of at least this many raw bytes is copied: grouping it anew would save little.
const COPIED_RAW_BYTES: u64 = 4 * 1024 * 1024;

/// Raw bytes of frames that are kept while their objects are picked out.
const KEPT_FRAME_BYTES: usize = 64 * 1024 * 1024;

/// Merges `sources` and makes the result part of the repository.
pub(super) fn merge(repository: &Repository, sources: &[Arc<OpenMpack>]) -> Result<MpackKey> {
    let commits = commits(sources);
    let snapshots = snapshots(sources, &commits);
    let objects = Objects::sort(sources);
    let order = objects.order(sources, &snapshots)?;
    let mut pending = repository.new_mpack(Counts {
        objects: objects.count,
        object_bytes: objects.bytes,
        commits: commits.len() as u64,
        snapshots: snapshots.len() as u64,
    })?;
    let writer = pending.writer();
    for &(source, frame) in &objects.copied {
        writer.copy_object_frame(&sources[source].mpack, frame)?;
    }
    let mut frames = FrameCache::new(sources, &objects);
    for id in order {
        let (source, row) = objects.regrouped[&id];
        writer.add_object(id, frames.object(source, &row)?)?;
    }
    for (source, row) in &commits {
        let source = &sources[*source];
        let envelope = source.mpack.read_commit(&row.id).map_err(source.damage())?;
        let envelope = envelope.ok_or_else(|| RepositoryError::missing_commit(&row.id))?;
        let commit = Commit::decode(&envelope.record)
            .map_err(|error| RepositoryError::damaged(&source.path, error.to_string()))?;
        writer.add_commit(&NewCommit {
            envelope: &envelope,
            commit: &commit,
            generation: row.generation,
        })?;
    }
    for snapshot in &snapshots {
        let record = match snapshot.disputed {
            true => repository.tree(&snapshot.id)?.record_against(None),
            false => snapshot.read(sources)?,
        };
        writer.add_snapshot(&record)?;
    }
    pending.install()
}

/// Each commit once with the number of the mpack that it is taken from, parents before children.
fn commits(sources: &[Arc<OpenMpack>]) -> Vec<(usize, CommitRow)> {
    let mut seen = HashSet::new();
    let mut commits: Vec<_> = sources
        .iter()
        .enumerate()
        .flat_map(|(source, mpack)| {
            let rows = mpack.mpack.tables().commits();
            rows.map(move |row| (source, row))
        })
        .filter(|(_, row)| seen.insert(row.id))
        .collect();
    commits.sort_by_key(|(_, row)| (row.generation, row.committed_at, row.id));
    commits
}

/// A snapshot and where its record is taken from.
struct Snapshot {
    id: SnapshotId,
    source: usize,
    base: Option<SnapshotId>,
    /// Several mpacks have records of it, against different bases. Others may rely on any of them;
    /// the whole tree serves all, and cannot make chains go round in circles.
    disputed: bool,
}

impl Snapshot {
    fn read(&self, sources: &[Arc<OpenMpack>]) -> Result<SnapshotRecord> {
        let source = &sources[self.source];
        source
            .mpack
            .read_snapshot(&self.id)
            .map_err(source.damage())?
            .ok_or_else(|| RepositoryError::missing_snapshot(&self.id))
    }
}

/// Each snapshot once, in the order of the commits, bases before what builds on them.
fn snapshots(sources: &[Arc<OpenMpack>], commits: &[(usize, CommitRow)]) -> Vec<Snapshot> {
    let mut found: HashMap<SnapshotId, Snapshot> = HashMap::new();
    let mut rest = Vec::new();
    for (source, mpack) in sources.iter().enumerate() {
        for row in mpack.mpack.tables().snapshots_in_file_order() {
            rest.push(row.id);
            let snapshot = found.entry(row.id).or_insert(Snapshot {
                id: row.id,
                source,
                base: row.base,
                disputed: false,
            });
            if snapshot.base != row.base {
                snapshot.disputed = true;
                snapshot.base = None;
            }
        }
    }
    let wanted = commits.iter().map(|(_, row)| row.snapshot).chain(rest);
    let mut ordered = Vec::with_capacity(found.len());
    for id in wanted {
        let mut line = Vec::new();
        let mut next = Some(id);
        while let Some(snapshot) = next.and_then(|id| found.remove(&id)) {
            next = snapshot.base;
            line.push(snapshot);
        }
        ordered.extend(line.into_iter().rev());
    }
    ordered
}

/// What becomes of the sources' objects.
struct Objects {
    /// Frames that are copied, as numbers of mpack and frame.
    copied: Vec<(usize, u32)>,
    /// Objects that are grouped anew, and where they lie.
    regrouped: HashMap<ObjectId, (usize, ObjectRow)>,
    count: u64,
    bytes: u64,
}

impl Objects {
    fn sort(sources: &[Arc<OpenMpack>]) -> Self {
        let mut sorted = Self {
            copied: Vec::new(),
            regrouped: HashMap::new(),
            count: 0,
            bytes: 0,
        };
        let mut copied_objects = HashSet::new();
        let frames = || {
            sources.iter().enumerate().flat_map(|(source, mpack)| {
                let frames = mpack.mpack.tables().frames_of(FrameKind::Objects);
                frames.map(move |frame| (source, frame, mpack.mpack.tables()))
            })
        };
        for (source, frame, tables) in frames() {
            let rows: Vec<_> = tables.frame_objects(frame).collect();
            let is_large = tables.frame(frame).raw_bytes >= COPIED_RAW_BYTES;
            let is_new = rows.iter().all(|row| !copied_objects.contains(&row.id));
            if is_large && is_new && !rows.is_empty() {
                sorted.copied.push((source, frame));
                copied_objects.extend(rows.iter().map(|row| row.id));
                sorted.count += rows.len() as u64;
                sorted.bytes += rows.iter().map(|row| row.length).sum::<u64>();
            }
        }
        for (source, frame, tables) in frames() {
            for row in tables.frame_objects(frame) {
                if !copied_objects.contains(&row.id)
                    && sorted.regrouped.insert(row.id, (source, row)).is_none()
                {
                    sorted.count += 1;
                    sorted.bytes += row.length;
                }
            }
        }
        sorted
    }

    /// The order of the objects that are grouped anew.
    fn order(&self, sources: &[Arc<OpenMpack>], snapshots: &[Snapshot]) -> Result<Vec<ObjectId>> {
        let mut changes: Vec<(RepoPath, Option<ObjectId>)> = Vec::new();
        for snapshot in snapshots {
            let additions = snapshot.read(sources)?.changes;
            changes.extend(additions.into_iter().filter_map(|change| {
                let object = change.entry?.object;
                let is_wanted = self.regrouped.contains_key(&object);
                is_wanted.then_some((change.path, Some(object)))
            }));
        }
        let arranged = arrange(changes.iter().map(|(path, object)| (path, *object)));
        let mut order: Vec<_> = arranged.iter().map(|placed| placed.key).collect();
        // What no record here names has no path: it stays in the order in which it lies.
        let named: HashSet<_> = order.iter().copied().collect();
        let unnamed = self.regrouped.iter().filter(|(id, _)| !named.contains(id));
        let mut unnamed: Vec<_> = unnamed
            .map(|(&id, (source, row))| (*source, row.frame, row.offset, id))
            .collect();
        unnamed.sort_unstable();
        order.extend(unnamed.into_iter().map(|(.., id)| id));
        Ok(order)
    }
}

/// Decompressed frames, kept until their last object is picked out or space runs short.
struct FrameCache<'a> {
    sources: &'a [Arc<OpenMpack>],
    uses_left: HashMap<(usize, u32), u32>,
    frames: HashMap<(usize, u32), Vec<u8>>,
    oldest_first: VecDeque<(usize, u32)>,
    kept_bytes: usize,
}

impl<'a> FrameCache<'a> {
    fn new(sources: &'a [Arc<OpenMpack>], objects: &Objects) -> Self {
        let mut uses_left = HashMap::new();
        for (source, row) in objects.regrouped.values() {
            *uses_left.entry((*source, row.frame)).or_default() += 1;
        }
        Self {
            sources,
            uses_left,
            frames: HashMap::new(),
            oldest_first: VecDeque::new(),
            kept_bytes: 0,
        }
    }

    /// An object that lies in one frame.
    fn object(&mut self, source: usize, row: &ObjectRow) -> Result<&[u8]> {
        let key = (source, row.frame);
        if !self.frames.contains_key(&key) {
            let mpack = &self.sources[source];
            let raw = mpack.mpack.read_frame(row.frame).map_err(mpack.damage())?;
            self.make_room(raw.len());
            self.kept_bytes += raw.len();
            self.frames.insert(key, raw);
            self.oldest_first.push_back(key);
        }
        if let Some(uses) = self.uses_left.get_mut(&key) {
            *uses -= 1;
        }
        let start = row.offset as usize;
        Ok(&self.frames[&key][start..start + row.length as usize])
    }

    /// Lets frames go that have been used up, and then the oldest.
    fn make_room(&mut self, bytes: usize) {
        let used_up: Vec<_> = self
            .oldest_first
            .iter()
            .copied()
            .filter(|key| self.uses_left.get(key) == Some(&0))
            .collect();
        for key in used_up {
            self.drop_frame(key);
        }
        while self.kept_bytes + bytes > KEPT_FRAME_BYTES
            && let Some(&oldest) = self.oldest_first.front()
        {
            self.drop_frame(oldest);
        }
    }

    fn drop_frame(&mut self, key: (usize, u32)) {
        self.oldest_first.retain(|kept| *kept != key);
        if let Some(raw) = self.frames.remove(&key) {
            self.kept_bytes -= raw.len();
        }
    }
}
