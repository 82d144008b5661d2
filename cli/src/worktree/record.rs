//! Makes a commit of what a scan found: objects, snapshot and commit in one new mpack.
//!
//! Files are read twice only where they are too large, or too many, to be kept in memory between hashing
//! (which must come first: an mpack starts with its counts) and writing. A file that changes
//! in between fails the commit and leaves the repository as it was.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{Counts, NewCommit, OrderedObject, WriteError, write_order};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, EntryKind, SnapshotRecord, Tree, needs_keyframe};
use rayon::prelude::*;

use super::error::{Result, WorktreeError};
use super::file::{self, LARGE_FILE_BYTES};
use super::scan::{Found, Scan, scan};
use crate::report::{Reporter, Unit};
use crate::repository::{Expected, Head, LockedRepository, RefEdit, Repository, RepositoryError};

/// Contents up to this many bytes in total are kept in memory between hashing and writing.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// Contents that were not kept are read again in batches of about this many bytes.
const BATCH_BYTES: u64 = 16 * 1024 * 1024;

/// What a commit says, beside its files.
#[derive(Debug, Clone)]
pub struct Description {
    /// Who makes it.
    pub author: Author,
    /// When.
    pub committed_at: Timestamp,
    /// Why.
    pub message: String,
    /// Whether a commit that changes nothing is wanted.
    pub allow_empty: bool,
}

/// A commit that was made.
pub struct Recorded {
    /// Its id.
    pub id: CommitId,
    /// The tree before it.
    pub before: Tree,
    /// The changes that it makes, ascending by path.
    pub changes: Vec<Change>,
    /// Whether it has no parent.
    pub is_root: bool,
    /// What was left out and might be missed.
    pub warnings: Vec<String>,
}

/// Commits all changes of the work tree onto `HEAD` and moves its branch.
///
/// # Errors
/// [`WorktreeError::NothingToCommit`], [`WorktreeError::Forbidden`], [`WorktreeError::ChangedMeanwhile`] and
/// whatever else stops it; nothing is committed then.
pub fn commit(
    locked: &mut LockedRepository<'_>,
    description: Description,
    progress: &dyn Reporter,
) -> Result<Recorded> {
    let repository: &Repository = locked;
    let parent = repository.refs.head_commit()?;
    let before = repository.objects.commit_tree(parent.as_ref())?;
    let mut scan = scan(repository, &before)?;
    if !scan.forbidden.is_empty() {
        return Err(WorktreeError::Forbidden(scan.forbidden));
    }
    let new = read_new(repository, &mut scan, progress)?;
    let changes = scan.changes();
    if changes.is_empty() && !description.allow_empty {
        scan.save_cache(locked)?;
        return Err(WorktreeError::NothingToCommit);
    }
    let after = before.apply(&changes)?;
    let commit = Commit {
        parents: parent.into_iter().collect(),
        snapshot: after.id(),
        author: description.author,
        committed_at: description.committed_at,
        message: description.message,
        metadata: BTreeMap::new(),
        delta_digest: None,
    };
    let envelope = CommitEnvelope::plain(commit.encode()?);
    let order = write_order([&after.record_against(Some(&before))]);
    let snapshot = snapshot_record(repository, parent.is_some(), &before, &after)?;
    let new_commit = NewCommit {
        envelope: &envelope,
        commit: &commit,
        generation: generation(repository, &commit)?,
    };
    write_mpack(
        repository,
        new,
        &order,
        &new_commit,
        snapshot.as_ref(),
        progress,
    )?;
    let id = envelope.id();
    move_head(locked, parent, id, commit.subject())?;
    // The commit stands; what follows only makes the next commands faster.
    let mut warnings = std::mem::take(&mut scan.warnings);
    if let Err(error) = scan.save_cache(locked) {
        warnings.push(format!("the stat cache was not written: {error}"));
    }
    if let Err(error) = locked.consolidate() {
        warnings.push(format!("small mpacks were not merged: {error}"));
    }
    Ok(Recorded {
        id,
        before,
        changes,
        is_root: parent.is_none(),
        warnings,
    })
}

/// Where the bytes of a new object are.
struct Source {
    path: RepoPath,
    kind: EntryKind,
    length: u64,
    /// The bytes themselves, where they were kept.
    kept: Option<Vec<u8>>,
}

/// Reads and hashes all files that were not read yet, and drops those that turn out not to differ. Gives the objects
/// that the repository does not hold.
fn read_new(
    repository: &Repository,
    scan: &mut Scan,
    progress: &dyn Reporter,
) -> Result<HashMap<ObjectId, Source>> {
    let root = repository.layout.root();
    let phase = progress.phase("reading", Some(scan.found.len() as u64), Unit::Files);
    let kept_bytes = AtomicU64::new(0);
    let sources: Vec<Option<Source>> = scan
        .found
        .par_iter_mut()
        .map(|found| {
            phase.advance(1);
            read_one(root, found, &kept_bytes)
        })
        .collect::<Result<_>>()?;
    let mpacks = repository.objects.mpacks()?;
    let is_held = |id: &ObjectId| {
        let mut tables = mpacks.iter().map(|mpack| mpack.tables());
        tables.any(|tables| tables.find_object(id).is_some())
    };
    let mut new = HashMap::new();
    for (found, source) in scan.found.iter().zip(sources) {
        if let (Some(object), Some(source)) = (found.object, source)
            && !new.contains_key(&object)
            && !is_held(&object)
        {
            new.insert(object, source);
        }
    }
    scan.settle();
    Ok(new)
}

