//! The one transaction that makes a push visible.

use std::collections::BTreeMap;
use std::time::Instant;

use muse_wire::api::job::StepTiming;
use muse_wire::api::push::RefUpdate;
use muse_wire::commit::CommitEnvelope;
use muse_wire::dag::CommitNode;
use muse_wire::id::{CommitId, MpackKey, SnapshotId};
use muse_wire::mpack::{Counts, ObjectRow};
use muse_wire::name::{HEADS, RefName, TAGS};
use muse_wire::path::fold_name;

use super::accounts::UserId;
use super::convert::now_ms;
use super::error::StoreError;
use super::history::StoredSnapshot;
use super::jobs::{JobReport, Lease, NewJob};
use super::repos::RepoId;
use super::{Engine, Store, postgres, sqlite, transaction};

/// A verified push: everything that becomes visible together.
#[derive(Debug)]
pub struct Publication {
    /// The repository.
    pub repo: RepoId,
    /// Who pushed, for the ref log.
    pub actor: Option<UserId>,
    /// The mpack and what of it is new; none where refs only move.
    pub mpack: Option<NewMpack>,
    /// Refs to move. That a move which is not forced is a fast-forward has been checked against `old`,
    /// and the ref must still be at `old` now.
    pub updates: Vec<RefUpdate>,
    /// The job that this ends; it must still be held.
    pub job: Option<Lease>,
    /// Milliseconds of the steps so far; the publication adds its own.
    pub timings: Vec<StepTiming>,
    /// Jobs that this makes necessary.
    pub follow_ups: Vec<NewJob>,
}

/// A verified mpack, already at its final place in the blob store.
#[derive(Debug)]
pub struct NewMpack {
    /// The SHA-256 of its bytes.
    pub key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it holds.
    pub counts: Counts,
    /// Its objects; those that the repository has by now stay where they are.
    pub objects: Vec<ObjectRow>,
    /// Its commits, likewise.
    pub commits: Vec<NewCommit>,
    /// Its snapshots, likewise.
    pub snapshots: Vec<StoredSnapshot>,
}

/// A commit to store.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// Its id.
    pub id: CommitId,
    /// Parents, checked generation and time.
    pub node: CommitNode,
    /// The tree that it records.
    pub snapshot: SnapshotId,
    /// What to keep verbatim.
    pub envelope: CommitEnvelope,
}

/// What a publication changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What was new, and how long all steps took; as kept on the job.
    pub report: JobReport,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Another worker holds the job by now.
    #[error("the job is held by another worker")]
    Fenced,
    /// The repository was deleted meanwhile.
    #[error("the repository is gone")]
    RepoGone,
    /// The ref is not where the pusher last saw it.
    #[error("{name} has moved: it is at {}, not at {}", target(.actual), target(.expected))]
    Stale {
        /// The ref.
        name: RefName,
        /// Where the pusher last saw it.
        expected: Option<CommitId>,
        /// Where it is.
        actual: Option<CommitId>,
    },
    /// Two refs cannot have these names beside each other.
    #[error("{name} cannot stand beside {existing}: {reason}")]
    RefConflict {
        /// The new ref.
        name: RefName,
        /// The one that is in its way.
        existing: RefName,
        /// Why not.
        reason: &'static str,
    },
    /// A ref would point to a commit that is not in the repository.
    #[error("{name} would point to {target}, which is not in the repository")]
    UnknownTarget {
        /// The ref.
        name: RefName,
        /// The commit.
        target: CommitId,
    },
    /// The database failed; the same again may succeed.
    #[error("publishing failed")]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for PublishError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

fn target(id: &Option<CommitId>) -> String {
    id.map_or_else(|| "nothing".to_owned(), |id| id.to_string())
}

impl Store {
    /// Makes a push visible in one transaction: rows that are new, refs by compare-and-swap with a log row
    /// each, the job's end, and the jobs that follow. Where nothing is new, no row but the job's is written.
    ///
    /// # Errors
    /// [`PublishError`]; nothing at all was written then.
    pub async fn publish(&self, publication: Publication) -> Result<Published, PublishError> {
        let started = Instant::now();
        let job = publication.job;
        let queues = !publication.follow_ups.is_empty();
        let published = transaction!(self, publish::publish(publication, started, now_ms()))?;
        if let Some(lease) = job {
            self.events.job_ended(lease.job);
        }
        if queues {
            self.events.job_queued();
        }
        Ok(published)
    }
}

