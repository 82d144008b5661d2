//! The rules of what frames hold: objects and records.

use muse_wire::mpack::Mpack;
use muse_wire::path::RepoPath;
use muse_wire::problem::ProblemCode::{
    CommitInvalid, MpackMalformed, ObjectIdMismatch, SnapshotInvalid,
};
use muse_wire::snapshot::{Change, SnapshotRecord};

use super::{assert_refused, refuse};
use crate::forge::Forge;
use crate::sample::{Sample, snapshot_id, verify_bytes};

#[test]
fn lying_ids() {
    refuse(
        |forge| {
            let mut raw = forge.frames[0].raw(&[]);
            raw[0] ^= 1;
            forge.frames[0].hold(&raw);
        },
        ObjectIdMismatch,
        "hash to",
    );
    refuse(
        |forge| forge.commits.ids[0][31] ^= 1,
        CommitInvalid,
        "hashes to",
    );
    refuse(
        |forge| {
            let mut raw = forge.frame(b'S').raw(&[]);
            let at = raw
                .windows(32)
                .position(|window| window == [1; 32])
                .expect("the keyframe's id stands in its record");
            raw[at] = 9;
            forge.frame(b'S').hold(&raw);
        },
        SnapshotInvalid,
        "not what the tables say",
    );
    refuse(
        |forge| {
            let row = forge.snapshots.row_at(0);
            let keyframe = forge.snapshots.ids[row];
            let delta = forge.snapshots.row_at(1);
            forge.snapshots.rows[delta][1] = u32::MAX;
            assert_eq!(keyframe, [1; 32]);
        },
        SnapshotInvalid,
        "not what the tables say",
    );
}

#[test]
fn rows_that_contradict_the_record() {
    // Time, snapshot, first parent: each is compared with the record.
    for (word, reason) in [
        (2, "not what the tables say"),
        (4, "not what the tables say"),
    ] {
        refuse(
            |forge| {
                let row = forge.commits.row_at(1);
                let other = forge.commits.rows[forge.commits.row_at(0)][word];
                forge.commits.rows[row][word] = other;
            },
            MpackMalformed,
            reason,
        );
    }
    refuse(
        |forge| {
            let row = forge.commits.row_at(1);
            forge.commits.rows[row][5] = u32::MAX;
        },
        MpackMalformed,
        "not what the tables say",
    );
}

#[test]
fn records_that_do_not_decode() {
    refuse(
        |forge| {
            let mut raw = forge.frame(b'C').raw(&[]);
            raw[0] = 0xc1;
            forge.frame(b'C').hold(&raw);
        },
        CommitInvalid,
        "does not decode",
    );
    refuse(
        |forge| {
            let mut raw = forge.frame(b'C').raw(&[]);
            raw.push(0xc0);
            forge.frame(b'C').hold(&raw);
        },
        CommitInvalid,
        "other bytes follow",
    );
    refuse(
        |forge| {
            let mut raw = forge.frame(b'S').raw(&[]);
            raw.push(0xc0);
            forge.frame(b'S').hold(&raw);
        },
        SnapshotInvalid,
        "is invalid",
    );
}

#[test]
fn a_commit_record_is_of_this_version_and_whole() {
    let with_record = |bend: &dyn Fn(&mut Vec<u8>)| {
        let mut sample = Sample::default();
        sample.add_commit(&[], 1, 1);
        bend(&mut sample.commits[0].envelope.record);
        sample.write()
    };
    verify_bytes(&with_record(&|_| {})).expect("valid");
    for (bent, reason) in [
        (with_record(&|record| record[1] = 2), "has version 2"),
        (with_record(&|record| record[0] += 1), "not nine fields"),
        (with_record(&|record| record.push(0)), "other bytes follow"),
        (with_record(&|record| record.truncate(60)), "cut off"),
    ] {
        assert_refused(&bent, CommitInvalid, reason);
    }
}

/// An mpack of one snapshot record, whose bytes are these. Its row says that it has this base.
fn with_record(base: Option<u8>, record: &[u8]) -> Vec<u8> {
    let mut sample = Sample::default();
    sample.add_snapshot(1, base, &[]);
    let mut forge = Forge::open(&sample.write()).without_prefixes();
    forge.frame(b'S').hold(record);
    forge.build()
}

/// A record that takes away these paths.
fn removals(base: Option<u8>, paths: &[&str]) -> Vec<u8> {
    let change = |path: &&str| Change {
        path: RepoPath::new(*path).expect("a valid path"),
        entry: None,
    };
    let record = SnapshotRecord {
        id: snapshot_id(1),
        base: base.map(snapshot_id),
        changes: paths.iter().map(change).collect(),
    };
    record.encode()
}

#[test]
fn a_snapshot_record_keeps_its_rules() {
    verify_bytes(&with_record(Some(2), &removals(Some(2), &["a", "b"]))).expect("valid");
    let bent = |at: usize, byte: u8| {
        let mut record = removals(Some(2), &["aa/b"]);
        record[at] = byte;
        record
    };
    let path = removals(Some(2), &["aa/b"]);
    let path = path.windows(4).position(|window| window == b"aa/b");
    let path = path.expect("the path stands in the record");
    let mut upwards = bent(path, b'.');
    upwards[path + 1] = b'.';
    const UNSORTED: &str = "not in strictly ascending order";
    for (base, record, reason) in [
        (Some(2), removals(Some(2), &["b", "a"]), UNSORTED),
        (Some(2), removals(Some(2), &["a", "a"]), UNSORTED),
        // By bytes, not by components.
        (Some(2), removals(Some(2), &["a/b", "a-b"]), UNSORTED),
        (None, removals(None, &["a"]), "takes a path away"),
        (Some(2), removals(Some(1), &["a"]), "is its own base"),
        (Some(2), upwards, "forbidden path"),
        (Some(2), bent(path, b'/'), "forbidden path"),
        (Some(2), bent(path, 0), "forbidden path"),
        (Some(2), bent(path, 0xff), "UTF-8"),
        (Some(2), bent(0, 0x92), "is not an array of 3"),
        (Some(2), bent(path - 2, 0x91), "is not an array of 2"),
    ] {
        let bytes = with_record(base, &record);
        assert_refused(&bytes, SnapshotInvalid, reason);
        // Whoever reads it without verification is told the same.
        let mpack = Mpack::from_bytes(bytes).expect("opens");
        let read = mpack.read_snapshot(&snapshot_id(1));
        let error = read.map(drop).expect_err("a broken rule");
        assert_eq!(error.code, SnapshotInvalid, "{error}");
        assert!(error.reason.contains(reason), "{error}");
    }
}
