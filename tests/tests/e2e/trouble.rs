//! What a user reads when the surroundings fail: one line of cause, a hint, a code, never a
//! backtrace.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use muse_e2e::harness::{
    Backend, CannedServer, Outcome, Reply, Sandbox, Scenario, ScriptedServer, ServerOptions,
    is_root, nothing_known, skip,
};
use muse_e2e::workload::incompressible;
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::PresignResponse;
use muse_wire::problem::{Problem, ProblemCode};

/// A repository with one commit and a remote at this URL.
fn repository(sandbox: &Sandbox, url: &str) {
    sandbox.write("work/a", "1\n");
    sandbox.muse("work").arg("init").ok();
    sandbox.muse("work").args(["commit", "-m", "First"]).ok();
    sandbox
        .muse("work")
        .args(["remote", "add", "origin", url])
        .ok();
}

/// One `error:` line, at most a few lines of cause and hints.
fn is_short(outcome: Outcome) -> Outcome {
    let stderr = &outcome.stderr;
    assert!(stderr.starts_with("error: "), "{outcome}");
    assert!(stderr.lines().count() <= 8, "{outcome}");
    assert!(!stderr.contains('<'), "markup reached the user:\n{outcome}");
    assert!(!stderr.contains("RUST_BACKTRACE"), "{outcome}");
    outcome
}

#[test]
fn an_unreachable_server() {
    let sandbox = Sandbox::new();
    // A port that was just free: nobody listens there.
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        format!(
            "http://{}/ada/repo",
            listener.local_addr().expect("it is bound")
        )
    };
    repository(&sandbox, &url);
    is_short(
        sandbox
            .muse("work")
            .args(["push", "origin", "main"])
            .fails(6),
    )
    .says("hint:");
    is_short(sandbox.muse("work").arg("fetch").fails(6));
    is_short(sandbox.muse(".").args(["clone", &url, "clone"]).fails(6));
    assert!(!sandbox.path("clone").exists());
}

#[test]
fn an_unknown_host() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "http://no-such-host.invalid/ada/repo");
    is_short(
        sandbox
            .muse("work")
            .args(["push", "origin", "main"])
            .fails(6),
    );
}

#[test]
fn a_proxys_error_page() {
    let sandbox = Sandbox::new();
    for status in ["502 Bad Gateway", "200 OK", "403 Forbidden"] {
        let page = "<html><head><title>Blocked</title></head><body><h1>No</h1></body></html>";
        let server = CannedServer::start(status, "text/html", page);
        let url = format!("{}/ada/repo", server.url());
        repository(&sandbox, &url);
        let outcome = is_short(
            sandbox
                .muse("work")
                .args(["push", "origin", "main"])
                .fails(6),
        );
        outcome.says("text/html").says("hint:");
        is_short(sandbox.muse(".").args(["clone", &url, "clone"]).fails(6));
        std::fs::remove_dir_all(sandbox.path("work")).expect("it is there");
    }
}

/// Whoever is to blame for what was refused, the code says; a server that fails is no refusal.
#[test]
fn a_server_that_fails() {
    for (code, exit_code) in [
        (ProblemCode::Internal, 6),
        (ProblemCode::TooManyRequests, 6),
        (ProblemCode::Blocked, 1),
        (ProblemCode::BadRequest, 1),
    ] {
        let sandbox = Sandbox::new();
        let problem = Problem::new(code, "no");
        let server = ScriptedServer::start(move |_| Some(Reply::problem(&problem)));
        let url = format!("{}/ada/repo", server.url());
        repository(&sandbox, &url);
        is_short(sandbox.muse("work").arg("fetch").fails(exit_code));
        is_short(sandbox.muse(".").args(["clone", &url]).fails(exit_code));
        let pushed = sandbox.muse("work").args(["push", "origin", "main"]).run();
        let expected = if exit_code == 6 { 6 } else { 8 };
        is_short(pushed.expect_code(expected));
    }
}

