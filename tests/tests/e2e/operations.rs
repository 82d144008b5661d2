//! What an operator sees: ids that lead from a client to the log, metrics, and signals.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use muse_e2e::harness::{Backend, Reply, Scenario, ScriptedServer, ServerOptions};
use muse_e2e::on_both_backends;
use muse_e2e::workload::text;

on_both_backends!(a_push_is_found_in_the_log_by_its_id);

fn a_push_is_found_in_the_log_by_its_id(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.sandbox().write("work/a", text(1, 50_000));
    scenario.ok("work", "commit -m First");
    let pushed = scenario.ok("work", "-v push origin main --transfer presign");
    let asked = pushed
        .stderr
        .lines()
        .find(|line| line.contains("/push/unpack-mpack with 202"))
        .expect("it says what was answered");
    let (_, id) = asked.rsplit_once("request ").expect("it names the request");
    let log = scenario.server().log();
    let has = |what: &str| {
        log.lines()
            .any(|line| line.contains(id) && line.contains(what))
    };
    assert!(has("path=\"/ada/repo/push/unpack-mpack\""), "{id}:\n{log}");
    assert!(has("kind=\"unpack\""), "the job's lines lack {id}:\n{log}");
}

#[test]
fn requests_and_jobs_are_traced_with_their_steps() {
    let collector = ScriptedServer::start(|_| Some(Reply::empty("200 OK")));
    let options = ServerOptions {
        arguments: vec![
            "--otlp-endpoint".into(),
            format!("{}/v1/traces", collector.url()),
        ],
        ..ServerOptions::default()
    };
    let mut scenario = Scenario::with_options(Backend::Embedded, &options);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main --transfer presign");
    // What has not been sent by then is sent at the end.
    scenario.restart(&ServerOptions::default());
    let requests = collector.requests();
    let sent: Vec<u8> = requests
        .iter()
        .flat_map(|request| request.body.clone())
        .collect();
    let has = |what: &str| {
        sent.windows(what.len())
            .any(|window| window == what.as_bytes())
    };
    for what in [
        "musehub",
        "request",
        "/ada/repo/push/presign",
        "job",
        "verify",
        "publish",
    ] {
        assert!(has(what), "{what}");
    }
    let mut lines = requests.iter().map(|request| request.line.as_str());
    assert!(lines.all(|line| line == "POST /v1/traces"));
}

#[test]
fn a_collector_that_is_away_is_no_trouble() {
    let options = ServerOptions {
        arguments: vec![
            "--otlp-endpoint".into(),
            "http://127.0.0.1:1/v1/traces".into(),
        ],
        ..ServerOptions::default()
    };
    let mut scenario = Scenario::with_options(Backend::Embedded, &options);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    scenario.restart(&ServerOptions::default());
}

#[test]
fn a_hang_up_stops_nothing_and_a_second_signal_waits_for_nothing() {
    let options = ServerOptions {
        arguments: vec!["--drain-seconds".into(), "600".into()],
        ..ServerOptions::default()
    };
    let mut scenario = Scenario::with_options(Backend::Embedded, &options);
    let api = scenario.api("none").with_token(None);
    let process = scenario.server().process_id().to_string();
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &process]).status();
        assert!(sent.expect("kill runs").success());
    };
    signal("-HUP");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(api.get("/healthz").status, 200);
    // An upload that never ends keeps the server for as long as it may take.
    let address = scenario
        .server()
        .base_url()
        .trim_start_matches("http://")
        .to_owned();
    let mut upload = TcpStream::connect(address).expect("it listens");
    let head = [
        "POST /api/repos HTTP/1.1".to_owned(),
        "host: x".to_owned(),
        format!("authorization: Bearer {}", scenario.token()),
        "content-length: 9\r\n\r\n{".to_owned(),
    ];
    let head = head.join("\r\n");
    upload.write_all(head.as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_millis(200));
    signal("-TERM");
    std::thread::sleep(Duration::from_millis(500));
    let second = Instant::now();
    signal("-TERM");
    scenario.wait_for_server_death();
    assert!(second.elapsed() < Duration::from_secs(20));
}
