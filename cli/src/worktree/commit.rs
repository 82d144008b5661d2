//! Makes a commit of what a scan found: objects, snapshot and commit in one new mpack.
//!
//! Files are read twice only where they are too large, or too many, to be kept in memory between
//! hashing (which must come first: an mpack starts with its counts) and writing. Of a large file
//! only the chunks that are new are read again. A file that changes in between fails the commit and
//! leaves the repository as it was.

mod details;
mod mpack;
mod new_objects;
mod record;

use std::collections::{BTreeSet, HashMap};

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Tree};

pub use self::details::CommitDetails;
use self::new_objects::NewObject;
pub use self::record::record_commit;
use super::changed_file::ChangedFile;
use super::error::{Result, WorktreeError};
use super::portability;
use super::scan::{Scan, scan};
use crate::report::Reporter;
use crate::repository::{
    Cause, Expected, Head, LockedRepository, RefEdit, Repository, RepositoryError, Unfinished,
};

/// How a commit is made.
#[derive(Debug, Clone)]
pub struct CommitOptions {
    /// What it says.
    pub details: CommitDetails,
    /// Commit even if nothing changed.
    pub allow_empty: bool,
    /// What it follows.
    pub follows: Follows,
}

/// What a new commit follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follows {
    /// The current commit.
    Head,
    /// What the current commit follows: it takes that commit's place.
    ParentsOfHead,
    /// The current commit and others, whose changes an unfinished operation brought into the work
    /// tree. The operation ends, or goes on as told.
    Unfinished {
        /// The parents beside the current commit.
        others: Vec<CommitId>,
        /// The operation that is unfinished afterwards. Its tip, and what it shows, will be the new
        /// commit.
        goes_on: Option<Box<Unfinished>>,
        /// New files that are no part of it.
        left_alone: BTreeSet<RepoPath>,
    },
}

/// A commit that was made.
pub struct Committed {
    /// Its id.
    pub id: CommitId,
    /// How many files it adds, changes and deletes.
    pub files: FileCounts,
    /// Whether it has no parent.
    pub is_root: bool,
    /// What was left out and might be missed.
    pub warnings: Vec<String>,
}

/// How many files a commit adds, changes and deletes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Files that were not there before.
    pub added: usize,
    /// Files that have another content or kind.
    pub changed: usize,
    /// Files that are gone.
    pub deleted: usize,
}

impl FileCounts {
    fn of(before: &Tree, changes: &[Change]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            match (before.get(&change.path), change.entry) {
                (None, _) => counts.added += 1,
                (Some(_), Some(_)) => counts.changed += 1,
                (Some(_), None) => counts.deleted += 1,
            }
        }
        counts
    }
}

/// Commits all changes of the work tree onto `HEAD` and moves its branch.
///
/// # Errors
/// [`WorktreeError::NothingToCommit`], [`WorktreeError::Forbidden`],
/// [`WorktreeError::ChangedMeanwhile`], a checkout or clone that was interrupted, and whatever else
/// stops it; nothing is committed then.
pub fn commit(
    locked: &mut LockedRepository<'_>,
    options: CommitOptions,
    reporter: &dyn Reporter,
) -> Result<Committed> {
    let repository: &Repository = locked;
    let refs = repository.refs.read()?;
    refs.refuse_unfinished_checkout()?;
    if !matches!(options.follows, Follows::Unfinished { .. }) {
        refs.refuse_unfinished()?;
    }
    repository.layout.refuse_unfinished_clone()?;
    let head = refs.head_commit();
    let parents = parents(repository, head, &options.follows)?;
    let nothing = BTreeSet::new();
    let left_alone = match &options.follows {
        Follows::Unfinished { left_alone, .. } => left_alone,
        Follows::Head | Follows::ParentsOfHead => &nothing,
    };
    let Recordable {
        before,
        mut scan,
        new,
    } = Recordable::read(repository, head, left_alone, reporter)?;
    let changes = scan.changes();
    if changes.is_empty() && !options.allow_empty {
        scan.save(locked)?;
        return Err(WorktreeError::NothingToCommit);
    }
    let after = before.apply(&changes)?;
    let id = record::write(
        repository,
        &parents,
        &after,
        &options.details,
        new,
        reporter,
    )?;
    move_head(locked, head, id, &options)?;
    // The commit is made; what follows only makes the next commands faster.
    let mut warnings = std::mem::take(&mut scan.warnings);
    warnings.extend(portability::warning(&before, &after, &changes));
    if let Err(error) = scan.save(locked) {
        warnings.push(format!("the stat cache was not written: {error}"));
    }
    if let Err(error) = locked.consolidate() {
        warnings.push(format!("small mpacks were not merged: {error}"));
    }
    let files = match parents.first() == head.as_ref() {
        true => FileCounts::of(&before, &changes),
        false => {
            let parent = locked.objects.commit_tree(parents.first())?;
            FileCounts::of(&parent, &parent.diff(&after))
        }
    };
    Ok(Committed {
        id,
        files,
        is_root: parents.is_empty(),
        warnings,
    })
}

