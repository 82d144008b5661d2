//! More branches and tags than one request names: they are pushed, listed, cloned and fetched, and
//! a push of one costs what it costs where there are few.

use std::fmt::Write as _;
use std::fs;

use muse_e2e::harness::Scenario;
use muse_e2e::measure::CountingProxy;
use muse_e2e::on_both_backends;
use muse_e2e::workload::{Shape, git_fast_import};
use muse_wire::api::refs::RefsResponse;
use muse_wire::limits::{MAX_NEGOTIATE_IDS, MAX_REF_UPDATES};

on_both_backends!(thousands_of_tags_of_as_many_commits);

/// More than a request wants by id.
const COMMITS: u32 = 10_200;

/// Imports a history into `work` and gives each commit a tag.
fn tagged_history(scenario: &Scenario) -> usize {
    let shape = Shape::Add {
        commits: COMMITS,
        files: 1,
    };
    let mut stream = Vec::new();
    git_fast_import(shape, &mut stream).expect("memory takes it");
    let git = |directory: &str| scenario.sandbox().git(directory);
    git(".").args(["init", "-q", "--bare", "git"]).ok();
    let imported = git("git").args(["fast-import", "--quiet"]);
    imported.stdin(stream).ok();
    scenario.ok(".", "import git git work");

    // As `muse tag` would write them, one after the other.
    let log = scenario.ok("work", "--json log");
    let mut tags = String::new();
    let mut count = 0;
    for line in log.stdout.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let id = entry["commit"].as_str().expect("a commit");
        writeln!(tags, "{id} refs/tags/t{count:05}").expect("memory takes it");
        count += 1;
    }
    let path = scenario.sandbox().path("work/.muse/refs");
    let refs = fs::read_to_string(&path).expect("readable");
    fs::write(path, refs + &tags).expect("writable");
    count
}

/// The refs of a repository, with what they are at, below a prefix.
fn refs(scenario: &Scenario, directory: &str, prefix: &str) -> Vec<String> {
    let path = scenario.sandbox().path(directory).join(".muse/refs");
    let refs = fs::read_to_string(path).expect("readable");
    let refs = refs.lines().filter(|line| line.contains(prefix));
    refs.map(str::to_owned).collect()
}

fn thousands_of_tags_of_as_many_commits(scenario: &Scenario) {
    let count = tagged_history(scenario);
    assert!(count > MAX_REF_UPDATES && COMMITS as usize > MAX_NEGOTIATE_IDS);
    let url = scenario.create_repo("repo");
    scenario.ok("work", &format!("remote add origin {url}"));
    scenario.ok("work", "push --tags origin main");
    let tags = refs(scenario, "work", " refs/tags/");
    assert_eq!(tags.len(), count);

    let api = scenario.api("repo");
    let first: RefsResponse = api.get("refs").json();
    assert!(first.has_more);
    let last: RefsResponse = api
        .get("refs?prefix=refs/tags/&after=refs/tags/t10000")
        .json();
    assert_eq!(last.refs.len(), count - 10_001);
    assert!(!last.has_more);

    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    assert_eq!(refs(scenario, "clone", " refs/tags/"), tags);
    scenario.init("fetched", &url);
    scenario.ok("fetched", "fetch origin");
    assert_eq!(refs(scenario, "fetched", " refs/tags/"), tags);

    // One branch more, by a repository that knows all, and by one that knows nothing of the remote.
    let proxy = CountingProxy::start(scenario.server().base_url());
    let through_proxy = format!("{}/ada/repo", proxy.url());
    scenario.ok("clone", &format!("remote set-url origin {through_proxy}"));
    scenario.ok("clone", "switch -c topic");
    scenario.commit("clone", &[("topic", "on topic")], "Topic");
    let pushed = scenario.ok("clone", "-v push origin topic");
    assert!(
        pushed
            .stderr
            .contains("commits_written=1 objects_written=1"),
        "{pushed}"
    );
    let bytes = proxy.total_bytes();
    assert!(bytes < 20_000, "{bytes} bytes for a push of one commit");
    scenario.ok("clone", &format!("remote add other {through_proxy}"));
    scenario.commit("clone", &[("topic", "and more")], "More");
    let pushed = scenario.ok("clone", "-v push other HEAD:second");
    assert!(
        pushed
            .stderr
            .contains("commits_written=1 objects_written=1"),
        "{pushed}"
    );

    scenario.ok("work", "fetch origin");
    let tracked = refs(scenario, "work", " refs/remotes/origin/");
    assert_eq!(tracked.len(), 3, "{tracked:?}");
    scenario.ok("work", "push origin --delete topic");
}
