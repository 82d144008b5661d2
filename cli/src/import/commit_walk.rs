//! Which of git's commits are not here yet.

use std::collections::HashMap;
use std::ops::Range;

use gix::objs::FindExt as _;
use muse_wire::id::CommitId;

use super::error::ImportError;
use super::git_object::GitCommit;
use super::git_reader::{GitReader, Reading};
use super::losses::Losses;
use super::planned::Parent;
use super::source::{Source, Tips};

/// The commits that the walk finds.
#[derive(Default)]
pub(super) struct FoundCommits {
    /// Parents before children, a first-parent line in one piece.
    pub(super) commits: Vec<FoundCommit>,
    /// The parents of all, one commit's after the other's.
    pub(super) parents: Vec<Parent>,
}

/// A commit as the walk finds it.
pub(super) struct FoundCommit {
    pub(super) id: gix::ObjectId,
    /// In [`FoundCommits::parents`].
    pub(super) parents: Range<u32>,
    pub(super) tree: gix::ObjectId,
    /// Tree of the first parent.
    pub(super) base: Option<gix::ObjectId>,
}

/// Finds the commits that are not known yet.
pub(super) fn walk(
    source: &Source,
    tips: &Tips,
    known: &HashMap<gix::ObjectId, CommitId>,
    losses: &mut Losses,
) -> Result<FoundCommits, ImportError> {
    let mut walk = Walk {
        reader: GitReader::new(source, Reading::Blobs),
        buffer: Vec::new(),
        known,
        known_trees: HashMap::new(),
        places: HashMap::new(),
        open: Vec::new(),
        open_parents: Vec::new(),
        found: FoundCommits::default(),
    };
    for tip in tips.commits() {
        walk.visit(tip, losses)?;
        while let Some(commit) = walk.open.last_mut() {
            match walk.open_parents.get(commit.next_parent) {
                Some(&parent) => {
                    commit.next_parent += 1;
                    walk.visit(parent, losses)?;
                }
                None => walk.leave()?,
            }
        }
    }
    Ok(walk.found)
}

/// A walk in depth: from a child to its first parent before the others.
struct Walk<'a> {
    reader: GitReader<'a>,
    buffer: Vec<u8>,
    known: &'a HashMap<gix::ObjectId, CommitId>,
    /// Trees of known commits that are first parents.
    known_trees: HashMap<gix::ObjectId, gix::ObjectId>,
    /// Where each found commit is in `found`.
    places: HashMap<gix::ObjectId, u32>,
    /// The way to where the walk is.
    open: Vec<OpenCommit>,
    /// The parents of all open commits, one's after the other's: the last one's are at the end.
    open_parents: Vec<gix::ObjectId>,
    found: FoundCommits,
}

/// A commit whose parents are being visited.
struct OpenCommit {
    id: gix::ObjectId,
    tree: gix::ObjectId,
    /// Where its parents start in [`Walk::open_parents`].
    first_parent: usize,
    next_parent: usize,
}

impl Walk<'_> {
    /// Opens a commit, unless it is known or found.
    fn visit(&mut self, id: gix::ObjectId, losses: &mut Losses) -> Result<(), ImportError> {
        if self.known.contains_key(&id) || self.places.contains_key(&id) {
            return Ok(());
        }
        let commit = read(&mut self.reader, id, &mut self.buffer)?;
        let first_parent = self.open_parents.len();
        for parent in commit.parents {
            if self.open_parents[first_parent..].contains(&parent) {
                losses.repeated_parents += 1;
            } else {
                self.open_parents.push(parent);
            }
        }
        self.open.push(OpenCommit {
            id,
            tree: commit.tree,
            first_parent,
            next_parent: first_parent,
        });
        Ok(())
    }

    /// Closes the last open commit, whose parents are all known or found.
    fn leave(&mut self) -> Result<(), ImportError> {
        let commit = self.open.pop().expect("a commit is open");
        let base = match self.open_parents.get(commit.first_parent) {
            Some(&parent) => Some(self.tree(parent)?),
            None => None,
        };
        let start = self.found.parents.len() as u32;
        for parent in self.open_parents.drain(commit.first_parent..) {
            self.found.parents.push(match self.known.get(&parent) {
                Some(&known) => Parent::Known(known),
                None => Parent::New(self.places[&parent]),
            });
        }
        self.places
            .insert(commit.id, self.found.commits.len() as u32);
        self.found.commits.push(FoundCommit {
            id: commit.id,
            parents: start..self.found.parents.len() as u32,
            tree: commit.tree,
            base,
        });
        Ok(())
    }

    /// The tree of a commit that is known or found.
    fn tree(&mut self, id: gix::ObjectId) -> Result<gix::ObjectId, ImportError> {
        if let Some(&place) = self.places.get(&id) {
            return Ok(self.found.commits[place as usize].tree);
        }
        if let Some(&tree) = self.known_trees.get(&id) {
            return Ok(tree);
        }
        let tree = read(&mut self.reader, id, &mut self.buffer)?.tree;
        self.known_trees.insert(id, tree);
        Ok(tree)
    }
}

/// Reads a commit of git.
fn read<'b>(
    reader: &mut GitReader<'_>,
    id: gix::ObjectId,
    buffer: &'b mut Vec<u8>,
) -> Result<GitCommit<'b>, ImportError> {
    let failed = || format!("commit {id}");
    let objects = &reader.repository()?.objects;
    let found = objects.find(&id, buffer);
    let raw = found.map_err(ImportError::git(failed()))?;
    GitCommit::parse(raw.data).map_err(ImportError::git(failed()))
}
