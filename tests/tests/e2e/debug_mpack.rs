//! Looking into a damaged mpack: its keys, what can be read, the first frame that is damaged.

use std::fs;
use std::path::PathBuf;

use muse_e2e::harness::{Outcome, Sandbox};
use muse_wire::mpack::Mpack;
use serde_json::Value;

/// A repository with one commit, and the file and the key of its mpack.
fn committed(sandbox: &Sandbox) -> (PathBuf, String) {
    sandbox.write("work/a", "one of the words\n");
    sandbox.muse("work").arg("init").ok();
    sandbox.muse("work").args(["commit", "-m", "First"]).ok();
    let mut mpacks = fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("it is there");
    let path = mpacks.next().expect("one mpack").expect("listed").path();
    let key = path
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    (path, key)
}

fn look(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox
        .muse("work")
        .args(["debug", "mpack"])
        .args(arguments)
        .run()
}

fn replace(path: &PathBuf, bytes: &[u8]) {
    fs::remove_file(path).expect("it is there");
    fs::write(path, bytes).expect("it can be written");
}

#[test]
fn a_whole_mpack_is_listed_and_verified_where_that_is_asked_for() {
    let sandbox = Sandbox::new();
    let (_, key) = committed(&sandbox);
    let listed = look(&sandbox, &[&key]).expect_code(0);
    assert!(
        listed
            .stdout
            .starts_with(&format!("key        sha256:{key}\nsize")),
        "{listed}"
    );
    assert!(!listed.stdout.contains("check"), "{listed}");
    let verified = look(&sandbox, &["--verify", &key]).expect_code(0);
    assert_eq!(
        verified.stdout.matches("  sound\n").count(),
        3,
        "{verified}"
    );
}

#[test]
fn the_first_damaged_frame_is_named() {
    let sandbox = Sandbox::new();
    let (path, key) = committed(&sandbox);
    let mut bytes = fs::read(&path).expect("it can be read");
    let tables = Mpack::open(&path).expect("whole");
    let offset = tables.tables().frame(1).offset as usize;
    bytes[offset + 20] ^= 0xff;
    replace(&path, &bytes);
    let copy = format!("copy/{key}.mpack");
    sandbox.write(format!("work/{copy}"), &bytes);
    for subject in [&*key, &copy] {
        let looked = look(&sandbox, &[subject]).expect_code(9);
        let keys = format!("key        sha256:{key}, by its name\nhashes to  sha256:");
        assert!(looked.stdout.starts_with(&keys), "{looked}");
        assert_eq!(looked.stdout.matches("  sound\n").count(), 2, "{looked}");
        assert_eq!(looked.stdout.matches("  damaged\n").count(), 1, "{looked}");
        let looked = looked.says("it hashes to sha256:").says(&format!(
            "not to its key sha256:{key}; the first damaged frame is 1"
        ));
        assert!(looked.stderr.contains("caused by: "), "{looked}");
        let looked = look(&sandbox, &["--json", subject]).expect_code(9);
        let json: Value = serde_json::from_str(&looked.stdout).expect("one document");
        assert_eq!(json["mpack_key"], format!("sha256:{key}"));
        assert_ne!(json["actual_key"], json["mpack_key"]);
        let checks: Vec<_> = json["frames"].as_array().expect("a list").iter().collect();
        assert_eq!(checks[0]["check"], "sound");
        assert_eq!(checks[1]["check"], "damaged");
        assert!(checks[1]["damage"]["reason"].is_string(), "{looked}");
    }
    // A file of another name has no key to be held against.
    sandbox.write("work/other", &bytes);
    look(&sandbox, &["other"]).expect_code(0);
    look(&sandbox, &["--verify", "other"])
        .expect_code(9)
        .says("frame 1 is damaged");
}

#[test]
fn what_cannot_be_read_or_is_another_mpack_is_said() {
    let sandbox = Sandbox::new();
    let (path, key) = committed(&sandbox);
    let whole = fs::read(&path).expect("it can be read");
    replace(&path, &whole[..whole.len() - 1]);
    let looked = look(&sandbox, &[&key]).expect_code(9);
    assert!(looked.stdout.contains("\nhashes to  sha256:"), "{looked}");
    let looked = looked
        .says("not to its key")
        .says("caused by: trailer at byte");
    assert_eq!(looked.stderr.lines().count(), 2, "{looked}");
    let looked = look(&sandbox, &["--json", &key]).expect_code(9);
    let json: Value = serde_json::from_str(&looked.stdout).expect("one document");
    assert_eq!(json["damage"]["section"], "trailer");

    sandbox.write("work/b", "two\n");
    replace(&path, &whole);
    let name = format!("{}.mpack", "0".repeat(64));
    sandbox.write(format!("work/{name}"), &whole);
    look(&sandbox, &[&name])
        .expect_code(9)
        .says("hint: every frame is sound; it may be another mpack");
    look(&sandbox, &["nothing"]).expect_code(4);
}

