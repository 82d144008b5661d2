//! How much of the history a fetch brings.

use std::num::NonZeroU32;

use muse_wire::limits::MAX_FETCH_DEPTH;

/// How much of the history a fetch brings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// All that is new, down to where the history here ends.
    #[default]
    Whole,
    /// So many commits on every way down from what is fetched. What is here stays.
    Commits(NonZeroU32),
    /// All that is new, and so many commits more below those at which the history here ends.
    Deepen(NonZeroU32),
    /// All of it, so that the history here is whole then.
    Unshallow,
}

impl Depth {
    /// The `depth` of a request.
    pub(super) fn depth(self) -> Option<u32> {
        match self {
            Self::Commits(count) => Some(count.get().min(MAX_FETCH_DEPTH)),
            Self::Whole | Self::Deepen(_) | Self::Unshallow => None,
        }
    }

    /// The `deepen` of a request.
    pub(super) fn deepen(self) -> Option<u32> {
        match self {
            Self::Deepen(count) => Some(count.get().min(MAX_FETCH_DEPTH)),
            Self::Unshallow => Some(MAX_FETCH_DEPTH),
            Self::Whole | Self::Commits(_) => None,
        }
    }

    /// Whether it asks for what is below commits that are here.
    pub(super) const fn goes_below(self) -> bool {
        matches!(self, Self::Deepen(_) | Self::Unshallow)
    }
}
