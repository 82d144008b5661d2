//! All refs in one file, so that several move atomically: lines of id and name, ascending by name.
//!
//! The file is replaced as a whole. Names that differ only in case, and a branch `a` beside a
//! branch `a/b`, would do no harm here; they are refused because they do elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use muse_wire::path::fold_name;

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};
use super::head::Head;
use super::layout::Layout;
use super::reflog::{self, RefMove};

/// All refs at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refs {
    commits: BTreeMap<RefName, CommitId>,
}

/// What an edit expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever there is.
    Any,
    /// No such ref.
    Absent,
    /// Exactly this commit.
    Is(CommitId),
}

/// One ref's move, creation or removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefEdit {
    /// The ref.
    pub name: RefName,
    /// What it must be now.
    pub expected: Expected,
    /// The new value; `None` removes the ref.
    pub new: Option<CommitId>,
}

/// The refs, the reflog and `HEAD`.
#[derive(Debug)]
pub struct RefStore {
    refs: PathBuf,
    head: PathBuf,
}

impl RefStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            refs: layout.refs.clone(),
            head: layout.head.clone(),
        }
    }

    /// All refs as they are now.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] if the file cannot be understood.
    pub fn read(&self) -> Result<Refs> {
        Refs::read(&self.refs)
    }

    /// Where `HEAD` points.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] if the file cannot be understood.
    pub fn head(&self) -> Result<Head> {
        Head::read(&self.head)
    }

    /// The commit that `HEAD` names; `None` on a branch without commits.
    ///
    /// # Errors
    /// As [`RefStore::head`] and [`RefStore::read`].
    pub fn head_commit(&self) -> Result<Option<CommitId>> {
        match self.head()? {
            Head::Branch(name) => Ok(self.read()?.get(&name)),
            Head::Detached(commit) => Ok(Some(commit)),
        }
    }
}

/// Makes all edits or none, and notes them in the reflog.
pub(super) fn update(layout: &Layout, edits: &[RefEdit], reason: &str) -> Result<()> {
    let mut refs = Refs::read(&layout.refs)?;
    let moves = refs.apply(edits)?;
    if moves.is_empty() {
        return Ok(());
    }
    // First the log: a line too many does less harm than a move that nobody can trace.
    reflog::append(&layout.reflog, &moves, reason)?;
    let text = refs.render();
    durable::replace(
        &layout.refs,
        text.as_bytes(),
        &layout.temporary,
        Durability::Synced,
    )
}

impl Refs {
    /// The commit that a ref names.
    pub fn get(&self, name: &RefName) -> Option<CommitId> {
        self.commits.get(name).copied()
    }

    /// All refs, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&RefName, CommitId)> {
        self.commits.iter().map(|(name, &commit)| (name, commit))
    }

    /// The refs whose names start with `prefix`, such as `refs/heads/` or `refs/remotes/origin/`.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&RefName, CommitId)> {
        self.iter()
            .filter(move |(name, _)| name.as_str().starts_with(prefix))
    }

    fn read(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            // Refs come with the first commit.
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(RepositoryError::storage("read", path)(error)),
        };
        let mut commits = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let parsed = line.split_once(' ').and_then(|(commit, name)| {
                Some((RefName::new(name).ok()?, commit.parse::<CommitId>().ok()?))
            });
            let fresh = parsed.is_some_and(|(name, commit)| commits.insert(name, commit).is_none());
            if !fresh {
                return Err(RepositoryError::damaged(
                    path,
                    format!("line {number} is not an id and a ref name of its own"),
                ));
            }
        }
        Ok(Self { commits })
    }

    /// The file's contents.
    fn render(&self) -> String {
        let mut text = String::new();
        for (name, commit) in &self.commits {
            writeln!(text, "{commit} {name}").expect("writing to a string cannot fail");
        }
        text
    }

    /// Makes all edits or fails, and returns what really moved.
    fn apply(&mut self, edits: &[RefEdit]) -> Result<Vec<RefMove>> {
        let mut after = self.commits.clone();
        let mut moves = Vec::new();
        for RefEdit {
            name,
            expected,
            new,
        } in edits
        {
            let old = after.get(name).copied();
            let wanted = match *expected {
                Expected::Any => old,
                Expected::Absent => None,
                Expected::Is(commit) => Some(commit),
            };
            if old != wanted {
                return Err(RepositoryError::RefChanged {
                    name: name.clone(),
                    expected: wanted,
                    actual: old,
                });
            }
            if old == *new {
                continue;
            }
            match *new {
                Some(commit) => after.insert(name.clone(), commit),
                None => after.remove(name),
            };
            moves.push(RefMove {
                name: name.clone(),
                old,
                new: *new,
            });
        }
        refuse_conflicts(&after, &moves)?;
        self.commits = after;
        Ok(moves)
    }
}

