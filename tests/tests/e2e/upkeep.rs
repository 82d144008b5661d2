//! Keeping a repository healthy: what is ignored, cleaning, checks, repairs, and collections of
//! garbage that are killed.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use muse_e2e::harness::{Backend, Sandbox, Scenario, listing};
use muse_e2e::workload::incompressible;
use muse_wire::mpack::{FrameKind, Mpack};

/// The mpacks of a repository, largest first.
fn mpacks(sandbox: &Sandbox, directory: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(sandbox.path(directory).join(".muse/mpacks"));
    let mut paths: Vec<PathBuf> = listed
        .expect("a repository")
        .map(|entry| entry.expect("listed").path())
        .collect();
    paths.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).expect("there").len()));
    paths
}

/// Turns a bit in the first frame of this kind.
fn damage(path: &PathBuf, kind: FrameKind) {
    let mpack = Mpack::open(path).expect("sound");
    let index = mpack.tables().frames_of(kind).start;
    let offset = mpack.tables().frame(index).offset as usize + 9;
    drop(mpack);
    let mut bytes = fs::read(path).expect("readable");
    bytes[offset] ^= 1;
    fs::write(path, bytes).expect("writable");
}

#[test]
fn what_is_ignored_is_listed_explained_and_cleaned() {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    sandbox.write("work/.gitignore", "*.log\n/out/\n");
    sandbox.write("work/.museignore", "!keep.log\n");
    sandbox.write("home/.config/git/ignore", "*~\n");
    sandbox.write("config/ignore", "*.bak\n");
    for path in [
        "a",
        "keep.log",
        "x.log",
        "y~",
        "z.bak",
        "out/deep/x",
        "lone/new",
    ] {
        sandbox.write(format!("work/{path}"), path);
    }
    let muse = |arguments: &[&str]| sandbox.muse("work").args(arguments.iter().copied());
    let status = muse(&["status", "--short", "--ignored"]).ok().stdout;
    let expected = "A .gitignore\nA .museignore\nA a\nA keep.log\nA lone/new\n\
                    ! out/\n! x.log\n! y~\n! z.bak\n";
    assert_eq!(status, expected);
    let checked = muse(&[
        "-v",
        "check-ignore",
        "x.log",
        "keep.log",
        "out/deep/x",
        "y~",
    ])
    .ok();
    let expected = ".gitignore:1:*.log\tx.log\n.gitignore:2:/out/\tout/deep/x\n\
                    [ROOT]/home/.config/git/ignore:1:*~\ty~\n";
    assert_eq!(checked.stdout, expected);
    muse(&["check-ignore", "a"])
        .fails(1)
        .says("none of these paths");
    muse(&["commit", "-m", "First"]).ok();
    sandbox.write("work/new", "new");
    sandbox.write("work/more/new", "new");
    muse(&["clean"]).fails(2).says("say -f");
    let planned = muse(&["clean", "-n", "-d", "-x"]).ok().stdout;
    let expected = "Would remove more/\nWould remove new\nWould remove out/\n\
                    Would remove x.log\nWould remove y~\nWould remove z.bak\n";
    assert_eq!(planned, expected);
    muse(&["clean", "-f"]).ok();
    assert!(sandbox.path("work/more/new").exists() && sandbox.path("work/x.log").exists());
    assert!(!sandbox.path("work/new").exists());
    let outcome = muse(&["--json", "clean", "-f", "-d", "-x"]).ok();
    let cleaned: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("a document");
    assert_eq!(
        cleaned["removed"],
        serde_json::json!(["more/", "out/", "x.log", "y~", "z.bak"])
    );
    assert_eq!(muse(&["status", "--short", "--ignored"]).ok().stdout, "");
}

/// A server with a history, and a clone of it in `clone`.
fn cloned() -> Scenario {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    for round in 0..4_u64 {
        let text = format!("round {round}\n").repeat(50);
        scenario
            .sandbox()
            .write("work/large", incompressible(round / 2, 6 << 20));
        scenario.commit("work", &[("src/a", &text), ("b", &text)], "More");
        scenario.ok("work", "push origin main");
    }
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    scenario
}

#[test]
fn a_clone_is_healed_by_its_server() {
    let scenario = cloned();
    let sandbox = scenario.sandbox();
    let before = listing(&sandbox.path("clone"));
    scenario.ok("clone", "fsck");
    scenario.ok("clone", "verify");
    let kinds = [
        FrameKind::Objects,
        FrameKind::Chunks,
        FrameKind::Commits,
        FrameKind::Snapshots,
    ];
    for kind in kinds {
        let holds = |path: &&PathBuf| {
            let mpack = Mpack::open(path).expect("sound");
            !mpack.tables().frames_of(kind).is_empty()
        };
        let paths = mpacks(sandbox, "clone");
        damage(paths.iter().find(holds).expect("one has it"), kind);
        scenario.fails("clone", "verify", 9).says("hashes to");
        let found = scenario.fails("clone", "fsck", 9);
        found.clone().says("damaged: [ROOT]/clone/.muse/mpacks/");
        found.says("--repair");
        scenario.ok("clone", "fsck --repair").says("whole again");
        scenario.ok("clone", "fsck");
        assert!(!sandbox.path("clone/.muse/damaged").exists());
    }
    for path in mpacks(sandbox, "clone") {
        fs::remove_file(path).expect("there");
    }
    scenario.fails("clone", "fsck", 9).says("origin had it");
    scenario.ok("clone", "fsck --repair");
    scenario.ok("clone", "status");
    scenario.ok("clone", "checkout --detach main~3");
    scenario.ok("clone", "checkout main");
    assert_eq!(listing(&sandbox.path("clone")), before);
}