/// How much there is to hash, only the server finds out.
#[test]
fn a_push_that_is_too_large_to_be_streamed_is_uploaded() {
    let sandbox = Sandbox::new();
    let nothing = nothing_known();
    let server = ScriptedServer::start(move |request| {
        let (_, path) = request.line.rsplit_once("/repo/").expect("of a repository");
        Some(match path {
            "negotiate" => Reply::control(&nothing),
            "push/stream" => Reply::problem(&Problem::new(ProblemCode::PushTooLarge, "no")),
            // As if it had been uploaded before.
            "push/presign" => Reply::control(&PresignResponse::default()),
            _ => Reply::control(&JobStatus {
                job_id: "1".to_owned(),
                status: JobState::Done,
                stage: None,
                poll_url: String::new(),
                commits_written: Some(1),
                objects_written: Some(1),
                branch_head: None,
                error: None,
                timings: Vec::new(),
                fetch: None,
                wanted_refs: Vec::new(),
            }),
        })
    });
    repository(&sandbox, &format!("{}/ada/repo", server.url()));
    let push = |options: &[&str]| {
        let sandbox = sandbox.muse("work").arg("push").args(options);
        sandbox.args(["origin", "main"]).run()
    };
    push(&["--transfer", "stream"]).expect_code(8);
    push(&[]).expect_code(0);
    let requests = server.requests();
    let last = requests.last().expect("there were requests");
    assert_eq!(last.line, "POST /ada/repo/push/unpack-mpack");
}

/// What is waited for is said after a moment: as an event to programs, as a line with -v.
#[test]
fn a_server_that_is_silent() {
    let sandbox = Sandbox::new();
    let server = ScriptedServer::start(|_| None);
    repository(&sandbox, &format!("{}/ada/repo", server.url()));
    let host = format!("127.0.0.1:{}", server.port());
    for (option, expected) in [
        ("--json", format!("\"phase\":\"waiting for {host}\"")),
        ("-v", format!("waiting for {host} …")),
    ] {
        let command = sandbox.muse("work").args([option, "fetch"]).into_command();
        let mut child = with_stderr(command).spawn().expect("muse starts");
        let stderr = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(stderr).lines();
        let found = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains(&expected)));
        let _ = child.kill();
        child.wait().expect("it ends");
        assert!(found.is_some(), "{option} does not say {expected}");
    }
}

/// An interruption ends a long command by its signal, and says what is kept.
#[test]
fn a_command_that_is_interrupted() {
    use std::os::unix::process::ExitStatusExt as _;

    let sandbox = Sandbox::new();
    let server = ScriptedServer::start(|_| None);
    repository(&sandbox, &format!("{}/ada/repo", server.url()));
    for (options, expected) in [
        (&["fetch"][..], "interrupted: what was downloaded is kept"),
        (&["push", "origin", "main"], "interrupted: the server has"),
        (&["--json", "fetch"], "{\"event\":\"interrupted\""),
    ] {
        let asked = server.requests().len();
        let command = sandbox.muse("work").args(options).into_command();
        let child = with_stderr(command).spawn().expect("muse starts");
        while server.requests().len() == asked {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.expect("there is a kill").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.signal(), Some(2), "{options:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with(expected), "{stderr}");
    }
}

/// http and https are mistaken for each other.
#[test]
fn a_server_that_speaks_the_other_scheme() {
    /// Answers whatever is said to it with these bytes.
    fn answering(bytes: &'static [u8]) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let _ = socket.and_then(|mut socket| match socket.read(&mut [0; 4096])? {
                    0 => Ok(()),
                    _ => socket.write_all(bytes),
                });
            }
        });
        address.to_string()
    }

    let sandbox = Sandbox::new();
    let clone = |url: &str| sandbox.muse(".").args(["clone", url, "clone"]).fails(6);
    let http = answering(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let answer = clone(&format!("https://{http}/ada/repo"));
    answer
        .says(&format!("{http} speaks plain HTTP, not HTTPS"))
        .says(&format!("http://{http}"));

    // What a TLS server says to a client that does not begin with a handshake.
    let https = answering(&[0x15, 3, 3, 0, 2, 2, 10]);
    let answer = clone(&format!("http://{https}/ada/repo"));
    answer
        .says(&format!("{https} speaks HTTPS, not plain HTTP"))
        .says(&format!("https://{https}"));
}

