//! Hooks: programs beside the repository that look at commits and pushes, and may refuse them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use muse_e2e::harness::{Backend, Sandbox, Scenario};

/// Writes a hook of the repository `work`.
fn hook(sandbox: &Sandbox, name: &str, script: &str, mode: u32) {
    let path = format!("work/.muse/hooks/{name}");
    sandbox.write(&path, format!("#!/bin/sh\n{script}\n"));
    let path = sandbox.path(&path);
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

fn is_clean(scenario: &Scenario) -> bool {
    scenario.ok("work", "status --short").stdout.is_empty()
}

#[test]
fn a_hook_sees_the_work_tree_before_it_is_committed() {
    let scenario = Scenario::new(Backend::Embedded);
    scenario.init("work", &scenario.repo_url("unused"));
    let sandbox = scenario.sandbox();
    sandbox.write("work/sub/a", "one\n");
    hook(
        sandbox,
        "pre-commit",
        "echo looked; ! grep -q bad sub/a",
        0o755,
    );
    let committed = scenario
        .muse("work/sub")
        .args(["--json", "commit", "-m", "One"]);
    let committed = committed.env("MUSE_TOKEN", "secret").ok();
    let committed = committed.says("looked");
    assert!(committed.stdout.starts_with('{'), "{committed}");

    sandbox.write("work/sub/a", "bad\n");
    let refused = scenario.fails("work", "commit -m Bad", 1);
    refused
        .says("the hook pre-commit refused (exit status: 1)")
        .says("`--no-verify` skips it");
    assert!(!is_clean(&scenario));
    scenario.fails("work", "commit --amend --no-edit", 1);
    scenario.ok("work", "commit -n -m Bad");
    assert!(is_clean(&scenario));

    // It may change the files, as one that formats them does.
    let tidy = "echo tidy > sub/a; test -z \"$MUSE_TOKEN\"";
    hook(sandbox, "pre-commit", tidy, 0o755);
    sandbox.write("work/sub/a", "untidy\n");
    let commit = scenario.muse("work").args(["commit", "-m", "Tidy"]);
    commit.env("MUSE_TOKEN", "secret").ok();
    assert!(is_clean(&scenario));
    assert_eq!(scenario.ok("work", "show HEAD:sub/a").stdout, "tidy\n");
}

#[test]
fn a_hook_reads_what_a_push_is_about_to_move() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "One");
    let sandbox = scenario.sandbox();
    let keep = "echo \"$@\" > told; cat >> told; test ! -e no";
    hook(sandbox, "pre-push", keep, 0o700);
    let told = || fs::read_to_string(sandbox.path("work/told")).expect("the hook ran");
    let id = scenario.revision("work", "HEAD");

    sandbox.write("work/no", "");
    let refused = scenario.fails("work", "push origin main", 1);
    refused.says("the hook pre-push refused (exit status: 1)");
    assert_eq!(told(), format!("origin {url}\nrefs/heads/main - {id}\n"));
    scenario.fails("work", "push --dry-run origin main", 1);
    assert_eq!(scenario.ok("work", "branch -r").stdout, "");
    scenario.ok("work", "push --no-verify origin main");
    fs::remove_file(sandbox.path("work/told")).expect("it is ours");
    // There is nothing to look at.
    scenario.ok("work", "push origin main");
    assert!(!sandbox.path("work/told").exists());

    fs::remove_file(sandbox.path("work/no")).expect("it is ours");
    scenario.ok("work", "push origin main:second");
    scenario.ok("work", "push origin --delete second");
    assert_eq!(told(), format!("origin {url}\nrefs/heads/second {id} -\n"));
    // It need not read anything.
    hook(sandbox, "pre-push", "exit 0", 0o700);
    scenario.ok("work", "push origin main:third");
}

#[test]
fn what_others_could_have_written_is_not_run() {
    let scenario = Scenario::new(Backend::Embedded);
    scenario.init("work", &scenario.repo_url("unused"));
    let sandbox = scenario.sandbox();
    sandbox.write("work/a", "one\n");
    hook(sandbox, "pre-commit", "exit 1", 0o644);
    scenario
        .ok("work", "commit -m One")
        .says("pre-commit is not executable, and not run");
    hook(sandbox, "pre-commit", "exit 0", 0o777);
    let refused = scenario.fails("work", "commit --allow-empty -m Two", 1);
    refused.says("as everybody may write to it");
    hook(sandbox, "pre-commit", "exit 0", 0o755);
    let open = Permissions::from_mode(0o777);
    fs::set_permissions(sandbox.path("work/.muse/hooks"), open).expect("it is ours");
    scenario.fails("work", "commit --allow-empty -m Two", 1);
    scenario.ok("work", "commit --allow-empty --no-verify -m Two");

    // What is cloned brings no hook along.
    sandbox.write("work/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    scenario.ok("work", "commit -n -m Tracked");
    scenario.ok(".", "clone work clone");
    scenario.ok("clone", "commit --allow-empty -m Three");
}

#[test]
fn a_hook_that_cannot_run_is_named() {
    let scenario = Scenario::new(Backend::Embedded);
    scenario.init("work", &scenario.repo_url("unused"));
    let sandbox = scenario.sandbox();
    sandbox.write("work/a", "one\n");
    hook(sandbox, "pre-commit", "exit 0", 0o755);
    sandbox.write("work/.muse/hooks/pre-commit", "#!/no/such/interpreter\n");
    let failed = scenario.fails("work", "commit -m One", 1);
    failed.says("cannot run the hook ");
}
