//! What goes wrong around a server: its database away, its store failing, several processes and
//! clients at once. Whatever was reported done is there, and everything else can be done again.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use muse_e2e::harness::{Backend, Outcome, S3Fault, Scenario, ServerOptions, skip};
use muse_e2e::workload::text;

/// How many clients push at once, each to a branch of its own.
const CLIENTS: usize = 10;

/// How long a test tries what has to succeed at last.
const PATIENCE: Duration = Duration::from_secs(120);

/// A scenario on PostgreSQL and S3, where both are there and ours.
fn distributed(options: &ServerOptions) -> Option<Scenario> {
    let backend = Backend::Distributed;
    let is_ours = std::env::var_os("MUSEHUB_TEST_S3_ENDPOINT").is_none();
    (backend.is_available() && is_ours).then(|| Scenario::with_options(backend, options))
}

/// Processes beside the server; they end with the test.
#[derive(Default)]
struct Others(Vec<Child>);

impl Drop for Others {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Runs a command line until it succeeds; each failure must be one that may pass.
fn at_last(scenario: &Scenario, directory: &str, command_line: &str) -> Outcome {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let outcome = scenario.muse(directory).args(command_line.split(' ')).run();
        match outcome.code {
            Some(0) => return outcome,
            // The network, or a job that is not waited for any longer.
            Some(6 | 7) if Instant::now() < deadline => thread::sleep(Duration::from_millis(300)),
            _ => panic!("{command_line}: {outcome}"),
        }
    }
}

/// Everything that was pushed is there, in the store and in a clone.
fn is_whole(scenario: &Scenario, directory: &str, clone: &str) {
    let url = scenario.repo_url("repo");
    scenario.muse(".").args(["clone", &url, clone]).ok();
    let (here, there) = (
        scenario.revision(directory, "main"),
        scenario.revision(clone, "main"),
    );
    assert_eq!(here, there);
    scenario.ok(clone, "fsck");
    let doctor = scenario.admin(&["doctor", "--hash"]).ok();
    assert_eq!(doctor.line(), "everything is there");
}

#[test]
fn two_servers_and_two_workers_take_ten_clients() {
    let no_workers = ServerOptions {
        arguments: vec!["--workers".into(), "0".into()],
        ..ServerOptions::default()
    };
    let Some(scenario) = distributed(&no_workers) else {
        return;
    };
    let first = scenario.create_repo("repo");
    let mut others = Others::default();
    let mut serve = scenario
        .admin(&["serve", "--listen", "127.0.0.1:0", "--workers", "0"])
        .into_command();
    serve.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut server = serve.spawn().expect("it can be started");
    let second = address_of(&mut server) + "/ada/repo";
    others.0.push(server);
    for _ in 0..2 {
        others.0.push(scenario.admin(&["worker"]).spawn());
    }
    let branches: Vec<String> = (0..CLIENTS)
        .map(|number| format!("client{number}"))
        .collect();
    for (number, branch) in branches.iter().enumerate() {
        let url = if number % 2 == 0 { &first } else { &second };
        scenario.init(branch, url);
        scenario
            .sandbox()
            .write(format!("{branch}/file"), text(number as u64, 50_000));
        scenario.ok(branch, "commit -m First");
        scenario.ok(branch, &format!("switch -c {branch}"));
    }
    for round in 0..3 {
        thread::scope(|scope| {
            for branch in &branches {
                let push = format!("push --transfer presign origin {branch}");
                let scenario = &scenario;
                scope.spawn(move || scenario.ok(branch, &push));
            }
        });
        for branch in &branches {
            scenario.commit(branch, &[("round", &round.to_string())], "Next");
        }
    }
    for url in [first, second] {
        let clone = format!("clone{}", url.len());
        scenario.muse(".").args(["clone", &url, &clone]).ok();
        for branch in &branches {
            assert_eq!(
                scenario.revision(&clone, &format!("origin/{branch}")),
                scenario.revision(branch, &format!("origin/{branch}"))
            );
        }
        std::fs::remove_dir_all(scenario.sandbox().path(&clone)).expect("removed");
    }
}