fn with_stderr(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::piped());
    command
}

#[test]
fn a_server_that_speaks_nonsense() {
    let sandbox = Sandbox::new();
    let server = CannedServer::start("200 OK", "application/msgpack", "\u{1}\u{2}\u{3}");
    repository(&sandbox, &format!("{}/ada/repo", server.url()));
    is_short(sandbox.muse("work").arg("fetch").fails(1)).says("cannot be read");
}

/// A small file system of its own, unmounted at the end.
struct Mounted(std::path::PathBuf);

impl Mounted {
    fn tmpfs(path: std::path::PathBuf, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(&path).ok()?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(&path)
            .status();
        status
            .is_ok_and(|status| status.success())
            .then_some(Self(path))
    }

    fn grow(&self, megabytes: u32) {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,size={megabytes}m")])
            .arg(&self.0)
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_at_the_client() {
    let sandbox = Sandbox::new();
    let Some(small) = small_disk(&sandbox, "small") else {
        return;
    };
    sandbox.muse("small").arg("init").ok();
    sandbox.write("small/a", "1\n");
    sandbox.muse("small").args(["commit", "-m", "First"]).ok();
    // 5 of 8 MB: the commit's mpack does not fit beside the file.
    sandbox.write("small/large", incompressible(1, 5_000_000));
    let outcome = sandbox
        .muse("small")
        .args(["commit", "-m", "Large"])
        .fails(11);
    is_short(outcome).says("space");
    // Nothing is lost, and with room it goes on.
    let log = sandbox.muse("small").args(["log", "--oneline"]).ok();
    assert_eq!(log.stdout.lines().count(), 1, "{log}");
    sandbox.write("small/large", incompressible(2, 1_000_000));
    sandbox.muse("small").args(["commit", "-m", "Smaller"]).ok();
    drop(small);
}

#[test]
fn a_full_disk_during_a_clone() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    // Each takes a page of the disk, which their lengths do not tell.
    for number in 0..3000 {
        let name = format!("work/{number}");
        scenario.sandbox().write(name, number.to_string());
    }
    scenario.ok("work", "commit -m Many");
    scenario.ok("work", "push origin main");
    let Some(small) = small_disk(scenario.sandbox(), "small") else {
        return;
    };
    let outcome = scenario
        .muse("small")
        .args(["clone", &url, "clone"])
        .fails(11);
    is_short(outcome).says("space");
    assert!(!scenario.sandbox().path("small/clone").exists());
    drop(small);
}

/// A repository with one commit, pushed from `work`, and its URL.
fn pushed() -> (Scenario, String) {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    (scenario, url)
}

#[test]
fn a_checkout_that_the_disk_has_no_room_for() {
    let (scenario, url) = pushed();
    let Some(small) = small_disk(scenario.sandbox(), "small") else {
        return;
    };
    scenario.muse("small").args(["clone", &url, "before"]).ok();
    // A chunk, many times: a few kilobytes to download. The other one is too large to be inline.
    scenario.sandbox().write("work/large", vec![0; 64 << 20]);
    scenario
        .sandbox()
        .write("work/noise", incompressible(1, 2 << 20));
    scenario.ok("work", "commit -m Large");
    scenario.ok("work", "push origin main");

    let said = "the files take 66.00 MiB, and there is room for";
    let pulled = scenario.muse("small/before").arg("pull").fails(11);
    pulled.says(said);
    let holds = |directory: &str| {
        let entries = std::fs::read_dir(scenario.sandbox().path(directory)).expect("there");
        let names = entries.map(|entry| entry.expect("there").file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    assert_eq!(holds("small/before"), [".muse", "a"]);
    assert!(holds("small/before/.muse/tmp").is_empty());
    let status = scenario
        .muse("small/before")
        .args(["status", "--short"])
        .ok();
    assert_eq!(status.stdout, "");

    // What was downloaded is kept for when there is room.
    for _ in 0..2 {
        let cloned = scenario
            .muse("small")
            .args(["clone", &url, "clone"])
            .fails(11);
        is_short(cloned).says(said).says("kept");
        assert_eq!(holds("small/clone"), [".muse"]);
    }
    drop(small);
}

#[test]
fn a_download_that_the_disk_has_no_room_for() {
    let (scenario, url) = pushed();
    let Some(small) = small_disk(scenario.sandbox(), "small") else {
        return;
    };
    scenario.muse("small").args(["clone", &url, "before"]).ok();
    scenario
        .sandbox()
        .write("work/noise", incompressible(1, 12 << 20));
    scenario.ok("work", "commit -m Large");
    scenario.ok("work", "push origin main");
    let cloned = scenario.muse("small").args(["clone", &url, "clone"]);
    let fetched = scenario.muse("small/before").arg("fetch");
    for refused in [cloned, fetched] {
        is_short(refused.fails(11))
            .says("the download takes 12.")
            .says(" MiB, and there is room for ")
            .says("hint: nothing was downloaded");
    }
    assert!(!scenario.sandbox().path("small/clone").exists());
    drop(small);
}

fn small_disk(sandbox: &Sandbox, name: &str) -> Option<Mounted> {
    if !is_root() {
        skip("mounting a small file system needs root");
        return None;
    }
    let mounted = Mounted::tmpfs(sandbox.path(name), 8);
    if mounted.is_none() {
        skip("this machine does not let us mount a file system");
    }
    mounted
}

#[test]
fn a_full_disk_at_the_server() {
    let sandbox = Sandbox::new();
    let Some(small) = small_disk(&sandbox, "server") else {
        return;
    };
    let scenario = Scenario::in_sandbox(sandbox, Backend::Embedded, &Default::default());
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    scenario
        .sandbox()
        .write("work/large", incompressible(1, 12_000_000));
    scenario.ok("work", "commit -m Large");
    for transfer in ["stream", "presign"] {
        let push = ["push", "origin", "main", "--transfer", transfer];
        let outcome = scenario.muse("work").args(push).run();
        assert_eq!(outcome.code, Some(6), "{outcome}");
        is_short(outcome);
    }
    // What was there is still there, and room is all that is needed.
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    small.grow(64);
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    // Before the sandbox goes: a directory that something is mounted on cannot be removed.
    drop(small);
    drop(scenario);
}

#[test]
fn a_locked_repository() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "http://127.0.0.1:1/ada/repo");
    let lock = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(sandbox.path("work/.muse/lock"))
        .expect("the lock file can be opened");
    lock.lock().expect("nobody else holds it");
    (&lock)
        .write_all(b"4000000 muse import git\n")
        .expect("the lock file can be written");
    sandbox.write("work/a", "2\n");
    // Who only reads does not wait.
    let status = sandbox.muse("work").args(["-v", "status", "--short"]).ok();
    assert_eq!(status.stdout, "M a\n");
    assert!(!status.stderr.contains("Waiting"), "{status}");
    // A change says whom it waits for, and goes on when it can.
    let commit = sandbox.muse("work").args(["commit", "-m", "Second"]);
    let mut commit = commit
        .into_command()
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it can be started");
    let mut line = String::new();
    BufReader::new(commit.stderr.take().expect("it is piped"))
        .read_line(&mut line)
        .expect("it is text");
    assert_eq!(
        line,
        "Waiting for `muse import git`, process 4000000, which is changing the repository\n"
    );
    drop(lock);
    assert!(commit.wait().expect("it ends").success());
    assert_eq!(
        sandbox.muse("work").args(["status", "--short"]).ok().stdout,
        ""
    );
}

#[test]
fn a_damaged_repository() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "http://127.0.0.1:1/ada/repo");
    let mpacks = std::fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("it is there");
    for mpack in mpacks {
        let path = mpack.expect("it can be listed").path();
        let bytes = std::fs::read(&path).expect("it can be read");
        std::fs::remove_file(&path).expect("it can be removed");
        std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("it can be written");
    }
    is_short(sandbox.muse("work").arg("log").fails(9));
}

