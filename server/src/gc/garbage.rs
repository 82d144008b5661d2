//! What is garbage, and why.

use std::time::Duration;

use muse_wire::name::RepoName;

use crate::blobs::{BlobArea, BlobError, BlobKey};
use crate::config::{MAX_PRESIGN_LIFETIME, Retention};
use crate::store::StoreError;
use crate::store::consolidation::RetiredMpack;
use crate::store::fetch_plans::PLAN_LIFETIME;
use crate::store::repos::RepoId;

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why the collection or the examination of blobs failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GcError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The history of a repository cannot be read.
    #[error("cannot read the history of {repo}")]
    History {
        /// The repository.
        repo: RepoName,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An mpack cannot be read.
    #[error("cannot read {blob}")]
    Mpack {
        /// Where it lies.
        blob: BlobKey,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a blob is garbage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It was uploaded a week ago and never unpacked.
    NeverUnpacked,
    /// An attempt at a push kept it, and ended two weeks ago at the latest.
    AttemptEnded,
    /// It has been in the quarantine for as long as mpacks are kept there.
    Quarantined,
    /// It was built for readers a month ago.
    BuildExpired,
    /// The database has not named it for two weeks.
    Unnamed,
    /// Another mpack took its place, so long ago that nobody can have a URL to it.
    Merged,
    /// No ref has reached what it holds for as long as such content is kept.
    Unreachable,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::NeverUnpacked,
        Self::AttemptEnded,
        Self::Quarantined,
        Self::BuildExpired,
        Self::Unnamed,
        Self::Merged,
        Self::Unreachable,
    ];

    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverUnpacked => "uploaded and never unpacked",
            Self::AttemptEnded => "left by an interrupted push",
            Self::Quarantined => "in the quarantine for long",
            Self::BuildExpired => "built for readers and expired",
            Self::Unnamed => "named by no push that succeeded; mpacks go to the quarantine",
            Self::Merged => "merged into another mpack",
            Self::Unreachable => "reached by no branch or tag",
        }
    }

    pub(super) const fn of(area: BlobArea) -> Self {
        match area {
            BlobArea::Uploads | BlobArea::Parts => Self::NeverUnpacked,
            BlobArea::Pinned => Self::AttemptEnded,
            BlobArea::Quarantine => Self::Quarantined,
            BlobArea::Built => Self::BuildExpired,
            BlobArea::Mpacks | BlobArea::Thin => Self::Unnamed,
        }
    }

    /// How old a blob is at least that is garbage for this reason, or for how long it has been
    /// needed no more.
    pub(super) const fn age(self, retention: &Retention) -> Duration {
        match self {
            Self::NeverUnpacked => DAY.saturating_mul(7),
            // In a directory a blob is as old as the upload that it was made from. So it must
            // outlive every upload by more than any attempt takes.
            Self::AttemptEnded | Self::Unnamed => DAY.saturating_mul(14),
            Self::Unreachable => retention.unreachable,
            // It is given out for the first of these times, in plans that are kept for less than
            // the second, by URLs that are valid for the third at most.
            Self::Merged => PLAN_LIFETIME
                .saturating_add(DAY)
                .saturating_add(MAX_PRESIGN_LIFETIME),
            // Built mpacks expire after a week, and no URL to one is valid for longer than another.
            Self::BuildExpired => DAY.saturating_mul(30),
            Self::Quarantined => retention.quarantine,
        }
    }
}

/// A blob that may be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbage {
    /// The blob.
    pub blob: BlobKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Why it may be deleted.
    pub reason: Reason,
    pub(super) owner: Owner,
}

/// What has to be told that a blob goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nothing: the database does not name it. Its repository, if there still is one.
    None(Option<RepoId>),
    Retired(RetiredMpack),
    Lost(RetiredMpack),
}
