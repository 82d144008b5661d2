//! Whether an mpack's records fit together and onto a repository: the closure rule.
//!
//! [`crate::mpack::verify()`] says that every record is what its id names. This says that nothing
//! is missing below them: every parent, base and object of a new commit is in the mpack or already
//! in the repository, generations are right, and applying each record's changes to its base gives
//! its id. Server and client run the same check, each with its own [`Boundary`].

mod base_trees;
mod link_targets;

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};

use crate::commit::Commit;
use crate::id::{CommitId, ObjectId, SnapshotId};
use crate::mpack::{CommitRow, MpackError, Tables};
use crate::path::RepoPath;
use crate::problem::ProblemCode;
use crate::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree, TreeError, needs_keyframe};

pub use base_trees::{Base, TreeLimits};
use base_trees::{BaseTrees, Origin};
pub use link_targets::LinkTargets;

/// What the repository knows of commits and snapshots that the mpack builds on.
pub trait Boundary {
    /// Why a look-up can fail.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The generation of a commit of the repository; `None` where it has no such commit.
    ///
    /// # Errors
    /// Only where the look-up itself fails.
    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, Self::Error>;

    /// A snapshot of the repository; `None` where it has no such snapshot.
    ///
    /// # Errors
    /// Only where the look-up itself fails.
    fn base(&mut self, id: &SnapshotId) -> Result<Option<Base>, Self::Error>;

    /// Whether this commit of the mpack may come without its parents.
    ///
    /// # Errors
    /// Only where the look-up itself fails.
    fn is_shallow(&mut self, id: &CommitId) -> Result<bool, Self::Error> {
        let _ = id;
        Ok(false)
    }

    /// Whether the repository has this snapshot, for commits that record one without building on
    /// it.
    ///
    /// # Errors
    /// Only where the look-up itself fails.
    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, Self::Error>;

    /// What the trees of the mpack may cost.
    fn tree_limits(&self) -> TreeLimits {
        TreeLimits::default()
    }
}

/// A snapshot record that gives what it says.
pub struct CheckedSnapshot {
    /// The whole tree.
    pub tree: Tree,
    /// As in [`Base`]; 0 where `needs_keyframe` is set.
    pub chain_bytes: u64,
    /// The chain would outgrow the listing: a receiver that keeps records one by one stores the
    /// full listing instead of this record.
    pub needs_keyframe: bool,
}

