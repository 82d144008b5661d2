//! What is sent, on real repositories: the stop set's five cases first, then the form of what is
//! sent.

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::limits::{MAX_THIN_TABLE_BYTES, PushLimits};
use muse_wire::mpack::Mpack;
use muse_wire::snapshot::SnapshotRecord;

use super::{Form, PushSet, collect, plan_mpack, write_mpack};
use crate::report::Silent;
use crate::testing::Sandbox;

impl Sandbox {
    fn collect(&self, tips: &[CommitId], have: &[CommitId]) -> PushSet {
        collect(&self.repository.objects, tips, have).expect("whole history")
    }

    /// Sends `tips` to `other`, which must then have all of it.
    fn send(&self, other: &Self, tips: &[CommitId], have: &[CommitId]) -> (PushSet, usize) {
        let set = self.collect(tips, have);
        let plan = plan_mpack(&self.repository, self.collect(tips, have)).expect("planned");
        let mpack = write_mpack(
            &self.repository,
            &self.repository.layout,
            &plan,
            Form::Thick,
            &Silent,
        )
        .expect("written");
        let file = other
            .repository
            .layout
            .temporary_dir()
            .join("received.part");
        std::fs::copy(mpack.file.path(), &file).expect("copied");
        let mut staged = other
            .repository
            .objects
            .stage(std::collections::HashSet::new())
            .expect("readable");
        let opened = Mpack::open(&file).expect("valid");
        staged.add(mpack.key, file, opened).expect("staged");
        staged.adopt().expect("adopted");
        for commit in &set.commits {
            assert_eq!(other.tree(commit).id(), self.tree(commit).id());
            for (_, entry) in other.tree(commit).entries() {
                let bytes = other
                    .repository
                    .objects
                    .read_object(&entry.object)
                    .expect("there");
                assert_eq!(ObjectId::of(&bytes), entry.object);
            }
        }
        (set, mpack.reused_frames)
    }
}

fn counts(set: &PushSet) -> (usize, usize, usize) {
    (set.commits.len(), set.snapshots.len(), set.objects.len())
}

#[test]
fn bh_1_a_second_branch_sends_only_its_own_commits() {
    let (local, server) = (Sandbox::new(), Sandbox::new());
    let main = local.add_line(None, "main", 6);
    let head = main[5];
    assert_eq!(counts(&local.send(&server, &[head], &[]).0), (6, 6, 6));
    // Moves and removals only: the server has every object.
    let moved = local.add_changes(&[head], &[("main/0", None), ("moved", Some(b"main 0"))]);
    let dev = local.add_changes(&[moved], &[("main/1", None)]);
    assert_eq!(counts(&local.send(&server, &[dev], &[head]).0), (2, 2, 0));
}

#[test]
fn bh_2_remote_heads_that_are_unknown_here_are_harmless() {
    let local = Sandbox::new();
    let main = local.add_line(None, "main", 4);
    let unknown = CommitId::from_bytes([7; 32]);
    let set = local.collect(&[main[3]], &[unknown, main[1]]);
    assert_eq!(set.commits, main[2..]);
    assert_eq!(set.boundary, [main[1]]);
    let all = local.collect(&[main[3]], &[unknown]);
    assert_eq!(all.commits, main);
}

#[test]
fn bh_3_of_a_merge_only_what_no_head_reaches_is_sent() {
    let (local, server) = (Sandbox::new(), Sandbox::new());
    let main = local.add_line(None, "main", 3);
    let feature = local.add_line(Some(main[0]), "feature", 2);
    local.send(&server, &[main[2], feature[1]], &[]);
    let merge = local.add_changes(
        &[main[2], feature[1]],
        &[
            ("feature/0", Some(b"feature 0")),
            ("feature/1", Some(b"feature 1")),
        ],
    );
    let (set, _) = local.send(&server, &[merge], &[main[2], feature[1]]);
    assert_eq!(counts(&set), (1, 1, 0), "both sides are there already");
    assert_eq!(set.commits, [merge]);
}

#[test]
fn bh_4_an_empty_remote_gets_everything() {
    let (local, server) = (Sandbox::new(), Sandbox::new());
    let main = local.add_line(None, "main", 3);
    let (set, _) = local.send(&server, &[main[2]], &[]);
    assert_eq!(set.commits, main);
    assert!(set.boundary.is_empty());
}

#[test]
fn bh_5_the_same_tip_on_another_branch_sends_nothing() {
    let local = Sandbox::new();
    let main = local.add_line(None, "main", 3);
    let set = local.collect(&[main[2]], &[main[2]]);
    assert_eq!(counts(&set), (0, 0, 0));
    let older = local.collect(&[main[1]], &[main[2]]);
    assert_eq!(counts(&older), (0, 0, 0), "an ancestor is there as well");
}

