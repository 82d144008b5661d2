//! What a check found.

use std::fmt;
use std::path::{Path, PathBuf};

use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;

use super::contents::CheckedMpack;
use crate::repository::{DamagedMpack, RepositoryError};

/// What a check found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many mpacks were checked.
    pub mpack_count: usize,
    /// Their bytes.
    pub mpack_bytes: u64,
    /// How many commits refs and the reflog reach.
    pub commit_count: usize,
    /// Files that do not hold what they must.
    pub damaged: Vec<Damage>,
    /// What refs need, and is not here or damaged.
    pub missing: Vec<Missing>,
    /// As `missing`, of what the reflog alone names: where a ref has been need not be here.
    pub forgotten: Vec<Missing>,
    /// Commits that are here with all their history: those that refs name, and the parents of
    /// commits that are not.
    pub sound: Vec<CommitId>,
    /// The mpacks that can be opened.
    pub(super) mpacks: Vec<CheckedMpack>,
}

/// A file that does not hold what it must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// Something that is not here, or is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `commit`, `snapshot`, `object` or `chunk`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What needs it.
    pub need: Need,
    /// The remotes that were last seen with it.
    pub remotes: Vec<String>,
}

/// What needs something that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// A ref.
    Ref(String),
    /// A commit.
    Commit(CommitId),
    /// A file of a commit, the first that has it so.
    File {
        /// The commit.
        commit: CommitId,
        /// The file.
        path: RepoPath,
    },
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ref(name) => f.write_str(name),
            Self::Commit(commit) => write!(f, "commit {}", commit.short()),
            Self::File { commit, path } => write!(f, "{path} in commit {}", commit.short()),
        }
    }
}

impl Findings {
    /// Whether nothing is damaged or missing.
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.missing.is_empty()
    }

    /// What was read; damage is noted instead.
    pub(super) fn note_damage<T>(
        &mut self,
        read: Result<T, RepositoryError>,
    ) -> Result<Option<T>, RepositoryError> {
        let (path, reason) = match read {
            Ok(read) => return Ok(Some(read)),
            Err(
                RepositoryError::Damaged { path, reason }
                | RepositoryError::Config { path, reason },
            ) => (path, reason),
            Err(RepositoryError::DamagedMpack { path, source }) => (path, source.to_string()),
            Err(error) => return Err(error),
        };
        self.add_damage(&path, reason);
        Ok(None)
    }

    /// Notes mpacks that cannot be opened.
    pub(super) fn note_unreadable(&mut self, mpacks: Vec<DamagedMpack>) {
        for mpack in mpacks {
            self.add_damage(&mpack.path, mpack.reason);
        }
    }

    /// Keeps the mpacks that were checked, and notes their damage.
    pub(super) fn note_mpacks(&mut self, mpacks: Vec<CheckedMpack>) {
        self.mpack_count = mpacks.len();
        self.mpack_bytes = mpacks.iter().map(|mpack| mpack.stored.size_bytes).sum();
        for mpack in &mpacks {
            if let Some(reason) = &mpack.damage {
                self.add_damage(&mpack.stored.path, reason.clone());
            }
        }
        self.mpacks = mpacks;
    }

    fn add_damage(&mut self, path: &Path, reason: String) {
        if self.damaged.iter().all(|damage| damage.path != path) {
            let path = path.to_owned();
            self.damaged.push(Damage { path, reason });
        }
    }
}