/// Why an mpack does not fit onto a repository.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError<E: std::error::Error + 'static> {
    /// A parent is neither here nor there.
    #[error(
        "commit {commit} has the parent {parent}, \
         which is neither in the mpack nor in the repository"
    )]
    MissingParent {
        /// The child.
        commit: CommitId,
        /// What is missing.
        parent: CommitId,
    },
    /// A commit's snapshot is neither here nor there.
    #[error(
        "commit {commit} records {snapshot}, which is neither in the mpack nor in the repository"
    )]
    MissingSnapshot {
        /// The commit.
        commit: CommitId,
        /// What is missing.
        snapshot: SnapshotId,
    },
    /// A base is neither here nor there.
    #[error(
        "snapshot {snapshot} builds on {base}, which is neither in the mpack nor in the repository"
    )]
    MissingBase {
        /// The record.
        snapshot: SnapshotId,
        /// What is missing.
        base: SnapshotId,
    },
    /// A commit's generation is not one more than the highest of its parents'.
    #[error("commit {commit} claims generation {claimed}, but its parents give {actual}")]
    WrongGeneration {
        /// The commit.
        commit: CommitId,
        /// What the tables say.
        claimed: u32,
        /// What the parents say.
        actual: u32,
    },
    /// A record's changes do not give its id.
    #[error("snapshot {snapshot} is invalid")]
    Snapshot {
        /// The record.
        snapshot: SnapshotId,
        /// What is wrong with it.
        #[source]
        source: TreeError,
    },
    /// A link whose object is no target: empty, too long, or with a NUL.
    #[error("snapshot {snapshot} has the symbolic link {path}, but no link can lead to {object}")]
    LinkTarget {
        /// The record.
        snapshot: SnapshotId,
        /// The link.
        path: RepoPath,
        /// Its object.
        object: ObjectId,
    },
    /// Too many trees would be in memory at a time.
    #[error("the trees that other snapshots build on take more than {limit} bytes of memory")]
    TooManyTrees {
        /// The limit, which holds for all but the largest tree.
        limit: u64,
    },
    /// Too much would have to be hashed.
    #[error("the directories that the snapshots change have more than {limit} bytes")]
    TooMuchToHash {
        /// The limit.
        limit: u64,
    },
    /// A change breaks the format.
    #[error(transparent)]
    Record(#[from] MpackError),
    /// The repository could not be asked.
    #[error("reading the repository failed")]
    Boundary(#[source] E),
}

impl<E: std::error::Error + 'static> HistoryError<E> {
    /// The stable code where the mpack is to blame; `None` where the repository could not be asked.
    pub fn problem_code(&self) -> Option<ProblemCode> {
        match self {
            Self::MissingParent { .. }
            | Self::MissingSnapshot { .. }
            | Self::MissingBase { .. } => Some(ProblemCode::MissingDependency),
            Self::WrongGeneration { .. } => Some(ProblemCode::CommitInvalid),
            Self::Snapshot { .. } | Self::LinkTarget { .. } => Some(ProblemCode::SnapshotInvalid),
            Self::TooManyTrees { .. } | Self::TooMuchToHash { .. } => {
                Some(ProblemCode::PushTooLarge)
            }
            Self::Record(error) => Some(error.code),
            Self::Boundary(_) => None,
        }
    }
}

/// Takes verified records in file order (parents before children, bases before what builds on them)
/// and checks each against the mpack and the repository.
pub struct HistoryCheck<'a, B> {
    tables: &'a Tables,
    boundary: B,
    links: &'a LinkTargets,
    generations: HashMap<CommitId, u32>,
    /// How many records of the mpack still have to be applied to each snapshot.
    uses_left: HashMap<SnapshotId, u32>,
    /// Trees that are still needed as bases.
    live: BaseTrees,
    limits: TreeLimits,
    hashed_bytes: u64,
    outside: OutsideObjects,
}

/// Objects that the checked records name and the mpack does not hold.
#[derive(Debug, Default)]
pub struct OutsideObjects {
    /// All of them: the repository must have every one.
    pub all: BTreeSet<ObjectId>,
    /// Those of them that are symbolic links: each must be what
    /// [`crate::snapshot::is_link_target`] allows.
    pub links: BTreeSet<ObjectId>,
}

impl<'a, B: Boundary> HistoryCheck<'a, B> {
    /// Starts a check of the mpack that `tables` belong to. `links` has taken note of its objects
    /// when the first snapshot is checked.
    pub fn new(tables: &'a Tables, boundary: B, links: &'a LinkTargets) -> Self {
        let mut uses_left: HashMap<SnapshotId, u32> = HashMap::new();
        for base in tables.snapshots().filter_map(|row| row.base) {
            *uses_left.entry(base).or_default() += 1;
        }
        Self {
            tables,
            limits: boundary.tree_limits(),
            boundary,
            links,
            generations: HashMap::with_capacity(tables.commit_count()),
            uses_left,
            live: BaseTrees::default(),
            hashed_bytes: 0,
            outside: OutsideObjects::default(),
        }
    }