#[test]
fn a_flipped_bit_is_not_checked_out() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "http://127.0.0.1:1/ada/repo");
    let whole = incompressible(1, 200_000);
    sandbox.write("work/whole", &whole);
    let large = incompressible(2, 5_000_000);
    sandbox.write("work/large", &large);
    sandbox.muse("work").args(["commit", "-m", "Second"]).ok();
    for (name, contents) in [("whole", &whole), ("large", &large)] {
        // In the frames of contents, which the mpack starts with, stored as they are or not.
        let mpacks = std::fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("it is there");
        let paths = mpacks.map(|mpack| mpack.expect("it can be listed").path());
        let mut sizes: Vec<_> = paths
            .map(|path| (path.metadata().expect("a file").len(), path))
            .collect();
        sizes.sort();
        let (_, path) = sizes.pop().expect("there are mpacks");
        let good = std::fs::read(&path).expect("it can be read");
        for at in (90..good.len() - 2_000).step_by(good.len() / 8) {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            std::fs::remove_file(&path).expect("it can be removed");
            std::fs::write(&path, &bytes).expect("it can be written");
            let show = sandbox.muse("work").args(["show", &format!("HEAD:{name}")]);
            let shown = show.into_command().output().expect("it runs");
            let is_right = shown.status.success() && shown.stdout == *contents;
            assert!(
                is_right || shown.status.code() == Some(9),
                "byte {at}: {shown:?}"
            );
        }
        std::fs::remove_file(&path).expect("it can be removed");
        std::fs::write(&path, &good).expect("it can be written");
    }
}