#[test]
fn what_no_server_has_is_named_and_the_rest_is_saved() {
    let scenario = cloned();
    let sandbox = scenario.sandbox();
    scenario.commit("clone", &[("own", "mine"), ("src/a", "changed")], "Own");
    let newest = || {
        let paths = mpacks(sandbox, "clone");
        let has = |path: &&PathBuf| {
            let mpack = Mpack::open(path).expect("sound");
            mpack.tables().commit_count() == 1 && mpack.tables().object_count() == 2
        };
        paths
            .iter()
            .find(has)
            .expect("one commit with two objects")
            .clone()
    };
    damage(&newest(), FrameKind::Objects);
    let outcome = scenario.fails("clone", "--json fsck --repair", 9);
    let found: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("a document");
    let missing = found["missing"].as_array().expect("a list");
    let paths: Vec<_> = missing.iter().map(|one| one["path"].as_str()).collect();
    assert_eq!(paths, [Some("own"), Some("src/a")]);
    assert_eq!(found["damaged"], serde_json::json!([]));
    assert!(sandbox.path("clone/.muse/damaged").exists());
    scenario.ok("clone", "log");
    scenario.ok("clone", "show HEAD~1:src/a");
    scenario
        .fails("clone", "show HEAD:own", 9)
        .says("muse fsck");
    scenario.fails("clone", "gc", 9);
}

#[test]
fn what_one_branch_has_lost_for_good_does_not_keep_another_from_being_healed() {
    let scenario = cloned();
    let sandbox = scenario.sandbox();
    scenario.ok("clone", "switch -c own");
    let before = mpacks(sandbox, "clone");
    scenario.commit("clone", &[("own", "1")], "Own");
    let lost: Vec<PathBuf> = mpacks(sandbox, "clone");
    let lost = lost.iter().find(|path| !before.contains(path));
    scenario.commit("clone", &[("own", "2")], "Own");
    fs::remove_file(lost.expect("one commit")).expect("there");
    for path in &before {
        fs::remove_file(path).expect("there");
    }
    let found = scenario.fails("clone", "fsck --repair", 9);
    found.says("1 thing missing").says("missing: commit");
    scenario.ok("clone", "log main");
    scenario.ok("clone", "show main:src/a");
}

#[test]
fn a_collection_keeps_what_is_reached_and_can_be_killed() {
    let scenario = cloned();
    let sandbox = scenario.sandbox();
    scenario.ok("clone", "switch -c other");
    scenario.commit("clone", &[("gone", "nobody needs it")], "Gone");
    scenario.ok("clone", "switch main");
    scenario.ok("clone", "branch -D other");
    for number in 0..8 {
        let text = number.to_string();
        scenario.commit("clone", &[("src/a", &text)], "Kept");
    }
    let files = listing(&sandbox.path("clone"));
    let log = scenario.ok("clone", "log").stdout;
    let assert_whole = || {
        scenario.ok("clone", "fsck");
        assert_eq!(scenario.ok("clone", "log").stdout, log);
        assert_eq!(scenario.ok("clone", "status --short").stdout, "");
    };
    for point in ["gc_packed", "mpack_removed"] {
        let gc = scenario.muse("clone").args(["gc"]);
        let killed = gc.env(muse::fault::FAULT_VARIABLE, point).run();
        assert_eq!(killed.code, None, "{killed}");
        assert_whole();
    }
    for moment_ms in [0, 5, 10, 20, 40, 80] {
        let mut gc = scenario
            .muse("clone")
            .args(["gc", "--prune=3.days.ago"])
            .spawn();
        std::thread::sleep(Duration::from_millis(moment_ms));
        let _ = gc.kill();
        gc.wait().expect("a killed child can be waited for");
        assert_whole();
    }
    assert_eq!(listing(&sandbox.path("clone")), files);
    let outcome = scenario.ok("clone", "--json gc --dry-run --prune=NOW");
    let planned: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("a document");
    assert_eq!(planned["dropped"]["commits"], 1);
    let outcome = scenario.ok("clone", "--json gc --prune=NOW");
    let done: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("a document");
    assert_eq!(done["dropped"], planned["dropped"]);
    assert_eq!(done["after"]["mpacks"], 1);
    assert_whole();
    scenario.ok("clone", "push origin main");
    let temporary = fs::read_dir(sandbox.path("clone/.muse/tmp")).expect("a repository");
    assert_eq!(temporary.count(), 0);
}
