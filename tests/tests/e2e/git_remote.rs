//! People who stay with git: they clone, fetch and push by `git-remote-muse`.

use std::ffi::OsString;

use muse_e2e::harness::{Backend, Invocation, Outcome, Scenario, binary};

/// `git`, which finds the helper, with the server's token.
fn git(scenario: &Scenario, directory: &str) -> Invocation {
    let helper = binary("git-remote-muse");
    let mut path = OsString::from(helper.parent().expect("it is in a directory"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let sandbox = scenario.sandbox();
    let git = sandbox.git(directory).env("PATH", path);
    git.env("MUSE_CONFIG_HOME", sandbox.path("config"))
        .env("MUSE_TOKEN", scenario.token())
}

fn ok(scenario: &Scenario, directory: &str, command_line: &str) -> Outcome {
    let git = git(scenario, directory);
    git.args(command_line.split(' ')).ok()
}

fn git_commit(scenario: &Scenario, directory: &str, file: &str, contents: &str) {
    let sandbox = scenario.sandbox();
    sandbox.write(format!("{directory}/{file}"), contents);
    ok(scenario, directory, "add -A");
    ok(scenario, directory, &format!("commit -q -m {file}"));
}

/// The refs that a directory's git repository sees on its remote.
fn listed(scenario: &Scenario, directory: &str) -> String {
    ok(scenario, directory, "ls-remote -q").stdout
}

#[test]
fn a_history_goes_to_a_server_and_comes_back_with_gits_ids() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("history");
    ok(&scenario, ".", "init -q -b main one");
    git_commit(&scenario, "one", "a", "1\n");
    ok(&scenario, "one", "tag -a -m annotated v1");
    ok(&scenario, "one", "switch -q -c dev");
    git_commit(&scenario, "one", "d/b", "2\n");
    ok(&scenario, "one", "switch -q main");
    git_commit(&scenario, "one", "c", "3\n");
    ok(&scenario, "one", "merge -q --no-ff -m merge dev");
    ok(&scenario, "one", &format!("remote add origin muse::{url}"));
    ok(&scenario, "one", "push -q -u origin main dev v1");
    let refs = "for-each-ref --format=%(objectname)%09%(refname) refs/heads refs/tags";
    let refs = |directory: &str| ok(&scenario, directory, refs).stdout;

    ok(&scenario, ".", &format!("clone -q muse::{url} two"));
    ok(&scenario, "two", "branch -q dev origin/dev");
    assert_eq!(refs("two"), refs("one"));
    ok(&scenario, "two", "fsck --full --strict");
    assert_eq!(scenario.sandbox().read("two/d/b"), "2\n");

    // What people with muse see is the same, and what they add arrives.
    scenario.ok(".", &format!("clone {url} muse"));
    assert_eq!(scenario.sandbox().read("muse/d/b"), "2\n");
    scenario.commit("muse", &[("m", "from muse\n")], "by muse");
    scenario.ok("muse", "push");
    ok(&scenario, "one", "pull -q");
    assert_eq!(scenario.sandbox().read("one/m"), "from muse\n");
    git_commit(&scenario, "one", "e", "on top\n");
    ok(&scenario, "one", "push -q");
    ok(&scenario, "two", "pull -q");
    assert_eq!(refs("two"), refs("one"));
    scenario.ok("muse", "pull");
    assert_eq!(scenario.sandbox().read("muse/e"), "on top\n");
    let log = scenario.ok("muse", "log --format %s");
    assert_eq!(log.stdout, "e\nby muse\nmerge\nd/b\nc\na\n");
}

#[test]
fn notes_and_lfs_files_travel() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("notes");
    let sandbox = scenario.sandbox();
    ok(&scenario, ".", "init -q -b main one");
    // The SHA-256 of `hello` and a line feed.
    let oid = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    let stored = format!(".git/lfs/objects/58/91/{oid}");
    sandbox.write(format!("one/{stored}"), "hello\n");
    let version = "version https://git-lfs.github.com/spec/v1";
    let pointer = format!("{version}\noid sha256:{oid}\nsize 6\n");
    git_commit(&scenario, "one", "a.bin", &pointer);
    ok(&scenario, "one", "notes add -m noted");
    ok(&scenario, "one", &format!("remote add origin muse::{url}"));
    ok(&scenario, "one", "push -q origin main refs/notes/commits");

    ok(&scenario, ".", &format!("clone -q muse::{url} two"));
    ok(
        &scenario,
        "two",
        "fetch -q origin refs/notes/*:refs/notes/*",
    );
    assert_eq!(ok(&scenario, "two", "notes show").stdout, "noted\n");
    assert_eq!(sandbox.read("two/a.bin"), pointer);
    assert_eq!(sandbox.read(format!("two/{stored}")), "hello\n");
    assert_eq!(listed(&scenario, "two"), listed(&scenario, "one"));
    scenario.ok(".", &format!("clone {url} muse"));
    assert_eq!(sandbox.read("muse/a.bin"), "hello\n");
    let branches = scenario.ok("muse", "branch -r").stdout;
    assert!(branches.contains("git-notes/commits"), "{branches}");
    ok(&scenario, "two", "push -q origin :refs/notes/commits");
    assert!(!listed(&scenario, "one").contains("notes"));
}

