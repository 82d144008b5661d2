//! What is sent, on real repositories: the stop set's five cases first, then the form of what is sent.

use std::collections::BTreeMap;

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::limits::PushLimits;
use muse_wire::mpack::{Counts, NewCommit};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};

use super::{PushSet, collect, write_mpack};
use crate::report::Silent;
use crate::repository::Repository;

/// A repository in a directory of its own.
struct Fixture {
    repository: Repository,
    _directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("temporary directory");
        Self {
            repository: Repository::init(directory.path(), "main").expect("new repository"),
            _directory: directory,
        }
    }

    fn tree(&self, commit: &CommitId) -> Tree {
        let commit = self.repository.commit(commit).expect("there");
        self.repository.tree(&commit.snapshot).expect("whole")
    }

    /// Commits `files` (a path and its contents, or none to remove it) on top of `parents`.
    fn commit(&self, parents: &[CommitId], files: &[(&str, Option<&[u8]>)]) -> CommitId {
        let base = parents.first().map(|parent| self.tree(parent));
        self.commit_against(parents, base.as_ref(), files)
    }

    /// As [`Self::commit`], with a record that builds on `base`.
    fn commit_against(
        &self,
        parents: &[CommitId],
        base: Option<&Tree>,
        files: &[(&str, Option<&[u8]>)],
    ) -> CommitId {
        let mut objects: BTreeMap<ObjectId, &[u8]> = BTreeMap::new();
        let mut changes: Vec<Change> = Vec::new();
        for (path, contents) in files {
            let entry = contents.map(|contents| {
                let object = ObjectId::of(contents);
                if !self.repository.has_object(&object).expect("readable") {
                    objects.insert(object, contents);
                }
                let kind = EntryKind::File;
                Entry { kind, object }
            });
            let path = RepoPath::new(*path).expect("valid path");
            changes.push(Change { path, entry });
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let before = parents
            .first()
            .map_or_else(Tree::empty, |parent| self.tree(parent));
        let tree = before.apply(&changes).expect("changes apply");
        let is_known = self
            .repository
            .snapshot_record(&tree.id())
            .expect("readable")
            .is_some();
        let record = tree.record_against(base);
        let commit = Commit {
            parents: parents.to_vec(),
            snapshot: tree.id(),
            author: Author {
                name: "Ada".into(),
                email: String::new(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000,
                offset_minutes: 0,
            },
            message: "change".into(),
            metadata: BTreeMap::new(),
            delta_digest: None,
        };
        let envelope = CommitEnvelope {
            record: commit.encode().expect("valid"),
            signature: None,
            delta: None,
        };
        let generation = parents
            .iter()
            .map(|parent| self.repository.node(parent).expect("readable"))
            .map(|node| node.expect("there").generation)
            .max()
            .unwrap_or(0)
            + 1;
        let mut pending = self
            .repository
            .new_mpack(Counts {
                objects: objects.len() as u64,
                commits: 1,
                snapshots: u64::from(!is_known),
                object_bytes: objects.values().map(|contents| contents.len() as u64).sum(),
            })
            .expect("started");
        let writer = pending.writer();
        for (id, contents) in objects {
            writer.add_object(id, contents).expect("written");
        }
        writer
            .add_commit(&NewCommit {
                envelope: &envelope,
                commit: &commit,
                generation,
            })
            .expect("written");
        if !is_known {
            writer.add_snapshot(&record).expect("written");
        }
        pending.install().expect("installed");
        envelope.id()
    }

    /// `count` commits in a row, each with a new file.
    fn line(&self, from: Option<CommitId>, label: &str, count: usize) -> Vec<CommitId> {
        let mut parents: Vec<CommitId> = from.into_iter().collect();
        let mut commits = Vec::new();
        for number in 0..count {
            let path = format!("{label}/{number}");
            let contents = format!("{label} {number}");
            let commit = self.commit(&parents, &[(&path, Some(contents.as_bytes()))]);
            parents = vec![commit];
            commits.push(commit);
        }
        commits
    }

    fn collect(&self, tips: &[CommitId], have: &[CommitId]) -> PushSet {
        collect(&self.repository, tips, have).expect("whole history")
    }

    /// Sends `tips` to `other`, which must then have all of it.
    fn send(&self, other: &Self, tips: &[CommitId], have: &[CommitId]) -> (PushSet, usize) {
        let set = self.collect(tips, have);
        let mpack = write_mpack(&self.repository, &set, &Silent).expect("written");
        let file = other.repository.temporary_dir().join("received.part");
        std::fs::copy(mpack.file.path(), &file).expect("copied");
        other
            .repository
            .adopt_mpack(&file, &mpack.key)
            .expect("adopted");
        for commit in &set.commits {
            assert_eq!(other.tree(commit).id(), self.tree(commit).id());
            for (_, entry) in other.tree(commit).entries() {
                let contents = other.repository.read_object(&entry.object).expect("there");
                assert_eq!(ObjectId::of(&contents), entry.object);
            }
        }
        (set, mpack.reused_frames)
    }
}

fn figures(set: &PushSet) -> (usize, usize, usize) {
    (set.commits.len(), set.snapshots.len(), set.objects.len())
}

#[test]
fn bh_1_a_second_branch_sends_only_its_own_commits() {
    let (local, server) = (Fixture::new(), Fixture::new());
    let main = local.line(None, "main", 6);
    let head = main[5];
    assert_eq!(figures(&local.send(&server, &[head], &[]).0), (6, 6, 6));
    // Moves and removals only: the server has every object.
    let moved = local.commit(&[head], &[("main/0", None), ("moved", Some(b"main 0"))]);
    let dev = local.commit(&[moved], &[("main/1", None)]);
    assert_eq!(figures(&local.send(&server, &[dev], &[head]).0), (2, 2, 0));
}

#[test]
fn bh_2_remote_heads_that_are_unknown_here_are_harmless() {
    let local = Fixture::new();
    let main = local.line(None, "main", 4);
    let unknown = CommitId::from_bytes([7; 32]);
    let set = local.collect(&[main[3]], &[unknown, main[1]]);
    assert_eq!(set.commits, main[2..]);
    assert_eq!(set.boundary, [main[1]]);
    let all = local.collect(&[main[3]], &[unknown]);
    assert_eq!(all.commits, main);
}

#[test]
fn bh_3_of_a_merge_only_what_no_head_reaches_is_sent() {
    let (local, server) = (Fixture::new(), Fixture::new());
    let main = local.line(None, "main", 3);
    let feature = local.line(Some(main[0]), "feature", 2);
    local.send(&server, &[main[2], feature[1]], &[]);
    let merge = local.commit(
        &[main[2], feature[1]],
        &[
            ("feature/0", Some(b"feature 0")),
            ("feature/1", Some(b"feature 1")),
        ],
    );
    let (set, _) = local.send(&server, &[merge], &[main[2], feature[1]]);
    assert_eq!(figures(&set), (1, 1, 0), "both sides are there already");
    assert_eq!(set.commits, [merge]);
}

#[test]
fn bh_4_an_empty_remote_gets_everything() {
    let (local, server) = (Fixture::new(), Fixture::new());
    let main = local.line(None, "main", 3);
    let (set, _) = local.send(&server, &[main[2]], &[]);
    assert_eq!(set.commits, main);
    assert!(set.boundary.is_empty());
}

#[test]
fn bh_5_the_same_tip_on_another_branch_sends_nothing() {
    let local = Fixture::new();
    let main = local.line(None, "main", 3);
    let set = local.collect(&[main[2]], &[main[2]]);
    assert_eq!(figures(&set), (0, 0, 0));
    let older = local.collect(&[main[1]], &[main[2]]);
    assert_eq!(figures(&older), (0, 0, 0), "an ancestor is there as well");
}

#[test]
fn an_object_of_another_head_is_not_sent_again() {
    let local = Fixture::new();
    let main = local.line(None, "main", 2);
    let side = local.line(Some(main[0]), "side", 1);
    let picked = local.commit(&[main[1]], &[("picked", Some(b"side 0"))]);
    let set = local.collect(&[picked], &[main[1], side[0]]);
    assert_eq!(figures(&set), (1, 1, 0));
}

#[test]
fn a_record_whose_base_the_receiver_lacks_is_sent_in_another_form() {
    let (local, server) = (Fixture::new(), Fixture::new());
    let main = local.line(None, "main", 3);
    local.send(&server, &[main[2]], &[]);
    let private = local.line(None, "private", 1);
    let base = local.tree(&private[0]);
    let next = local.commit_against(&[main[2]], Some(&base), &[("new", Some(b"new"))]);
    let (set, _) = local.send(&server, &[next], &[main[2]]);
    assert_eq!(figures(&set), (1, 1, 1));
    let main_tree = local.tree(&main[2]).id();
    assert_eq!(set.snapshots[0].base, Some(main_tree));
    let changes = &set.snapshots[0].changes;
    assert_eq!(changes.len(), 1, "{changes:?}");
}

#[test]
fn a_keyframe_stays_one_but_only_new_objects_are_sent_with_it() {
    let (local, server) = (Fixture::new(), Fixture::new());
    let main = local.line(None, "main", 3);
    local.send(&server, &[main[2]], &[]);
    let next = local.commit_against(&[main[2]], None, &[("new", Some(b"new"))]);
    let (set, _) = local.send(&server, &[next], &[main[2]]);
    assert_eq!(figures(&set), (1, 1, 1));
    let record: &SnapshotRecord = &set.snapshots[0];
    assert_eq!((record.base, record.changes.len()), (None, 4));
}

#[test]
fn a_large_stored_frame_is_copied_and_small_ones_are_regrouped() {
    let (local, server) = (Fixture::new(), Fixture::new());
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(9 << 20)
    .collect();
    let large = local.commit(&[], &[("large", Some(&noise))]);
    let main = local.line(Some(large), "main", 3);
    let (set, reused_frames) = local.send(&server, &[main[2]], &[]);
    assert_eq!(figures(&set), (4, 4, 4));
    assert_eq!(reused_frames, 1);
}

#[test]
fn a_long_line_is_cut_into_stages() {
    let fixture = Fixture::new();
    let mut line: Vec<CommitId> = Vec::new();
    for n in 0..10 {
        let contents = format!("contents {n}");
        let parents: Vec<_> = line.last().copied().into_iter().collect();
        line.push(fixture.commit(&parents, &[("file", Some(contents.as_bytes()))]));
    }
    let side = fixture.commit(&line[3..4], &[("side", Some(b"side"))]);
    let merge = fixture.commit(&[line[9], side], &[("side", Some(b"side"))]);
    let limits = |commits, objects| PushLimits {
        commits,
        objects,
        ..PushLimits::default()
    };
    let stages = |tip, have: &[CommitId], limits| {
        super::stages(&fixture.repository, tip, have, &limits).expect("walks")
    };
    assert_eq!(stages(line[9], &[], limits(10, 10)), []);
    assert_eq!(stages(line[9], &[], limits(4, 10)), [line[3], line[7]]);
    assert_eq!(stages(line[9], &[], limits(10, 4)), [line[3], line[7]]);
    assert_eq!(stages(line[9], &line[5..6], limits(3, 10)), [line[8]]);
    // The merge brings its side branch along.
    assert_eq!(stages(merge, &[], limits(10, 100)), [line[9]]);
    assert_eq!(stages(merge, &[], limits(6, 100)), [line[5]]);
    assert_eq!(
        stages(merge, &[line[9]], limits(1, 100)),
        [],
        "no stage is smaller than a merge"
    );
}
