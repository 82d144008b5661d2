//! Commands that record history, and those that look at it.

use std::fs;

use super::trial::Trial;

/// The repository of this story.
const HERE: &str = "history";

/// Records a few commits, and looks at them in every way.
pub(super) fn look_back(trial: &Trial) {
    record(trial);
    name(trial);
    let prints = |line: &str| trial.prints(HERE, line);
    for line in [
        "log",
        "log -p --show-signature",
        "log renamed",
        "show",
        "show v1",
        "show HEAD -- a",
        "diff HEAD~1",
        "diff HEAD~2 HEAD",
        "blame a",
        "blame v1 a",
        "grep two",
        "grep two HEAD",
        "grep -c two",
        "grep -l two",
        "grep binary",
        "describe",
        "describe --always HEAD~3",
        "shortlog",
        "shortlog -s",
        "shortlog -e",
        "reflog",
        "reflog main",
        "verify-commit HEAD~1",
    ] {
        prints(line);
    }
    trial.fails(HERE, "verify-commit HEAD", 1);
    trial.sandbox().write("history/a", "changed\n");
    prints("diff");
    // The exit code alone says it.
    for (line, is_printed) in [("diff --exit-code", true), ("grep not-there", false)] {
        let outcome = trial.command(HERE, line).fails(1);
        assert_eq!(outcome.stderr, "", "{line}");
        assert_eq!(!outcome.stdout.is_empty(), is_printed, "{line}");
    }
    prints("restore a");
    bisect(trial);
    take_back(trial);
}

fn record(trial: &Trial) {
    let sandbox = trial.sandbox();
    trial.prints(".", "init history");
    trial.prints(HERE, "status");
    sandbox.write("history/a", "one\n");
    sandbox.write("history/.museignore", "*.log\n");
    sandbox.write("history/x.log", "ignored\n");
    sandbox.write("history/binary", b"\0binary\n");
    sandbox.write("history/moved", "line\n".repeat(20));
    trial.prints(HERE, "status");
    trial.prints(HERE, "commit -m First");
    trial.prints(HERE, "commit -v --allow-empty -m Empty");
    trial.prints(HERE, "auth keygen");
    sandbox.write("history/a", "one\ntwo\n");
    fs::rename(
        sandbox.path("history/moved"),
        sandbox.path("history/renamed"),
    )
    .expect("it was written");
    sandbox.write("history/renamed", "line\n".repeat(21));
    trial.prints(HERE, "commit -S -m Signed");
    sandbox.write("history/a", "one\ntwo\nthree\n");
    trial.prints(HERE, "commit -m Unsigned");
}

fn name(trial: &Trial) {
    let tag = |line: &str| trial.prints_as("muse tag NAME", HERE, line);
    tag("tag -m One v1 HEAD~1");
    tag("tag light HEAD~2");
    tag("tag -f light HEAD~1");
    trial.prints(HERE, "tag");
    trial.prints(HERE, "tag --delete light");
    trial.prints_nothing(HERE, "branch side HEAD~1");
    trial.prints_nothing(HERE, "branch -m side other");
    trial.prints(HERE, "branch");
    trial.prints_nothing(HERE, "branch -d other");
}

fn bisect(trial: &Trial) {
    let prints = |line: &str| trial.prints(HERE, line);
    prints("bisect start");
    prints("bisect bad");
    prints("bisect good HEAD~3");
    trial.prints(HERE, "status");
    prints("bisect log");
    prints("bisect skip");
    prints("bisect skip");
    prints("bisect reset");
    prints("bisect start HEAD HEAD~3");
    // What it prints is not on stdout.
    prints("bisect run echo tried");
    prints("bisect reset");
}

fn take_back(trial: &Trial) {
    let prints = |line: &str| trial.prints(HERE, line);
    prints("undo");
    prints("reset --hard");
    prints("switch --detach HEAD~1");
    prints("status");
    prints("switch main");
    prints("switch -c new HEAD~1");
    prints("switch -C new main");
    prints("switch main");
    let half = trial.command(HERE, "switch --detach v1~1");
    let half = half.env(muse::fault::FAULT_VARIABLE, "checkout_writing");
    assert_eq!(half.run().code, None, "it is killed half way");
    prints("status");
    prints("switch --continue");
    prints("switch main");
}