#[test]
fn a_damaged_record_is_found_where_its_base_is_known() {
    let sandbox = Sandbox::new();
    committed(&sandbox);
    // So much that the next mpack is not merged with this one.
    for file in 0..2000 {
        sandbox.write(format!("work/files/{file}"), format!("{file}\n"));
    }
    sandbox.muse("work").args(["commit", "-m", "Files"]).ok();
    let before = mpacks(&sandbox);
    sandbox.write("work/a", "other words\n");
    sandbox.muse("work").args(["commit", "-m", "Second"]).ok();
    let mut added = mpacks(&sandbox);
    added.retain(|path| !before.contains(path));
    let path = added.first().expect("an mpack of its own");
    let bytes = fs::read(path).expect("it can be read");
    let mpack = Mpack::open(path).expect("whole");
    let tables = mpack.tables();
    let record = tables.frame(tables.frame_count() - 1);
    let is_alone = tables.snapshot_count() == 1 && !tables.external_snapshots().is_empty();
    assert!(is_alone, "it builds on another mpack's");
    sandbox.write("elsewhere/whole", &bytes);
    let whole = "../elsewhere/whole";
    look(&sandbox, &["--verify", whole]).expect_code(0);
    let unknown = sandbox
        .muse("elsewhere")
        .args(["debug", "mpack", "--verify", "whole"])
        .run()
        .expect_code(0)
        .says("warning: 1 frame cannot be checked without its bases");
    assert_eq!(
        unknown.stdout.matches("  unknown\n").count(),
        1,
        "{unknown}"
    );
    let start = record.offset as usize;
    for at in (start..start + record.stored_bytes as usize).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0xff;
        sandbox.write("work/flipped", &damaged);
        let looked = look(&sandbox, &["--verify", "flipped"]).expect_code(9);
        let looked = looked.says("frame 2 is damaged");
        assert_eq!(looked.stdout.matches("  damaged\n").count(), 1, "{looked}");
    }
}

/// The files of the repository's mpacks.
fn mpacks(sandbox: &Sandbox) -> Vec<PathBuf> {
    let listed = fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("it is there");
    listed.map(|entry| entry.expect("listed").path()).collect()
}

#[test]
fn what_cannot_be_checked_of_a_thin_mpack_is_said() {
    let sandbox = Sandbox::new();
    committed(&sandbox);
    let golden = include_bytes!("../../../wire/tests/golden/thin.mpack");
    sandbox.write("work/thin", golden);
    let looked = look(&sandbox, &["--verify", "thin"])
        .expect_code(0)
        .says("warning: 3 frames cannot be checked without their bases");
    assert_eq!(looked.stdout.matches("  unknown\n").count(), 3, "{looked}");
    // The last frame's header.
    let mut damaged = golden.to_vec();
    let mpack = Mpack::from_bytes(damaged.clone()).expect("whole");
    damaged[mpack.tables().frame(2).offset as usize - 1] ^= 1;
    sandbox.write("work/thin", &damaged);
    look(&sandbox, &["--verify", "thin"])
        .expect_code(9)
        .says("warning: 2 frames cannot be checked")
        .says("frame 2 is damaged");
    // As a server keeps it: under the key of its thick form, without an extension.
    let name = "1".repeat(64);
    sandbox.write(format!("work/{name}"), golden);
    let looked = look(&sandbox, &[&name])
        .expect_code(9)
        .says("hint: the mpack is thin; its name may be the key of its thick form");
    assert!(!looked.stderr.contains("sound"), "{looked}");
}

#[test]
fn another_key_counts_more_than_another_version() {
    let sandbox = Sandbox::new();
    let (path, _) = committed(&sandbox);
    let mut bytes = fs::read(&path).expect("it can be read");
    for (version, reason) in [(3, "written by a newer version"), (0, "neither is ever 0")] {
        bytes[8] = version;
        let name = "2".repeat(64);
        sandbox.write(format!("work/{name}"), &bytes);
        let looked = look(&sandbox, &[&name]).expect_code(9);
        looked.says("it hashes to sha256:").says(reason);
        sandbox.write("work/other", &bytes);
        let code = if version == 0 { 9 } else { 1 };
        look(&sandbox, &["other"]).expect_code(code).says(reason);
    }
}

#[test]
fn a_key_may_be_shortened() {
    let sandbox = Sandbox::new();
    let (path, key) = committed(&sandbox);
    let listed = look(&sandbox, &[&key]).expect_code(0);
    for short in [&key[..10], &key[..4], &format!("sha256:{}", &key[..12])] {
        let shortened = look(&sandbox, &[short]).expect_code(0);
        assert_eq!(shortened.stdout, listed.stdout, "{short}");
    }
    look(&sandbox, &[&key[..3]]).expect_code(4);
    let twin = path.with_file_name(format!("{}{}.mpack", &key[..20], "0".repeat(44)));
    fs::copy(&path, twin).expect("copied");
    look(&sandbox, &[&key[..20]])
        .expect_code(4)
        .says("2 mpacks of this repository")
        .says("hint: type more digits");
}

#[test]
fn only_regular_files_are_read() {
    let sandbox = Sandbox::new();
    committed(&sandbox);
    for path in ["/dev/zero", "/dev/null", "."] {
        look(&sandbox, &[path])
            .expect_code(2)
            .says(&format!("{path} is not a regular file"));
    }
}