/// Hashes a file unless that was done before. One that has gone in the meantime counts as gone.
fn read_one(root: &Path, found: &mut Found, kept_bytes: &AtomicU64) -> Result<Option<Source>> {
    let Some(stat) = found.stat else {
        return Ok(None);
    };
    let mut source = Source {
        path: found.path.clone(),
        kind: stat.kind,
        length: stat.size_bytes,
        kept: None,
    };
    if found.object.is_some() {
        return Ok(Some(source));
    }
    let path = root.join(found.path.as_str());
    let read = if stat.size_bytes > LARGE_FILE_BYTES {
        file::hash(&path, stat.kind)
    } else {
        file::read(&path, stat.kind, stat.size_bytes).map(|(object, contents)| {
            source.length = contents.len() as u64;
            let kept_before = kept_bytes.fetch_add(source.length, Ordering::Relaxed);
            if kept_before + source.length <= KEPT_BYTES {
                source.kept = Some(contents);
            }
            object
        })
    };
    match read {
        Ok(object) => {
            found.object = Some(object);
            Ok(Some(source))
        }
        Err(error) if file::is_absent(&error) => {
            found.stat = None;
            Ok(None)
        }
        Err(error) => Err(WorktreeError::reading(&path)(error)),
    }
}

/// The record to store for the new tree; none where the repository has one already.
fn snapshot_record(
    repository: &Repository,
    has_parent: bool,
    before: &Tree,
    after: &Tree,
) -> Result<Option<SnapshotRecord>> {
    if repository.objects.snapshot_record(&after.id())?.is_some() {
        return Ok(None);
    }
    if has_parent {
        let record = after.record_against(Some(before));
        let chain_bytes = repository.objects.chain_bytes(&before.id())?;
        let record_bytes = record.encode().len() as u64;
        if !needs_keyframe(chain_bytes, record_bytes, after.listing_bytes()) {
            return Ok(Some(record));
        }
    }
    Ok(Some(after.record_against(None)))
}

/// One more than the highest generation of the parents.
fn generation(repository: &Repository, commit: &Commit) -> Result<u32> {
    let mut highest = 0;
    for parent in &commit.parents {
        let node = repository
            .objects
            .node(parent)?
            .ok_or_else(|| RepositoryError::missing_commit(parent))?;
        highest = highest.max(node.generation);
    }
    Ok(highest.saturating_add(1))
}

/// Writes the objects in `new`, the commit and its snapshot into an mpack and makes it part of the repository.
fn write_mpack(
    repository: &Repository,
    mut new: HashMap<ObjectId, Source>,
    order: &[OrderedObject],
    commit: &NewCommit<'_>,
    snapshot: Option<&SnapshotRecord>,
    progress: &dyn Reporter,
) -> Result<()> {
    let failed = RepositoryError::from;
    let phase = progress.phase("recording", Some(new.len() as u64), Unit::Objects);
    let mut pending = repository.objects.new_mpack(Counts {
        objects: new.len() as u64,
        commits: 1,
        snapshots: u64::from(snapshot.is_some()),
        object_bytes: new.values().map(|source| source.length).sum(),
    })?;
    let mut rest = order
        .iter()
        .filter_map(|object| new.remove(&object.id).map(|source| (object.id, source)));
    loop {
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        while batch_bytes < BATCH_BYTES
            && let Some(object) = rest.next()
        {
            batch_bytes += object.1.length.min(LARGE_FILE_BYTES);
            batch.push(object);
        }
        if batch.is_empty() {
            break;
        }
        batch
            .par_iter_mut()
            .try_for_each(|(id, source)| read_again(repository.layout.root(), id, source))?;
        for (id, source) in batch {
            match source.kept {
                Some(contents) => pending.writer().add_object(id, &contents).map_err(failed)?,
                None => {
                    let path = repository.layout.root().join(source.path.as_str());
                    let mut file = File::open(&path).map_err(WorktreeError::reading(&path))?;
                    pending
                        .writer()
                        .add_large_object(id, source.length, &mut file)
                        .map_err(|error| match error {
                            WriteError::Inconsistent(_) => {
                                WorktreeError::ChangedMeanwhile(source.path)
                            }
                            error => failed(error).into(),
                        })?;
                }
            }
            phase.advance(1);
        }
    }
    pending.writer().add_commit(commit).map_err(failed)?;
    if let Some(record) = snapshot {
        pending.writer().add_snapshot(record).map_err(failed)?;
    }
    pending.install()?;
    Ok(())
}

