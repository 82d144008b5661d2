//! Commands that talk to servers, and what they say where that fails.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use muse_e2e::harness::{Outcome, Reply, ScriptedServer};
use muse_e2e::workload::incompressible;
use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::problem::{Problem, ProblemCode};

use super::trial::Trial;

/// The repository of this story.
const HERE: &str = "servers";

/// Bytes of a file that is worth a difference.
const FILE_BYTES: usize = 300_000;

/// The id of a job of a server that a test plays.
const JOB: &str = "0197a2b4-7c11-7e52-9d3a-0d5f3b1c2a10";

/// Pushes, fetches, pulls and clones.
pub(super) fn exchange(trial: &Trial) {
    let url = trial.scenario.create_repo("repo");
    let prints = |line: &str| trial.prints(HERE, line);
    trial.scenario.ok(".", "init servers");
    trial.prints_nothing(HERE, &format!("remote add origin {url}-other"));
    trial.prints_nothing(HERE, &format!("remote set-url origin {url}"));
    trial.prints_nothing(HERE, &format!("remote add more {url}"));
    trial.prints_nothing(HERE, "remote remove more");
    trial.prints_nothing(HERE, &format!("auth login --with-token {url}"));
    prints("auth status");
    trial.prints_nothing(HERE, &format!("auth logout {url}"));
    prints("auth key add --name desk");
    prints("auth key list");
    prints("auth key remove desk");
    prints("remote");
    prints("remote list");

    trial.commit(HERE, "a", "one\n");
    trial.scenario.ok(HERE, "tag v1");
    prints("push -n origin main");
    prints("push -u origin main v1");
    prints("push");
    trial.commit(HERE, "b", "two\n");
    prints("status");
    let pushed = prints("push --transfer presign --detach");
    let job = pushed[0]["job_id"].as_str().expect("a job does it");
    prints(&format!("job wait {job}"));
    prints(&format!("job status {job}"));
    prints("job list");
    prints("fetch");
    prints("branch -a");
    prints("remote show");

    trial.prints(".", &format!("clone {url} clone"));
    trial.prints(".", &format!("clone -b v1 {url} tagged"));
    trial.commit("clone", "c", "three\n");
    trial.prints("clone", "push");
    prints("fetch --all");
    prints("pull");
    trial.commit("clone", "d", "four\n");
    trial.scenario.ok("clone", "push");
    trial.commit(HERE, "e", "five\n");
    trial.fails(HERE, "push", 5).says("\"rejected\"");
    prints("pull");
    trial.prints_nothing(HERE, "branch --unset-upstream");
    trial.prints_nothing(HERE, "branch -u origin/main");

    look_into_a_thin_mpack(trial);
    let taken_down = ObjectId::of(b"two\n").to_hex();
    let block = ["block", "add", &taken_down, "--reason", "order"];
    trial.scenario.admin(&block).ok();
    trial.prints(".", &format!("clone {url} withheld"));
    trial.prints("withheld", "status");
}

/// An mpack that builds on what its receiver has.
fn look_into_a_thin_mpack(trial: &Trial) {
    let mut contents = incompressible(1, FILE_BYTES);
    let commits = [1, 2].map(|edit| -> CommitId {
        contents[FILE_BYTES / 2] = edit;
        trial.sandbox().write("servers/large", &contents);
        trial.scenario.ok(HERE, "commit -m Large");
        trial.scenario.ok(HERE, "push origin main");
        let commit = trial.scenario.revision(HERE, "HEAD");
        commit.parse().expect("an id")
    });
    let request = FetchRequest {
        want: vec![commits[1]],
        have: vec![commits[0]],
        thin: true,
        ..FetchRequest::default()
    };
    let api = trial.scenario.api("repo");
    let plan: FetchPlan = api.post("fetch/mpack", &request).json();
    let mpack = plan.mpacks[0].inline.as_ref().expect("a small one");
    trial.sandbox().write("mpacks/thin", mpack);
    trial.prints(HERE, "debug mpack ../mpacks/thin");
}

/// Meets errors of the command line, of names, of servers and of jobs.
pub(super) fn fail(trial: &Trial) {
    trial.fails(HERE, "no-such-command", 2);
    trial.fails(HERE, "log --no-such-option", 2);
    trial.fails(HERE, "switch", 2);
    trial.fails(HERE, "log no-such-branch", 4);
    trial.fails(".", "status", 4);
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.local_addr().expect("it is bound")
    };
    trial.fails(".", &format!("clone http://{nobody}/ada/repo nothing"), 6);
    trial.fails(".", "clone no-such-path nothing", 2);
    let unknown = trial.scenario.repo_url("unknown");
    trial.fails(".", &format!("clone {unknown} nothing"), 4);
    wait_for_a_job_that_fails(trial);
    interrupt(trial);
}

fn wait_for_a_job_that_fails(trial: &Trial) {
    let asked = AtomicU32::new(0);
    let server = ScriptedServer::start(move |_| {
        let is_over = asked.fetch_add(1, Ordering::Relaxed) > 0;
        let problem = Problem::new(ProblemCode::MpackMalformed, "it is cut");
        Some(Reply::control(&JobStatus {
            job_id: JOB.to_owned(),
            status: match is_over {
                true => JobState::Failed,
                false => JobState::Running,
            },
            stage: (!is_over).then(|| "verify".to_owned()),
            poll_url: format!("/ada/repo/push/jobs/{JOB}"),
            commits_written: None,
            objects_written: None,
            branch_head: None,
            error: is_over.then_some(problem),
            timings: Vec::new(),
            fetch: None,
            wanted_refs: Vec::new(),
        }))
    });
    let add = format!("remote add played {}/ada/repo", server.url());
    trial.prints_nothing(HERE, &add);
    trial.fails(HERE, &format!("job wait --remote played {JOB}"), 8);
}

fn interrupt(trial: &Trial) {
    let server = ScriptedServer::start(|_| None);
    let line = format!("clone {}/ada/repo nothing", server.url());
    let mut command = trial.command(".", &line).into_command();
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("muse starts");
    while server.requests().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("there is a kill").success());
    let output = child.wait_with_output().expect("it ends");
    let outcome = Outcome {
        code: None,
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    };
    trial.looks_at_events(&line, &outcome);
    outcome.says("\"interrupted\"");
}
