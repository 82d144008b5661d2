//! A client that dies at any moment: the repository is intact, and the command can be run again.

use std::path::Path;
use std::time::Duration;

use muse_e2e::harness::{Backend, Invocation, Scenario, listing};
use muse_e2e::workload::incompressible;

/// Moments of death, spread over what the command takes here, with some that may come too late.
const MOMENTS_MS: [u64; 8] = [0, 3, 8, 15, 30, 60, 120, 250];

const FILES: u64 = 400;

/// Starts a command and kills it after a while.
fn kill_after(command: Invocation, moment_ms: u64) {
    let mut child = command.spawn();
    std::thread::sleep(Duration::from_millis(moment_ms));
    let _ = child.kill();
    child.wait().expect("a killed child can be waited for");
}

fn many_files(scenario: &Scenario, directory: &str, seed: u64) {
    for number in 0..FILES {
        scenario.sandbox().write(
            Path::new(directory).join(format!("part{}/file{number}", number % 7)),
            incompressible(seed * FILES + number, 20_000),
        );
    }
}

#[test]
fn during_a_commit() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    for (round, moment_ms) in (0..).zip(MOMENTS_MS) {
        many_files(&scenario, "work", round);
        kill_after(
            scenario.muse("work").args(["commit", "-m", "Killed"]),
            moment_ms,
        );
        // Either it was reported done, or it can be done now; in both cases nothing is left over.
        scenario
            .muse("work")
            .args(["commit", "-m", "Again", "--allow-empty"])
            .ok();
        assert_eq!(scenario.ok("work", "status --short").stdout, "");
    }
    scenario.ok("work", "push origin main");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
    // What the dead left behind went with the next commit.
    let temporary = std::fs::read_dir(sandbox.path("work/.muse/tmp")).expect("it can be listed");
    assert_eq!(temporary.count(), 0);
}

#[test]
fn during_a_checkout() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    many_files(&scenario, "work", 1);
    scenario.ok("work", "commit -m One");
    scenario.ok("work", "switch -c other");
    let one = listing(&scenario.sandbox().path("work"));
    many_files(&scenario, "work", 2);
    scenario.ok("work", "commit -m Two");
    let two = listing(&scenario.sandbox().path("work"));
    for moment_ms in MOMENTS_MS {
        for (branch, files) in [("main", &one), ("other", &two)] {
            kill_after(scenario.muse("work").args(["switch", branch]), moment_ms);
            scenario.muse("work").args(["switch", branch]).ok();
            assert_eq!(&listing(&scenario.sandbox().path("work")), files);
            assert_eq!(scenario.ok("work", "status --short").stdout, "");
        }
    }
}

#[test]
fn during_a_pull() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    for (round, moment_ms) in (0..).zip(MOMENTS_MS) {
        many_files(&scenario, "work", round);
        scenario.ok("work", "commit -m More");
        scenario.ok("work", "push origin main");
        kill_after(scenario.muse("clone").args(["pull"]), moment_ms);
        scenario.ok("clone", "pull");
        let sandbox = scenario.sandbox();
        assert_eq!(
            listing(&sandbox.path("clone")),
            listing(&sandbox.path("work"))
        );
        assert_eq!(scenario.ok("clone", "status --short").stdout, "");
    }
}

#[test]
fn during_a_clone() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    many_files(&scenario, "work", 1);
    scenario.ok("work", "commit -m One");
    scenario.ok("work", "push origin main");
    for moment_ms in MOMENTS_MS {
        let into = format!("clone-{moment_ms}");
        kill_after(scenario.muse(".").args(["clone", &url, &into]), moment_ms);
        let again = scenario.muse(".").args(["clone", &url, &into]).run();
        if again.code != Some(0) {
            // It was further along than an empty directory: then it says what to do.
            assert!(again.stderr.contains("hint:"), "{again}");
            std::fs::remove_dir_all(scenario.sandbox().path(&into)).expect("it is there");
            scenario.muse(".").args(["clone", &url, &into]).ok();
        }
        let sandbox = scenario.sandbox();
        assert_eq!(
            listing(&sandbox.path(&into)),
            listing(&sandbox.path("work"))
        );
    }
}

#[test]
fn during_a_push() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    for (round, moment_ms) in (0..).zip(MOMENTS_MS) {
        many_files(&scenario, "work", round);
        scenario.ok("work", "commit -m More");
        let transfer = if round % 2 == 0 { "stream" } else { "presign" };
        let push = ["push", "origin", "main", "--transfer", transfer];
        kill_after(scenario.muse("work").args(push), moment_ms);
        // The killed push may still be on its way in the server: then this one is told that the ref
        // moved.
        let again = scenario.muse("work").args(push).run();
        if again.code != Some(0) {
            assert_eq!(again.code, Some(5), "{again}");
            scenario.ok("work", "fetch");
            scenario.muse("work").args(push).ok();
        }
    }
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
    // Nor is anything left of the mpacks that were to be sent, once the lock was taken again.
    scenario.ok("work", "commit -m Sweeping --allow-empty");
    let temporary = std::fs::read_dir(sandbox.path("work/.muse/tmp")).expect("it can be listed");
    assert_eq!(temporary.count(), 0);
}
