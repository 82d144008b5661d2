//! Which commits are looked at: those that some reach and others do not.

use std::collections::HashSet;

use muse_wire::dag::{CommitGraph, CommitSource as _, Revwalk, WalkError};
use muse_wire::id::CommitId;

use crate::repository::{Repository, RepositoryError, RevisionRange, split_range};

/// The commits that `tips` reach and `hidden` do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Where to start.
    pub tips: Vec<CommitId>,
    /// What is left out, with all that it reaches.
    pub hidden: Vec<CommitId>,
}

impl Selection {
    /// What a revision reaches; for `A..B` what B reaches and A does not, and for `A...B` what one
    /// of them reaches and not both.
    ///
    /// # Errors
    /// If a revision is unknown or history cannot be read.
    pub fn of(repository: &Repository, revision: &str) -> Result<Self, WalkError<RepositoryError>> {
        let resolve = |revision| repository.resolve(revision).map_err(WalkError::Source);
        Ok(match split_range(revision) {
            None => Self {
                tips: vec![resolve(revision)?],
                hidden: Vec::new(),
            },
            Some(RevisionRange::Between { from, to }) => Self {
                tips: vec![resolve(to)?],
                hidden: vec![resolve(from)?],
            },
            Some(RevisionRange::Apart { one, other }) => {
                let (one, other) = (resolve(one)?, resolve(other)?);
                Self {
                    tips: vec![one, other],
                    hidden: CommitGraph::new(&repository.objects).merge_bases(one, other)?,
                }
            }
        })
    }

    /// Everything that a ref or `HEAD` reaches.
    ///
    /// # Errors
    /// If the refs cannot be read.
    pub fn all(repository: &Repository) -> Result<Self, RepositoryError> {
        let refs = repository.refs.read()?;
        let head = repository.refs.head_commit()?;
        let mut tips: Vec<CommitId> = head.into_iter().collect();
        for (name, target) in refs.iter() {
            // What an annotated tag says is no part of history.
            tips.push(repository.peel(name, target)?);
        }
        tips.sort_unstable();
        tips.dedup();
        Ok(Self {
            tips,
            hidden: Vec::new(),
        })
    }

    /// Adds what `other` selects.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.tips.extend(other.tips);
        self.hidden.extend(other.hidden);
        self
    }

    /// All selected commits, where some are hidden; `None` where none is, so that a walk need not
    /// know them before it starts.
    pub(super) fn members(
        &self,
        repository: &Repository,
    ) -> Result<Option<HashSet<CommitId>>, WalkError<RepositoryError>> {
        if self.hidden.is_empty() {
            return Ok(None);
        }
        let mut walk = Revwalk::new(&repository.objects);
        for &tip in &self.tips {
            walk.push(tip)?;
        }
        for &hidden in &self.hidden {
            walk.hide(hidden)?;
        }
        Ok(Some(walk.run()?.commits.into_iter().collect()))
    }
}

/// The youngest of the best common ancestors of two commits; `None` for unrelated histories.
///
/// # Errors
/// If history cannot be read.
pub fn merge_base(
    repository: &Repository,
    one: CommitId,
    other: CommitId,
) -> Result<Option<CommitId>, WalkError<RepositoryError>> {
    let objects = &repository.objects;
    let mut youngest = None;
    for base in CommitGraph::new(objects).merge_bases(one, other)? {
        let node = objects.node(&base).map_err(WalkError::Source)?;
        youngest = youngest.max(node.map(|node| (node.committed_at, base)));
    }
    Ok(youngest.map(|(_, base)| base))
}
