//! Whatever Linux can hold is committed, pushed, cloned and shown; what a place cannot hold is left
//! out there and nowhere else.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use muse_e2e::harness::{Forgery, Sandbox, Scenario, listing};
use muse_e2e::on_both_backends;
use muse_wire::api::job::JobState;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

on_both_backends!(
    whatever_linux_can_hold_arrives,
    git_and_linux_trees_arrive,
    what_passes_for_git_is_never_written,
    twins_arrive_where_they_can,
);

/// What git's and Linux's own trees have, and more that Linux can hold.
const ODD_PATHS: [&str; 16] = [
    "t/t5100/nul",
    "drivers/i2c/aux.c",
    "CON/COM1.tar.gz",
    "trailing./x. ",
    "back\\slash",
    "new\nline/tab\t",
    "C:x/a::$DATA",
    "\u{1b}[31mred\u{7}",
    "\"quoted\"",
    "what?*<>|",
    "-option",
    "#comment",
    "!negated",
    "\u{9b}2J\u{202e}txt.exe",
    "\u{200d}",
    ".GITignore",
];

/// Twins: each pair is one name to a file system that folds.
const TWINS: [&str; 6] = [
    "netfilter/xt_CONNMARK.h",
    "netfilter/xt_connmark.h",
    "Doc/a",
    "doc/b",
    "caf\u{e9}",
    "cafe\u{301}",
];

/// Writes files that hold their own path.
fn write_all(sandbox: &Sandbox, directory: &str, paths: &[&str]) {
    for path in paths {
        sandbox.write(Path::new(directory).join(path), path);
    }
}

fn paths_in(directory: &Path) -> BTreeSet<PathBuf> {
    listing(directory).into_keys().collect()
}

fn whatever_linux_can_hold_arrives(scenario: &Scenario) {
    let url = scenario.create_repo("odd");
    scenario.init("work", &url);
    let sandbox = scenario.sandbox();
    write_all(sandbox, "work", &ODD_PATHS);
    let longest = "l".repeat(255);
    sandbox.write(Path::new("work").join(&longest), "long");
    let commit = scenario.ok("work", "commit -m First");
    let warning = "warning: 11 new paths cannot be checked out on every system: ";
    assert_eq!(commit.stderr.matches("warning:").count(), 1, "{commit}");
    assert!(commit.stderr.starts_with(warning), "{commit}");
    assert!(commit.stderr.ends_with(" and 1 more\n"), "{commit}");
    assert_eq!(scenario.ok("work", "status --short").stdout, "");
    scenario.ok("work", "push origin main");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let same = || {
        let (work, clone) = (sandbox.path("work"), sandbox.path("clone"));
        assert_eq!(listing(&clone), listing(&work));
        assert_eq!(scenario.ok("clone", "status --short").stdout, "");
    };
    same();
    assert_eq!(paths_in(&sandbox.path("clone")).len(), ODD_PATHS.len() + 1);

    for path in &ODD_PATHS[..8] {
        sandbox.write(Path::new("work").join(path), "changed");
    }
    std::fs::remove_file(sandbox.path("work").join(ODD_PATHS[8])).expect("it is there");
    let commit = scenario.ok("work", "commit -m Second");
    assert_eq!(commit.stderr, "", "only new paths are warned of");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    same();
    // Its work tree is brought back and forth by the paths' own bytes.
    scenario.ok("clone", "switch --detach HEAD~1");
    assert_eq!(paths_in(&sandbox.path("clone")).len(), ODD_PATHS.len() + 1);
    scenario.ok("clone", "switch main");
    same();
}

fn git_and_linux_trees_arrive(scenario: &Scenario) {
    let sandbox = scenario.sandbox();
    sandbox
        .git(".")
        .args(["init", "-q", "-b", "main", "git"])
        .ok();
    let git = |arguments: &[&str]| {
        let checks = [
            "-c",
            "core.protectNTFS=false",
            "-c",
            "core.protectHFS=false",
        ];
        sandbox.git("git").args(checks).args(arguments).ok();
    };
    write_all(sandbox, "git", &ODD_PATHS);
    write_all(sandbox, "git", &TWINS);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "Everything"]);
    let imported = sandbox
        .muse(".")
        .args(["import", "git", "git", "work"])
        .ok();
    assert_eq!(imported.stderr.matches("warning:").count(), 0, "{imported}");
    let url = scenario.create_repo("imported");
    for command in [&format!("remote add origin {url}"), "push origin main"] {
        scenario.ok("work", command);
    }
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let expected = listing(&sandbox.path("git"));
    for place in ["work", "clone"] {
        assert_eq!(listing(&sandbox.path(place)), expected, "{place}");
        assert_eq!(scenario.ok(place, "status --short").stdout, "");
    }
}

