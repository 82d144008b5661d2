//! A client that checks everything.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Mutex;

use muse_wire::commit::Commit;
use muse_wire::history::{Base, Boundary, HistoryCheck, LinkTargets};
use muse_wire::id::{ChunkId, CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{
    ChunkReference, LargeObjectRow, Mpack, ObjectRow, Record, SinkError, VerifyError, VerifySink,
    check_large_object, verify,
};
use muse_wire::snapshot::Tree;

/// A client: applies mpacks in order, and accepts nothing that does not fit onto what it has.
#[derive(Clone, Default)]
pub(crate) struct Client {
    pub(crate) tips: HashSet<CommitId>,
    commits: HashMap<CommitId, (u32, Commit)>,
    trees: HashMap<SnapshotId, Tree>,
    pub(crate) objects: HashSet<ObjectId>,
    /// What the last plan withheld.
    pub(crate) withheld: HashSet<ObjectId>,
    pub(crate) chunks: HashMap<ChunkId, Vec<u8>>,
}

struct Held<'a>(&'a Client);

impl Boundary for Held<'_> {
    type Error = Infallible;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, Infallible> {
        Ok(self.0.commits.get(id).map(|(generation, _)| *generation))
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<Base>, Infallible> {
        let tree = self.0.trees.get(id).cloned();
        Ok(tree.map(|tree| Base {
            tree,
            chain_bytes: 0,
        }))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, Infallible> {
        Ok(self.0.trees.contains_key(id))
    }
}

#[derive(Default)]
struct Received {
    objects: Mutex<HashSet<ObjectId>>,
    links: LinkTargets,
}

impl VerifySink for Received {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        self.links.note(row.id, contents);
        self.objects.lock().expect("no panic").insert(row.id);
        Ok(())
    }

    fn large_object(&self, row: &LargeObjectRow, _: u64, _: &[u8]) -> Result<(), SinkError> {
        self.objects.lock().expect("no panic").insert(row.id);
        Ok(())
    }
}

impl Client {
    pub(crate) fn has_commit(&self, id: &CommitId) -> bool {
        self.commits.contains_key(id)
    }

    /// Whether the object is here, or was withheld.
    fn accounts_for(&self, object: &ObjectId) -> bool {
        self.objects.contains(object) || self.withheld.contains(object)
    }

    pub(super) fn apply(&mut self, key: MpackKey, bytes: &[u8]) {
        let mpack = Mpack::from_bytes(bytes.to_vec()).expect("opens");
        let received = Received::default();
        let mut commits = Vec::new();
        let mut trees = Vec::new();
        let mut history = HistoryCheck::new(mpack.tables(), Held(self), &received.links);
        let unchecked = verify(
            &mut &bytes[..],
            mpack.tables(),
            &key,
            &received,
            &mut |record| {
                match record {
                    Record::Commit { row, commit, .. } => {
                        history.commit(&row, &commit)?;
                        commits.push((row.id, (row.generation, commit)));
                    }
                    Record::Snapshot { row, changes, .. } => {
                        let checked = history.changes(row.id, row.base, changes)?;
                        trees.push((row.id, checked.tree));
                    }
                }
                Ok(())
            },
        )
        .expect("verifies, and fits onto what is here");
        let outside = history.finish();
        self.take_chunks(&mpack, unchecked);
        self.objects
            .extend(received.objects.into_inner().expect("no panic"));
        for object in outside.all {
            assert!(self.accounts_for(&object), "{object} is missing");
        }
        self.commits.extend(commits);
        self.trees.extend(trees);
    }

    /// Keeps the chunks of an mpack, and checks the large objects that were not checked on the way.
    fn take_chunks(&mut self, mpack: &Mpack, unchecked: Vec<LargeObjectRow>) {
        let tables = mpack.tables();
        for row in tables.chunks() {
            let chunk = mpack.read_chunk(&row.id).expect("reads");
            self.chunks
                .insert(row.id, chunk.expect("it is in the mpack"));
        }
        for row in unchecked {
            let read = |chunk: &ChunkReference| {
                let contents = self.chunks.get(&chunk.id).cloned();
                Ok::<_, VerifyError>(contents.expect("the client has every chunk"))
            };
            check_large_object(tables, &row, read, |_, _| Ok(())).expect("hashes to its id");
            self.objects.insert(row.id);
        }
    }

    /// Checks that everything that `tip` reaches has arrived, down to the last object.
    pub(super) fn check_whole(&self, tip: &CommitId) {
        let mut seen = HashSet::from([*tip]);
        let mut stack = vec![*tip];
        while let Some(id) = stack.pop() {
            let (_, commit) = &self.commits[&id];
            for (path, entry) in self.trees[&commit.snapshot].entries() {
                assert!(
                    self.accounts_for(&entry.object),
                    "{path} of {id} is missing"
                );
            }
            stack.extend(commit.parents.iter().filter(|parent| seen.insert(**parent)));
        }
    }
}