    /// Checks a commit's parents, generation and snapshot.
    ///
    /// # Errors
    /// [`HistoryError`] naming what is missing or wrong.
    pub fn commit(
        &mut self,
        row: &CommitRow,
        commit: &Commit,
    ) -> Result<(), HistoryError<B::Error>> {
        let mut highest = 0;
        let is_shallow = self
            .boundary
            .is_shallow(&row.id)
            .map_err(HistoryError::Boundary)?;
        let mut lacks_parent = false;
        for &parent in &commit.parents {
            let generation = match self.generations.get(&parent) {
                Some(&generation) => Some(generation),
                None => self
                    .boundary
                    .generation(&parent)
                    .map_err(HistoryError::Boundary)?,
            };
            match generation {
                Some(generation) => highest = highest.max(generation),
                None if is_shallow => lacks_parent = true,
                None => {
                    return Err(HistoryError::MissingParent {
                        commit: row.id,
                        parent,
                    });
                }
            }
        }
        let actual = highest.saturating_add(1);
        // Of a commit without some of its parents, only how low it cannot be is known.
        let is_possible = match lacks_parent {
            true => row.generation >= actual.max(2),
            false => row.generation == actual,
        };
        if !is_possible {
            let (commit, claimed) = (row.id, row.generation);
            return Err(HistoryError::WrongGeneration {
                commit,
                claimed,
                actual,
            });
        }
        self.generations.insert(row.id, row.generation);
        let snapshot = commit.snapshot;
        let known = self.tables.find_snapshot(&snapshot).is_some()
            || self
                .boundary
                .has_snapshot(&snapshot)
                .map_err(HistoryError::Boundary)?;
        if known {
            Ok(())
        } else {
            Err(HistoryError::MissingSnapshot {
                commit: row.id,
                snapshot,
            })
        }
    }

    /// Applies a record to its base and notes which of its objects the mpack does not hold.
    ///
    /// # Errors
    /// [`HistoryError`] where the base is missing, the changes do not give the id, a link has no
    /// target, or the boundary's limits do not allow it.
    pub fn snapshot(
        &mut self,
        record: &SnapshotRecord,
    ) -> Result<CheckedSnapshot, HistoryError<B::Error>> {
        self.changes(record.id, record.base, record.changes.iter().map(Ok))
    }

    /// As [`Self::snapshot`], with changes that are read one by one.
    ///
    /// # Errors
    /// As [`Self::snapshot`], and the first error among the changes.
    pub fn changes<C: Borrow<Change>>(
        &mut self,
        id: SnapshotId,
        base: Option<SnapshotId>,
        changes: impl IntoIterator<Item = Result<C, MpackError>>,
    ) -> Result<CheckedSnapshot, HistoryError<B::Error>> {
        let base_id = base;
        let base = match base_id {
            Some(base) => self.base(id, base)?,
            None => Base {
                tree: Tree::empty(),
                chain_bytes: 0,
            },
        };
        let invalid = |source| HistoryError::Snapshot {
            snapshot: id,
            source,
        };
        let mut builder = base.tree.edit();
        for change in changes {
            let change = change?;
            let change = change.borrow();
            if let Some(entry) = change.entry {
                self.check_object(id, &change.path, entry)?;
            }
            builder.change(change).map_err(invalid)?;
        }
        let tree = builder.finish().map_err(invalid)?;
        self.count_hashing(tree.unhashed_bytes())?;
        let tree = tree.expect_id(id).map_err(invalid)?;
        let record_bytes = self
            .tables
            .find_snapshot(&id)
            .map_or(0, |row| u64::from(row.place.length));
        let outgrown = base_id.is_some()
            && needs_keyframe(base.chain_bytes, record_bytes, tree.listing_bytes());
        let chain_bytes = match base_id.is_some() && !outgrown {
            true => base.chain_bytes + record_bytes,
            false => 0,
        };
        if self.uses_left.contains_key(&id) {
            let tree = tree.clone();
            let kept = Base { tree, chain_bytes };
            self.live.insert(id, kept, Origin::Mpack);
        }
        // Only now, so that what both trees share stays counted.
        if let Some(base) = base_id {
            self.use_up(base);
        }
        let limit = self.limits.base_bytes;
        if !self.live.keep_within(limit) {
            return Err(HistoryError::TooManyTrees { limit });
        }
        Ok(CheckedSnapshot {
            tree,
            chain_bytes,
            needs_keyframe: outgrown,
        })
    }

    /// What is left to be checked in the repository.
    pub fn finish(self) -> OutsideObjects {
        self.outside
    }