/// A push to `main` that the client did not make: it is made where no name is refused.
fn push(scenario: &Scenario, repo: &str, forgery: &Forgery, old: Option<CommitId>, new: CommitId) {
    let update = RefUpdate {
        name: RefName::branch("main").expect("a valid name"),
        old,
        new: Some(new),
        force: Force::No,
        delete_default_branch: false,
    };
    let status = scenario.api(repo).push(&forgery.bytes(), &[update]);
    assert_eq!(status.status, JobState::Done, "{status:?}");
}

fn what_passes_for_git_is_never_written(scenario: &Scenario) {
    let url = scenario.create_repo("disguised");
    let mut forgery = Forgery::default();
    let first = forgery.commit(&[("ok", b"1")], &[]);
    push(scenario, "disguised", &forgery, None, first);
    scenario.muse(".").args(["clone", &url, "work"]).ok();
    let bad: [(&str, &[u8]); 4] = [
        ("ok", b"2"),
        (".git/hooks/post-checkout", b"obey"),
        ("a/GIT~1/config", b"obey"),
        ("b/.g\u{200c}it", b"obey"),
    ];
    let second = forgery.commit(&bad, &[first]);
    push(scenario, "disguised", &forgery, Some(first), second);

    let clone = scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let pull = scenario.ok("work", "pull");
    for outcome in [clone, pull] {
        let named = "warning: left out of the work tree: .git/hooks/post-checkout (";
        assert_eq!(outcome.stderr.matches(named).count(), 1, "{outcome}");
        assert!(outcome.stderr.contains(", a/GIT~1/config ("), "{outcome}");
    }
    let sandbox = scenario.sandbox();
    for place in ["clone", "work"] {
        assert_eq!(paths_in(&sandbox.path(place)), [PathBuf::from("ok")].into());
        assert!(!sandbox.path(place).join(".git").exists());
        assert_eq!(scenario.ok(place, "status --short").stdout, "");
    }
    // A commit on top keeps them in the history, and touches nothing of git's own.
    sandbox.write("clone/.git/hooks/post-checkout", "mine");
    scenario.commit("clone", &[("ok", "3")], "More");
    let shown = scenario.ok("clone", "show HEAD:a/GIT~1/config");
    assert_eq!(shown.stdout, "obey");
    let changed = scenario.ok("clone", "show --name-only HEAD");
    assert!(changed.stdout.ends_with("\n\nok\n"), "{changed}");
    scenario.ok("clone", "switch --detach HEAD~2");
    scenario.ok("clone", "switch main");
    let own = std::fs::read_to_string(sandbox.path("clone/.git/hooks/post-checkout"));
    assert_eq!(own.expect("it is still there"), "mine");
}

/// Whether the sandbox is on a file system that takes `a` and `A` for one.
fn folds(sandbox: &Sandbox) -> bool {
    sandbox.write("probe/a", "");
    sandbox.path("probe/A").exists()
}

fn twins_arrive_where_they_can(scenario: &Scenario) {
    let url = scenario.create_repo("twins");
    let sandbox = scenario.sandbox();
    let mut forgery = Forgery::default();
    let files = [
        ("Doc/a", "1"),
        ("README", "2"),
        ("doc/b", "3"),
        ("plain", "4"),
        ("readme", "5"),
    ];
    let files = files.map(|(path, text)| (path, text.as_bytes()));
    let first = forgery.commit(&files, &[]);
    let second = forgery.commit(&files[3..], &[first]);
    push(scenario, "twins", &forgery, None, second);
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let switched = scenario.ok("clone", "switch --detach HEAD~1");
    let (expected, warnings) = match folds(sandbox) {
        false => (vec!["Doc/a", "README", "doc/b", "plain", "readme"], 0),
        true => (vec!["Doc/a", "README", "plain"], 1),
    };
    assert_eq!(
        switched.stderr.matches("left out").count(),
        warnings,
        "{switched}"
    );
    let place = sandbox.path("clone");
    assert_eq!(
        paths_in(&place),
        expected.iter().map(PathBuf::from).collect()
    );
    assert_eq!(scenario.ok("clone", "status --short").stdout, "");
    scenario.muse(".").args(["clone", &url, "fresh"]).ok();
    scenario.ok("fresh", "switch --detach HEAD~1");
    assert_eq!(listing(&sandbox.path("fresh")), listing(&place));

    // What is left out stays in the history, and comes when its twin goes.
    sandbox.write("clone/plain", "changed");
    scenario.ok("clone", "commit -m More");
    assert_eq!(scenario.ok("clone", "show HEAD:readme").stdout, "5");
    let changed = scenario.ok("clone", "show --name-only HEAD");
    assert!(changed.stdout.ends_with("\n\nplain\n"), "{changed}");
    scenario.ok("clone", "switch main");
    let both = ["plain", "readme"].map(PathBuf::from);
    assert_eq!(paths_in(&place), both.into());
    assert_eq!(scenario.ok("clone", "status --short").stdout, "");
}

