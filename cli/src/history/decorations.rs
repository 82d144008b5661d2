//! The refs that name each commit.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, REMOTES};

use super::tag_index::TagIndex;
use crate::repository::{Head, Repository, Result};

/// What stands beside a commit: a ref that names it, by its short name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoration {
    /// `HEAD`, and the current branch unless it is detached.
    Head(Option<String>),
    /// A branch.
    Branch(String),
    /// A branch of a remote, as it was last seen.
    RemoteBranch(String),
    /// A tag.
    Tag(String),
    /// No ref: the history ends at the commit, whose parents are not here.
    Shallow,
}

/// The refs that name each commit.
pub struct Decorations<'a> {
    /// `HEAD` and what is no tag.
    by_commit: HashMap<CommitId, Vec<Decoration>>,
    tags: TagIndex<'a>,
    shallow: Arc<HashSet<CommitId>>,
}

impl<'a> Decorations<'a> {
    /// Reads all refs and `HEAD`. An annotated tag is at the tagged commit.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn read(repository: &'a Repository) -> Result<Self> {
        let refs = repository.refs.read()?;
        let head = refs.head();
        let mut decorations = Self {
            by_commit: HashMap::new(),
            tags: TagIndex::read(repository, &refs)?,
            shallow: repository.objects.shallow()?,
        };
        if let Some(commit) = refs.head_commit() {
            let branch = match head {
                Head::Branch(name) => Some(name.short().to_owned()),
                Head::Detached(_) => None,
            };
            decorations.add(commit, Decoration::Head(branch));
        }
        for (name, target) in refs.iter() {
            // The current branch is named together with HEAD.
            if matches!(head, Head::Branch(current) if current == name) || name.as_tag().is_some() {
                continue;
            }
            let short = name.short().to_owned();
            let decoration = if name.as_str().starts_with(HEADS) {
                Decoration::Branch(short)
            } else if name.as_str().starts_with(REMOTES) {
                Decoration::RemoteBranch(short)
            } else {
                Decoration::Tag(short)
            };
            decorations.add(target, decoration);
        }
        Ok(decorations)
    }

    fn add(&mut self, commit: CommitId, decoration: Decoration) {
        self.by_commit.entry(commit).or_default().push(decoration);
    }

    /// The refs that name a commit, `HEAD` first and tags last; then whether the history ends
    /// there.
    pub fn of(&self, commit: &CommitId) -> Vec<Decoration> {
        let named = self.by_commit.get(commit).into_iter().flatten().cloned();
        let tags = self.tags.at(commit);
        let tags = tags.map(|name| Decoration::Tag(name.short().to_owned()));
        let shallow = self.shallow.contains(commit).then_some(Decoration::Shallow);
        named.chain(tags).chain(shallow).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn the_current_branch_is_named_with_head() {
        let sandbox = Sandbox::new();
        let commit = sandbox.add_commit(&[], &[("a", "1")]);
        for name in [
            "refs/heads/main",
            "refs/heads/dev",
            "refs/remotes/origin/main",
            "refs/tags/v1",
        ] {
            sandbox.set_ref(name, commit);
        }
        let decorations = Decorations::read(&sandbox.repository).expect("readable");
        assert_eq!(
            decorations.of(&commit),
            [
                Decoration::Head(Some("main".to_owned())),
                Decoration::Branch("dev".to_owned()),
                Decoration::RemoteBranch("origin/main".to_owned()),
                Decoration::Tag("v1".to_owned()),
            ]
        );
        assert_eq!(decorations.of(&CommitId::from_bytes([0; 32])), []);
    }
}