#[test]
fn refs_move_as_git_is_told_and_no_further() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("refs");
    ok(&scenario, ".", "init -q -b main one");
    git_commit(&scenario, "one", "a", "1\n");
    ok(&scenario, "one", &format!("remote add origin muse::{url}"));
    ok(&scenario, "one", "tag v1");
    ok(&scenario, "one", "push -q origin main main:other v1");
    let tip = ok(&scenario, "one", "rev-parse HEAD").line().to_owned();
    let all = [
        "refs/heads/main",
        "refs/heads/other",
        "refs/tags/v1",
        "HEAD",
    ];
    let lines: Vec<_> = all.iter().map(|name| format!("{tip}\t{name}\n")).collect();
    assert_eq!(listed(&scenario, "one"), lines.concat());
    ok(&scenario, "one", "push -q --dry-run origin :other");
    ok(&scenario, "one", "push -q origin :other");
    assert!(!listed(&scenario, "one").contains("other"));

    ok(&scenario, ".", &format!("clone -q muse::{url} two"));
    git_commit(&scenario, "two", "b", "two's\n");
    ok(&scenario, "two", "push -q");
    git_commit(&scenario, "one", "b", "one's\n");
    let rejected = git(&scenario, "one")
        .args(["push", "-q", "origin", "main"])
        .run();
    rejected.expect_code(1).says("[rejected]");
    ok(&scenario, "one", "push -q --force origin main");
    let forced = ok(&scenario, "one", "rev-parse HEAD").line().to_owned();
    assert!(listed(&scenario, "two").starts_with(&forced));
    ok(&scenario, "two", "fetch -q");
    assert_eq!(ok(&scenario, "two", "rev-parse origin/main").line(), forced);
    // A protected branch stays where it is, and the other one moves.
    scenario
        .admin(&["repo", "protect", "ada/refs", "main"])
        .ok();
    git_commit(&scenario, "two", "b", "two's again\n");
    let refused = git(&scenario, "two").args(["push", "-f", "origin", "main", "main:free"]);
    refused.run().expect_code(1).says("protected");
    let refs = listed(&scenario, "two");
    let main = format!("{forced}\trefs/heads/main\n");
    assert!(
        refs.contains(&main) && refs.contains("refs/heads/free"),
        "{refs}"
    );
}

#[test]
fn what_goes_wrong_is_said_and_git_fails() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("wrong");
    let missing = git(&scenario, ".").args(["clone", "-q", &format!("muse::{url}-not"), "x"]);
    missing.fails(128).says("there is no repository");
    let no_address = git(&scenario, ".").args(["clone", "-q", "muse::git@host:a/b", "x"]);
    no_address.fails(128).says("is an address for ssh");
}