#[test]
fn an_object_of_another_head_is_not_sent_again() {
    let local = Sandbox::new();
    let main = local.add_line(None, "main", 2);
    let side = local.add_line(Some(main[0]), "side", 1);
    let picked = local.add_changes(&[main[1]], &[("picked", Some(b"side 0"))]);
    let set = local.collect(&[picked], &[main[1], side[0]]);
    assert_eq!(counts(&set), (1, 1, 0));
}

#[test]
fn a_record_whose_base_the_receiver_lacks_is_sent_in_another_form() {
    let (local, server) = (Sandbox::new(), Sandbox::new());
    let main = local.add_line(None, "main", 3);
    local.send(&server, &[main[2]], &[]);
    let private = local.add_line(None, "private", 1);
    let base = local.tree(&private[0]);
    let next = local.add_changes_against(&[main[2]], Some(&base), &[("new", Some(b"new"))]);
    let (set, _) = local.send(&server, &[next], &[main[2]]);
    assert_eq!(counts(&set), (1, 1, 1));
    let main_tree = local.tree(&main[2]).id();
    assert_eq!(set.snapshots[0].base, Some(main_tree));
    let changes = &set.snapshots[0].changes;
    assert_eq!(changes.len(), 1, "{changes:?}");
}

#[test]
fn a_keyframe_stays_one_but_only_new_objects_are_sent_with_it() {
    let (local, server) = (Sandbox::new(), Sandbox::new());
    let main = local.add_line(None, "main", 3);
    local.send(&server, &[main[2]], &[]);
    let next = local.add_changes_against(&[main[2]], None, &[("new", Some(b"new"))]);
    let (set, _) = local.send(&server, &[next], &[main[2]]);
    assert_eq!(counts(&set), (1, 1, 1));
    let record: &SnapshotRecord = &set.snapshots[0];
    assert_eq!((record.base, record.changes.len()), (None, 4));
}

#[test]
fn a_large_stored_frame_is_copied_and_small_ones_are_regrouped() {
    let (local, server) = (Sandbox::new(), Sandbox::new());
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(9 << 20)
    .collect();
    // In the order of their ids, which is the order in which the sandbox writes them.
    let mut files: Vec<&[u8]> = noise.chunks(3 << 20).collect();
    files.sort_by_key(|contents| ObjectId::of(contents));
    let large = local.add_changes(
        &[],
        &[
            ("large/1", Some(files[0])),
            ("large/2", Some(files[1])),
            ("large/3", Some(files[2])),
        ],
    );
    let main = local.add_line(Some(large), "main", 3);
    let (set, reused_frames) = local.send(&server, &[main[2]], &[]);
    assert_eq!(counts(&set), (4, 4, 6));
    assert_eq!(reused_frames, 1);
}

#[test]
fn a_long_line_is_cut_into_stages() {
    let sandbox = Sandbox::new();
    let mut line: Vec<CommitId> = Vec::new();
    for n in 0..10 {
        let contents = format!("contents {n}");
        let parents: Vec<_> = line.last().copied().into_iter().collect();
        line.push(sandbox.add_changes(&parents, &[("file", Some(contents.as_bytes()))]));
    }
    let side = sandbox.add_changes(&line[3..4], &[("side", Some(b"side"))]);
    let merge = sandbox.add_changes(&[line[9], side], &[("side", Some(b"side"))]);
    let limits = |commits, objects| PushLimits {
        commits,
        objects,
        ..PushLimits::default()
    };
    let stages = |tip, have: &[CommitId], limits| {
        super::stages(&sandbox.repository.objects, tip, have, &limits).expect("walks")
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

/// Bytes of the bases that a push of an edit of `count` files with the longest paths builds on.
fn base_bytes_of_edits(count: usize) -> u64 {
    let sandbox = Sandbox::new();
    let directory = vec!["d".repeat(255); 15].join("/");
    let paths: Vec<String> = (0..count)
        .map(|number| format!("{directory}/{number:0240}"))
        .collect();
    let commit = |parents: &[CommitId], version: &str| {
        let files = paths
            .iter()
            .map(|path| format!("{version} of {}", &path[4000..]));
        let files: Vec<String> = files.collect();
        let files: Vec<(&str, &str)> = paths
            .iter()
            .zip(&files)
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        sandbox.add_commit(parents, &files)
    };
    let one = commit(&[], "one");
    let two = commit(&[one], "two");
    let plan = plan_mpack(&sandbox.repository, sandbox.collect(&[two], &[one])).expect("planned");
    let mpack = write_mpack(
        &sandbox.repository,
        &sandbox.repository.layout,
        &plan,
        Form::Thin,
        &Silent,
    )
    .expect("written");
    let opened = Mpack::open(mpack.file.path()).expect("valid");
    assert_eq!(opened.tables().counts(), mpack.counts);
    assert_eq!(opened.tables().object_count(), count);
    mpack.counts.base_bytes
}

#[test]
fn what_a_thin_mpack_cannot_hold_is_sent_in_the_usual_form() {
    assert!(base_bytes_of_edits(40) > 0);
    let too_many = MAX_THIN_TABLE_BYTES as usize / 4000;
    assert_eq!(base_bytes_of_edits(too_many), 0);
}
