//! What arrives later: fetch, fast-forward, divergence, and what stands in the way.

use std::process::Stdio;

use std::time::{Duration, Instant};

use muse_e2e::harness::{Scenario, listing};
use muse_e2e::on_both_backends;
use muse_e2e::workload::{incompressible, text};

on_both_backends!(
    a_pull_fast_forwards,
    a_fetch_moves_tracking_refs_only,
    a_changed_large_file_is_pulled,
    a_diverged_push_is_refused,
    a_diverged_pull_is_refused,
    local_changes_are_not_overwritten,
    several_branches_arrive_together,
    a_forced_push_replaces_history,
    a_branch_is_deleted,
    of_racing_pushes_one_wins,
    tags_travel,
    a_large_fetch_comes_from_the_store,
    many_small_pushes_make_few_mpacks,
);

/// A repository with one commit, pushed from `work` and cloned to `clone`.
fn pair(scenario: &Scenario) -> String {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1\n"), ("b/c", "2\n")], "First");
    scenario.ok("work", "push origin main");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    url
}

fn same_files(scenario: &Scenario) {
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
}

fn a_pull_fast_forwards(scenario: &Scenario) {
    pair(scenario);
    scenario.commit("work", &[("a", "changed\n"), ("new", "3\n")], "Second");
    std::fs::remove_dir_all(scenario.sandbox().path("work/b")).expect("it is there");
    scenario.ok("work", "commit -m Third");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    same_files(scenario);
    assert_eq!(
        scenario.revision("clone", "HEAD"),
        scenario.revision("work", "HEAD")
    );
    let again = scenario.ok("clone", "pull");
    assert!(
        again.to_string().contains("up to date") || again.to_string().contains("up-to-date"),
        "{again}"
    );
}

fn a_changed_large_file_is_pulled(scenario: &Scenario) {
    let sandbox = scenario.sandbox();
    let mut large = incompressible(1, 12 << 20);
    sandbox.write("work/large", &large);
    pair(scenario);
    let left_behind = || {
        let temporary = sandbox.path("clone/.muse/tmp").read_dir();
        temporary.expect("it is there").count()
    };
    for byte in [b'x', b'y'] {
        large[6 << 20] = byte;
        sandbox.write("work/large", &large);
        scenario.ok("work", "commit -m Changed");
        scenario.ok("work", "push origin main");
        scenario.ok("clone", "pull");
        same_files(scenario);
        assert_eq!(left_behind(), 0);
        assert_eq!(scenario.ok("clone", "status --short").stdout, "");
    }
    // What is in the way stays, and nothing is left of the file that was to take its place.
    large[6 << 20] = b'z';
    sandbox.write("work/large", &large);
    scenario.ok("work", "commit -m Changed");
    scenario.ok("work", "push origin main");
    sandbox.write("clone/large", "mine");
    scenario.muse("clone").arg("pull").fails(1);
    let kept = std::fs::read(sandbox.path("clone/large"));
    assert_eq!(kept.expect("it is there"), b"mine");
    assert_eq!(left_behind(), 0);
}

fn a_fetch_moves_tracking_refs_only(scenario: &Scenario) {
    pair(scenario);
    let before = scenario.revision("clone", "HEAD");
    scenario.commit("work", &[("a", "changed\n")], "Second");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "fetch");
    assert_eq!(scenario.revision("clone", "HEAD"), before);
    assert_eq!(
        scenario.revision("clone", "origin/main"),
        scenario.revision("work", "HEAD")
    );
}

fn a_diverged_push_is_refused(scenario: &Scenario) {
    pair(scenario);
    scenario.commit("work", &[("a", "theirs\n")], "Theirs");
    scenario.ok("work", "push origin main");
    let head = scenario.revision("work", "HEAD");
    scenario.commit("clone", &[("a", "ours\n")], "Ours");
    // Whether the client has seen the remote's commits or not.
    scenario
        .fails("clone", "push origin main", 5)
        .says("fetch first");
    scenario.ok("clone", "fetch");
    scenario.fails("clone", "push origin main", 5);
    let refs: muse_wire::api::refs::RefsResponse = scenario.api("repo").get("refs").json();
    assert_eq!(refs.refs[0].target.to_string(), head);
    assert_eq!(refs.refs.len(), 1);
}

