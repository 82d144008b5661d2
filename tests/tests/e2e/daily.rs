//! Small things that people do all day, on one machine.

use std::fs;

use muse_e2e::harness::{Outcome, Sandbox};

/// A repository `work` with these files committed, all on `main`.
fn with_files(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    commit(&sandbox, files, "First");
    sandbox
}

fn commit(sandbox: &Sandbox, files: &[(&str, &str)], message: &str) {
    for (name, text) in files {
        sandbox.write(format!("work/{name}"), text);
    }
    sandbox.muse("work").args(["commit", "-m", message]).ok();
}

fn ok(sandbox: &Sandbox, command_line: &str) -> Outcome {
    sandbox.muse("work").args(command_line.split(' ')).ok()
}

#[test]
fn the_directory_that_one_stands_in_stays() {
    let sandbox = with_files(&[("a", "1\n")]);
    ok(&sandbox, "checkout -b topic");
    commit(&sandbox, &[("deep/sub/b", "1\n")], "Below");
    let there = |command_line: &str| {
        let muse = sandbox.muse("work/deep/sub");
        muse.args(command_line.split(' ')).ok();
        let left: Vec<_> = fs::read_dir(sandbox.path("work/deep/sub"))
            .expect("the directory stays")
            .collect();
        left.len()
    };
    assert_eq!(there("switch main"), 0);
    assert_eq!(there("merge topic"), 1);
    assert_eq!(there("reset --hard HEAD~1"), 0);
    assert_eq!(there("switch topic"), 1);
    assert_eq!(there("undo"), 0);
    // From anywhere else it goes.
    ok(&sandbox, "switch topic");
    ok(&sandbox, "switch main");
    assert!(!sandbox.path("work/deep").exists());
    // A file in its place is refused before anything is touched.
    commit(&sandbox, &[("deep", "a file\n"), ("c", "1\n")], "A file");
    ok(&sandbox, "switch topic");
    for command_line in ["switch main", "switch --force main"] {
        sandbox
            .muse("work/deep/sub")
            .args(command_line.split(' '))
            .fails(1)
            .says("a file has to be at deep, and that is the directory you are in");
        assert!(!sandbox.path("work/c").exists());
    }
    ok(&sandbox, "switch main");
}

#[test]
fn a_file_of_a_commit_is_named_from_where_one_stands() {
    let sandbox = with_files(&[("a", "root\n"), ("sub/a", "below\n")]);
    let show = |target: &str| {
        let shown = sandbox.muse("work/sub").args(["show", target]).ok();
        shown.stdout
    };
    assert_eq!(show("HEAD:a"), "root\n");
    assert_eq!(show("HEAD:./a"), "below\n");
    assert_eq!(show("HEAD:../a"), "root\n");
    assert_eq!(show("HEAD:./"), "a\n");
    assert_eq!(show("HEAD:.."), "a\nsub/\n");
    let outside = sandbox.muse("work/sub").args(["show", "HEAD:../../a"]);
    outside.fails(2).says("is outside of the repository");
}

#[test]
fn a_commit_is_shown_for_some_paths() {
    let sandbox = with_files(&[("a", "1\n"), ("sub/b", "1\n")]);
    let names = |arguments: &[&str]| {
        let show = sandbox.muse("work/sub").args(["show", "--name-only"]);
        let shown = show.args(arguments).ok().stdout;
        let (_, names) = shown.rsplit_once("\n\n").expect("a heading and names");
        names.to_owned()
    };
    assert_eq!(names(&[]), "a\nsub/b\n");
    assert_eq!(names(&["HEAD", "--", "b"]), "sub/b\n");
    assert_eq!(names(&["--", "../a"]), "a\n");
    assert_eq!(names(&["--", "nothing"]), "");
    let file = ["show", "HEAD:a", "--", "a"];
    sandbox.muse("work").args(file).fails(2);
}

