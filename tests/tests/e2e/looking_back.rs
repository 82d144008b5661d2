//! Looking at history: what the commands that do so print, for people and for programs.

use muse_e2e::harness::{Outcome, Sandbox};
use serde_json::Value;

/// A repository of three commits.
fn history() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    let commit = |message: &str, author: &str, date: &str| {
        sandbox
            .muse("work")
            .args(["commit", "-m", message])
            .env("MUSE_AUTHOR_NAME", author)
            .env("MUSE_COMMIT_DATE", date)
            .ok();
    };
    sandbox.write("work/src/lamp", "one\ntwo\nthree\n");
    sandbox.write("work/notes", "a word\n");
    commit("Light a lamp", "Ada", "2026-03-01T12:00:00Z");
    std::fs::rename(
        sandbox.path("work/src/lamp"),
        sandbox.path("work/src/light"),
    )
    .expect("it is there");
    commit("Rename the lamp", "Bob", "2026-03-02T12:00:00Z");
    sandbox.muse("work").args(["branch", "old"]).ok();
    sandbox.write("work/src/light", "one\ntwo and more\nthree\n");
    sandbox.write("work/binary", b"\0word");
    commit("Shine", "Ada", "2026-03-03T12:00:00Z");
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.muse("work").args(arguments).run()
}