/// Where a server says that it listens.
fn address_of(server: &mut Child) -> String {
    use std::io::{BufRead as _, BufReader};
    let stdout = server.stdout.take().expect("it is piped");
    let mut line = String::new();
    let read = BufReader::new(stdout).read_line(&mut line);
    read.expect("it says a line");
    let address = line.trim().strip_prefix("listening on ");
    address.expect("it listens").to_owned()
}

#[test]
fn a_database_that_goes_away_in_mid_job_loses_nothing() {
    let Some(scenario) = distributed(&ServerOptions::default()) else {
        return;
    };
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    let database = scenario.server().database().expect("it has one");
    for round in 0..4_u64 {
        scenario
            .sandbox()
            .write("work/file", text(round, 2_000_000));
        scenario.ok("work", &format!("commit -m {round}"));
        thread::scope(|scope| {
            let pushing = scope.spawn(|| {
                at_last(&scenario, "work", "push --transfer presign origin main");
            });
            // Somewhere in the push; then the database is away for longer than a retry.
            thread::sleep(Duration::from_millis(60 + 120 * round));
            database.go_away();
            thread::sleep(Duration::from_secs(2));
            database.come_back();
            pushing.join().expect("it ends");
        });
    }
    is_whole(&scenario, "work", "clone");
}

#[test]
fn a_store_that_fails_now_and_then_loses_nothing() {
    let Some(scenario) = distributed(&ServerOptions::default()) else {
        return;
    };
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    let s3 = scenario.server().s3().expect("it has one");
    for (number, fault) in [
        S3Fault::Refused,
        S3Fault::AnswerLost,
        S3Fault::Slow(Duration::from_millis(500)),
    ]
    .into_iter()
    .enumerate()
    {
        s3.fail(Some((fault, 3)));
        scenario
            .sandbox()
            .write("work/file", text(number as u64, 3_000_000));
        scenario.ok("work", &format!("commit -m {number}"));
        at_last(&scenario, "work", "push --transfer presign origin main");
        let clone = format!("clone {url} during{number}");
        at_last(&scenario, ".", &clone);
        s3.fail(None);
        is_whole(&scenario, "work", &format!("clone{number}"));
    }
}

#[test]
fn an_upload_whose_url_expires_on_the_way_gets_another() {
    let short_lived = ServerOptions {
        arguments: vec!["--presign-seconds".into(), "1".into()],
        ..ServerOptions::default()
    };
    let Some(scenario) = distributed(&short_lived) else {
        return;
    };
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("file", "content")], "First");
    let s3 = scenario.server().s3().expect("it has one");
    s3.fail(Some((S3Fault::SlowUpload(Duration::from_secs(3)), 2)));
    let push = "-vv push --transfer presign origin main";
    let pushed = scenario.ok("work", push);
    s3.fail(None);
    let uploads = pushed.stderr.matches("transfer=presign").count();
    assert_eq!(uploads, 2, "{pushed}");
    is_whole(&scenario, "work", "clone");
}

/// The library that gives a process another time. Its own command would start the process as a
/// child that outlives it.
fn faketime() -> Option<PathBuf> {
    let libraries = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let mut paths = libraries.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    paths.find(|path| path.is_file())
}

#[test]
fn workers_whose_clocks_are_minutes_apart_do_each_job_once() {
    let Some(library) = faketime() else {
        skip("faketime is missing; `tests/run` installs it");
        return;
    };
    let no_workers = ServerOptions {
        arguments: vec!["--workers".into(), "0".into()],
        ..ServerOptions::default()
    };
    let Some(scenario) = distributed(&no_workers) else {
        return;
    };
    let mut others = Others::default();
    for skew in ["+60s", "-60s"] {
        let worker = scenario
            .admin(&["worker"])
            .env("LD_PRELOAD", &library)
            .env("FAKETIME", skew)
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        others.0.push(worker.spawn());
    }
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    for round in 0..10_u64 {
        scenario.sandbox().write("work/file", text(round, 300_000));
        scenario.ok("work", &format!("commit -m {round}"));
        scenario.ok("work", "push --transfer presign origin main");
    }
    is_whole(&scenario, "work", "clone");
    let tried = "SELECT count(*) FROM jobs WHERE kind = 'unpack' AND attempts > 1";
    let database = scenario.server().database().expect("it has one");
    assert_eq!(database.query(tried), "0");
}
