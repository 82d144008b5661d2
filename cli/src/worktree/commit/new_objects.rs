//! The objects of a commit that the repository does not hold yet.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;
use rayon::prelude::*;

use crate::report::{Reporter, Unit};
use crate::repository::{FileStat, ListedChunk, Repository};
use crate::worktree::changed_file::ChangedFile;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::file::{self, LARGE_FILE_BYTES};
use crate::worktree::scan::Scan;

/// Up to this many bytes in total are kept in memory between hashing and writing.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// A new object.
pub(super) struct NewObject {
    /// The file that holds it; without one, its bytes are in memory.
    pub(super) file: Option<SourceFile>,
    pub(super) length: u64,
    /// Its bytes, where they were kept.
    pub(super) kept: Option<Vec<u8>>,
    /// Its chunks, where it is large and was cut.
    pub(super) chunks: Option<Vec<ListedChunk>>,
}

/// A file of the work tree that holds a new object.
pub(super) struct SourceFile {
    pub(super) path: RepoPath,
    pub(super) kind: EntryKind,
}

impl NewObject {
    /// One that is in memory already.
    pub(super) fn in_memory(bytes: Vec<u8>) -> Self {
        Self {
            file: None,
            length: bytes.len() as u64,
            kept: Some(bytes),
            chunks: None,
        }
    }
}

/// Reads and hashes all files that were not read yet, and drops those that turn out not to differ.
/// Returns the objects that the repository does not hold.
pub(super) fn read(
    repository: &Repository,
    scan: &mut Scan,
    reporter: &dyn Reporter,
) -> Result<HashMap<ObjectId, NewObject>> {
    let root = repository.layout.root();
    scan.begin_hashing(repository);
    let phase = reporter.phase("reading", Some(scan.changed.len() as u64), Unit::Files);
    let kept_bytes = AtomicU64::new(0);
    let is_large = |file: &ChangedFile| file.stat.is_some_and(|stat| is_large(&stat));
    let mut read: Vec<Option<NewObject>> = scan
        .changed
        .par_iter_mut()
        .map(|file| {
            if is_large(file) {
                return Ok(None);
            }
            phase.advance(1);
            read_one(root, file, &kept_bytes)
        })
        .collect::<Result<_>>()?;
    // One after the other: each takes all cores by itself, and memory for a few chunks.
    for (file, read) in scan.changed.iter_mut().zip(&mut read) {
        if is_large(file) {
            *read = read_one(root, file, &kept_bytes)?;
            phase.advance(1);
        }
    }
    let mpacks = repository.objects.mpacks()?;
    let is_held = |id: &ObjectId| {
        let mut tables = mpacks.iter().map(|mpack| mpack.tables());
        tables.any(|tables| tables.has_object(id))
    };
    let mut new = HashMap::new();
    for (file, read) in scan.changed.iter().zip(read) {
        if let (Some(object), Some(read)) = (file.object, read)
            && !new.contains_key(&object)
            && !is_held(&object)
        {
            new.insert(object, read);
        }
    }
    scan.drop_unchanged();
    Ok(new)
}

/// Hashes a file unless that was done before. One that has gone in the meantime counts as gone.
fn read_one(
    root: &Path,
    file: &mut ChangedFile,
    kept_bytes: &AtomicU64,
) -> Result<Option<NewObject>> {
    let Some(stat) = file.stat else {
        return Ok(None);
    };
    let mut new = NewObject {
        file: Some(SourceFile {
            path: file.path.clone(),
            kind: stat.kind,
        }),
        length: stat.size_bytes,
        kept: None,
        chunks: None,
    };
    if file.object.is_some() {
        return Ok(Some(new));
    }
    let path = root.join(file.path.as_str());
    let read = if is_large(&stat) {
        file::cut(&path).map(|cut| {
            new.length = cut.length();
            new.chunks = Some(cut.chunks);
            cut.id
        })
    } else {
        file::read(&path, stat.kind, stat.size_bytes).map(|(object, bytes)| {
            new.length = bytes.len() as u64;
            let kept_before = kept_bytes.fetch_add(new.length, Ordering::Relaxed);
            if kept_before + new.length <= KEPT_BYTES {
                new.kept = Some(bytes);
            }
            object
        })
    };
    match read {
        Ok(object) => {
            file.object = Some(object);
            Ok(Some(new))
        }
        Err(error) if file::is_absent(&error) => {
            file.stat = None;
            Ok(None)
        }
        Err(error) => Err(WorktreeError::reading(&path)(error)),
    }
}

fn is_large(stat: &FileStat) -> bool {
    stat.kind != EntryKind::Symlink && stat.size_bytes > LARGE_FILE_BYTES
}
