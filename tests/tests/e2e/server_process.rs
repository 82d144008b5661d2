//! The server as a process: the line that it prints, how it stops, what survives a restart, and
//! workers in processes of their own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use muse_e2e::harness::{Backend, Scenario, ServerOptions, USER};
use muse_e2e::measure::peak_memory_bytes;
use muse_e2e::on_both_backends;
use muse_e2e::workload::text;
use muse_wire::api::push::STREAM_CONTROL_TAG;
use muse_wire::api::{JSON_MEDIA_TYPE, MPACK_MEDIA_TYPE};
use muse_wire::limits::MAX_CONTROL_BODY_BYTES;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

on_both_backends!(
    mut everything_survives_a_restart,
    the_schema_is_checked_without_a_change,
    a_later_version_migrates_while_this_one_serves,
    a_worker_of_its_own_does_the_jobs
);

fn the_schema_is_checked_without_a_change(scenario: &mut Scenario) {
    // The server has brought it up to date.
    let checked = scenario.admin(&["migrate", "--check"]).ok();
    assert_eq!(checked.stdout, "");
}

#[test]
fn pending_migrations_are_listed_and_end_with_exit_code_3() {
    let scenario = Scenario::new(Backend::Embedded);
    let check = |file: &str| {
        let database = format!("sqlite:{}", scenario.sandbox().path(file).display());
        scenario.admin(&["migrate", "--check", "--database", &database])
    };
    check("missing.sqlite").fails(1).says("no database");
    scenario.sandbox().write("empty.sqlite", "");
    let pending = check("empty.sqlite").fails(3);
    assert!(pending.stdout.starts_with("0001_initial\n"), "{pending}");
    check("empty.sqlite").fails(3);
}

fn everything_survives_a_restart(scenario: &mut Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    scenario.restart(&ServerOptions::default());
    let url = scenario.repo_url("repo");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    scenario.ok("work", &format!("remote set-url origin {url}"));
    scenario.commit("work", &[("a", "2")], "Second");
    scenario.ok("work", "push origin main");
}

fn a_worker_of_its_own_does_the_jobs(scenario: &mut Scenario) {
    scenario.restart(&ServerOptions {
        arguments: vec!["--workers".into(), "0".into()],
        ..ServerOptions::default()
    });
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.sandbox().write("work/a", text(1, 50_000));
    scenario.ok("work", "commit -m First");
    // Nobody works: the client stops waiting, and the push goes on without it.
    let waiting = scenario
        .muse("work")
        .args([
            "push",
            "origin",
            "main",
            "--transfer",
            "presign",
            "--timeout",
            "1",
        ])
        .fails(7);
    assert!(waiting.to_string().contains("muse job wait"), "{waiting}");
    let mut worker = scenario.admin(&["worker"]).spawn();
    let deadline = Instant::now() + Duration::from_secs(30);
    let refs = || -> muse_wire::api::refs::RefsResponse { scenario.api("repo").get("refs").json() };
    while refs().refs.is_empty() {
        assert!(Instant::now() < deadline, "the worker does not work");
        std::thread::sleep(Duration::from_millis(50));
    }
    worker.kill().expect("it runs");
    worker.wait().expect("it ended");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
}

#[test]
fn a_wrong_command_line_is_refused_without_a_backtrace() {
    let scenario = Scenario::new(Backend::Embedded);
    scenario.admin(&["user", "create", "ada"]).run().says("ada");
    scenario
        .admin(&["repo", "create", "nobody/x"])
        .fails(1)
        .says("nobody");
    scenario.admin(&["repo", "create", "ada"]).run().says("ada");
    scenario
        .admin(&["user", "create", "Not Allowed"])
        .run()
        .says("Not Allowed");
}

