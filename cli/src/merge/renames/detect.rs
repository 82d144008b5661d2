//! Which files a side moved, as far as that matters.

use std::collections::{BTreeSet, HashSet};

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use super::relevance::{Relevance, directory_of};
use crate::diff::renames::{DirectoryCounts, MergeHints, SideRenames, find_side_renames};
use crate::merge::collect::Collected;
use crate::merge::contents::Contents;
use crate::merge::item::Side;
use crate::repository::RepositoryError;

/// What a side did with whole files.
#[derive(Debug)]
pub(super) struct SideMoves {
    pub(super) side: Side,
    /// The files that moved, ascending by where they are now.
    pub(super) moved: Vec<Move>,
    /// The other files that are new, ascending by path.
    pub(super) added: Vec<RepoPath>,
    /// How many files of each directory that is gone went to which others.
    pub(super) directories: DirectoryCounts,
}

/// A file that a side moved.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) side: Side,
    pub(super) from: RepoPath,
    pub(super) to: RepoPath,
}

/// What ours and theirs moved.
pub(super) fn find_moves(
    collected: &Collected<'_>,
    contents: &Contents<'_>,
) -> Result<[SideMoves; 2], RepositoryError> {
    let relevance = Relevance::new(collected);
    let [ours, theirs] = relevance.hints;
    let [our_late, their_late] = &relevance.late_directories;
    Ok([
        find_side_moves(collected, contents, Side::Ours, ours, our_late)?,
        find_side_moves(collected, contents, Side::Theirs, theirs, their_late)?,
    ])
}

fn find_side_moves(
    collected: &Collected<'_>,
    contents: &Contents<'_>,
    side: Side,
    hints: MergeHints,
    late_directories: &HashSet<&str>,
) -> Result<SideMoves, RepositoryError> {
    let mut added = collected.added_by(side);
    let mut found = SideRenames::default();
    if !hints.sources.is_empty() {
        let mut removed = collected.removed_by(side);
        let is_late = |(path, _): &(RepoPath, Entry)| late_directories.contains(directory_of(path));
        removed.sort_by_key(is_late);
        added.sort_by_key(is_late);
        found = find_side_renames(contents, &removed, &added, hints)?;
        added.sort_by(|(one, _), (other, _)| one.cmp(other));
        found.renames.sort_by(|one, other| one.to.cmp(&other.to));
    }
    let is_moved: BTreeSet<&RepoPath> = found.renames.iter().map(|rename| &rename.to).collect();
    let added = added.into_iter().map(|(path, _)| path);
    Ok(SideMoves {
        side,
        added: added.filter(|path| !is_moved.contains(path)).collect(),
        directories: found.directories,
        moved: found
            .renames
            .into_iter()
            .map(|rename| Move {
                side,
                from: rename.from,
                to: rename.to,
            })
            .collect(),
    })
}
