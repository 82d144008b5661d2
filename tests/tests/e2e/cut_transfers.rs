//! Transfers that are cut at any tenth of them: what has arrived is not sent again.

use std::time::{Duration, Instant};

use muse_e2e::harness::{Backend, Invocation, Scenario, listing};
use muse_e2e::measure::CountingProxy;
use muse_e2e::workload::incompressible;
use muse_wire::limits::UPLOAD_PART_BYTES;

const FILE_BYTES: u64 = 5 * UPLOAD_PART_BYTES;

/// What is sent beside the file, and what has passed the network and not the kernel's buffers when
/// the network fails.
const SLACK_BYTES: u64 = 16 << 20;

/// A repository with a large file in its only commit, and a server behind a network that fails.
fn large_commit() -> (Scenario, CountingProxy) {
    let scenario = Scenario::new(Backend::Embedded);
    let proxy = CountingProxy::start(scenario.server().base_url());
    scenario.init("work", &scenario.repo_url("unused"));
    let noise = incompressible(1, usize::try_from(FILE_BYTES).expect("it fits into memory"));
    scenario.sandbox().write("work/noise", noise);
    scenario.ok("work", "commit -m Noise");
    (scenario, proxy)
}

/// A new repository on the server, and a remote of that name which leads there through the network
/// that fails; gives the URL.
fn remote(scenario: &Scenario, proxy: &CountingProxy, name: &str) -> String {
    scenario.create_repo(name);
    let url = format!("{}/ada/{name}", proxy.url());
    scenario.ok("work", &format!("remote add {name} {url}"));
    url
}

/// Runs a command until the network fails, and kills it before it can do anything about that.
fn kill_when_cut(command: Invocation, proxy: &CountingProxy) {
    let mut child = command.spawn();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !proxy.is_cut() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(proxy.is_cut(), "less was transferred than expected");
    child.kill().expect("it can be killed");
    child.wait().expect("a killed child can be waited for");
}

#[test]
fn an_upload_goes_on_where_it_was_cut() {
    let (scenario, proxy) = large_commit();
    for tenth in 1..10 {
        let name = format!("repo{tenth}");
        remote(&scenario, &proxy, &name);
        let push = || scenario.muse("work").args(["push", &name, "main"]);
        let before = proxy.sent_bytes();
        proxy.cut_after_sending(FILE_BYTES / 10 * tenth);
        kill_when_cut(push(), &proxy);
        proxy.mend();
        let pushed = push().ok();
        // The parts that were on their way are sent again.
        let sent = proxy.sent_bytes() - before;
        assert!(
            sent < FILE_BYTES + 2 * UPLOAD_PART_BYTES + SLACK_BYTES,
            "{sent} bytes after a cut at {tenth} tenths"
        );
        if FILE_BYTES / 10 * tenth > 3 * UPLOAD_PART_BYTES {
            pushed.says("resuming at ");
        }
    }
    let url = scenario.repo_url("repo9");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
}

#[test]
fn a_download_goes_on_where_it_was_cut() {
    let (scenario, proxy) = large_commit();
    let url = remote(&scenario, &proxy, "repo");
    scenario.ok("work", "push repo main");
    for tenth in 1..10 {
        let into = format!("clone{tenth}");
        let clone = || scenario.muse(".").args(["clone", &url, &into]);
        let before = proxy.received_bytes();
        proxy.cut_after_receiving(FILE_BYTES / 10 * tenth);
        kill_when_cut(clone(), &proxy);
        proxy.mend();
        let cloned = clone().ok();
        if tenth > 3 {
            cloned.says("resuming at ");
        }
        let received = proxy.received_bytes() - before;
        assert!(
            received < FILE_BYTES + SLACK_BYTES,
            "{received} bytes after a cut at {tenth} tenths"
        );
        let sandbox = scenario.sandbox();
        assert_eq!(
            listing(&sandbox.path(&into)),
            listing(&sandbox.path("work"))
        );
    }
}

/// The command itself tries again, and when that does not help, it says that nothing is lost.
#[test]
fn a_network_that_fails_for_a_moment_or_for_longer() {
    let (scenario, proxy) = large_commit();
    remote(&scenario, &proxy, "repo");
    proxy.cut_after_sending(FILE_BYTES / 2);
    let failed = scenario.fails("work", "push repo main", 6);
    failed.says("what was uploaded is kept, and not sent again");
    let before = proxy.sent_bytes();
    let mended = std::thread::scope(|scope| {
        // The first attempt is cut, too.
        proxy.cut_after_sending(UPLOAD_PART_BYTES / 2);
        scope.spawn(|| {
            while !proxy.is_cut() {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(50));
            proxy.mend();
        });
        scenario.ok("work", "push repo main")
    });
    mended.says("resuming at ");
    let sent = proxy.sent_bytes() - before;
    assert!(sent < FILE_BYTES * 9 / 10, "{sent} bytes for what was left");
}