/// Checks the names that were created. Tracking refs are called what the remote calls its branches,
/// so they are not checked.
fn refuse_conflicts(after: &BTreeMap<RefName, CommitId>, moves: &[RefMove]) -> Result<()> {
    let created: Vec<_> = moves
        .iter()
        .filter(|moved| moved.old.is_none() && moved.new.is_some() && moved.name.is_shared())
        .map(|moved| &moved.name)
        .collect();
    if created.is_empty() {
        return Ok(());
    }
    let conflict = |name: &RefName, other: &RefName, reason| {
        Err(RepositoryError::RefConflict {
            name: name.clone(),
            other: other.clone(),
            reason,
        })
    };
    let mut folded: BTreeMap<String, &RefName> = BTreeMap::new();
    for name in after.keys() {
        if let Some(twin) = folded.insert(fold_name(name.as_str()), name) {
            let (new, other) = if created.contains(&name) {
                (name, twin)
            } else {
                (twin, name)
            };
            if created.contains(&new) {
                return conflict(
                    new,
                    other,
                    ", and the two differ only in case or Unicode form",
                );
            }
        }
    }
    for name in created {
        let fold = fold_name(name.as_str());
        let above = fold
            .match_indices('/')
            .find_map(|(at, _)| folded.get(&fold[..at]));
        let prefix = format!("{fold}/");
        let below = folded
            .range(prefix.clone()..)
            .next()
            .filter(|(other, _)| other.starts_with(&prefix))
            .map(|(_, other)| other);
        if let Some(other) = above.or(below) {
            return conflict(name, other, ", and one cannot be a directory of the other");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> CommitId {
        CommitId::from_bytes([byte; 32])
    }

    fn edit(name: &str, expected: Expected, new: Option<CommitId>) -> RefEdit {
        RefEdit {
            name: RefName::new(name).expect("valid"),
            expected,
            new,
        }
    }

    fn create(name: &str) -> RefEdit {
        edit(name, Expected::Absent, Some(id(1)))
    }

    #[test]
    fn the_file_round_trips_and_damage_is_named() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("refs");
        assert_eq!(
            Refs::read(&path).expect("missing is empty"),
            Refs::default()
        );
        let mut refs = Refs::default();
        refs.apply(&[create("refs/tags/v1"), create("refs/heads/main")])
            .expect("applies");
        fs::write(&path, refs.render()).expect("writes");
        assert_eq!(Refs::read(&path).expect("reads"), refs);
        for damage in ["sha256:12 refs/heads/main\n", "x", &refs.render().repeat(2)] {
            fs::write(&path, damage).expect("writes");
            assert!(matches!(
                Refs::read(&path),
                Err(RepositoryError::Damaged { .. })
            ));
        }
    }

    #[test]
    fn one_failing_edit_undoes_all() {
        let mut refs = Refs::default();
        refs.apply(&[create("refs/heads/main")]).expect("applies");
        let before = refs.clone();
        for wrong in [
            edit("refs/heads/main", Expected::Is(id(9)), Some(id(2))),
            edit("refs/heads/main", Expected::Absent, Some(id(2))),
            edit("refs/heads/gone", Expected::Is(id(1)), None),
        ] {
            let error = refs.apply(&[create("refs/heads/other"), wrong]);
            assert!(matches!(error, Err(RepositoryError::RefChanged { .. })));
            assert_eq!(refs, before);
        }
    }

    #[test]
    fn names_that_cannot_live_side_by_side_are_refused() {
        let mut refs = Refs::default();
        refs.apply(&[create("refs/heads/a/b"), create("refs/heads/Main")])
            .expect("applies");
        for wrong in [
            "refs/heads/a",
            "refs/heads/A",
            "refs/heads/a/b/c",
            "refs/heads/main",
        ] {
            let error = refs.apply(&[create(wrong)]);
            assert!(
                matches!(error, Err(RepositoryError::RefConflict { name, .. })
                    if name.as_str() == wrong),
                "{wrong}"
            );
        }
        refs.apply(&[create("refs/heads/a-b"), create("refs/remotes/o/a/B")])
            .expect("no conflict");
        refs.apply(&[
            edit("refs/heads/Main", Expected::Any, None),
            create("refs/heads/main"),
        ])
        .expect("a rename in case alone");
    }
}