fn a_diverged_pull_is_refused(scenario: &Scenario) {
    pair(scenario);
    scenario.commit("work", &[("a", "theirs\n")], "Theirs");
    scenario.ok("work", "push origin main");
    scenario.commit("clone", &[("a", "ours\n")], "Ours");
    let before = listing(&scenario.sandbox().path("clone"));
    scenario
        .fails("clone", "pull --ff-only", 5)
        .says("diverged");
    assert_eq!(listing(&scenario.sandbox().path("clone")), before);
}

fn local_changes_are_not_overwritten(scenario: &Scenario) {
    pair(scenario);
    scenario.commit("work", &[("a", "theirs\n"), ("new", "theirs\n")], "Theirs");
    scenario.ok("work", "push origin main");
    let sandbox = scenario.sandbox();
    // A changed file that the pull does not touch is no obstacle, one that it does is.
    sandbox.write("clone/b/c", "local\n");
    sandbox.write("clone/a", "local\n");
    scenario.fails("clone", "pull", 1).says("a");
    let read = |path: &str| std::fs::read_to_string(sandbox.path(path)).expect("it is there");
    assert_eq!(read("clone/a"), "local\n");
    sandbox.write("clone/a", "1\n");
    // Nor is a file that nobody has committed yet.
    sandbox.write("clone/new", "untracked\n");
    scenario.fails("clone", "pull", 1).says("new");
    assert_eq!(read("clone/new"), "untracked\n");
    std::fs::remove_file(sandbox.path("clone/new")).expect("it is there");
    scenario.ok("clone", "pull");
    assert_eq!(read("clone/a"), "theirs\n");
    assert_eq!(read("clone/b/c"), "local\n");
}

fn several_branches_arrive_together(scenario: &Scenario) {
    let url = pair(scenario);
    for branch in ["one", "two"] {
        scenario.ok("work", &format!("switch -c {branch} main"));
        scenario.commit("work", &[(branch, branch)], branch);
    }
    scenario.ok("work", "push origin --all");
    scenario.ok("clone", "fetch");
    for branch in ["one", "two"] {
        assert_eq!(
            scenario.revision("clone", &format!("origin/{branch}")),
            scenario.revision("work", branch)
        );
    }
    scenario
        .muse(".")
        .args(["clone", "-b", "two", &url, "fresh"])
        .ok();
    let files = listing(&scenario.sandbox().path("fresh"));
    assert!(files.contains_key(std::path::Path::new("two")));
    assert!(!files.contains_key(std::path::Path::new("one")));
}

fn a_forced_push_replaces_history(scenario: &Scenario) {
    let url = pair(scenario);
    scenario.commit("clone", &[("a", "lost\n")], "Lost");
    scenario.ok("clone", "push origin main");
    scenario.commit("work", &[("a", "kept\n")], "Kept");
    scenario.fails("work", "push origin main", 5);
    scenario.ok("work", "push --force origin main");
    scenario.muse(".").args(["clone", &url, "fresh"]).ok();
    assert_eq!(
        scenario.revision("fresh", "HEAD"),
        scenario.revision("work", "HEAD")
    );
    // The clone that still has the lost commit pushes on top of the new history without harm.
    scenario.ok("clone", "fetch");
    scenario.ok("clone", "switch -c next origin/main");
    scenario.commit("clone", &[("next", "1\n")], "Next");
    scenario.ok("clone", "push origin next");
}

fn a_branch_is_deleted(scenario: &Scenario) {
    pair(scenario);
    scenario.ok("work", "branch gone");
    scenario.ok("work", "push origin gone");
    scenario.ok("clone", "fetch");
    scenario.ok("work", "push origin --delete gone");
    scenario.ok("clone", "fetch --prune");
    scenario.fails("clone", "log origin/gone", 4);
}

fn of_racing_pushes_one_wins(scenario: &Scenario) {
    pair(scenario);
    for transfer in ["stream", "presign"] {
        let directories = ["work", "clone"];
        for directory in directories {
            scenario.ok(directory, "fetch");
            scenario.ok(directory, &format!("switch -c {transfer} origin/main"));
            scenario.commit(directory, &[("a", directory)], directory);
        }
        let push = |directory| {
            let push = ["push", "origin", transfer, "--transfer", transfer];
            scenario.muse(directory).args(push).into_command()
        };
        let running = directories.map(|directory| {
            let mut command = push(directory);
            let command = command.stdin(Stdio::null()).stdout(Stdio::null());
            command.stderr(Stdio::piped()).spawn().expect("muse starts")
        });
        let ended = running.map(|child| child.wait_with_output().expect("it ends"));
        let codes = ended.each_ref().map(|output| output.status.code());
        let (winner, [_, loser]) = match codes {
            [Some(0), Some(5)] => ("work", ended),
            [Some(5), Some(0)] => {
                let [loser, winner] = ended;
                ("clone", [winner, loser])
            }
            _ => panic!("one push wins, the other is told to fetch first: {codes:?}"),
        };
        let told = String::from_utf8_lossy(&loser.stderr);
        // Who negotiates when the other push is done finds out by itself.
        let is_told = told.contains("was moved by ada");
        assert!(
            is_told || told.contains("has commits that yours does not contain"),
            "{told}"
        );
        scenario.ok("work", "fetch");
        assert_eq!(
            scenario.revision("work", &format!("origin/{transfer}")),
            scenario.revision(winner, "HEAD")
        );
    }
}

