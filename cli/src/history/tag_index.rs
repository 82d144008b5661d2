//! Which tags are at a commit, without reading what every tag says.
//!
//! An annotated tag is a commit of its own, on top of the tagged one. The tables tell the parent of
//! what a tag names; whether that is an annotation is read for the commits that are asked for.

use std::collections::HashMap;

use muse_wire::dag::CommitSource as _;
use muse_wire::id::CommitId;
use muse_wire::name::{RefName, TAGS};

use crate::repository::{Refs, Repository, Result};

/// All tags, by the commits that each may be at.
pub(super) struct TagIndex<'a> {
    repository: &'a Repository,
    /// Each tag with what it names, ascending by name.
    by_commit: HashMap<CommitId, Vec<(RefName, CommitId)>>,
}

impl<'a> TagIndex<'a> {
    pub(super) fn read(repository: &'a Repository, refs: &Refs) -> Result<Self> {
        let mut by_commit: HashMap<CommitId, Vec<_>> = HashMap::new();
        for (name, target) in refs.with_prefix(TAGS) {
            let node = repository.objects.node(&target)?;
            let parent = node.and_then(|node| node.parents.first().copied());
            for commit in parent.into_iter().chain([target]) {
                let tags = by_commit.entry(commit).or_default();
                tags.push((name.clone(), target));
            }
        }
        Ok(Self {
            repository,
            by_commit,
        })
    }

    /// The tags at a commit, ascending by name.
    pub(super) fn at(&self, commit: &CommitId) -> impl DoubleEndedIterator<Item = &RefName> {
        let candidates = self.by_commit.get(commit).into_iter().flatten();
        candidates.filter_map(move |(name, target)| {
            // A tag of a commit that is not here is no reason to show nothing.
            let tagged = self.repository.peel(name, *target).unwrap_or(*target);
            (tagged == *commit).then_some(name)
        })
    }
}