/// Reads contents that were not kept, unless they are too large for memory.
fn read_again(root: &Path, id: &ObjectId, source: &mut Source) -> Result<()> {
    if source.kept.is_some() || source.length > LARGE_FILE_BYTES {
        return Ok(());
    }
    let path = root.join(source.path.as_str());
    let (object, contents) =
        file::read(&path, source.kind, source.length).map_err(WorktreeError::reading(&path))?;
    if object != *id {
        return Err(WorktreeError::ChangedMeanwhile(source.path.clone()));
    }
    source.kept = Some(contents);
    Ok(())
}

/// Moves the current branch, or a detached `HEAD`, onto the new commit.
fn move_head(
    locked: &mut LockedRepository<'_>,
    parent: Option<CommitId>,
    id: CommitId,
    subject: &str,
) -> Result<()> {
    match locked.refs.head()? {
        Head::Branch(name) => {
            let edit = RefEdit {
                name,
                expected: parent.map_or(Expected::Absent, Expected::Is),
                new: Some(id),
            };
            locked.update_refs(&[edit], &format!("commit: {subject}"))?;
        }
        Head::Detached(_) => locked.set_head(&Head::Detached(id))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn commits_follow_one_another_and_hold_the_files() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        sandbox.write_file("copy", "one");
        sandbox.link("link", "a");
        let first = sandbox.try_commit().expect("three files");
        assert!(first.is_root);
        sandbox.write_file("a", "two");
        sandbox.make_executable("copy");
        let second = sandbox.try_commit().expect("two changes");
        let commit = sandbox
            .repository
            .objects
            .commit(&second.id)
            .expect("committed");
        assert_eq!(commit.parents, [first.id]);
        assert_eq!(
            sandbox.repository.refs.head_commit().expect("readable"),
            Some(second.id)
        );
        let tree = sandbox.tree(&second.id);
        let kinds: Vec<_> = tree.entries().iter().map(|(_, entry)| entry.kind).collect();
        assert_eq!(
            kinds,
            [EntryKind::File, EntryKind::Executable, EntryKind::Symlink]
        );
        for (path, contents) in [("a", "two"), ("copy", "one"), ("link", "a")] {
            let entry = tree.get(path).expect("committed");
            let object = sandbox.repository.objects.read_object(&entry.object);
            assert_eq!(object.expect("stored"), contents.as_bytes(), "{path}");
        }
    }

    #[test]
    fn without_changes_there_is_nothing_to_commit() {
        let sandbox = Sandbox::new();
        assert!(matches!(
            sandbox.try_commit(),
            Err(WorktreeError::NothingToCommit)
        ));
        sandbox.write_file("a", "one");
        let commit = sandbox.commit();
        sandbox.write_file("a", "one");
        assert!(matches!(
            sandbox.try_commit(),
            Err(WorktreeError::NothingToCommit)
        ));
        assert_eq!(
            sandbox.repository.refs.head_commit().expect("readable"),
            Some(commit)
        );
    }

    #[test]
    fn going_back_to_an_earlier_state_stores_nothing_twice() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        let first = sandbox.commit();
        sandbox.write_file("a", "two");
        sandbox.commit();
        sandbox.write_file("a", "one");
        let third = sandbox.commit();
        assert_eq!(sandbox.tree(&first).id(), sandbox.tree(&third).id());
    }

    #[test]
    fn a_large_file_is_streamed_and_many_files_are_read_in_batches() {
        let sandbox = Sandbox::new();
        let large = vec![7_u8; usize::try_from(LARGE_FILE_BYTES).expect("small") + 1];
        sandbox.write_file("large", &large);
        for number in 0..6_u8 {
            sandbox.write_file(&format!("part{number}"), vec![number; 13 << 20]);
        }
        let tree = sandbox.tree(&sandbox.commit());
        let entry = tree.get("large").expect("committed");
        assert_eq!(entry.object, ObjectId::of(&large));
        assert_eq!(tree.file_count(), 7);
        for (path, entry) in tree.entries() {
            let length = sandbox.repository.objects.object_length(&entry.object);
            let expected = sandbox.path(&path).metadata().expect("there").len();
            assert_eq!(length.expect("readable"), Some(expected), "{path}");
        }
    }

    #[test]
    fn a_file_that_changed_after_it_was_hashed_is_noticed() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "after");
        let mut source = Source {
            path: RepoPath::new("a").expect("an allowed path"),
            kind: EntryKind::File,
            length: 6,
            kept: None,
        };
        let root = sandbox.repository.layout.root();
        let result = read_again(root, &ObjectId::of(b"before"), &mut source);
        assert!(matches!(result, Err(WorktreeError::ChangedMeanwhile(_))));
    }

    #[test]
    fn names_that_no_snapshot_can_hold_stop_the_commit() {
        let sandbox = Sandbox::new();
        sandbox.write_file("fine", "");
        sandbox.write_file("aux", "");
        assert!(
            matches!(sandbox.try_commit(), Err(WorktreeError::Forbidden(names)) if names.len() == 1)
        );
        assert_eq!(
            sandbox.repository.refs.head_commit().expect("readable"),
            None
        );
    }
}