    /// Checks the object of an entry, or notes that it lies outside.
    fn check_object(
        &mut self,
        snapshot: SnapshotId,
        path: &RepoPath,
        entry: Entry,
    ) -> Result<(), HistoryError<B::Error>> {
        let Entry { kind, object } = entry;
        let is_link = kind == EntryKind::Symlink;
        match self.tables.find_object(&object) {
            None if !self.tables.has_object(&object) => {
                self.outside.all.insert(object);
                if is_link {
                    self.outside.links.insert(object);
                }
                Ok(())
            }
            whole if is_link && !whole.is_some_and(|row| self.links.allow(&row)) => {
                Err(HistoryError::LinkTarget {
                    snapshot,
                    path: path.clone(),
                    object,
                })
            }
            _ => Ok(()),
        }
    }

    /// What a record builds on.
    fn base(
        &mut self,
        snapshot: SnapshotId,
        id: SnapshotId,
    ) -> Result<Base, HistoryError<B::Error>> {
        if let Some(base) = self.live.get(&id) {
            return Ok(base.clone());
        }
        let found = self.boundary.base(&id).map_err(HistoryError::Boundary)?;
        let base = found.ok_or(HistoryError::MissingBase { snapshot, base: id })?;
        self.count_hashing(base.tree.listing_bytes())?;
        if self.uses_left.get(&id).is_some_and(|&uses| uses > 1) {
            self.live.insert(id, base.clone(), Origin::Repository);
        }
        Ok(base)
    }

    /// Counts a use of a base, whose tree is dropped with the last one.
    fn use_up(&mut self, id: SnapshotId) {
        let uses_left = self.uses_left.entry(id).or_insert(1);
        *uses_left = uses_left.saturating_sub(1);
        if *uses_left == 0 {
            self.live.remove(&id);
        }
    }

    fn count_hashing(&mut self, bytes: u64) -> Result<(), HistoryError<B::Error>> {
        self.hashed_bytes = self.hashed_bytes.saturating_add(bytes);
        let limit = self.limits.hashed_bytes;
        if self.hashed_bytes > limit {
            return Err(HistoryError::TooMuchToHash { limit });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::mpack::{Counts, Mpack, MpackWriter};
    use crate::snapshot::Change;

    struct EmptyRepository;

    impl Boundary for EmptyRepository {
        type Error = Infallible;

        fn generation(&mut self, _: &CommitId) -> Result<Option<u32>, Infallible> {
            Ok(None)
        }

        fn base(&mut self, _: &SnapshotId) -> Result<Option<Base>, Infallible> {
            Ok(None)
        }

        fn has_snapshot(&mut self, _: &SnapshotId) -> Result<bool, Infallible> {
            Ok(false)
        }
    }

    #[test]
    fn a_tree_is_kept_until_its_last_use() {
        let tree = |contents: &[u8]| {
            let entry = Entry {
                kind: EntryKind::File,
                object: ObjectId::of(contents),
            };
            let path = RepoPath::new("file").expect("a valid path");
            let entry = Some(entry);
            Tree::empty()
                .apply(&[Change { path, entry }])
                .expect("applies")
        };
        let [a, b, c, d] = [b"a", b"b", b"c", b"d"].map(|contents| tree(contents));
        let records = [
            a.record_against(None),
            b.record_against(Some(&a)),
            c.record_against(Some(&a)),
            d.record_against(Some(&b)),
        ];
        let counts = Counts {
            snapshots: 4,
            ..Counts::default()
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
        for record in &records {
            writer.add_snapshot(record).expect("in order");
        }
        let mpack = Mpack::from_bytes(writer.finish().expect("as announced").out).expect("opens");
        let links = LinkTargets::default();
        let mut check = HistoryCheck::new(mpack.tables(), EmptyRepository, &links);
        let kept = records.map(|record| {
            check.snapshot(&record).expect("fits");
            check.live.len()
        });
        assert_eq!(kept, [1, 2, 1, 0]);
    }
}