#[test]
fn what_git_holds_and_no_snapshot_can_is_left_out_where_that_is_asked_for() {
    let sandbox = Sandbox::new();
    sandbox
        .git(".")
        .args(["init", "-q", "-b", "main", "git"])
        .ok();
    let git = |arguments: &[&str]| sandbox.git("git").args(arguments).ok().stdout;
    sandbox.write("git/empty", "");
    sandbox.write(Path::new("git").join(OsStr::from_bytes(b"caf\xe9")), "");
    git(&["add", "-A"]);
    let blob = git(&["rev-parse", ":empty"]);
    let link = format!("120000,{},link", blob.trim());
    git(&["update-index", "--add", "--cacheinfo", &link]);
    git(&["commit", "-q", "-m", "Odd"]);
    let import = |arguments: &[&str]| {
        let import = sandbox.muse(".").args(["import", "git"]).args(arguments);
        import.args(["git", "muse"]).run()
    };
    import(&[])
        .expect_code(1)
        .says("hint: `--skip-unrecordable` leaves such files and links out");
    let imported = import(&["--skip-unrecordable"])
        .expect_code(0)
        .says("warning: 1 file(s) were left out, because no snapshot can hold their paths: ")
        .says(r#": "caf\351""#)
        .says("warning: 1 symbolic link(s) were left out, because their targets are empty");
    assert!(imported.stderr.contains(": link\n"), "{imported}");
    assert_eq!(
        paths_in(&sandbox.path("muse")),
        [PathBuf::from("empty")].into()
    );
    // Two entries of one name.
    let entry = [&b"100644 a\0"[..], &[0xe6; 20]].concat();
    sandbox.write("git/.git/forged", entry.repeat(2));
    let forge = [
        "hash-object",
        "-t",
        "tree",
        "--literally",
        "-w",
        ".git/forged",
    ];
    let tree = git(&forge);
    let commit = git(&["commit-tree", "-m", "Forged", tree.trim()]);
    git(&["update-ref", "refs/heads/forged", commit.trim()]);
    let refused = import(&["--skip-unrecordable"]).expect_code(1);
    let refused = refused.says(&format!(
        "git commit {} cannot be imported: the git repository is malformed, its tree {} has two \
         entries named a\n",
        commit.trim(),
        tree.trim()
    ));
    assert!(!refused.stderr.contains("damaged"), "{refused}");
}

#[test]
fn listings_quote_and_json_does_not() {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    let run = |line: &str| sandbox.muse("work").args(line.split(' ')).ok().stdout;
    let paths = [
        "a\nb",
        "back\\slash",
        "dir\t/x",
        "say \"hi\"",
        "\u{1b}[31m",
        "ü\u{202e}",
    ];
    let shown = [
        r#""\033[31m""#,
        r#""a\nb""#,
        r#""back\\slash""#,
        r#""dir\t/x""#,
        r#""say \"hi\"""#,
        r#""ü\342\200\256""#,
    ];
    write_all(&sandbox, "work", &paths);
    let all = |prefix: &str| shown.map(|name| format!("{prefix}{name}\n")).concat();
    assert_eq!(run("status --short"), all("A "));
    let long = run("status");
    assert!(long.contains("new:      \"dir\\t/\"\n"), "{long}");
    run("commit -m First");
    let listed = run("show --name-only HEAD");
    assert!(listed.ends_with(&format!("\n\n{}", all(""))), "{listed}");
    assert_eq!(run("show HEAD:"), all("").replace("\\t/x\"", "\\t/\""));
    for path in paths {
        sandbox.write(Path::new("work").join(path), "changed\n");
    }
    assert_eq!(run("diff --name-only"), all(""));
    let stat = run("diff --stat");
    for name in shown {
        assert!(stat.contains(&format!(" {name} ")), "{stat}");
    }
    let json: serde_json::Value = serde_json::from_str(&run("--json status")).expect("JSON");
    let files = json["files"].as_array().expect("a list");
    let raw: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file["path"].as_str())
        .collect();
    assert_eq!(raw, paths.into());

    // Git reads the same names out of the patch.
    let patch = run("diff");
    sandbox.git(".").args(["init", "-q", "other"]).ok();
    write_all(&sandbox, "other", &paths);
    sandbox.git("other").args(["apply", "-"]).stdin(patch).ok();
    assert_eq!(
        listing(&sandbox.path("other")),
        listing(&sandbox.path("work"))
    );
}
