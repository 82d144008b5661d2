//! Merging commits by what they have both come from.

use std::collections::HashMap;

use muse_wire::dag::{CommitGraph, CommitSource as _, WalkError};
use muse_wire::id::CommitId;
use muse_wire::snapshot::Tree;

use super::contents::Contents;
use super::error::MergeError;
use super::labels::Labels;
use super::outcome::{Merged, MergedTree};
use super::three_way::merge_at;
use super::trees::Trees;
use crate::repository::{ObjectStore, Repository, RepositoryError};

/// How deep bases are merged that have several bases themselves. Deeper down the oldest one is
/// taken alone.
const MAX_DEPTH: usize = 64;

/// How many digits of a base's id stand at the markers in a merged base. They are no more than git
/// takes, since the similarity of files to such a base depends on it.
const SHORT_ID_DIGITS: usize = 7;

/// What a base is called that was merged of several.
const MERGED_BASES: &str = "merged common ancestors";

/// Merges two commits: what their trees made of their base's. Several bases, as after merges in
/// both directions, are merged to one first, whose conflicts stay in its files; without any, the
/// base is the empty tree. `labels.base` is what a single base is called.
///
/// # Errors
/// If history or contents cannot be read, or the outcome is no tree that can be recorded.
pub fn merge_commits(
    repository: &Repository,
    ours: CommitId,
    theirs: CommitId,
    labels: Labels<'_>,
) -> Result<Merged, MergeError> {
    let mut merge = CommitMerge {
        objects: &repository.objects,
        graph: CommitGraph::new(&repository.objects),
        contents: Contents::new(&repository.objects),
        merged_bases: HashMap::new(),
    };
    let merged = merge.merge(&[ours], theirs, None, Some(labels), 0)?;
    Ok(merged.into_outcome(merge.contents)?)
}

struct CommitMerge<'a> {
    objects: &'a ObjectStore,
    graph: CommitGraph<&'a ObjectStore>,
    contents: Contents<'a>,
    /// What was merged of several bases at a depth, since the same ones can come up often.
    merged_bases: HashMap<(usize, Vec<CommitId>), Tree>,
}

impl CommitMerge<'_> {
    /// Merges a commit into what was merged of several (`our_tree`), or into a single one. Without
    /// labels the outcome is a base of another merge.
    fn merge(
        &mut self,
        ours: &[CommitId],
        theirs: CommitId,
        our_tree: Option<Tree>,
        labels: Option<Labels<'_>>,
        depth: usize,
    ) -> Result<MergedTree, MergeError> {
        let mut bases = self.bases(ours, theirs)?;
        if depth >= MAX_DEPTH {
            bases.truncate(1);
        }
        let base_name;
        let labels = match labels {
            Some(labels) => labels,
            None => {
                base_name = match bases.first() {
                    Some(base) => base.to_string()[..SHORT_ID_DIGITS].to_owned(),
                    None => "empty tree".to_owned(),
                };
                Labels {
                    ours: "Temporary merge branch 1",
                    base: &base_name,
                    theirs: "Temporary merge branch 2",
                }
            }
        };
        let labels = match bases.len() {
            0 | 1 => labels,
            _ => Labels {
                base: MERGED_BASES,
                ..labels
            },
        };
        let base = self.base_tree(&bases, depth)?;
        let our_tree = match our_tree {
            Some(tree) => tree,
            None => self.objects.commit_tree(ours.first())?,
        };
        let their_tree = self.objects.commit_tree(Some(&theirs))?;
        let trees = Trees {
            base: &base,
            ours: &our_tree,
            theirs: &their_tree,
        };
        merge_at(trees, &mut self.contents, labels, depth)
    }

    /// The tree that bases have together.
    fn base_tree(&mut self, bases: &[CommitId], depth: usize) -> Result<Tree, MergeError> {
        if let Some(tree) = self.merged_bases.get(&(depth, bases.to_vec())) {
            return Ok(tree.clone());
        }
        let mut tree = self.objects.commit_tree(bases.first())?;
        for count in 1..bases.len() {
            let (before, next) = (&bases[..count], bases[count]);
            tree = self.merge(before, next, Some(tree), None, depth + 1)?.tree;
        }
        if bases.len() > 1 {
            let key = (depth, bases.to_vec());
            self.merged_bases.insert(key, tree.clone());
        }
        Ok(tree)
    }

    /// The bases of one commit and of what was merged of others, the oldest first.
    fn bases(&mut self, ours: &[CommitId], theirs: CommitId) -> Result<Vec<CommitId>, MergeError> {
        let mut all = Vec::new();
        for &our in ours {
            all.extend(self.graph.merge_bases(our, theirs)?);
        }
        all.sort_unstable();
        all.dedup();
        let mut best = Vec::new();
        for &base in &all {
            let mut is_below = false;
            for &other in all.iter().filter(|&&other| other != base) {
                is_below = is_below || self.graph.is_ancestor(base, other)?;
            }
            if !is_below {
                best.push((self.committed_at(base)?, base));
            }
        }
        best.sort_unstable();
        Ok(best.into_iter().map(|(_, base)| base).collect())
    }

    fn committed_at(&self, commit: CommitId) -> Result<i64, WalkError<RepositoryError>> {
        let node = self.objects.node(&commit).map_err(WalkError::Source)?;
        let node = node.ok_or(WalkError::Missing(commit))?;
        Ok(node.committed_at)
    }
}
