//! Repositories that reach each other without a server: by paths, and in bundles.

use muse_e2e::harness::{Outcome, Sandbox, listing};

/// Runs a `muse` command line, split at spaces, and expects success.
fn ok(sandbox: &Sandbox, directory: &str, command_line: &str) -> Outcome {
    sandbox.muse(directory).args(command_line.split(' ')).ok()
}

fn fails(sandbox: &Sandbox, directory: &str, command_line: &str, code: i32) -> Outcome {
    let command = sandbox.muse(directory).args(command_line.split(' '));
    command.fails(code)
}

fn commit(sandbox: &Sandbox, directory: &str, file: &str, contents: &str) {
    sandbox.write(format!("{directory}/{file}"), contents);
    ok(sandbox, directory, &format!("commit -m {file}"));
}

fn tip(sandbox: &Sandbox, directory: &str, revision: &str) -> String {
    let log = ok(sandbox, directory, &format!("--json log -n 1 {revision}"));
    let json: serde_json::Value = serde_json::from_str(log.line()).expect("JSON");
    json["commit"].as_str().expect("an id").to_owned()
}

/// The repository `work` with two branches and a tag.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    ok(&sandbox, ".", "init work");
    commit(&sandbox, "work", "a", "1\n");
    ok(&sandbox, "work", "tag v1");
    ok(&sandbox, "work", "switch -c dev");
    commit(&sandbox, "work", "b", "2\n");
    ok(&sandbox, "work", "switch main");
    sandbox
}

#[test]
fn a_path_is_cloned_fetched_pulled_and_pushed_to() {
    let sandbox = sandbox();
    ok(&sandbox, ".", "clone work clone");
    let same_files = || {
        assert_eq!(
            listing(&sandbox.path("clone")),
            listing(&sandbox.path("work"))
        );
    };
    same_files();
    fails(&sandbox, "clone", "undo", 4).says("nothing to undo");
    assert_eq!(ok(&sandbox, "clone", "tag").line(), "v1");
    ok(&sandbox, "clone", "switch dev");
    ok(&sandbox, "clone", "switch main");

    commit(&sandbox, "work", "c", "3\n");
    ok(&sandbox, "clone", "pull");
    same_files();

    ok(&sandbox, "clone", "switch -c topic");
    commit(&sandbox, "clone", "d", "4\n");
    ok(&sandbox, "clone", "push -u origin topic");
    assert_eq!(
        tip(&sandbox, "work", "topic"),
        tip(&sandbox, "clone", "topic")
    );
    ok(&sandbox, "work", "merge topic");
    ok(&sandbox, "clone", "fetch");
    same_files_of_main(&sandbox);
    ok(&sandbox, "clone", "push --delete origin topic");
    fails(&sandbox, "work", "show topic", 4);
    for directory in ["work", "clone"] {
        ok(&sandbox, directory, "fsck");
    }
}

fn same_files_of_main(sandbox: &Sandbox) {
    assert_eq!(
        tip(sandbox, "clone", "origin/main"),
        tip(sandbox, "work", "main")
    );
}

#[test]
fn a_push_to_a_path_is_refused_as_a_server_refuses_it() {
    let sandbox = sandbox();
    ok(&sandbox, ".", "clone work clone");
    commit(&sandbox, "clone", "c", "3\n");
    let checked_out = fails(&sandbox, "clone", "push", 5);
    checked_out
        .says("main is checked out in")
        .says("clone --bare");
    commit(&sandbox, "work", "d", "4\n");
    ok(&sandbox, "work", "switch dev");
    fails(&sandbox, "clone", "push", 5).says("has commits that yours does not contain");
    fails(&sandbox, "clone", "push --force-with-lease", 5).says("was last seen");
    ok(&sandbox, "clone", "push --force");
    assert_eq!(
        tip(&sandbox, "work", "main"),
        tip(&sandbox, "clone", "main")
    );
    ok(&sandbox, "work", "fsck");
}

