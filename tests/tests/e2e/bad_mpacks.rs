//! What an mpack that lies gets: a failed job with a stable code, a place in the quarantine,
//! nothing visible, and a repository that still clones.

use std::path::PathBuf;

use muse_e2e::harness::{Api, Backend, Forgery, Scenario, key_of};
use muse_e2e::on_both_backends;
use muse_e2e::workload::text;
use muse_wire::api::job::JobState;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::api::refs::RefsResponse;
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::name::RefName;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};

on_both_backends!(
    every_lie_is_refused_with_its_code,
    forbidden_paths_are_refused,
    a_cut_or_damaged_mpack_is_refused,
    bytes_swapped_after_the_upload_are_refused,
    the_forge_can_tell_the_truth,
);

/// Pushes go to a branch of their own.
fn update(new: CommitId) -> [RefUpdate; 1] {
    [RefUpdate {
        name: RefName::branch("forged").expect("a valid name"),
        old: None,
        new: Some(new),
        force: Force::No,
        delete_default_branch: false,
    }]
}

/// A repository with one honest commit, pushed by the real client; returns its head.
fn honest(scenario: &Scenario) -> CommitId {
    let url = scenario.create_repo("target");
    scenario.init("honest", &url);
    scenario.commit(
        "honest",
        &[("a.txt", "honest\n"), ("d/b.txt", "too\n")],
        "Honest",
    );
    scenario.ok("honest", "push origin main");
    let refs: RefsResponse = scenario.api("target").get("refs").json();
    refs.refs[0].target
}

fn quarantined(scenario: &Scenario) -> Option<usize> {
    let folder = scenario.server().blobs()?.join("quarantine");
    let mut folders: Vec<PathBuf> = vec![folder];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                count += 1;
            }
        }
    }
    Some(count)
}

/// Nothing of a refused push is to be seen, and the repository still clones.
fn untouched(scenario: &Scenario, head: CommitId, forged: &Forgery, clone: &str) {
    let api = scenario.api("target");
    let refs: RefsResponse = api.get("refs").json();
    assert_eq!(refs.refs.len(), 1);
    assert_eq!(refs.refs[0].target, head);
    for (id, _) in &forged.objects {
        assert_eq!(
            api.get(&format!("objects/{id}")).status,
            404,
            "{id} is visible"
        );
    }
    scenario
        .muse(".")
        .args(["clone", &scenario.repo_url("target"), clone])
        .ok();
}

fn the_forge_can_tell_the_truth(scenario: &Scenario) {
    let head = honest(scenario);
    let mut forgery = Forgery::default();
    let first = forgery.commit(&[("x", b"one"), ("y/z", b"two")], &[]);
    let second = forgery.commit(&[("x", b"three")], &[first]);
    let status = scenario
        .api("target")
        .push(&forgery.bytes(), &update(second));
    assert_eq!(status.status, JobState::Done, "{status:?}");
    assert_eq!(status.commits_written, Some(2));
    assert_eq!(status.objects_written, Some(3));
    // And one that builds on what is there.
    let mut merge = Forgery::default();
    let tip = merge.commit(&[("w", b"four")], &[second, head]);
    merge.commits[0].generation = 3;
    let mut update = update(tip);
    update[0].old = Some(second);
    let status = scenario.api("target").push(&merge.bytes(), &update);
    assert_eq!(status.status, JobState::Done, "{status:?}");
}

