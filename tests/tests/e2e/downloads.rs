//! Downloads and what is left of them: several at once, and trouble that is not the server's.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use muse_e2e::harness::{
    Forgery, Reply, Sandbox, ScriptedServer, key_of, planned_at, refs_with_main,
};
use muse_wire::api::fetch::FetchPlan;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{TRAILER_BYTES, Trailer};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

/// A server with one mpack, whose download starts once `at_once` clients have asked for it.
fn server(tip: CommitId, mpack: Vec<u8>, at_once: usize) -> ScriptedServer {
    let waiting = Arc::new(AtomicUsize::new(0));
    let refs = refs_with_main(tip);
    ScriptedServer::start(move |request| {
        Some(if request.line.ends_with("/refs") {
            Reply::control(&refs)
        } else if request.line.ends_with("/fetch/mpack") {
            Reply::control(&FetchPlan {
                mpacks: vec![planned_at(&mpack, "/blob")],
                withheld: Vec::new(),
                cache: "HIT".to_owned(),
                wanted_refs: Vec::new(),
                shallow: Vec::new(),
                unshallow: Vec::new(),
            })
        } else {
            waiting.fetch_add(1, Ordering::SeqCst);
            let deadline = Instant::now() + Duration::from_secs(20);
            while waiting.load(Ordering::SeqCst) < at_once && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            Reply {
                body: mpack.clone(),
                ..Reply::empty("200 OK")
            }
        })
    })
}

fn repository(sandbox: &Sandbox, server: &ScriptedServer) {
    let url = format!("{}/ada/repo", server.url());
    sandbox.muse(".").args(["init", "work"]).ok();
    sandbox
        .muse("work")
        .args(["remote", "add", "origin", &url])
        .ok();
}

fn downloads(server: &ScriptedServer) -> usize {
    let requests = server.requests();
    let is_blob = |line: &str| line == "GET /blob";
    requests
        .iter()
        .filter(|request| is_blob(&request.line))
        .count()
}

#[test]
fn two_fetches_at_once_both_succeed() {
    let sandbox = Sandbox::new();
    let mut mpack = Forgery::default();
    let tip = mpack.commit(
        &[("a", &muse_e2e::workload::incompressible(1, 300_000))],
        &[],
    );
    let server = server(tip, mpack.bytes(), 2);
    repository(&sandbox, &server);
    let fetch = || {
        let mut command = sandbox.muse("work").arg("fetch").into_command();
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::piped()).spawn().expect("muse starts")
    };
    for fetch in [fetch(), fetch()] {
        let output = fetch.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}: {stderr}", output.status);
    }
    assert_eq!(downloads(&server), 2);
    sandbox
        .muse("work")
        .args(["switch", "-c", "theirs", "origin/main"])
        .ok();
    let left = std::fs::read_dir(sandbox.path("work/.muse/tmp")).expect("it is there");
    assert_eq!(left.count(), 0);
}

#[test]
fn damage_here_is_not_blamed_on_the_server_and_costs_no_download() {
    let sandbox = Sandbox::new();
    let object = |contents: &[u8]| Entry {
        kind: EntryKind::File,
        object: ObjectId::of(contents),
    };
    let changes = |entry| {
        let path = RepoPath::new("a").expect("a valid path");
        [Change {
            path,
            entry: Some(entry),
        }]
    };
    sandbox.write("work/a", "1\n");
    sandbox.muse(".").args(["init", "work"]).ok();
    sandbox.muse("work").args(["commit", "-m", "First"]).ok();
    let log = sandbox.muse("work").args(["--json", "log"]).ok();
    let log: serde_json::Value = serde_json::from_str(log.line()).expect("one commit");
    let id = log.get("id").or_else(|| log.get("commit"));
    let first = id.and_then(|id| id.as_str()).expect("an id");
    let first: CommitId = first.parse().expect("an id");
    // The server's commit builds on the tree of ours.
    let base = Tree::empty().apply(&changes(object(b"1\n")));
    let base = base.expect("one file");
    let tree = base.apply(&changes(object(b"2\n"))).expect("one file");
    let mut mpack = Forgery::default();
    mpack.objects.push((ObjectId::of(b"2\n"), b"2\n".to_vec()));
    let snapshot = mpack.snapshot(&tree.record_against(Some(&base)));
    let tip = mpack.commit_of(snapshot, &[first]);
    mpack.commits[0].generation = 2;
    let bytes = mpack.bytes();
    let part = format!("work/.muse/tmp/{}.part", key_of(&bytes).to_hex());
    let server = server(tip, bytes, 1);
    let url = format!("{}/ada/repo", server.url());
    sandbox
        .muse("work")
        .args(["remote", "add", "origin", &url])
        .ok();

    let mpacks = std::fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("it is there");
    let own = mpacks.flatten().next().expect("one mpack").path();
    let whole = std::fs::read(&own).expect("it can be read");
    replace(&own, &without_frames(&whole));
    let fetched = sandbox.muse("work").arg("fetch").fails(9);
    fetched.says("the repository is damaged");
    assert!(sandbox.path(part).exists());
    replace(&own, &whole);
    sandbox.muse("work").arg("fetch").ok();
    assert_eq!(downloads(&server), 1);
}

/// An mpack whose tables are whole and whose frames are not.
fn without_frames(mpack: &[u8]) -> Vec<u8> {
    let mut damaged = mpack.to_vec();
    let start = mpack.len() - TRAILER_BYTES as usize;
    let trailer = Trailer::parse(&mpack[start..], mpack.len() as u64).expect("a whole mpack");
    let tables = usize::try_from(trailer.tables_offset).expect("small");
    // Between the counts and the tables.
    damaged[70..tables].fill(0);
    damaged
}

fn replace(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).expect("it is there");
    std::fs::write(path, bytes).expect("it can be written");
}