#[test]
fn a_bare_repository_is_pushed_to_and_has_no_files() {
    let sandbox = sandbox();
    ok(&sandbox, ".", "clone --bare work hub");
    let branches = ok(&sandbox, "hub", "branch").stdout;
    assert_eq!(branches, "  dev\n* main\n");
    for command in [
        "status",
        "commit -m x",
        "switch dev",
        "reset --hard",
        "clean -f",
    ] {
        fails(&sandbox, "hub", command, 2).says("bare repository");
    }
    ok(&sandbox, "hub/mpacks", "log");
    ok(&sandbox, ".", "clone hub clone");
    commit(&sandbox, "clone", "c", "3\n");
    ok(&sandbox, "clone", "push");
    assert_eq!(tip(&sandbox, "hub", "main"), tip(&sandbox, "clone", "main"));
    ok(&sandbox, ".", "init --bare empty");
    ok(&sandbox, "clone", "remote add empty ../empty");
    ok(&sandbox, "clone", "push empty main origin/dev:other");
    assert_eq!(
        tip(&sandbox, "empty", "other"),
        tip(&sandbox, "work", "dev")
    );
    for directory in ["hub", "empty"] {
        ok(&sandbox, directory, "fsck");
        ok(&sandbox, directory, "gc");
    }
}

#[test]
fn programs_read_what_was_pushed_and_logged() {
    let sandbox = sandbox();
    ok(&sandbox, ".", "init --bare hub");
    ok(&sandbox, "work", "remote add hub ../hub");
    let push = |arguments: &str| {
        let pushed = ok(
            &sandbox,
            "work",
            &format!("push --porcelain hub {arguments}"),
        );
        let mut lines = pushed.stdout.lines().map(str::to_owned);
        assert!(lines.next().is_some_and(|line| line.ends_with("/hub")));
        let lines: Vec<String> = lines.collect();
        lines.join("|")
    };
    let main = "refs/heads/main:refs/heads/main";
    assert_eq!(
        push("main v1"),
        format!("*\t{main}\t[new branch]|*\trefs/tags/v1:refs/tags/v1\t[new tag]|Done")
    );
    assert_eq!(push("main"), "Done");
    let short = |revision: &str| tip(&sandbox, "work", revision)[7..17].to_owned();
    let old = short("main");
    commit(&sandbox, "work", "c", "3\n");
    let new = short("main");
    assert_eq!(push("HEAD"), format!(" \t{main}\t{old}..{new}|Done"));
    ok(&sandbox, "work", "reset --hard HEAD~1");
    assert_eq!(
        push("--force main"),
        format!("+\t{main}\t{new}...{old}|Done")
    );
    assert_eq!(push(":v1"), "-\t:refs/tags/v1\t[deleted]|Done");

    let id = tip(&sandbox, "work", "main");
    let logged = sandbox
        .muse("work")
        .args(["log", "--format=%H %s%x09%an", "main"])
        .ok();
    assert!(logged.line().starts_with(&format!("{id} a\t")), "{logged}");
    fails(&sandbox, "work", "log --format=%q", 2).says("there is no %q");
}

#[test]
fn one_branch_or_a_tag_can_be_cloned() {
    let sandbox = sandbox();
    ok(&sandbox, ".", "clone --single-branch -b dev -o up work one");
    assert_eq!(ok(&sandbox, "one", "branch -r").line().trim(), "up/dev");
    commit(&sandbox, "work", "c", "3\n");
    ok(&sandbox, "one", "fetch");
    assert_eq!(ok(&sandbox, "one", "branch -r").line().trim(), "up/dev");
    ok(&sandbox, "one", "fetch up main");
    let tracked = ok(&sandbox, "one", "branch -r").stdout;
    assert_eq!(tracked, "  up/dev\n  up/main\n");

    ok(&sandbox, ".", "clone -b v1 work tagged").says("at tag v1");
    let head = tip(&sandbox, "tagged", "HEAD");
    assert_eq!(head, tip(&sandbox, "work", "v1"));
    fails(&sandbox, ".", "clone -b v2 work none", 4).says("no branch or tag \"v2\"");
    assert!(!sandbox.path("none").exists());
    fails(&sandbox, ".", "clone -o a/b work none", 2);
}

