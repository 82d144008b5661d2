//! The main job: commit every kind of change, push, clone, and find the same bytes and modes.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use muse_e2e::harness::{Backend, Scenario, ServerOptions, listing};
use muse_e2e::on_both_backends;
use muse_e2e::workload::text;

on_both_backends!(
    every_kind_of_change_arrives,
    a_large_push_goes_through_the_store,
    either_way_of_sending_can_be_forced,
    an_empty_repository_clones,
    a_clone_starts_on_the_branch_that_was_pushed_first,
    what_is_ignored_stays_here,
);

fn make_executable(path: &std::path::Path, executable: bool) {
    let mode = if executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
}

fn every_kind_of_change_arrives(scenario: &Scenario) {
    let url = scenario.create_repo("files");
    scenario.init("work", &url);
    let sandbox = scenario.sandbox();
    sandbox.write("work/plain.txt", "plain\n");
    sandbox.write("work/empty", "");
    sandbox.write("work/deep/er/and/deeper/file.rs", text(1, 9000));
    sandbox.write("work/grüße/日本語/Ελληνικά.md", "hello\n");
    sandbox.write("work/with space/and 'quotes'.txt", "x");
    sandbox.write("work/binary", [0, 255, 13, 10, 0]);
    make_executable(&sandbox.write("work/bin/run", "#!/bin/sh\n"), true);
    symlink("plain.txt", sandbox.path("work/link")).expect("links can be made");
    symlink("no/such/target", sandbox.path("work/dangling")).expect("links can be made");
    scenario.ok("work", "commit -m First");

    sandbox.write("work/plain.txt", "changed\n");
    sandbox.write("work/new/file", "new\n");
    fs::remove_file(sandbox.path("work/empty")).expect("it is there");
    fs::remove_dir_all(sandbox.path("work/deep")).expect("it is there");
    sandbox.write("work/deep", "a file where a directory was\n");
    make_executable(&sandbox.path("work/bin/run"), false);
    make_executable(&sandbox.path("work/binary"), true);
    fs::remove_file(sandbox.path("work/link")).expect("it is there");
    symlink("binary", sandbox.path("work/link")).expect("links can be made");
    scenario.ok("work", "commit -m Second");
    scenario.ok("work", "push origin main");

    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
    assert_eq!(
        scenario.revision("clone", "HEAD"),
        scenario.revision("work", "HEAD")
    );
    let status = scenario.ok("clone", "status --short");
    assert_eq!(status.stdout, "");

    // What the clone does not show arrived as well: the first commit's tree.
    scenario.ok("clone", "switch --detach HEAD~1");
    let listed = listing(&sandbox.path("clone"));
    assert!(listed.contains_key(std::path::Path::new("deep/er/and/deeper/file.rs")));
    assert!(listed.contains_key(std::path::Path::new("empty")));
    assert_eq!(listed.len(), 9);
}

fn a_large_push_goes_through_the_store(scenario: &Scenario) {
    let url = scenario.create_repo("many");
    scenario.init("work", &url);
    for number in 0..600 {
        let path = format!("work/part{}/file{number}.rs", number / 50);
        scenario.sandbox().write(path, text(number, 2000));
    }
    scenario.ok("work", "commit -m Many");
    let push = scenario.ok("work", "-v push origin main");
    assert!(push.stderr.contains("commits_written=1"), "{push}");
    assert!(push.stderr.contains("objects_written=600"), "{push}");
    assert!(scenario.server().log().contains("unpack-mpack"));
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
}

fn either_way_of_sending_can_be_forced(scenario: &Scenario) {
    for transfer in ["stream", "presign"] {
        let url = scenario.create_repo(transfer);
        let work = format!("work-{transfer}");
        scenario.init(&work, &url);
        scenario.commit(&work, &[("a", "one\n"), ("b/c", "two\n")], "First");
        scenario.ok(&work, &format!("push origin main --transfer {transfer}"));
        let clone = format!("clone-{transfer}");
        scenario.muse(".").args(["clone", &url, &clone]).ok();
        let sandbox = scenario.sandbox();
        assert_eq!(listing(&sandbox.path(clone)), listing(&sandbox.path(work)));
    }
}

fn an_empty_repository_clones(scenario: &Scenario) {
    let url = scenario.create_repo("empty");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    assert!(listing(&scenario.sandbox().path("clone")).is_empty());
    // And is ready to be pushed to.
    scenario.commit("clone", &[("a", "1")], "First");
    scenario.ok("clone", "push origin main");
}

fn a_clone_starts_on_the_branch_that_was_pushed_first(scenario: &Scenario) {
    let url = scenario.create_repo("trunk");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    for command in ["branch dev", "switch -c trunk", "push origin dev trunk"] {
        scenario.ok("work", command);
    }
    let clone = scenario.muse(".").args(["clone", &url, "clone"]).ok();
    assert!(!clone.stderr.contains("default branch"), "{clone}");
    assert!(scenario.ok("clone", "status").stdout.contains("trunk"));
}

fn what_is_ignored_stays_here(scenario: &Scenario) {
    let url = scenario.create_repo("ignoring");
    scenario.init("work", &url);
    scenario.commit(
        "work",
        &[
            (".museignore", "*.log\n/build/\n!keep.log\n"),
            ("a.log", "no"),
            ("keep.log", "yes"),
            ("build/out", "no"),
            ("d/build/in", "yes"),
            ("d/.museignore", "secret\n"),
            ("d/secret", "no"),
        ],
        "First",
    );
    scenario.ok("work", "push origin main");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let names: Vec<_> = listing(&scenario.sandbox().path("clone"))
        .into_keys()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        [".museignore", "d/.museignore", "d/build/in", "keep.log"]
    );
}

/// A history that is more than the server takes at a time arrives in several pushes.
#[test]
fn a_push_over_the_limit_is_made_in_stages() {
    let options = ServerOptions {
        environment: vec![("MUSEHUB_MAX_PUSH_COMMITS".into(), "10".into())],
        ..ServerOptions::default()
    };
    let scenario = Scenario::with_options(Backend::Embedded, &options);
    let url = scenario.create_repo("long");
    scenario.init("work", &url);
    for number in 0..25 {
        scenario.commit("work", &[("a", &number.to_string())], "Next");
    }
    scenario.ok("work", "branch other HEAD~2");
    let push = scenario.ok("work", "push origin --all");
    assert!(
        push.stderr.contains("25 commits, 25 objects, "),
        "all stages are counted: {push}"
    );
    assert!(push.stderr.contains("[new branch]"), "{push}");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    for branch in ["main", "other"] {
        assert_eq!(
            scenario.revision("clone", &format!("origin/{branch}")),
            scenario.revision("work", branch)
        );
    }
    let again = scenario.ok("work", "push origin --all");
    assert!(again.stderr.contains("up-to-date"), "{again}");
}
