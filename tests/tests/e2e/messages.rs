//! What people read, word for word: exit code, stdout and stderr of the usual commands together.

use muse_e2e::assert_outcome;
use muse_e2e::harness::{Backend, Outcome, Sandbox, Scenario};

fn run(scenario: &Scenario, directory: &str, command_line: &str) -> Outcome {
    scenario.muse(directory).args(command_line.split(' ')).run()
}

#[test]
fn a_first_day() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("project");
    let sandbox = scenario.sandbox();
    assert_outcome!("init", run(&scenario, ".", "init project"));
    assert_outcome!("status of nothing", run(&scenario, "project", "status"));
    assert_outcome!("log of nothing", run(&scenario, "project", "log"));
    sandbox.write("project/README", "Read me.\n");
    sandbox.write("project/src/main.rs", "fn main() {}\n");
    assert_outcome!("status with new files", run(&scenario, "project", "status"));
    assert_outcome!("commit", run(&scenario, "project", "commit -m First"));
    assert_outcome!(
        "commit of nothing",
        run(&scenario, "project", "commit -m Again")
    );
    assert_outcome!("push without a remote", run(&scenario, "project", "push"));
    let add = format!("remote add origin {url}");
    assert_outcome!("remote add", run(&scenario, "project", &add));
    assert_outcome!("push", run(&scenario, "project", "push origin main"));
    assert_outcome!(
        "push of nothing new",
        run(&scenario, "project", "push origin main")
    );
    assert_outcome!("clone", run(&scenario, ".", &format!("clone {url} copy")));
    sandbox.write("project/README", "Read me first.\n");
    std::fs::remove_file(sandbox.path("project/src/main.rs")).expect("it is there");
    assert_outcome!("status with changes", run(&scenario, "project", "status"));
    assert_outcome!("diff", run(&scenario, "project", "diff"));
    run(&scenario, "project", "commit -m Second").expect_code(0);
    assert_outcome!("log", run(&scenario, "project", "log"));
    assert_outcome!(
        "log in short",
        run(&scenario, "project", "log --oneline --graph")
    );
    assert_outcome!("show", run(&scenario, "project", "show HEAD"));
    run(&scenario, "project", "push origin main").expect_code(0);
    assert_outcome!("pull", run(&scenario, "copy", "pull"));
    assert_outcome!("pull of nothing new", run(&scenario, "copy", "pull"));
    assert_outcome!("branch", run(&scenario, "copy", "branch topic"));
    assert_outcome!("switch", run(&scenario, "copy", "switch topic"));
    assert_outcome!("branches", run(&scenario, "copy", "branch -a"));
}

#[test]
fn a_bad_day() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("project");
    scenario.init("project", &url);
    scenario.commit("project", &[("a", "1\n")], "First");
    scenario.ok("project", "push origin main");
    scenario.ok(".", &format!("clone {url} copy"));
    scenario.commit("project", &[("a", "2\n")], "Theirs");
    scenario.ok("project", "push origin main");
    scenario.commit("copy", &[("a", "3\n")], "Ours");
    assert_outcome!("push refused", run(&scenario, "copy", "push origin main"));
    assert_outcome!("pull refused", run(&scenario, "copy", "pull --ff-only"));
    assert_outcome!("unknown revision", run(&scenario, "copy", "log nothing"));
    assert_outcome!("unknown remote", run(&scenario, "copy", "fetch nowhere"));
    let clone = format!("clone {url}s copy2");
    assert_outcome!("clone of nothing", run(&scenario, ".", &clone));
    assert_outcome!(
        "clone into a full directory",
        run(&scenario, ".", &format!("clone {url} copy"))
    );
    let push = scenario.muse("copy").args(["push", "origin", "main:other"]);
    assert_outcome!("push without a token", push.without_env("MUSE_TOKEN").run());
    scenario.sandbox().write("copy/a", "4\n");
    assert_outcome!(
        "switch over changes",
        run(&scenario, "copy", "switch origin/main --detach")
    );
}

