//! Builds histories whose snapshots are what their changes give.

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::limits::MAX_WHOLE_OBJECT_BYTES;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

use crate::sample::Sample;

/// A history under construction.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) sample: Sample,
}

/// A commit that has been made.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) id: CommitId,
    pub(crate) tree: Tree,
    pub(crate) generation: u32,
}

/// A path, and what stands there now.
pub(super) type Edit<'a> = (&'a str, Option<(EntryKind, &'a [u8])>);

/// A file with these contents.
pub(super) fn file<'a>(path: &'a str, contents: &'a [u8]) -> Edit<'a> {
    (path, Some((EntryKind::File, contents)))
}

impl History {
    /// Adds a commit of the first parent's tree with these edits, ascending by path. Its snapshot
    /// record is a keyframe where there is no parent, else the edits.
    pub(crate) fn commit(&mut self, parents: &[&Made], edits: &[Edit<'_>]) -> Made {
        let base = parents.first().map(|parent| parent.tree.clone());
        let changes: Vec<Change> = edits
            .iter()
            .map(|&(path, contents)| Change {
                path: RepoPath::new(path).expect("the history's paths are valid"),
                entry: contents.map(|(kind, contents)| Entry {
                    kind,
                    object: self.object(contents),
                }),
            })
            .collect();
        let tree = base.clone().unwrap_or_default();
        let tree = tree.apply(&changes).expect("the edits fit the tree");
        let generation = parents.iter().map(|parent| parent.generation).max();
        let generation = generation.unwrap_or(0) + 1;
        let ids: Vec<CommitId> = parents.iter().map(|parent| parent.id).collect();
        self.sample.add_commit(&ids, 0, generation);
        let made = self.sample.commits.last_mut().expect("just added");
        made.commit.snapshot = tree.id();
        made.envelope.record = made.commit.encode().expect("valid");
        let id = made.envelope.id();
        self.sample
            .snapshots
            .push(tree.record_against(base.as_ref()));
        Made {
            id,
            tree,
            generation,
        }
    }

    /// Notes an object unless it is there.
    fn object(&mut self, contents: &[u8]) -> ObjectId {
        let list = if contents.len() as u64 > MAX_WHOLE_OBJECT_BYTES {
            &mut self.sample.large_objects
        } else {
            &mut self.sample.objects
        };
        if !list.iter().any(|object| object == contents) {
            list.push(contents.to_vec());
        }
        ObjectId::of(contents)
    }
}
