//! Which of git's commits are not here yet.

use std::collections::{HashMap, HashSet};

use gix::objs::FindExt as _;
use muse_wire::id::CommitId;

use super::error::ImportError;
use super::losses::Losses;
use super::planned::Parent;
use super::source::{Source, Tips};

/// A commit as the walk finds it.
pub(super) struct FoundCommit {
    pub(super) id: gix::ObjectId,
    pub(super) parents: Vec<Parent>,
    pub(super) tree: gix::ObjectId,
    /// Tree of the first parent.
    pub(super) base: Option<gix::ObjectId>,
}

/// Finds the commits that are not known yet, parents before children, a first-parent line in one
/// piece.
pub(super) fn walk(
    source: &Source,
    tips: &Tips,
    known: &HashMap<gix::ObjectId, CommitId>,
    losses: &mut Losses,
) -> Result<Vec<FoundCommit>, ImportError> {
    struct Open {
        id: gix::ObjectId,
        tree: gix::ObjectId,
        parents: Vec<gix::ObjectId>,
        visited_parents: usize,
    }
    let repository = source.tree_reader();
    let mut buffer = Vec::new();
    let mut open = |id: gix::ObjectId, losses: &mut Losses| {
        let commit = repository
            .objects
            .find_commit(&id, &mut buffer)
            .map_err(ImportError::git(format!("commit {id}")))?;
        let mut seen = HashSet::new();
        let all = commit.parents().count();
        let parents: Vec<_> = commit
            .parents()
            .filter(|&parent| seen.insert(parent))
            .collect();
        losses.repeated_parents += (all - parents.len()) as u64;
        Ok::<_, ImportError>(Open {
            id,
            tree: commit.tree(),
            parents,
            visited_parents: 0,
        })
    };
    let mut found: Vec<FoundCommit> = Vec::new();
    let mut places: HashMap<gix::ObjectId, usize> = HashMap::new();
    let mut line: Vec<Open> = Vec::new();
    let mut known_trees = HashMap::new();
    for tip in tips.commits() {
        if !known.contains_key(&tip) && !places.contains_key(&tip) {
            line.push(open(tip, losses)?);
        }
        while let Some(commit) = line.last_mut() {
            if let Some(&parent) = commit.parents.get(commit.visited_parents) {
                commit.visited_parents += 1;
                if !known.contains_key(&parent) && !places.contains_key(&parent) {
                    line.push(open(parent, losses)?);
                }
                continue;
            }
            let base = match commit.parents.first() {
                None => None,
                Some(parent) => match (places.get(parent), known_trees.get(parent)) {
                    (Some(&place), _) => Some(found[place].tree),
                    (None, Some(&tree)) => Some(tree),
                    (None, None) => {
                        let tree = open(*parent, &mut Losses::default())?.tree;
                        known_trees.insert(*parent, tree);
                        Some(tree)
                    }
                },
            };
            let commit = line.pop().expect("it was the last");
            let parent = |id: &gix::ObjectId| match known.get(id) {
                Some(&known) => Parent::Known(known),
                None => Parent::New(places[id]),
            };
            let parents = commit.parents.iter().map(parent).collect();
            places.insert(commit.id, found.len());
            found.push(FoundCommit {
                id: commit.id,
                parents,
                tree: commit.tree,
                base,
            });
        }
    }
    Ok(found)
}