#[test]
fn a_damaged_mpack_leaves_what_the_others_hold() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "http://127.0.0.1:1/ada/repo");
    let mpacks = sandbox.path("work/.muse/mpacks");
    let listed = || {
        let entries = std::fs::read_dir(&mpacks).expect("it is there");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        paths.collect::<std::collections::BTreeSet<_>>()
    };
    let first = listed();
    sandbox.write("work/a", "2\n");
    sandbox.write("work/b", "b\n");
    sandbox.muse("work").args(["commit", "-m", "Second"]).ok();
    let damaged = first.first().expect("the first commit made one");
    std::fs::remove_file(damaged).expect("it can be removed");
    std::fs::write(damaged, "no mpack").expect("it can be written");
    let name = damaged.file_name().expect("a file").to_string_lossy();
    // What the other mpack holds is there.
    sandbox.write("work/a", "3\n");
    for command in [
        "show HEAD:b",
        "status",
        "diff",
        "commit -m Third",
        "show HEAD",
    ] {
        let outcome = sandbox.muse("work").args(command.split(' ')).ok();
        assert!(outcome.stderr.starts_with("warning: "), "{outcome}");
        assert!(outcome.stderr.contains(&*name), "{outcome}");
    }
    for command in ["log", "show HEAD~2", "switch --detach HEAD~2"] {
        let outcome = sandbox.muse("work").args(command.split(' ')).fails(9);
        assert!(outcome.stderr.contains(&*name), "{outcome}");
        assert!(outcome.stderr.contains("hint: "), "{outcome}");
    }
}

#[test]
fn refs_without_their_commits_are_damage() {
    let (scenario, _) = pushed();
    scenario.ok("work", "branch other");
    let mpacks = scenario.sandbox().path("work/.muse/mpacks");
    let kept = scenario.sandbox().path("kept");
    let commands = [
        "status",
        "log",
        "show",
        "diff",
        "commit -m Second",
        "branch new",
        "switch other",
        "switch -c new",
        "push origin other",
        "fetch",
        "pull",
    ];
    let all_are_refused = |place: &str| {
        for command in commands {
            let outcome = scenario.muse("work").args(command.split(' ')).run();
            assert_eq!(
                outcome.code,
                Some(9),
                "{command} without {place}: {outcome}"
            );
            assert!(outcome.stderr.contains("hint: "), "{outcome}");
        }
    };
    std::fs::rename(&mpacks, &kept).expect("it is there");
    all_are_refused("mpacks");
    std::fs::remove_dir(&mpacks).expect("it was made again, and is empty");
    std::fs::rename(&kept, &mpacks).expect("it is there");
    let refs = scenario.sandbox().path("work/.muse/refs");
    let text = std::fs::read(&refs).expect("it is there");
    std::fs::write(&refs, "").expect("it can be written");
    all_are_refused("anything in refs");
    std::fs::remove_file(&refs).expect("it is there");
    all_are_refused("refs");
    std::fs::write(&refs, text).expect("it can be written");
    scenario.ok("work", "status");
}