#[test]
fn a_repository_is_deleted_only_on_demand() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    let name = format!("{USER}/repo");
    scenario
        .admin(&["repo", "delete", &name])
        .fails(1)
        .says("--yes");
    scenario.ok("work", "fetch");
    scenario.admin(&["repo", "delete", &name, "--yes"]).ok();
    let mpacks = scenario.server().blobs().expect("here").join("mpacks");
    let deadline = Instant::now() + Duration::from_secs(30);
    while mpacks.read_dir().expect("listed").next().is_some() {
        assert!(Instant::now() < deadline, "the mpack stays");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn requests_that_are_sent_half_take_little_memory() {
    let scenario = Scenario::new(Backend::Embedded);
    scenario.create_repo("repo");
    let server = scenario.server();
    let before = peak_memory_bytes(server.process_id());
    // A control frame without its last byte.
    let frame_bytes = MAX_CONTROL_BODY_BYTES;
    let head = [
        format!("POST /{USER}/repo/push/stream HTTP/1.1"),
        "host: x".to_owned(),
        format!("authorization: Bearer {}", scenario.token()),
        format!("content-type: {MPACK_MEDIA_TYPE}"),
        format!("content-length: {}\r\n\r\n", 9 + frame_bytes),
    ];
    let half = [
        head.join("\r\n").as_bytes(),
        &[STREAM_CONTROL_TAG],
        &(frame_bytes as u64).to_le_bytes(),
        &vec![0; frame_bytes - 1],
    ]
    .concat();
    let address = server.base_url().trim_start_matches("http://");
    let send = |_| {
        let mut connection = TcpStream::connect(address).expect("the server listens");
        connection.write_all(&half).expect("the server reads");
        connection
    };
    let connections: Vec<TcpStream> = (0..100).map(send).collect();
    // The last bytes may still be on their way.
    std::thread::sleep(Duration::from_secs(1));
    let more = peak_memory_bytes(server.process_id()) - before;
    assert!(more < 64 << 20, "{more} bytes");
    drop(connections);
}

#[test]
fn stdout_is_one_line() {
    let scenario = Scenario::new(Backend::Embedded);
    let sandbox = scenario.sandbox();
    let mut child = sandbox
        .musehub()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(sandbox.path("another"))
        .into_command()
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("musehub starts");
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut lines = BufReader::new(stdout).lines();
    let first = lines.next().expect("it prints a line").expect("it is text");
    assert!(
        first.starts_with("listening on http://127.0.0.1:"),
        "{first}"
    );
    let status = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
    assert_eq!(lines.count(), 0, "it prints more than one line");
    assert!(child.wait().expect("it ended").success());
}

#[test]
fn a_server_that_stops_leaves_work_that_hangs() {
    let mut scenario = Scenario::with_options(
        Backend::Embedded,
        &ServerOptions {
            arguments: vec!["--drain-seconds".into(), "1".into()],
            ..ServerOptions::default()
        },
    );
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    // Opening a pipe that nobody writes to never returns.
    let mpacks = scenario.server().blobs().expect("here").join("mpacks");
    let repository = mpacks.read_dir().expect("listed").next();
    let directory = repository.expect("one repository").expect("read").path();
    let mpack = directory.read_dir().expect("listed").next();
    let mpack = mpack.expect("one mpack").expect("read").path();
    std::fs::remove_file(&mpack).expect("removed");
    let made = Command::new("mkfifo").arg(&mpack).status();
    assert!(made.expect("mkfifo runs").success());
    let head = scenario.revision("work", "HEAD");
    let api = scenario.api("repo");
    let clone = api
        .request(Method::POST, "fetch/mpack")
        .header(CONTENT_TYPE, JSON_MEDIA_TYPE)
        .body(format!(r#"{{"want":["{head}"],"have":[]}}"#))
        .timeout(Duration::from_secs(2));
    api.try_send(clone).expect_err("the read hangs");
    // It has half a minute for that.
    scenario.restart(&ServerOptions::default());
}

/// What a later version may do to the schema while this one still runs: it adds to every table.
fn a_later_version_migrates_while_this_one_serves(scenario: &mut Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    let server = scenario.server();
    for table in server.tables() {
        server.execute(&format!("ALTER TABLE {table} ADD COLUMN from_later TEXT"));
    }
    server.execute("CREATE TABLE from_later (id BIGINT PRIMARY KEY)");
    server.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    for round in 0..6 {
        scenario.commit("work", &[("a", &format!("{round}\n"))], "Next");
        scenario.ok("work", "push origin main");
    }
    scenario.ok("work", "branch gone");
    scenario.ok("work", "push origin gone");
    scenario.ok("work", "push origin --delete gone");
    scenario.admin(&["user", "create", "bob"]).ok();
    scenario.admin(&["gc"]).ok();
    assert_eq!(scenario.admin(&["migrate", "--check"]).ok().stdout, "");
    // A process of this version that is started again finds nothing to do.
    scenario.restart(&ServerOptions::default());
    let url = scenario.repo_url("repo");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    assert_eq!(scenario.sandbox().read("clone/a"), "5\n");
}
