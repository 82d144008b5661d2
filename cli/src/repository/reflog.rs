//! The reflog: every operation that moved refs or `HEAD`, to find a lost commit again and to undo.
//!
//! One line of JSON for each operation, the newest last. What moved together is one line, and ref
//! names need not be file names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use serde::{Deserialize, Serialize};

use super::error::{RepositoryError, Result};
use super::head::{Head, HeadState};

/// A ref's value before and after an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefMove {
    /// The ref.
    pub name: RefName,
    /// What it was; `None` where it was created.
    pub old: Option<CommitId>,
    /// What it is since; `None` where it was removed.
    pub new: Option<CommitId>,
}

/// One operation: what moved together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// When, in seconds since 1970.
    pub seconds: u64,
    /// What was done, one line.
    pub reason: String,
    /// Whether the files of the work tree went along with `HEAD`.
    pub moved_files: bool,
    /// `HEAD` before.
    pub old_head: HeadState,
    /// `HEAD` after.
    pub new_head: HeadState,
    /// The refs that moved.
    pub moves: Vec<RefMove>,
    /// Whether it is a further step of what the operation before it has begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
    /// The settings of branches that it removed or renamed, by their keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// How many operations before this one it undoes: 1 for the one just before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<usize>,
}

/// How the reason of a clone begins.
pub const CLONE_REASON: &str = "clone: ";

impl Operation {
    /// Whether it made the repository what it was at first.
    pub fn is_clone(&self) -> bool {
        self.reason.starts_with(CLONE_REASON)
    }

    /// This operation and `later`, which goes on with it, as one.
    pub fn with(mut self, later: Self) -> Self {
        for moved in later.moves {
            match self.moves.iter_mut().find(|known| known.name == moved.name) {
                Some(known) => known.new = moved.new,
                None => self.moves.push(moved),
            }
        }
        self.moves.retain(|moved| moved.old != moved.new);
        Self {
            reason: later.reason,
            moved_files: self.moved_files || later.moved_files,
            new_head: later.new_head,
            ..self
        }
    }

    /// Whether it moved `HEAD`, a branch or a tag, and not only what was seen of a remote.
    pub fn is_local(&self) -> bool {
        self.old_head != self.new_head || self.moves.iter().any(|moved| moved.name.is_shared())
    }
}

/// The seconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Where refs and `HEAD` have been.
#[derive(Debug)]
pub struct Reflog {
    path: PathBuf,
    text: String,
    /// Whether the newest operation is left out.
    skips_newest: bool,
}

impl Reflog {
    /// Reads the file; without one, nothing has moved yet.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = match fs::read(path) {
            // A line that was cut off may end within a character.
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(RepositoryError::storage("read", path)(error)),
        };
        Ok(Self {
            path: path.to_owned(),
            text,
            skips_newest: false,
        })
    }

    /// The same without the newest operation, unless that has happened: whoever wrote it may have
    /// died before anything moved.
    pub(super) fn of_what_happened(mut self, has_happened: impl Fn(&Operation) -> bool) -> Self {
        let newest = self.operations().next();
        self.skips_newest = newest.is_some_and(|newest| !has_happened(&newest));
        self
    }

    /// All operations, the newest first. A line that cannot be understood, such as one that a crash
    /// cut off, is passed over.
    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        let lines = self.text.lines().rev();
        let operations = lines.filter_map(|line| serde_json::from_str(line).ok());
        operations.skip(usize::from(self.skips_newest))
    }

    /// The lines that can be understood, the oldest first.
    pub(super) fn sound_lines(&self) -> impl Iterator<Item = &str> {
        let is_sound = |line: &&str| serde_json::from_str::<Operation>(line).is_ok();
        self.text.lines().filter(is_sound)
    }

    /// Fails where a line cannot be understood, unless it was cut off at the end: that goes with
    /// the next operation.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`].
    pub fn check(&self) -> Result<()> {
        let whole_count = self.text.matches('\n').count();
        let damaged_count = whole_count.saturating_sub(self.sound_lines().count());
        if damaged_count == 0 {
            return Ok(());
        }
        let reason = format!("lines that are no operation, and are passed over: {damaged_count}");
        Err(RepositoryError::damaged(&self.path, reason))
    }

    /// The commits that refs and `HEAD` have named after that second, each once.
    pub fn commits_since(&self, since: SystemTime) -> BTreeSet<CommitId> {
        let since = since.duration_since(UNIX_EPOCH);
        let since = since.map_or(0, |since| since.as_secs());
        let operations = self.operations();
        let named = operations.filter(|operation| operation.seconds > since);
        named
            .flat_map(|operation| {
                let heads = [operation.old_head.commit, operation.new_head.commit];
                let moves = operation.moves.into_iter();
                let refs = moves.flat_map(|moved| [moved.old, moved.new]);
                heads.into_iter().chain(refs).flatten().collect::<Vec<_>>()
            })
            .collect()
    }

    /// What `name@{number}` is: the commit that the ref named before its last `number` moves.
    ///
    /// # Errors
    /// [`RepositoryError::NotInReflog`] where it goes back less far.
    pub fn ref_before(
        &self,
        name: &RefName,
        now: Option<CommitId>,
        number: usize,
    ) -> Result<CommitId> {
        let moves = self.operations().filter_map(|operation| {
            let mut moves = operation.moves.into_iter();
            moves.find(|moved| moved.name == *name)
        });
        let before = moves.map(|moved| moved.old);
        nth_value(now, before, number).ok_or_else(|| self.too_far(name.short(), number))
    }

    /// What `HEAD@{number}` is: the commit that `HEAD` named before its last `number` moves.
    ///
    /// # Errors
    /// [`RepositoryError::NotInReflog`] where it goes back less far.
    pub fn head_before(&self, now: Option<CommitId>, number: usize) -> Result<CommitId> {
        let moves = self
            .operations()
            .filter(|operation| operation.old_head != operation.new_head);
        let before = moves.map(|operation| operation.old_head.commit);
        nth_value(now, before, number).ok_or_else(|| self.too_far("HEAD", number))
    }

    /// Where `HEAD` pointed before it was last pointed elsewhere.
    pub fn previous_head(&self) -> Option<Head> {
        self.operations()
            .find(|operation| {
                let (old, new) = (&operation.old_head.head, &operation.new_head.head);
                // A commit that a detached `HEAD` moves on to is no other place.
                old != new && matches!((old, new), (Head::Branch(_), _) | (_, Head::Branch(_)))
            })
            .map(|operation| operation.old_head.head)
    }

    fn too_far(&self, name: &str, number: usize) -> RepositoryError {
        RepositoryError::NotInReflog {
            name: name.to_owned(),
            number,
            path: self.path.clone(),
        }
    }
}

/// The value now for 0, the one before the last move for 1, and so on.
fn nth_value(
    now: Option<CommitId>,
    before: impl Iterator<Item = Option<CommitId>>,
    number: usize,
) -> Option<CommitId> {
    let mut values = std::iter::once(now).chain(before);
    values.nth(number).flatten()
}