#[test]
fn a_summary_and_the_lines_are_shown_together() {
    let sandbox = with_files(&[("a", "1\n")]);
    for command_line in ["log -p --stat", "show --stat --patch"] {
        let shown = ok(&sandbox, command_line).stdout;
        let stat = shown.find("1 file changed").expect("a summary");
        let patch = shown.find("\n\ndiff ").expect("a patch after it");
        assert!(stat < patch, "{shown}");
    }
    let stat = ok(&sandbox, "log --stat").stdout;
    assert!(!stat.contains("+1\n"), "{stat}");
}

#[test]
fn a_stash_is_shown_before_it_comes_back() {
    let sandbox = with_files(&[("a", "1\n")]);
    sandbox.write("work/a", "2\n");
    ok(&sandbox, "stash push");
    sandbox.write("work/b", "new\n");
    ok(&sandbox, "stash push -m second");
    let list = ok(&sandbox, "stash list").stdout;
    let names: Vec<&str> = list.lines().collect();
    assert!(names[0].ends_with("  second"), "{list}");
    assert!(names[1].contains("  On main: "), "{list}");
    let newest = ok(&sandbox, "stash show").stdout;
    assert!(newest.contains("b |   1 +\n"), "{newest}");
    let patch = ok(&sandbox, "stash show -p 1").stdout;
    assert!(patch.ends_with("-1\n+2\n"), "{patch}");
    let json = sandbox.muse("work").args(["--json", "stash", "show"]).ok();
    assert!(json.stdout.contains("\"path\":\"b\""), "{json}");
    sandbox
        .muse("work")
        .args(["stash", "show", "2"])
        .fails(4)
        .says("2");
}

#[test]
fn a_bisection_says_what_was_found_out() {
    let sandbox = with_files(&[("a", "1\n")]);
    for number in ["2", "3", "4", "5"] {
        commit(&sandbox, &[("a", number)], number);
    }
    let log = ["bisect", "log"];
    sandbox.muse("work").args(log).fails(1);
    ok(&sandbox, "bisect start HEAD HEAD~4");
    ok(&sandbox, "bisect skip");
    ok(&sandbox, "bisect good");
    let found = sandbox.muse("work").args(log).ok().stdout;
    let verdicts: Vec<&str> = found
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(verdicts, ["bad", "good", "skip", "good"]);
    assert!(
        found.starts_with("bad   ") && found.contains(" First\n"),
        "{found}"
    );
}

/// `muse commit` at a terminal, with an editor that does this to the message's file `$1`.
fn edit_message(sandbox: &Sandbox, editor: &str) -> Outcome {
    let script = sandbox.write("editor", format!("#!/bin/sh\n{editor}\n"));
    let commit = sandbox.muse("work").arg("commit");
    let editor = format!("sh {}", script.display());
    commit.env("MUSE_EDITOR", editor).on_terminal().run()
}

#[test]
fn a_message_that_nobody_has_touched_is_not_committed() {
    let sandbox = with_files(&[("a", "1\n")]);
    sandbox.write("work/a", "2\n");
    let subject = || ok(&sandbox, "log -1 --oneline").stdout;
    let untouched = edit_message(&sandbox, "true");
    assert_eq!(untouched.code, Some(1), "{untouched}");
    assert!(
        untouched.stdout.contains("the message is empty"),
        "{untouched}"
    );
    // A commit that fails after its message was written.
    let write = "printf 'Second\\n' > \"$1\"; exit 1";
    let failed = edit_message(&sandbox, write);
    assert_eq!(failed.code, Some(1), "{failed}");
    let untouched = edit_message(&sandbox, "true");
    assert_eq!(untouched.code, Some(1), "{untouched}");
    let says = "the message is still what an earlier try left";
    assert!(untouched.stdout.contains(says), "{untouched}");
    assert!(subject().ends_with(" First\n"), "{}", subject());
    // An amendment starts with what the commit says.
    let amend = sandbox.muse("work").args(["commit", "--amend"]);
    amend.env("MUSE_EDITOR", "true").on_terminal().ok();
    assert!(subject().ends_with(" First\n"), "{}", subject());
    sandbox.write("work/a", "3\n");
    edit_message(&sandbox, write);
    let meant = edit_message(&sandbox, "echo >> \"$1\"");
    assert_eq!(meant.code, Some(0), "{meant}");
    assert!(subject().ends_with(" Second\n"), "{}", subject());
    sandbox.write("work/a", "4\n");
    let fresh = edit_message(&sandbox, "cat \"$1\"");
    assert!(!fresh.stdout.contains("Second"), "{fresh}");
}

