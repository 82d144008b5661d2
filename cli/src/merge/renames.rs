//! Files that a side moved, and what the other side did to them.

mod detect;
mod directories;
mod relevance;

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use super::collect::Collected;
use super::conflict::ConflictKind;
use super::contents::{Contents, MergedFile, Place};
use super::item::{BASE, Item, Side, is_link};
use super::labels::Labels;
use crate::repository::RepositoryError;

use self::detect::{Move, find_moves};
use self::directories::follow_directories;

/// Brings what both sides did to a file together where one of them moved it.
pub(super) fn follow(
    collected: &mut Collected<'_>,
    contents: &mut Contents<'_>,
    labels: Labels<'_>,
    depth: usize,
) -> Result<(), RepositoryError> {
    let mut sides = find_moves(collected, contents)?;
    if depth == 0 {
        follow_directories(collected, &mut sides);
    }
    let mut moves: Vec<Move> = sides.into_iter().flat_map(|side| side.moved).collect();
    // Stable: where both sides moved a file, ours comes first.
    moves.sort_by(|one, other| one.from.cmp(&other.from));
    let mut follower = Follower {
        collected,
        contents,
        labels,
        depth,
    };
    let mut moves = moves.as_slice();
    loop {
        moves = match moves {
            [] => return Ok(()),
            [first, rest @ ..] if first.from == first.to => rest,
            [first, rest @ ..] if !follower.is_open(&first.from) => rest,
            [first, second, rest @ ..] if first.from == second.from => {
                follower.follow_both(&first.from, &first.to, &second.to)?;
                rest
            }
            [first, rest @ ..] => {
                follower.follow_one(first)?;
                rest
            }
        };
    }
}

struct Follower<'a, 'c, 't> {
    collected: &'a mut Collected<'t>,
    contents: &'a mut Contents<'c>,
    labels: Labels<'a>,
    depth: usize,
}

impl Follower<'_, '_, '_> {
    /// Whether the file that moved away has not been dealt with.
    fn is_open(&self, path: &RepoPath) -> bool {
        let item = self.collected.items.get(path);
        item.is_some_and(|item| !item.is_moved)
    }

    fn item(&mut self, path: &RepoPath) -> &mut Item {
        let item = self.collected.items.get_mut(path);
        item.expect("a path that a side added or removed is never settled at first sight")
    }

    /// Both sides moved the file.
    fn follow_both(
        &mut self,
        from: &RepoPath,
        our_path: &RepoPath,
        their_path: &RepoPath,
    ) -> Result<(), RepositoryError> {
        let base = self.item(from).versions[BASE];
        if our_path == their_path {
            self.item(our_path).versions[BASE] = base;
            self.item(from).is_moved = true;
            return Ok(());
        }
        let ours = self.item(our_path).versions[Side::Ours.index()];
        let theirs = self.item(their_path).versions[Side::Theirs.index()];
        if let (Some(our_file), Some(their_file)) = (ours, theirs)
            && is_link(our_file) == is_link(their_file)
        {
            let paths = [from, our_path, their_path];
            let place = self.nested(paths);
            let merged = self.contents.merge(base, our_file, their_file, &place)?;
            let is_unmerged = merged.problem.is_some() && merged.entry == ours;
            self.item(our_path).versions[Side::Ours.index()] = merged.entry;
            if !is_unmerged {
                self.item(their_path).versions[Side::Theirs.index()] = merged.entry;
            }
        }
        for path in [from, our_path, their_path] {
            self.item(path).problem = Some(ConflictKind::RenamedTwice);
        }
        Ok(())
    }

    /// One side moved the file.
    fn follow_one(&mut self, moved: &Move) -> Result<(), RepositoryError> {
        let (index, other) = (moved.side.index(), moved.side.other().index());
        let old = self.item(&moved.from).clone();
        let new = self.item(&moved.to).clone();
        let (before, after) = (old.versions[other], new.versions[index]);
        let is_deleted = old.versions[1..].iter().all(Option::is_none);
        let is_other_type = match (before, after) {
            (Some(before), Some(after)) => is_link(before) != is_link(after),
            _ => false,
        };
        let collides = new.has(other) && !is_other_type;
        if collides && !is_deleted {
            if let (Some(before), Some(after)) = (before, after) {
                let merged = self.merge_moved(moved, old.versions[BASE], before, after)?;
                self.item(&moved.to).versions[index] = merged.entry;
            }
        } else if collides {
            self.item(&moved.to).problem = Some(ConflictKind::RenamedAndDeleted);
        } else {
            let from = moved.from.clone();
            let new = self.item(&moved.to);
            new.versions[BASE] = old.versions[BASE];
            new.origins[BASE] = Some(from.clone());
            if is_other_type {
                self.item(&moved.from).versions[BASE] = None;
            } else if is_deleted {
                new.problem = Some(ConflictKind::RenamedAndDeleted);
            } else {
                new.versions[other] = before;
                new.origins[other] = Some(from);
            }
        }
        if !is_other_type {
            self.item(&moved.from).is_moved = true;
        }
        Ok(())
    }

    /// Merges a file that one side moved to a path at which the other side has one, too.
    fn merge_moved(
        &mut self,
        moved: &Move,
        base: Option<Entry>,
        before: Entry,
        after: Entry,
    ) -> Result<MergedFile, RepositoryError> {
        let (from, to) = (&moved.from, &moved.to);
        let (paths, ours, theirs) = match moved.side {
            Side::Ours => ([from, to, from], after, before),
            Side::Theirs => ([from, from, to], before, after),
        };
        let place = self.nested(paths);
        self.contents.merge(base, ours, theirs, &place)
    }

    /// Where the outcome will be merged with another file.
    fn nested<'p>(&self, paths: [&'p RepoPath; 3]) -> Place<'p>
    where
        Self: 'p,
    {
        Place {
            paths,
            labels: self.labels,
            depth: self.depth,
            longer_markers: 1 + 2 * self.depth,
        }
    }
}
