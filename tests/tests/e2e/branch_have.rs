//! A push sends nothing that the remote has, on whatever branch. The tests carry the names under
//! which the problem was first described, BH-1 to BH-5.

use muse_e2e::harness::Scenario;
use muse_e2e::measure::CountingProxy;
use muse_e2e::on_both_backends;
use muse_e2e::workload::{Shape, git_fast_import, text};

on_both_backends!(
    bh_1_second_branch_after_main,
    bh_2_unknown_remote_heads_are_harmless,
    bh_3_merge_tips,
    bh_4_empty_remote,
    bh_5_same_tip_on_another_branch,
    a_second_branch_costs_only_itself,
);

/// What a push wrote, as the client's last step reports it.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    commits: u64,
    objects: u64,
}

fn push(scenario: &Scenario, directory: &str, what: &str) -> Written {
    let outcome = scenario.ok(directory, &format!("-v push origin {what}"));
    let figure = |name: &str| {
        let (_, rest) = outcome
            .stderr
            .rsplit_once(&format!("{name}="))
            .unwrap_or_else(|| panic!("no {name} in\n{outcome}"));
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().expect("a number")
    };
    Written {
        commits: figure("commits_written"),
        objects: figure("objects_written"),
    }
}

/// A repository with 20 commits on `main`, pushed.
fn pushed_main(scenario: &Scenario) -> String {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    for number in 0..20_u64 {
        let path = format!("work/file{number}");
        scenario.sandbox().write(path, text(number, 1000));
        scenario.ok("work", &format!("commit -m Commit{number}"));
    }
    let written = push(scenario, "work", "main");
    assert_eq!(
        written,
        Written {
            commits: 20,
            objects: 20
        }
    );
    url
}

fn bh_1_second_branch_after_main(scenario: &Scenario) {
    pushed_main(scenario);
    scenario.ok("work", "switch -c dev");
    scenario.commit("work", &[("dev", "on dev\n")], "On dev");
    let written = push(scenario, "work", "dev");
    assert_eq!(
        written,
        Written {
            commits: 1,
            objects: 1
        }
    );
}

fn bh_2_unknown_remote_heads_are_harmless(scenario: &Scenario) {
    let url = pushed_main(scenario);
    // Someone else adds a branch whose commits this repository has never seen.
    scenario.muse(".").args(["clone", &url, "other"]).ok();
    scenario.ok("other", "switch -c theirs");
    scenario.commit("other", &[("theirs", "theirs\n")], "Theirs");
    push(scenario, "other", "theirs");
    scenario.ok("work", "switch -c mine");
    scenario.commit("work", &[("mine", "mine\n")], "Mine");
    let written = push(scenario, "work", "mine");
    assert_eq!(
        written,
        Written {
            commits: 1,
            objects: 1
        }
    );
}

fn bh_3_merge_tips(scenario: &Scenario) {
    // Histories with merges come from git until merging arrives.
    let git = |line: &str| scenario.sandbox().git("git").args(line.split(' ')).ok();
    scenario
        .sandbox()
        .git(".")
        .args(["init", "-q", "-b", "main", "git"])
        .ok();
    let commit = |name: &str| {
        scenario.sandbox().write(format!("git/{name}"), name);
        git("add -A");
        git(&format!("commit -qm {name}"));
    };
    commit("base");
    git("switch -qc left");
    commit("left");
    git("switch -qc right main");
    commit("right");
    git("switch -q main");
    git("merge -q --no-ff -m Merge left");
    git("merge -q --no-ff -m Again right");
    let url = scenario.create_repo("merged");
    scenario
        .muse(".")
        .args(["import", "git", "git", "work"])
        .ok();
    scenario.ok("work", &format!("remote add origin {url}"));
    let written = push(scenario, "work", "main");
    assert_eq!(
        written,
        Written {
            commits: 5,
            objects: 3
        }
    );
    // Both sides of the merges are there already.
    for side in ["left", "right"] {
        let written = push(scenario, "work", side);
        assert_eq!(
            written,
            Written {
                commits: 0,
                objects: 0
            },
            "{side}"
        );
    }
    // A merge of what the remote has brings itself and nothing else.
    git("switch -qc both left");
    git("merge -q --no-ff -m Both right");
    scenario.ok("work", "import git ../git");
    let written = push(scenario, "work", "both");
    assert_eq!(
        written,
        Written {
            commits: 1,
            objects: 0
        }
    );
}