/// The subjects of a log.
fn subjects(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let log = run(sandbox, &[&["--json", "log"], arguments].concat()).expect_code(0);
    let messages = log.stdout.lines().map(|line| {
        let commit: Value = serde_json::from_str(line).expect("JSON");
        commit["message"]
            .as_str()
            .expect("a message")
            .trim()
            .to_owned()
    });
    messages.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_log_shows_what_is_asked_for() {
    let sandbox = history();
    for (arguments, expected) in [
        (&["-2"][..], "Shine, Rename the lamp"),
        (&["-n", "1", "old"], "Rename the lamp"),
        (&["--reverse", "-2"], "Rename the lamp, Shine"),
        (&["--author", "^Bob"], "Rename the lamp"),
        (&["--grep", "LAMP$", "-i"], "Rename the lamp, Light a lamp"),
        (
            &["--since", "2026-03-02", "--until", "2026-03-02"],
            "Rename the lamp",
        ),
        (&["old.."], "Shine"),
        (&["HEAD...old"], "Shine"),
        (&["--all", "--no-merges", "-1"], "Shine"),
        (&["--merges"], ""),
        (&["notes"], "Light a lamp"),
        (&["src"], "Shine, Rename the lamp, Light a lamp"),
        (&["src/light"], "Shine, Rename the lamp, Light a lamp"),
        (&["--", "src/lamp"], "Rename the lamp, Light a lamp"),
    ] {
        assert_eq!(subjects(&sandbox, arguments), expected, "{arguments:?}");
    }
    let first = run(&sandbox, &["--json", "log", "--reverse", "src/light"]).expect_code(0);
    let first: Value =
        serde_json::from_str(first.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["path"], "src/lamp");
    let names = run(&sandbox, &["log", "--oneline", "--name-status", "-1"]).expect_code(0);
    let names: Vec<&str> = names.stdout.lines().skip(1).collect();
    assert_eq!(names, ["A\tbinary", "M\tsrc/light"]);
    let patch = run(
        &sandbox,
        &["log", "-p", "-U0", "--graph", "-1", "--", "src"],
    );
    assert!(
        patch.stdout.contains("|  @@ -2 +2 @@\n") && patch.stdout.contains("|  +two and more\n"),
        "{patch}"
    );
    run(&sandbox, &["log", "nowhere"])
        .expect_code(4)
        .says("neither a revision nor a file");
    run(&sandbox, &["log", "--since", "soon"]).expect_code(2);
    run(&sandbox, &["log", "--grep", "("]).expect_code(2);
}

#[test]
fn differences_are_shown_in_several_ways() {
    let sandbox = history();
    let show = |arguments: &[&str]| {
        let lines = run(&sandbox, arguments).expect_code(0);
        lines.stdout.lines().last().expect("a line").to_owned()
    };
    assert_eq!(
        show(&["diff", "--name-status", "old", "HEAD", "src"]),
        "M\tsrc/light"
    );
    let apart = run(&sandbox, &["diff", "HEAD...old"]).expect_code(0);
    assert_eq!(apart.stdout, "");
    sandbox.write("work/src/light", "one\n  two and more\nthree\n");
    assert_eq!(run(&sandbox, &["diff", "-w"]).expect_code(0).stdout, "");
    let words = run(&sandbox, &["diff", "--word-diff", "old..HEAD", "--", "src"]).expect_code(0);
    assert!(words.stdout.contains("\ntwo {+and more+}\n"), "{words}");
}

#[test]
fn a_file_that_moved_is_shown_as_a_rename() {
    let sandbox = history();
    std::fs::rename(sandbox.path("work/src/light"), sandbox.path("work/src/sun"))
        .expect("it is there");
    sandbox.write("work/src/sun", "one\ntwo and more\nthree\nfour\n");
    let out = |arguments: &[&str]| run(&sandbox, arguments).expect_code(0).stdout;
    let in_worktree = out(&["diff"]);
    assert!(
        in_worktree.starts_with(
            "diff --git a/src/light b/src/sun\nsimilarity index 82%\n\
             rename from src/light\nrename to src/sun\nindex "
        ),
        "{in_worktree}"
    );
    assert_eq!(
        out(&["diff", "--name-status"]),
        "R082\tsrc/light\tsrc/sun\n"
    );
    let changes: Value = serde_json::from_str(&out(&["diff", "--json"])).expect("JSON");
    assert_eq!(changes[0]["path"], "src/sun");
    assert_eq!(changes[0]["renamed_from"], "src/light");
    assert_eq!(changes[0]["similarity"], 82);
    assert_eq!(changes.as_array().map(Vec::len), Some(1));
    run(&sandbox, &["commit", "-m", "Rise"]).expect_code(0);
    let patch = out(&["show"]);
    assert!(patch.ends_with(&in_worktree), "{patch}");
    let stat = out(&["show", "--stat"]);
    assert!(
        stat.ends_with("\n src/{light => sun} |   1 +\n 1 file changed, 1 line added, 0 removed\n"),
        "{stat}"
    );
    let names = |arguments: &[&str]| {
        let log = out(&[&["log", "--oneline", "--name-status"], arguments].concat());
        let lines = log.lines().filter(|line| line.contains('\t'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&["-1"]), ["R082\tsrc/light\tsrc/sun"]);
    assert_eq!(
        names(&["-1", "--no-renames"]),
        ["D\tsrc/light", "A\tsrc/sun"]
    );
    assert_eq!(
        names(&["src/sun"]),
        [
            "R082\tsrc/light\tsrc/sun",
            "M\tsrc/light",
            "R100\tsrc/lamp\tsrc/light",
            "A\tsrc/lamp"
        ]
    );
}

#[test]
fn each_line_is_blamed_on_the_commit_that_it_came_with() {
    let sandbox = history();
    let blame = run(&sandbox, &["blame", "src/light"]).expect_code(0);
    let lines: Vec<&str> = blame
        .stdout
        .lines()
        .map(|line| line.split_once(' ').expect("an id").1)
        .collect();
    assert_eq!(
        lines,
        [
            "src/lamp (Ada 2026-03-01 12:00:00 +0000 1) one",
            "src/light (Ada 2026-03-03 12:00:00 +0000 2) two and more",
            "src/lamp (Ada 2026-03-01 12:00:00 +0000 3) three",
        ]
    );
    let one = run(
        &sandbox,
        &["--json", "blame", "old", "src/light", "-L", "2,+1"],
    )
    .expect_code(0);
    let line: Value = serde_json::from_str(&one.stdout).expect("one line of JSON");
    assert_eq!(line["text"], "two");
    assert_eq!(line["subject"], "Light a lamp");
    run(&sandbox, &["blame", "src/light", "-L", "4,"])
        .expect_code(4)
        .says("src/light has no lines 4,");
    run(&sandbox, &["blame", "nothing"])
        .expect_code(4)
        .says("HEAD has no file nothing");
}

#[test]
fn a_search_tells_by_its_exit_code_whether_it_found_something() {
    let sandbox = history();
    let found = run(&sandbox, &["grep", "-n", "wor?d"]).expect_code(0);
    assert_eq!(found.stdout, "Binary file binary matches\nnotes:1:a word\n");
    let found = run(&sandbox, &["grep", "-c", "o", "old", "--", "src"]).expect_code(0);
    assert_eq!(found.stdout, "old:src/light:2\n");
    let names = run(&sandbox, &["grep", "-l", "-F", "-w", "-e", "two"]).expect_code(0);
    assert_eq!(names.stdout, "src/light\n");
    let json = run(&sandbox, &["--json", "grep", "-i", "WORD", "notes"]).expect_code(0);
    let json: Value = serde_json::from_str(&json.stdout).expect("one line of JSON");
    assert_eq!(json["lines"][0]["line"], 1);
    let nothing = run(&sandbox, &["grep", "nowhere"]).expect_code(1);
    assert_eq!((&*nothing.stdout, &*nothing.stderr), ("", ""));
    run(&sandbox, &["grep", "("])
        .expect_code(2)
        .says("no regular expression");
    let below = |pattern| sandbox.muse("work/src").args(["grep", pattern]).run();
    assert_eq!(below("two").expect_code(0).stdout, "light:two and more\n");
    below("word").expect_code(1);
    let above = sandbox.muse("work/src").args(["grep", "word", "../notes"]);
    assert_eq!(above.ok().stdout, "../notes:a word\n");
}

#[test]
fn commits_are_counted_by_author_and_named_by_tags() {
    let sandbox = history();
    let counts = run(&sandbox, &["shortlog", "-s", "-n"]).expect_code(0);
    assert_eq!(counts.stdout, "     2\tAda\n     1\tBob\n");
    let list = run(&sandbox, &["shortlog", "--author", "Ada"]).expect_code(0);
    assert_eq!(list.stdout, "Ada (2):\n      Light a lamp\n      Shine\n\n");
    run(&sandbox, &["describe"])
        .expect_code(4)
        .says("no tag is below");
    let short = run(&sandbox, &["describe", "--always"]).expect_code(0);
    let log = run(&sandbox, &["log", "--oneline", "-1", short.line()]).expect_code(0);
    assert!(log.stdout.starts_with(short.line()), "{log}");
}