#[test]
fn what_is_to_be_done_is_checked_before_who_does_it() {
    let sandbox = with_files(&[("a", "1\n")]);
    for (command_line, code, says) in [
        ("merge nowhere", 4, "nowhere"),
        ("rebase nowhere", 4, "nowhere"),
        ("cherry-pick nowhere", 4, "nowhere"),
        ("revert nowhere", 4, "nowhere"),
        ("tag -m 1 v1 nowhere", 4, "nowhere"),
        ("merge --continue", 4, "no merge is unfinished"),
        ("rebase --skip", 4, "no rebase is unfinished"),
    ] {
        let muse = sandbox.muse("work").args(command_line.split(' '));
        let muse = muse.without_env("MUSE_AUTHOR_NAME");
        muse.fails(code).says(says);
    }
}

#[test]
fn settings_without_an_effect_are_named() {
    let sandbox = with_files(&[("a", "1\n")]);
    let set = |key: &str, value: &str| sandbox.muse("work").args(["config", key, value]);
    set("user.nam", "Ada")
        .fails(2)
        .says("there is no setting user.nam")
        .says("user.name, user.email, user.signing-key");
    set("pull.mode", "sideways")
        .fails(2)
        .says("none of merge, rebase, ff-only");
    let get = sandbox.muse("work").args(["config", "get", "user.nam"]);
    get.fails(4).says("the settings are user.name");
    sandbox.write("config/config.toml", "[user]\nnam = \"Ada\"\n");
    let config = sandbox.path("work/.muse/config.toml");
    fs::write(config, "[pull]\nmode = \"sideways\"\n").expect("writable");
    let status = ok(&sandbox, "status").stderr;
    assert_eq!(status.lines().count(), 2, "{status}");
    assert!(status.contains("there is no setting user.nam;"), "{status}");
    assert!(status.contains("pull.mode is \"sideways\""), "{status}");
    ok(&sandbox, "config --global unset user.nam");
    ok(&sandbox, "config set pull.mode rebase");
    assert_eq!(ok(&sandbox, "status").stderr, "");
}

#[test]
fn a_damaged_refs_file_is_made_anew() {
    let sandbox = with_files(&[("a", "1\n")]);
    ok(&sandbox, "switch -c topic");
    let log = ok(&sandbox, "log").stdout;
    fs::write(sandbox.path("work/.muse/refs"), "HEAD ref").expect("writable");
    let fsck = sandbox.muse("work").arg("fsck");
    fsck.fails(9).says(".muse/refs");
    ok(&sandbox, "fsck --repair")
        .says("The refs were made anew of the reflog: 2 refs, and HEAD at refs/heads/topic")
        .says("whole again");
    assert_eq!(ok(&sandbox, "log").stdout, log);
}

#[test]
fn what_git_excludes_everywhere_is_ignored() {
    let sandbox = with_files(&[("a", "1\n")]);
    sandbox.write("work/notes~", "");
    sandbox.write("work/tags", "");
    let status = || ok(&sandbox, "status --short").stdout;
    sandbox.write("home/.config/git/ignore", "*~\n");
    assert!(!status().contains("notes~") && status().contains("tags"));
    sandbox.write("home/everywhere", "tags\n");
    sandbox.write("home/.gitconfig", "[core]\n\texcludesFile = ~/everywhere\n");
    assert!(status().contains("notes~") && !status().contains("tags"));
    let rule = ok(&sandbox, "check-ignore -v tags").stdout;
    assert!(rule.contains("home/everywhere:1:tags"), "{rule}");
}
