//! This project's own history, imported from git, pushed, cloned, and exported to git again.

use std::path::{Path, PathBuf};

use muse_e2e::harness::{Backend, Sandbox, Scenario, listing};

/// The repository that this is built from; `None` in an unpacked archive.
fn own_repository() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    root.join(".git").exists().then(|| root.to_owned())
}

/// The branches and tags of a git repository, and what they name.
fn git_refs(sandbox: &Sandbox, repository: &Path) -> String {
    let list = ["for-each-ref", "--format=%(objectname) %(refname)"];
    let git = sandbox.git(repository).args(list);
    git.args(["refs/heads", "refs/tags"]).ok().stdout
}

#[test]
fn it_travels_whole_and_goes_back_with_gits_ids() {
    let Some(own) = own_repository() else {
        skip_unless_there();
        return;
    };
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("own");
    scenario
        .muse(".")
        .args(["import", "git"])
        .arg(format!("file://{}", own.display()))
        .arg("imported")
        .ok();
    scenario.ok("imported", &format!("remote add origin {url}"));
    scenario.ok("imported", "push origin --all");
    let branch = scenario
        .sandbox()
        .git(&own)
        .args(["rev-parse", "--abbrev-ref", "HEAD"])
        .ok();
    let mut clone = vec!["clone", &url, "clone"];
    if branch.line() != "HEAD" {
        clone.extend(["-b", branch.line()]);
    }
    scenario.muse(".").args(clone).ok();
    if branch.line() == "HEAD" {
        let head = scenario.revision("imported", "HEAD");
        scenario.ok("clone", &format!("switch --detach {head}"));
    }
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("imported"))
    );
    let commits = |directory| {
        let log = scenario.ok(directory, "log --oneline").stdout;
        let ids = log.lines().filter_map(|line| line.split(' ').next());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(commits("clone"), commits("imported"));
    // An id stands for a commit's tree and for its whole history.
    scenario.ok("imported", "export git ../back.git");
    let back = git_refs(sandbox, &sandbox.path("back.git"));
    assert_eq!(back, git_refs(sandbox, &own));
    let count = ["rev-list", "--count", "--branches", "--tags"];
    let counted = sandbox.git("back.git").args(count).ok();
    let of_own = sandbox.git(&own).args(count).ok();
    assert_eq!(counted.line(), of_own.line());
}

/// In CI the sources may be an archive as well: this skip is no failure there.
#[expect(
    clippy::print_stderr,
    reason = "a skipped test must be visible, and tests have no printer"
)]
fn skip_unless_there() {
    eprintln!("SKIPPED: the sources are no git repository");
}
