//! Writing the mpack of a commit.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::mpack::{Counts, CutObject, NewCommit, OrderedObject};
use muse_wire::snapshot::SnapshotRecord;
use rayon::prelude::*;

use super::new_objects::NewObject;
use crate::report::{Reporter, Unit};
use crate::repository::{ListedChunk, PendingMpack, Repository, RepositoryError};
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file::{self, LARGE_FILE_BYTES};

/// Bytes that were not kept are read again in batches of about this many.
const BATCH_BYTES: u64 = 16 * 1024 * 1024;

/// Writes the objects in `new`, the commit and its snapshot into an mpack and makes it part of the
/// repository.
pub(super) fn write(
    repository: &Repository,
    mut new: HashMap<ObjectId, NewObject>,
    order: &[OrderedObject],
    commit: &NewCommit<'_>,
    snapshot: Option<&SnapshotRecord>,
    reporter: &dyn Reporter,
) -> Result<()> {
    let failed = RepositoryError::from;
    let phase = reporter.phase("recording", Some(new.len() as u64), Unit::Objects);
    let mut pending = repository.objects.new_mpack(Counts {
        objects: new.len() as u64,
        commits: 1,
        snapshots: u64::from(snapshot.is_some()),
        object_bytes: new.values().map(|object| object.length).sum(),
        base_bytes: 0,
    })?;
    let in_order = order
        .iter()
        .filter_map(|object| new.remove(&object.id).map(|new| (object.id, new)));
    let mut all: Vec<_> = in_order.collect();
    // The versions of a conflict may be in no tree.
    all.extend(new.drain());
    let (large, whole): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|(_, object)| object.length > LARGE_FILE_BYTES);
    let mut rest = whole.into_iter();
    loop {
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        while batch_bytes < BATCH_BYTES
            && let Some(object) = rest.next()
        {
            batch_bytes += object.1.length;
            batch.push(object);
        }
        if batch.is_empty() {
            break;
        }
        batch
            .par_iter_mut()
            .try_for_each(|(id, new)| read_again(repository.layout.root(), id, new))?;
        for (id, new) in batch {
            let bytes = new.kept.unwrap_or_default();
            pending.writer().add_object(id, &bytes).map_err(failed)?;
            phase.advance(1);
        }
    }
    let mpacks = repository.objects.mpacks()?;
    let is_held = |chunk: &ChunkId| {
        let mut tables = mpacks.iter().map(|mpack| mpack.tables());
        tables.any(|tables| tables.find_chunk(chunk).is_some())
    };
    for (id, new) in large {
        let chunks = write_chunks(repository.layout.root(), &mut pending, &id, &new, is_held)?;
        let added = pending.writer().add_chunk_list(id, chunks);
        added.map_err(failed)?;
        phase.advance(1);
    }
    pending.writer().add_commit(commit).map_err(failed)?;
    if let Some(record) = snapshot {
        pending.writer().add_snapshot(record).map_err(failed)?;
    }
    pending.install()?;
    Ok(())
}

/// Reads the chunks of a large object that are new, and writes them. Returns all of its chunks.
fn write_chunks(
    root: &Path,
    pending: &mut PendingMpack<'_>,
    id: &ObjectId,
    new: &NewObject,
    is_held: impl Fn(&ChunkId) -> bool,
) -> Result<Vec<ListedChunk>> {
    let Some(source) = &new.file else {
        return write_chunks_of(new.kept.as_deref().unwrap_or_default(), pending, is_held);
    };
    let path = root.join(source.path.as_str());
    let changed = || WorktreeError::ChangedMeanwhile(source.path.clone());
    let chunks = match &new.chunks {
        Some(chunks) => chunks.clone(),
        None => {
            let cut = file::cut(&path).map_err(WorktreeError::reading(&path))?;
            if cut.id != *id {
                return Err(changed());
            }
            cut.chunks
        }
    };
    let file = file::open(&path).map_err(WorktreeError::reading(&path))?;
    let mut offset = 0;
    let mut bytes = Vec::new();
    for &(chunk, length) in &chunks {
        if !is_held(&chunk) {
            bytes.resize(length as usize, 0);
            match file.read_exact_at(&mut bytes, offset) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(changed()),
                read => read.map_err(WorktreeError::reading(&path))?,
            }
            if ChunkId::of(&bytes) != chunk {
                return Err(changed());
            }
            let added = pending.writer().add_chunk(chunk, &bytes);
            added.map_err(RepositoryError::from)?;
        }
        offset += u64::from(length);
    }
    Ok(chunks)
}

/// Writes the chunks of a large object in memory that are new. Returns all of its chunks.
fn write_chunks_of(
    bytes: &[u8],
    pending: &mut PendingMpack<'_>,
    is_held: impl Fn(&ChunkId) -> bool,
) -> Result<Vec<ListedChunk>> {
    let cut = CutObject::of(&mut &*bytes).expect("memory can always be read");
    let mut rest = bytes;
    for &(chunk, length) in &cut.chunks {
        let (piece, after) = rest.split_at(length as usize);
        if !is_held(&chunk) {
            let added = pending.writer().add_chunk(chunk, piece);
            added.map_err(RepositoryError::from)?;
        }
        rest = after;
    }
    Ok(cut.chunks)
}

/// Reads bytes that were not kept.
fn read_again(root: &Path, id: &ObjectId, new: &mut NewObject) -> Result<()> {
    let (None, Some(source)) = (&new.kept, &new.file) else {
        return Ok(());
    };
    let path = root.join(source.path.as_str());
    let (object, bytes) =
        file::read(&path, source.kind, new.length).map_err(WorktreeError::reading(&path))?;
    if object != *id {
        return Err(WorktreeError::ChangedMeanwhile(source.path.clone()));
    }
    new.kept = Some(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use muse_wire::path::RepoPath;
    use muse_wire::snapshot::EntryKind;

    use super::*;
    use crate::testing::Sandbox;
    use crate::worktree::commit::new_objects::SourceFile;

    fn source() -> SourceFile {
        SourceFile {
            path: RepoPath::new("a").expect("an allowed path"),
            kind: EntryKind::File,
        }
    }

    #[test]
    fn a_file_that_changed_after_it_was_hashed_is_noticed() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "after");
        let mut new = NewObject {
            file: Some(source()),
            length: 6,
            kept: None,
            chunks: None,
        };
        let root = sandbox.repository.layout.root();
        let result = read_again(root, &ObjectId::of(b"before"), &mut new);
        assert!(matches!(result, Err(WorktreeError::ChangedMeanwhile(_))));
    }

    #[test]
    fn a_large_file_that_changed_after_it_was_cut_is_noticed() {
        let sandbox = Sandbox::new();
        let root = sandbox.repository.layout.root();
        let contents = vec![1; LARGE_FILE_BYTES as usize + 1];
        sandbox.write_file("a", &contents);
        let cut = file::cut(&sandbox.path("a")).expect("readable");
        let mut changed = contents.clone();
        changed[5] = 2;
        for now in [&changed[..], &contents[1..], &contents[..5], &[]] {
            sandbox.write_file("a", now);
            for chunks in [Some(cut.chunks.clone()), None] {
                let new = NewObject {
                    file: Some(source()),
                    length: contents.len() as u64,
                    kept: None,
                    chunks,
                };
                let pending = sandbox.repository.objects.new_mpack(Counts::default());
                let mut pending = pending.expect("writable");
                let written = write_chunks(root, &mut pending, &cut.id, &new, |_| false);
                assert!(matches!(written, Err(WorktreeError::ChangedMeanwhile(_))));
            }
        }
    }
}
