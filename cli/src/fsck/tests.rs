//! Damage of every kind, and what is left after it.

use std::fs;
use std::path::{Path, PathBuf};

use muse_wire::mpack::{FrameKind, Mpack};

use super::*;
use crate::report::Silent;
use crate::testing::Sandbox;

fn checked(sandbox: &Sandbox) -> Findings {
    check(&sandbox.reopen(), &Silent).expect("readable")
}

fn mpacks(sandbox: &Sandbox) -> Vec<PathBuf> {
    let stored = sandbox.reopen().objects.stored_mpacks().expect("readable");
    stored.into_iter().map(|mpack| mpack.path).collect()
}

/// Turns a bit at this offset of a file.
fn damage(path: &Path, offset: u64) {
    let mut bytes = fs::read(path).expect("readable");
    bytes[offset as usize] ^= 1;
    fs::write(path, bytes).expect("writable");
}

/// Where the first frame of this kind begins.
fn frame_of(path: &Path, kind: FrameKind) -> u64 {
    let mpack = Mpack::open(path).expect("sound");
    let index = mpack.tables().frames_of(kind).start;
    mpack.tables().frame(index).offset
}

/// Two commits, the second one with a large file and a link.
fn history() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write_file("src/a", "one");
    sandbox.write_file("b", "two");
    sandbox.commit();
    let large: Vec<u8> = (0..5_u32 << 18).flat_map(u32::to_le_bytes).collect();
    sandbox.write_file("large", large);
    sandbox.link("link", "src/a");
    sandbox.write_file("src/a", "three");
    sandbox.commit();
    sandbox
}

#[test]
fn a_whole_repository_is_sound() {
    let sandbox = history();
    let findings = checked(&sandbox);
    assert!(findings.is_sound(), "{findings:?}");
    assert_eq!((findings.mpack_count, findings.commit_count), (2, 2));
    let head = sandbox.repository.refs.head_commit().expect("readable");
    assert_eq!(findings.sound, [head.expect("a commit")]);
    assert!(
        verify(&sandbox.repository, &Silent)
            .expect("readable")
            .is_sound()
    );
}

#[test]
fn damage_anywhere_in_a_file_is_found() {
    let offsets = |path: &Path| {
        let length = fs::metadata(path).expect("there").len();
        let frames = FrameKind::ALL.map(|kind| frame_of(path, kind) + 9);
        let mut offsets = vec![1, length / 2, length - 40, length - 1];
        offsets.extend(frames);
        offsets
    };
    for at in 0..8 {
        let sandbox = history();
        let path = &mpacks(&sandbox)[0];
        damage(path, offsets(path)[at]);
        let findings = checked(&sandbox);
        let found: Vec<_> = findings.damaged.iter().map(|damage| &damage.path).collect();
        assert_eq!(found, [path], "offset {at}");
        let quick = verify(&sandbox.reopen(), &Silent).expect("readable");
        assert!(!quick.is_sound(), "offset {at}");
    }
}

#[test]
fn what_needs_a_damaged_frame_is_named() {
    let cases = [
        (FrameKind::Objects, "object", "src/a in commit"),
        (FrameKind::Chunks, "chunk", "large in commit"),
        (FrameKind::Commits, "commit", "refs/heads/main"),
        (FrameKind::Snapshots, "snapshot", "commit"),
    ];
    for (kind, missing, need) in cases {
        let sandbox = history();
        let path = &mpacks(&sandbox)[0];
        damage(path, frame_of(path, kind) + 9);
        let findings = checked(&sandbox);
        let found = findings
            .missing
            .iter()
            .find(|one| one.kind == missing && one.need.to_string().starts_with(need));
        assert!(found.is_some(), "{kind:?}: {:?}", findings.missing);
        assert!(findings.sound.len() <= 1, "{kind:?}");
    }
}

#[test]
fn a_file_that_is_gone_leaves_a_gap() {
    let sandbox = history();
    let first = sandbox.repository.refs.head_commit().expect("readable");
    let parents = sandbox.repository.objects.commit(&first.expect("a commit"));
    let parent = parents.expect("here").parents[0];
    fs::remove_file(&mpacks(&sandbox)[1]).expect("there");
    let findings = checked(&sandbox);
    assert!(findings.damaged.is_empty());
    let commit = findings.missing.iter().find(|one| one.kind == "commit");
    assert_eq!(commit.expect("missing").id, parent.to_string());
    assert_eq!(findings.sound, []);
}