/// Checks that no new ref is another's twin on a system that folds case, and that none is another's
/// directory.
pub(super) fn check_names(
    before: &BTreeMap<RefName, CommitId>,
    after: &BTreeMap<RefName, CommitId>,
) -> Result<(), PublishError> {
    let mut added = after
        .keys()
        .filter(|name| !before.contains_key(*name))
        .peekable();
    if added.peek().is_none() {
        return Ok(());
    }
    let mut folded: BTreeMap<String, &RefName> = BTreeMap::new();
    let conflict = |name: &RefName, existing: &RefName, reason| PublishError::RefConflict {
        name: name.clone(),
        existing: existing.clone(),
        reason,
    };
    // Those that were there come first, so that the new one of two twins is the one to blame.
    let (old, new): (Vec<_>, Vec<_>) = after.keys().partition(|name| before.contains_key(*name));
    for name in old.into_iter().chain(new) {
        if let Some(twin) = folded.insert(fold_name(name.as_str()), name) {
            return Err(conflict(
                name,
                twin,
                "they are one name where case is folded",
            ));
        }
    }
    for name in added {
        let own = fold_name(name.as_str());
        let kind_bytes = if own.starts_with(HEADS) {
            HEADS.len()
        } else {
            TAGS.len()
        };
        let parents = own.match_indices('/').map(|(at, _)| &own[..at]);
        if let Some(parent) = parents
            .filter(|parent| parent.len() > kind_bytes)
            .find_map(|parent| folded.get(parent))
        {
            return Err(conflict(name, parent, "a ref cannot be below another"));
        }
        let below = format!("{own}/");
        if let Some((key, child)) = folded.range(below.clone()..).next()
            && key.starts_with(&below)
        {
            return Err(conflict(name, child, "a ref cannot be below another"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(names: &[&str]) -> BTreeMap<RefName, CommitId> {
        names
            .iter()
            .map(|name| {
                let name = RefName::new(*name).expect("valid");
                (name, CommitId::from_bytes([1; 32]))
            })
            .collect()
    }

    fn add(before: &[&str], added: &str) -> Result<(), String> {
        let before = refs(before);
        let mut after = before.clone();
        after.extend(refs(&[added]));
        match check_names(&before, &after) {
            Ok(()) => Ok(()),
            Err(PublishError::RefConflict { name, existing, .. }) => {
                assert_eq!(name.as_str(), added);
                Err(existing.to_string())
            }
            Err(other) => panic!("unexpected {other:?}"),
        }
    }

    #[test]
    fn refs_that_no_file_system_confuses_stand_beside_each_other() {
        assert_eq!(add(&["refs/heads/a"], "refs/heads/ab"), Ok(()));
        assert_eq!(add(&["refs/heads/a/b"], "refs/heads/a/c"), Ok(()));
        assert_eq!(add(&["refs/heads/a"], "refs/tags/a"), Ok(()));
        assert_eq!(
            add(&["refs/heads/a-b", "refs/heads/a0"], "refs/heads/a"),
            Ok(())
        );
    }

    #[test]
    fn a_ref_below_or_above_another_is_refused() {
        let parent = "refs/heads/a";
        let child = "refs/heads/a/b";
        assert_eq!(add(&[parent], child), Err(parent.to_owned()));
        assert_eq!(add(&[child], parent), Err(child.to_owned()));
        assert_eq!(add(&[parent], "refs/heads/A/x/y"), Err(parent.to_owned()));
    }

    #[test]
    fn a_twin_is_refused() {
        let name = "refs/heads/Feature";
        assert_eq!(add(&[name], "refs/heads/feature"), Err(name.to_owned()));
        let name = "refs/heads/\u{e9}";
        assert_eq!(add(&[name], "refs/heads/e\u{301}"), Err(name.to_owned()));
    }

    #[test]
    fn conflicts_that_are_already_there_do_not_block_other_moves() {
        let refs = refs(&["refs/heads/a", "refs/heads/A"]);
        assert!(check_names(&refs, &refs).is_ok());
    }
}