fn tags_travel(scenario: &Scenario) {
    let url = pair(scenario);
    let annotate = |name: &str, message: &str, revision: &str| {
        let arguments = ["tag", "-f", name, revision, "-m", message];
        scenario.muse("work").args(arguments).ok();
    };
    let first = scenario.revision("work", "HEAD");
    scenario.ok("work", "tag light");
    annotate("annotated", "What it marks", "HEAD");
    scenario.commit("work", &[("a", "2\n")], "Second");
    scenario.ok("work", "push origin main --tags");
    scenario.muse(".").args(["clone", &url, "again"]).ok();
    scenario.ok("clone", "pull");
    for copy in ["again", "clone"] {
        for tag in ["light", "annotated"] {
            assert_eq!(scenario.revision(copy, tag), first, "{copy} {tag}");
        }
        let shown = scenario.ok(copy, "show annotated").stdout;
        assert!(
            shown.contains("What it marks") && shown.contains("First"),
            "{shown}"
        );
    }
    // One that comes alone, of a commit that was here before.
    annotate("later", "An afterthought", "HEAD~1");
    scenario.ok("work", "push origin later").says("[new tag]");
    scenario.ok("clone", "fetch").says("later -> later");
    assert_eq!(scenario.revision("clone", "later"), first);
    let listed = scenario.ok("clone", "tag -n -l l*");
    assert_eq!(listed.stdout, "later An afterthought\nlight First\n");
    // A tag that was moved stays on the server unless it is forced.
    annotate("later", "Moved", "HEAD");
    scenario.fails("work", "push origin later", 5);
    scenario.ok("work", "push --force origin later");
    // A branch is at the tagged commit.
    scenario.ok("work", "push origin annotated:released");
    scenario.ok("clone", "fetch");
    assert_eq!(scenario.revision("clone", "origin/released"), first);
    let log = scenario.ok("clone", "log --oneline origin/released").stdout;
    assert_eq!(log.lines().count(), 1, "{log}");
}

fn a_large_fetch_comes_from_the_store(scenario: &Scenario) {
    pair(scenario);
    for number in 0..700 {
        scenario.sandbox().write(
            format!("work/many/{number}"),
            muse_e2e::workload::incompressible(number, 5000),
        );
    }
    scenario.sandbox().write("work/text", text(9, 100_000));
    scenario.ok("work", "commit -m Many");
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    same_files(scenario);
}

fn many_small_pushes_make_few_mpacks(scenario: &Scenario) {
    pair(scenario);
    for number in 0..19 {
        scenario.commit("work", &[("a", &format!("{number}\n"))], "Next");
        scenario.ok("work", "push origin main");
    }
    let mpacks = |repository: &str| {
        let folder = scenario.sandbox().path(repository).join(".muse/mpacks");
        std::fs::read_dir(folder).expect("it is there").count()
    };
    scenario.ok("clone", "pull");
    assert!(mpacks("clone") <= 17, "{}", mpacks("clone"));
    same_files(scenario);
    let patience = Instant::now() + Duration::from_secs(60);
    while !scenario.server().log().contains("consolidated") {
        assert!(Instant::now() < patience, "nothing was merged");
        std::thread::sleep(Duration::from_millis(20));
    }
    let url = scenario.ok("work", "remote list -v");
    let url = url.stdout.split_whitespace().nth(1).expect("an address");
    let clone = scenario.muse(".").args(["-v", "clone", url, "again"]).ok();
    assert!(clone.stderr.contains("verified mpacks="), "{clone}");
    assert!(mpacks("again") <= 12, "{}", mpacks("again"));
    assert_eq!(
        listing(&scenario.sandbox().path("again")),
        listing(&scenario.sandbox().path("work"))
    );
}