#[test]
fn what_the_reflog_alone_names_need_not_be_here() {
    let sandbox = history();
    let other = sandbox.add_commit(&[], &[("other", "other")]);
    sandbox.set_ref("refs/heads/other", other);
    let child = sandbox.add_commit(&[other], &[("other", "changed")]);
    sandbox.set_ref("refs/heads/other", child);
    let mut locked = sandbox.repository.lock().expect("free");
    let edit = crate::repository::RefEdit {
        name: muse_wire::name::RefName::branch("other").expect("valid"),
        expected: crate::repository::Expected::Any,
        new: None,
    };
    locked.update_refs(&[edit], "test").expect("moves");
    drop(locked);
    let stored = sandbox.reopen().objects.stored_mpacks().expect("readable");
    let holds = |mpack: &&crate::repository::StoredMpack| {
        mpack.mpack.tables().find_commit(&other).is_some()
    };
    let gone = stored.iter().find(holds).expect("it is in one");
    fs::remove_file(&gone.path).expect("there");
    let findings = checked(&sandbox);
    assert!(findings.is_sound(), "{findings:?}");
    assert!(findings.forgotten.iter().any(|one| one.kind == "commit"));
}

#[test]
fn small_files_are_checked() {
    let sandbox = history();
    let muse = sandbox.repository.layout.muse_dir().to_owned();
    for name in ["index", "left-out", "withheld", "refs"] {
        fs::write(muse.join(name), "damage").expect("writable");
    }
    let findings = checked(&sandbox);
    let mut names: Vec<_> = findings
        .damaged
        .iter()
        .map(|one| one.path.clone())
        .collect();
    names.sort();
    let expected = ["index", "left-out", "refs", "withheld"].map(|name| muse.join(name));
    assert_eq!(names, expected);
}

#[test]
fn what_is_sound_of_a_damaged_file_is_saved() {
    let sandbox = history();
    let path = &mpacks(&sandbox)[0];
    damage(path, frame_of(path, FrameKind::Chunks) + 9);
    let index = sandbox.repository.layout.muse_dir().join("index");
    fs::write(&index, "damage").expect("writable");
    let repository = sandbox.reopen();
    let findings = check(&repository, &Silent).expect("readable");
    salvage(&mut repository.lock().expect("free"), &findings).expect("writable");
    assert!(!path.exists() && !index.exists());
    let after = checked(&sandbox);
    assert_eq!(after.damaged, []);
    assert_eq!(after.commit_count, 2);
    assert!(
        after.missing.iter().all(|one| one.kind == "chunk"),
        "{after:?}"
    );
    let aside = sandbox.repository.layout.muse_dir().join("damaged");
    assert_eq!(fs::read_dir(&aside).expect("there").count(), 1);
    let reopened = sandbox.reopen();
    let head = reopened.refs.head_commit().expect("readable");
    let tree = reopened.objects.commit_tree(head.as_ref()).expect("whole");
    let object = tree.get("src/a").expect("there").object;
    let contents = reopened.objects.read_object(&object).expect("saved");
    assert_eq!(contents, b"three");
}

#[test]
fn damaged_refs_are_made_anew_of_the_reflog() {
    let damages: [fn(&Path); 3] = [
        |path| fs::remove_file(path).expect("there"),
        |path| fs::write(path, "no refs").expect("writable"),
        |path| {
            let length = fs::metadata(path).expect("there").len();
            let file = fs::File::options().write(true).open(path);
            file.expect("there").set_len(length - 3).expect("writable");
        },
    ];
    for damage in damages {
        let sandbox = history();
        let head = sandbox.repository.refs.head_commit().expect("readable");
        let head = head.expect("a commit");
        for name in ["refs/heads/gone", "refs/heads/topic", "refs/tags/v1"] {
            sandbox.set_ref(name, head);
        }
        let gone = ["gone".to_owned()];
        crate::branches::delete_branches(&sandbox.repository, &gone, true).expect("deleted");
        let before = sandbox.repository.refs.read().expect("readable");
        damage(&sandbox.repository.layout.muse_dir().join("refs"));
        let findings = checked(&sandbox);
        assert_eq!(findings.damaged.len(), 1, "{findings:?}");
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        let rebuilt = salvage(&mut locked, &findings).expect("writable");
        drop(locked);
        assert_eq!(rebuilt.as_ref(), Some(&before));
        assert_eq!(sandbox.repository.refs.read().expect("readable"), before);
        assert!(checked(&sandbox).is_sound());
    }
}

#[test]
fn damaged_lists_that_can_be_done_without_go() {
    let sandbox = history();
    let muse = sandbox.repository.layout.muse_dir();
    for name in ["left-out", "withheld", "bisect"] {
        fs::write(muse.join(name), "no list").expect("writable");
        let findings = checked(&sandbox);
        assert_eq!(findings.damaged.len(), 1, "{name}: {findings:?}");
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        salvage(&mut locked, &findings).expect("writable");
        drop(locked);
        assert!(checked(&sandbox).is_sound(), "{name}");
    }
}