fn bh_4_empty_remote(scenario: &Scenario) {
    let url = scenario.create_repo("first");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.commit("work", &[("a", "2"), ("b", "1")], "Second");
    let written = push(scenario, "work", "main");
    assert_eq!(
        written,
        Written {
            commits: 2,
            objects: 2
        }
    );
}

fn bh_5_same_tip_on_another_branch(scenario: &Scenario) {
    pushed_main(scenario);
    scenario.ok("work", "branch copy");
    let written = push(scenario, "work", "copy");
    assert_eq!(
        written,
        Written {
            commits: 0,
            objects: 0
        }
    );
    let refs: muse_wire::api::refs::RefsResponse = scenario.api("repo").get("refs").json();
    assert_eq!(refs.refs.len(), 2);
    assert_eq!(refs.refs[0].target, refs.refs[1].target);
}

/// The case that started it all: 1,032 commits on `main`, then `dev` with 43 more.
fn a_second_branch_costs_only_itself(scenario: &Scenario) {
    let shape = Shape::Add {
        commits: 1_032,
        files: 5,
    };
    let mut stream = Vec::new();
    git_fast_import(shape, &mut stream).expect("memory takes it");
    scenario
        .sandbox()
        .git(".")
        .args(["init", "-q", "--bare", "git"])
        .ok();
    scenario
        .sandbox()
        .git("git")
        .args(["fast-import", "--quiet"])
        .stdin(stream)
        .ok();
    let url = scenario.create_repo("long");
    scenario
        .muse(".")
        .args(["import", "git", "git", "work"])
        .ok();
    scenario.ok("work", &format!("remote add origin {url}"));
    let written = push(scenario, "work", "main");
    assert_eq!(
        written,
        Written {
            commits: 1_032,
            objects: 5_160
        }
    );

    scenario.ok("work", "switch -c dev");
    let folder = scenario.sandbox().path("work/src/part000");
    let files = std::fs::read_dir(folder).expect("it is there").take(43);
    for (number, from) in files.enumerate() {
        let to = scenario.sandbox().path(format!("work/moved/{number}"));
        std::fs::create_dir_all(to.parent().expect("it has one")).expect("it is writable");
        std::fs::rename(from.expect("it is there").path(), to).expect("it is writable");
        scenario.ok("work", &format!("commit -m Move{number}"));
    }
    let proxy = CountingProxy::start(scenario.server().base_url());
    let slug = url.rsplit('/').next().expect("a URL has a path");
    let through_proxy = format!("{}/ada/{slug}", proxy.url());
    scenario.ok("work", &format!("remote set-url origin {through_proxy}"));
    let written = push(scenario, "work", "dev");
    assert_eq!(
        written,
        Written {
            commits: 43,
            objects: 0
        }
    );
    let bytes = proxy.total_bytes();
    assert!(bytes < 1_000_000, "{bytes} bytes on the wire");

    // Pushing again sends no mpack and writes no row.
    let (rows, requests) = (rows(scenario), pushes(scenario));
    let again = scenario.ok("work", "push origin dev");
    assert!(
        again.stderr.contains("up-to-date") || again.stdout.contains("up-to-date"),
        "{again}"
    );
    assert_eq!(pushes(scenario), requests, "a push was sent");
    assert_eq!(self::rows(scenario), rows);
    let more = proxy.total_bytes() - bytes;
    assert!(
        more < 10_000,
        "{more} bytes on the wire to learn that there is nothing to do"
    );
}

/// How many push requests the server has logged.
fn pushes(scenario: &Scenario) -> usize {
    let log = scenario.server().log();
    ["/push/stream", "/push/presign", "/push/unpack-mpack"]
        .iter()
        .map(|path| log.matches(path).count())
        .sum()
}

/// The rows of every table but the ones that note when a token was used.
fn rows(scenario: &Scenario) -> Vec<(String, u64)> {
    [
        "commits",
        "snapshots",
        "mpack_index",
        "mpacks",
        "refs",
        "ref_log",
        "jobs",
    ]
    .into_iter()
    .map(|table| (table.to_owned(), scenario.server().row_count(table)))
    .collect()
}