fn every_lie_is_refused_with_its_code(scenario: &Scenario) {
    let head = honest(scenario);
    let nowhere = CommitId::from_bytes([7; 32]);
    let missing = ObjectId::of(b"never sent");
    let one_file = |object| {
        let path = RepoPath::new("f").expect("a valid path");
        let entry = Some(Entry {
            kind: EntryKind::File,
            object,
        });
        vec![Change { path, entry }]
    };

    let mut lies: Vec<(&str, &str, Forgery)> = Vec::new();
    let mut lie = |name, code, build: &dyn Fn(&mut Forgery)| {
        let mut forgery = Forgery::default();
        build(&mut forgery);
        lies.push((name, code, forgery));
    };
    lie(
        "an object under another's id",
        "object_id_mismatch",
        &|forgery| {
            let fake = ObjectId::of(b"what it is not");
            forgery.objects.push((fake, b"what it is".to_vec()));
            let tree = Tree::empty().apply(&one_file(fake)).expect("one file");
            let snapshot = forgery.snapshot(&tree.record_against(None));
            forgery.commit_of(snapshot, &[]);
        },
    );
    lie(
        "a commit under another's id",
        "commit_invalid",
        &|forgery| {
            forgery.commit(&[("f", b"1")], &[]);
            forgery.commits[0].id = nowhere;
        },
    );
    lie("a commit that is no record", "commit_invalid", &|forgery| {
        forgery.commit(&[("f", b"2")], &[]);
        forgery.commits[0].envelope = b"\x93\xc4\x03abc\xc0\xc0".to_vec();
    });
    lie(
        "a row that contradicts its commit",
        "mpack_malformed",
        &|forgery| {
            forgery.commit(&[("f", b"3")], &[]);
            forgery.commits[0].committed_at += 1;
        },
    );
    lie(
        "a generation that is too high",
        "commit_invalid",
        &|forgery| {
            forgery.commit(&[("f", b"4")], &[]);
            forgery.commits[0].generation = 9;
        },
    );
    lie(
        "a snapshot whose changes give another",
        "snapshot_invalid",
        &|forgery| {
            forgery.objects.push((ObjectId::of(b"5"), b"5".to_vec()));
            let snapshot = forgery.snapshot(&SnapshotRecord {
                id: SnapshotId::from_bytes([5; 32]),
                base: None,
                changes: one_file(ObjectId::of(b"5")),
            });
            forgery.commit_of(snapshot, &[]);
        },
    );
    lie(
        "an object that nobody has",
        "missing_dependency",
        &|forgery| {
            let tree = Tree::empty().apply(&one_file(missing)).expect("one file");
            let snapshot = forgery.snapshot(&tree.record_against(None));
            forgery.commit_of(snapshot, &[]);
        },
    );
    lie(
        "a parent that nobody has",
        "missing_dependency",
        &|forgery| {
            forgery.commit(&[("f", b"6")], &[nowhere]);
            forgery.commits[0].generation = 2;
        },
    );
    lie("a base that nobody has", "missing_dependency", &|forgery| {
        forgery.objects.push((ObjectId::of(b"7"), b"7".to_vec()));
        let snapshot = forgery.snapshot(&SnapshotRecord {
            id: SnapshotId::from_bytes([7; 32]),
            base: Some(SnapshotId::from_bytes([8; 32])),
            changes: one_file(ObjectId::of(b"7")),
        });
        forgery.commit_of(snapshot, &[]);
    });
    lie(
        "a snapshot that nobody has",
        "missing_dependency",
        &|forgery| {
            forgery.commit_of(SnapshotId::from_bytes([9; 32]), &[]);
        },
    );
    lie(
        "less declared than it inflates to",
        "mpack_malformed",
        &|forgery| {
            forgery.commit(&[("f", &vec![0; 1 << 20])], &[]);
            forgery.declared_object_bytes = Some(1000);
        },
    );
    lie(
        "more declared than it inflates to",
        "mpack_malformed",
        &|forgery| {
            forgery.commit(&[("f", b"8")], &[]);
            forgery.declared_object_bytes = Some(2);
        },
    );
    lie("a version from the future", "mpack_version", &|forgery| {
        forgery.commit(&[("f", b"9")], &[]);
        forgery.version = Some(2);
    });

    let api = scenario.api("target");
    for (number, (name, code, forgery)) in lies.iter().enumerate() {
        let tip = forgery.commits[forgery.commits.len() - 1].id;
        assert_eq!(
            api.push_refused(&forgery.bytes(), &update(tip)),
            *code,
            "{name}"
        );
        if let Some(count) = quarantined(scenario) {
            assert!(count > 0, "{name}: nothing is in the quarantine");
        }
        if number % 4 == 0 {
            untouched(scenario, head, forgery, &format!("clone-{number}"));
        }
    }
    untouched(scenario, head, &lies[0].2, "clone-last");
}

fn forbidden_paths_are_refused(scenario: &Scenario) {
    let head = honest(scenario);
    let api = scenario.api("target");
    for path in [
        "../x",
        "a/../x",
        "/etc/passwd",
        "a/./b",
        "a//b",
        ".muse/config",
        ".MUSE/config",
        "d/.muse::$DATA",
        "d/.mu\u{200d}se . /x",
        "muse~1",
        "a\0b",
        "d/",
        &"x".repeat(256),
        &"x/".repeat(2048),
        "",
    ] {
        let mut forgery = Forgery::default();
        let contents = format!("contents of {path}").into_bytes();
        let object = ObjectId::of(&contents);
        forgery.objects.push((object, contents));
        let snapshot = forgery.snapshot_of_path(path, object);
        let tip = forgery.commit_of(snapshot, &[]);
        let code = api.push_refused(&forgery.bytes(), &update(tip));
        assert_eq!(code, "snapshot_invalid", "{path:?}");
    }
    untouched(scenario, head, &Forgery::default(), "clone");
}