#[test]
fn a_day_of_branches_and_tags() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("project");
    let sandbox = scenario.sandbox();
    let run = |command_line: &str| run(&scenario, "project", command_line);
    scenario.init("project", &url);
    scenario.commit(
        "project",
        &[("src/main.rs", "1\n"), ("top", "1\n")],
        "First",
    );
    assert_outcome!("status before the first push", run("status"));
    scenario.ok("project", "push -u origin main");
    sandbox.write("project/top", "2\n");
    sandbox.write("project/docs/a", "1\n");
    sandbox.write("project/src/lib.rs", "1\n");
    let below = |command_line: &str| {
        let command = scenario.muse("project/src");
        command.args(command_line.split(' ')).run()
    };
    assert_outcome!("status from a directory", below("status"));
    assert_outcome!("status for programs", below("status --porcelain"));
    assert_outcome!("status of a path", below("status ../docs"));
    assert_outcome!("status of an unknown path", below("status nothing"));
    scenario.commit("project", &[], "Second");
    scenario.ok("project", "switch -c topic");
    scenario.commit("project", &[("top", "3\n")], "Third");
    assert_outcome!("upstream of nothing", run("branch -u origin/topic"));
    assert_outcome!("upstream", run("branch -u origin/main"));
    scenario.ok("project", "switch main");
    assert_outcome!("branches with what they follow", run("branch -vv"));
    assert_outcome!("branches that are merged", run("branch --merged"));
    assert_outcome!("deletion of a branch with commits", run("branch -d topic"));
    assert_outcome!("forced deletion of a branch", run("branch -D topic"));
    let message = ["tag", "v1", "-m", "The first\n\nIt works."];
    assert_outcome!("tag", scenario.muse("project").args(message).run());
    scenario.ok("project", "tag plain HEAD~1");
    assert_outcome!("tags", run("tag -n"));
    assert_outcome!("show of a tag", run("show v1"));
    assert_outcome!("push of a tag", run("push origin v1"));
    assert_outcome!("tag that is there", run("tag v1"));
    assert_outcome!("deletion of a tag", run("tag -d v1"));
    assert_outcome!("remote show", run("remote show"));
}

#[test]
fn outside_of_any_repository() {
    let sandbox = Sandbox::new();
    assert_outcome!("status nowhere", sandbox.muse(".").arg("status").run());
    let commit = |sandbox: &Sandbox| sandbox.muse("here").args(["commit", "-m", "First"]);
    sandbox.muse(".").args(["init", "here"]).ok();
    sandbox.write("here/a", "1\n");
    let unnamed = commit(&sandbox)
        .without_env("MUSE_AUTHOR_NAME")
        .without_env("MUSE_AUTHOR_EMAIL");
    assert_outcome!("commit without an author", unnamed.run());
    assert_outcome!(
        "commit at a strange time",
        commit(&sandbox).env("MUSE_COMMIT_DATE", "yesterday").run()
    );
    sandbox.write("here/muse~1", "1\n");
    assert_outcome!("commit of a forbidden path", commit(&sandbox).run());
}

#[test]
fn commits_on_no_branch() {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    let run = |command_line: &str| sandbox.muse("work").args(command_line.split(' ')).run();
    sandbox.write("work/a", "1\n");
    run("commit -m First").expect_code(0);
    run("switch --detach HEAD").expect_code(0);
    for number in 2..=3 {
        sandbox.write("work/a", format!("{number}\n"));
        assert_outcome!(
            format!("commit {number} on no branch"),
            run(&format!("commit -m Commit-{number}"))
        );
    }
    assert_outcome!("switch away from no branch", run("switch main"));
}

/// Escape sequences, the control characters of C1 and an override of the direction of text.
const HOSTILE: &str = "a\u{1b}[31m\u{1b}]0;title\u{7}b\u{9b}2Jc\u{202e}d\rf";

#[test]
fn what_others_wrote_cannot_control_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    let ok = |command_line: &str| sandbox.muse("work").args(command_line.split(' ')).ok();
    sandbox.write("message", format!("Subject {HOSTILE}\n\nBody {HOSTILE}\n"));
    sandbox.write("work/file", format!("{HOSTILE}\n"));
    let committed = ok("commit -F ../message");
    let shown = r"a\u{1b}[31m\u{1b}]0;title\u{7}b\u{9b}2Jc\u{202e}d\rf";
    for outcome in [
        committed,
        ok("log"),
        ok("log --oneline --graph"),
        ok("branch -v"),
    ] {
        assert!(outcome.stdout.contains(shown), "{outcome}");
        let is_active = |c: char| c.is_control() && c != '\n' && c != '\t';
        assert!(!outcome.stdout.contains(is_active), "{outcome}");
    }
    let coloured = ok("log --color always");
    assert!(coloured.stdout.contains(shown), "{coloured}");
    assert!(coloured.stdout.contains("\u{1b}[33mcommit"), "{coloured}");
    // Programs get the bytes.
    assert_eq!(ok("show HEAD:file").stdout, format!("{HOSTILE}\n"));
    let diff = ok("show HEAD").stdout;
    assert!(diff.contains(&format!("+{HOSTILE}\n")), "{diff}");
    let json: serde_json::Value =
        serde_json::from_str(&ok("show HEAD --json").stdout).expect("a JSON document");
    assert!(json["message"].as_str().expect("text").contains(HOSTILE));
    let unknown = sandbox.muse("work").args(["show", HOSTILE]).fails(4);
    assert!(!unknown.stderr.contains('\u{1b}'), "{unknown}");
}