#[test]
fn a_push_that_cannot_be_noted_here_is_done() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    // What cannot be locked stands for all that can go wrong once the server's refs have moved.
    let lock = scenario.sandbox().path("work/.muse/lock");
    std::fs::remove_file(&lock).expect("it is there");
    std::fs::create_dir(&lock).expect("it can be made");
    for transfer in ["stream", "presign"] {
        let push = format!("push origin main:{transfer} -u --transfer {transfer}");
        let pushed = scenario.ok("work", &push);
        pushed.says("warning: ").says("the push is done");
    }
    std::fs::remove_dir(&lock).expect("it is there");
    scenario.fails("work", "log origin/stream", 4);
    scenario.ok("work", "fetch origin");
    scenario.ok("work", "log origin/stream");
}

#[test]
fn a_file_larger_than_the_server_takes() {
    let options = ServerOptions {
        arguments: ["--max-object-bytes", "1000"].map(str::to_owned).to_vec(),
        ..ServerOptions::default()
    };
    let scenario = Scenario::with_options(Backend::Embedded, &options);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", &"1".repeat(1001))], "First");
    let refused = scenario.fails("work", "-v push origin main", 8);
    let refused = refused.says("1001 bytes in one file; this server takes 1000");
    // Not packed, let alone sent.
    assert!(!refused.stderr.contains("step 4"), "{refused}");
}

#[test]
fn no_repository_at_all() {
    let sandbox = Sandbox::new();
    is_short(sandbox.muse(".").arg("status").fails(4)).says("muse init");
    sandbox.muse(".").arg("frobnicate").fails(2);
    sandbox.muse(".").arg("--version").ok();
}

#[test]
fn an_import_that_fails_leaves_what_was_there() {
    let sandbox = Sandbox::new();
    let import = |directory: &str| {
        let import = sandbox.muse(".").args(["import", "git", "gone", directory]);
        import.fails(4).says("cannot open the git repository")
    };
    import("new");
    assert!(!sandbox.path("new").exists());
    sandbox.write("files/mine", "1\n");
    import("files");
    let left = |directory: &str| {
        let entries = std::fs::read_dir(sandbox.path(directory)).expect("there");
        entries.count()
    };
    assert_eq!(left("files"), 1);
    let elsewhere = ["import", "git", "https://hub.example/a.git", "new"];
    let elsewhere = sandbox.muse(".").args(elsewhere);
    elsewhere.fails(2).says("`git clone --mirror");
    assert!(!sandbox.path("new").exists());
    sandbox.muse(".").args(["init", "work"]).ok();
    import("work");
    sandbox.muse("work").arg("status").ok();
}

#[test]
fn many_equal_files_take_few_file_descriptors() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "http://127.0.0.1:1/ada/repo");
    for number in 0..300 {
        sandbox.write(format!("work/empty/{number}"), "");
        sandbox.write(format!("work/equal/{number}"), "equal\n");
    }
    for command in ["commit -m Many", "switch --detach HEAD~1"] {
        sandbox.muse("work").args(command.split(' ')).ok();
    }
    let switch = sandbox.muse("work").args(["switch", "main"]);
    let limited = "ulimit -n \"$0\" && exec \"$@\"";
    switch.through("sh", &["-c", limited, "128"]).ok();
    let status = sandbox.muse("work").arg("status").ok();
    assert!(status.stdout.contains("Nothing to commit"), "{status}");
}
