//! Mirrors: repositories whose branches and tags are those of another one.

use muse_e2e::harness::Scenario;
use muse_e2e::on_both_backends;

on_both_backends!(
    a_mirror_becomes_what_its_source_is,
    a_push_makes_its_target_what_is_here,
);

/// A repository on the server with two branches and two tags, and its work tree.
fn source(scenario: &Scenario) -> String {
    let url = scenario.create_repo("source");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "One");
    scenario.ok("work", "tag light");
    scenario.ok("work", "tag -a heavy -m Heavy");
    scenario.ok("work", "branch side");
    scenario.commit("work", &[("a", "2")], "Two");
    scenario.ok("work", "push --all --tags origin");
    url
}

/// All branches and tags of a repository, with what they are at.
fn refs(scenario: &Scenario, directory: &str) -> Vec<String> {
    let directory = scenario.sandbox().path(directory);
    let own = directory.join(".muse/refs");
    let refs = if own.exists() {
        own
    } else {
        directory.join("refs")
    };
    let refs = std::fs::read_to_string(refs).expect("readable");
    let shared = |line: &&str| line.contains(" refs/heads/") || line.contains(" refs/tags/");
    let lines = refs
        .lines()
        .filter(shared)
        .filter(|line| !line.contains("HEAD"));
    lines.map(str::to_owned).collect()
}

fn a_mirror_becomes_what_its_source_is(scenario: &Scenario) {
    let url = source(scenario);
    scenario.ok(".", &format!("clone --mirror {url} mirror"));
    assert_eq!(refs(scenario, "mirror"), refs(scenario, "work"));
    // Everything that can happen to a ref.
    scenario.ok("work", "commit --amend -m Other");
    scenario.ok("work", "branch -D side");
    scenario.ok("work", "branch new light");
    scenario.ok("work", "tag -f light HEAD");
    scenario.ok("work", "tag -d heavy");
    scenario.ok("work", "push --mirror origin");
    let fetched = scenario.ok("mirror", "fetch");
    assert_eq!(refs(scenario, "mirror"), refs(scenario, "work"));
    fetched
        .says("(forced)")
        .says("[deleted]        side")
        .says("[deleted]        heavy")
        .says("[new branch]     new -> new");
    assert_eq!(scenario.ok("mirror", "fetch").stderr, "");
    scenario.ok("mirror", "fsck");

    // A branch alone takes nothing away.
    scenario.ok("work", "branch -D new");
    scenario.commit("work", &[("a", "3")], "Three");
    scenario.ok("work", "push --mirror origin");
    scenario.ok("mirror", "fetch origin main");
    let here = refs(scenario, "mirror");
    assert!(here.iter().any(|line| line.ends_with("/new")), "{here:?}");
    let head = scenario.revision("work", "HEAD");
    assert!(here.iter().any(|line| line.contains(&head)), "{here:?}");
}

fn a_push_makes_its_target_what_is_here(scenario: &Scenario) {
    source(scenario);
    let copy = scenario.create_repo("copy");
    scenario.ok("work", &format!("remote add copy {copy}"));
    let pushed = scenario.ok("work", "--json push --mirror copy");
    assert!(pushed.stdout.contains("refs/tags/heavy"), "{pushed}");
    scenario.ok(".", &format!("clone --mirror {copy} check"));
    assert_eq!(refs(scenario, "check"), refs(scenario, "work"));
    let again = scenario.ok("work", "push --mirror copy");
    again.says("Everything up-to-date");

    // The branch that clones start on goes only where that is said.
    scenario.ok("work", "switch side");
    scenario.ok("work", "branch -D main");
    let refused = scenario.fails("work", "push --mirror copy", 2);
    refused.says("main is the default branch of copy");
    scenario.ok("work", "push --mirror --yes copy");
    scenario.ok("check", "fetch");
    assert_eq!(refs(scenario, "check"), refs(scenario, "work"));
    scenario.fails("work", "push --mirror copy main", 2);
    scenario.fails("work", "push --yes copy side", 2);
}