fn a_cut_or_damaged_mpack_is_refused(scenario: &Scenario) {
    let head = honest(scenario);
    let api = scenario.api("target");
    let mut forgery = Forgery::default();
    let tip = forgery.commit(&[("f", &text(1, 3000)), ("g", &text(2, 3000))], &[]);
    let whole = forgery.bytes();
    // A sample: `wire` cuts and flips at every byte.
    for cut in [
        1,
        11,
        60,
        whole.len() / 2,
        whole.len() - 48,
        whole.len() - 1,
    ] {
        let code = api.push_refused(&whole[..cut], &update(tip));
        assert!(is_about_the_mpack(&code), "cut at {cut}: {code}");
    }
    for at in [
        8,
        30,
        100,
        whole.len() / 2,
        whole.len() - 60,
        whole.len() - 20,
    ] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        let code = api.push_refused(&damaged, &update(tip));
        assert!(is_about_the_mpack(&code), "flipped at {at}: {code}");
    }
    untouched(scenario, head, &forgery, "clone");
}

/// A format that is broken somewhere may be found out by any of these rules.
fn is_about_the_mpack(code: &str) -> bool {
    matches!(
        code,
        "mpack_malformed"
            | "mpack_version"
            | "object_id_mismatch"
            | "commit_invalid"
            | "snapshot_invalid"
            | "missing_dependency"
    )
}

fn bytes_swapped_after_the_upload_are_refused(scenario: &Scenario) {
    let head = honest(scenario);
    let api = scenario.api("target");
    let mut forgery = Forgery::default();
    let tip = forgery.commit(&[("f", b"as announced")], &[]);
    let announced = forgery.bytes();
    let mut other = Forgery::default();
    other.commit(&[("f", b"as uploaded!")], &[]);

    // Through the presigned URL other bytes do not even arrive.
    let refused = api.upload(&other.bytes(), key_of(&announced), &update(tip));
    assert!(
        refused.is_err(),
        "the store takes other bytes than were announced"
    );

    // Whoever can write to the store itself gets no further.
    let Some(blobs) = scenario.server().blobs() else {
        return;
    };
    let upload = upload_path(&api, &announced);
    api.upload(&announced, key_of(&announced), &update(tip))
        .expect("the announced bytes are taken");
    let path = blobs.join(upload);
    assert!(path.is_file(), "{} is where uploads lie", path.display());
    std::fs::write(&path, other.bytes()).expect("the blob can be overwritten");
    let answer = api.unpack(key_of(&announced), &update(tip));
    assert_eq!(answer.status, 202);
    let poll_url = answer.json::<muse_wire::api::job::JobStatus>().poll_url;
    let status = api.wait(&poll_url);
    assert_eq!(status.status, JobState::Failed);
    let code = status.error.expect("a failed job says why").code;
    assert_eq!(code, "mpack_key_mismatch");
    untouched(scenario, head, &other, "clone");
}

fn upload_path(api: &Api, mpack: &[u8]) -> PathBuf {
    let refs: RefsResponse = api.get("refs").json();
    PathBuf::from("uploads")
        .join(refs.repo_id)
        .join(key_of(mpack).to_hex())
}

/// A server with small limits says so before any byte is sent, and again when the client lied.
#[test]
fn limits_are_checked_before_and_after_the_upload() {
    let options = muse_e2e::harness::ServerOptions {
        environment: vec![("MUSEHUB_MAX_PUSH_OBJECTS".into(), "3".into())],
        ..Default::default()
    };
    let scenario = Scenario::with_options(Backend::Embedded, &options);
    let head = honest(&scenario);
    let mut forgery = Forgery::default();
    let tip = forgery.commit(&[("a", b"1"), ("b", b"2"), ("c", b"3"), ("d", b"4")], &[]);
    // `push` announces no counts at all, so only the ingest can find out.
    let code = scenario
        .api("target")
        .push_refused(&forgery.bytes(), &update(tip));
    assert_eq!(code, "push_too_large");
    untouched(&scenario, head, &forgery, "clone");
    scenario.init("many", &scenario.repo_url("target"));
    scenario.commit(
        "many",
        &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")],
        "Many",
    );
    scenario
        .muse("many")
        .args(["push", "origin", "main:many", "--transfer", "presign"])
        .fails(8)
        .says("this server takes 3")
        .says("--max-push-objects");
}