#[test]
fn a_bundle_is_cloned_and_fetched_from() {
    let sandbox = sandbox();
    ok(&sandbox, "work", "bundle create ../all.bundle");
    let listed = ok(&sandbox, ".", "bundle list all.bundle").stdout;
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    assert_eq!(names, ["refs/heads/dev", "refs/heads/main", "refs/tags/v1"]);
    let verified = ok(&sandbox, ".", "bundle verify all.bundle");
    assert_eq!(
        verified.line(),
        "all.bundle is whole: 3 refs, 2 commits, 2 objects"
    );
    ok(&sandbox, ".", "clone all.bundle");
    assert_eq!(
        listing(&sandbox.path("all")),
        listing(&sandbox.path("work"))
    );
    ok(&sandbox, "all", "fsck");

    // What came since, for those who have the rest.
    commit(&sandbox, "work", "c", "3\n");
    let created = ok(&sandbox, "work", "bundle create ../more.bundle v1..main");
    created.says("1 commit,").says("It builds on 1 commit");
    ok(&sandbox, "all", "remote add more ../more.bundle");
    let verified = ok(&sandbox, "all", "bundle verify ../more.bundle").stdout;
    assert!(verified.contains("which are here"), "{verified}");
    ok(&sandbox, "all", "pull more main");
    assert_eq!(tip(&sandbox, "all", "main"), tip(&sandbox, "work", "main"));
    fails(&sandbox, "all", "push more", 2).says("takes no pushes");

    // Nothing new is a bundle, too.
    ok(&sandbox, "work", "bundle create ../none.bundle main..main");
    ok(&sandbox, "all", "remote add none ../none.bundle");
    ok(&sandbox, "all", "fetch none");
}

#[test]
fn a_bundle_that_is_not_whole_or_lacks_its_base_changes_nothing() {
    let sandbox = sandbox();
    ok(&sandbox, "work", "bundle create ../all.bundle");
    commit(&sandbox, "work", "c", "3\n");
    ok(&sandbox, "work", "bundle create ../more.bundle v1..main");

    let refused = fails(&sandbox, ".", "clone more.bundle none", 4);
    refused.says("builds on commits that are not here");
    assert!(!sandbox.path("none").exists());
    ok(&sandbox, ".", "init other");
    fails(&sandbox, "other", "bundle verify ../more.bundle", 4);
    fails(&sandbox, ".", "bundle verify more.bundle", 4);

    let whole = std::fs::read(sandbox.path("all.bundle")).expect("it was written");
    for length in [0, 7, 20, whole.len() / 2, whole.len() - 1] {
        sandbox.write("cut.bundle", &whole[..length]);
        let code = if length < 8 { 1 } else { 9 };
        fails(&sandbox, ".", "bundle list cut.bundle", code);
        fails(&sandbox, ".", "clone cut.bundle none", code);
    }
    for index in (0..whole.len()).step_by(23) {
        let mut changed = whole.clone();
        changed[index] ^= 1;
        sandbox.write("bad.bundle", changed);
        let outcome = sandbox
            .muse(".")
            .args(["clone", "bad.bundle", "none"])
            .run();
        assert!(matches!(outcome.code, Some(1 | 9)), "{index}: {outcome}");
        assert!(!sandbox.path("none").exists(), "{index}");
    }
    fails(&sandbox, ".", "clone work/a none", 1).says("not a bundle");
    fails(&sandbox, ".", "clone ./nothing none", 4).says("there is nothing at");
    fails(&sandbox, ".", "clone nothing none", 2).says("neither a URL nor a file");
    fails(&sandbox, ".", "clone . none", 4).says("neither a muse repository nor a bundle");
    sandbox.git(".").args(["init", "-q", "git"]).ok();
    fails(&sandbox, ".", "clone git none", 4).says("muse import git");
    fails(&sandbox, "work", "bundle create ../x.bundle nothing", 4);
    fails(&sandbox, "work", "bundle create ../missing/x.bundle", 1);
    assert!(!sandbox.path("x.bundle").exists());
}