/// Records all changes of the work tree in a commit after the current one. No ref moves.
///
/// # Errors
/// As [`commit`].
pub fn record_worktree(
    locked: &mut LockedRepository<'_>,
    details: &CommitDetails,
    reporter: &dyn Reporter,
) -> Result<CommitId> {
    let repository: &Repository = locked;
    let head = repository.refs.head_commit()?;
    let Recordable { before, scan, new } =
        Recordable::read(repository, head, &BTreeSet::new(), reporter)?;
    let changes = scan.changes();
    if changes.is_empty() {
        return Err(WorktreeError::NothingToCommit);
    }
    let after = before.apply(&changes)?;
    let parents: Vec<CommitId> = head.into_iter().collect();
    record::write(repository, &parents, &after, details, new, reporter)
}

/// The work tree, read and compared with a commit.
struct Recordable {
    /// The commit's tree.
    before: Tree,
    scan: Scan,
    /// What the repository does not hold yet.
    new: HashMap<ObjectId, NewObject>,
}

impl Recordable {
    /// All changes but the new files that are `left_alone`. Fails where something cannot be
    /// recorded.
    fn read(
        repository: &Repository,
        head: Option<CommitId>,
        left_alone: &BTreeSet<RepoPath>,
        reporter: &dyn Reporter,
    ) -> Result<Self> {
        let before = repository.objects.commit_tree(head.as_ref())?;
        let mut scan = scan(repository, &before)?;
        if !scan.forbidden.is_empty() {
            return Err(WorktreeError::Forbidden(scan.forbidden));
        }
        let is_left_alone = |file: &ChangedFile| left_alone.contains(&file.path);
        scan.changed
            .retain(|file| file.before.is_some() || !is_left_alone(file));
        let new = new_objects::read(repository, &mut scan, reporter)?;
        Ok(Self { before, scan, new })
    }
}

/// The parents of a commit that is made at `head`.
fn parents(
    repository: &Repository,
    head: Option<CommitId>,
    follows: &Follows,
) -> Result<Vec<CommitId>> {
    Ok(match follows {
        Follows::Head => head.into_iter().collect(),
        Follows::ParentsOfHead => {
            let replaced = head.ok_or(RepositoryError::NoCommits)?;
            if repository.objects.shallow()?.contains(&replaced) {
                return Err(RepositoryError::Shallow(replaced).into());
            }
            repository.objects.commit(&replaced)?.parents
        }
        Follows::Unfinished { others, .. } => head.iter().chain(others).copied().collect(),
    })
}

/// Moves the current branch, or a detached `HEAD`, from `old` onto the new commit.
fn move_head(
    locked: &mut LockedRepository<'_>,
    old: Option<CommitId>,
    id: CommitId,
    options: &CommitOptions,
) -> Result<()> {
    let mut goes_on = None;
    let what = match &options.follows {
        Follows::Head => "commit",
        Follows::ParentsOfHead => "commit (amend)",
        Follows::Unfinished { goes_on: next, .. } => {
            goes_on = next.as_deref().map(|unfinished| Unfinished {
                tip: id,
                merged: id,
                shown: id,
                ..unfinished.clone()
            });
            "commit (continue)"
        }
    };
    let subject = options.details.message.lines().next().unwrap_or_default();
    let reason = format!("{what}: {subject}");
    let cause = Cause {
        unfinished: goes_on.as_ref(),
        ..Cause::from(&reason)
    };
    match locked.refs.head()? {
        Head::Branch(name) => {
            let edit = RefEdit {
                name,
                expected: old.map_or(Expected::Absent, Expected::Is),
                new: Some(id),
            };
            locked.update_refs(&[edit], cause)?;
        }
        Head::Detached(_) => locked.update_refs_and_head(&[], &Head::Detached(id), cause)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use muse_wire::id::ObjectId;
    use muse_wire::snapshot::EntryKind;

    use super::*;
    use crate::testing::Sandbox;
    use crate::worktree::file::LARGE_FILE_BYTES;

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
    fn names_that_no_snapshot_can_hold_stop_the_commit() {
        let sandbox = Sandbox::new();
        sandbox.write_file("fine", "");
        sandbox.write_file("dir/.Muse .", "");
        assert!(
            matches!(sandbox.try_commit(), Err(WorktreeError::Forbidden(names)) if names.len() == 1)
        );
        assert_eq!(
            sandbox.repository.refs.head_commit().expect("readable"),
            None
        );
    }
}
