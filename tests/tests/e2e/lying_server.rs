//! A server whose plan is not what was wanted: no ref moves onto what is not all there, now or when
//! the command is run again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use muse_e2e::harness::{
    Forgery, Outcome, Reply, Sandbox, ScriptedServer, key_of, nothing_known, planned_inline,
    refs_with_main,
};
use muse_wire::api::fetch::{FetchPlan, PlannedMpack, WithheldObject};
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::path::RepoPath;
use muse_wire::problem::{Problem, ProblemCode};
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

/// A server with one branch, and a repository that has it as `origin`.
struct Story {
    sandbox: Sandbox,
    plan: Arc<Mutex<Vec<Vec<u8>>>>,
    withheld: Arc<Mutex<Vec<WithheldObject>>>,
    ends: Arc<Mutex<Ends>>,
    url: String,
}

/// Where the server says that history ends, and where it goes on.
#[derive(Default)]
struct Ends {
    shallow: Vec<CommitId>,
    unshallow: Vec<CommitId>,
}

impl Story {
    fn new(tip: CommitId) -> Self {
        let plan: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let withheld: Arc<Mutex<Vec<WithheldObject>>> = Arc::default();
        let (served, named) = (Arc::clone(&plan), Arc::clone(&withheld));
        let ends: Arc<Mutex<Ends>> = Arc::default();
        let cut = Arc::clone(&ends);
        let refs = refs_with_main(tip);
        let server = ScriptedServer::start(move |request| {
            Some(if request.line.ends_with("/refs") {
                Reply::control(&refs)
            } else {
                let mpacks = served.lock().expect("no panic");
                let ends = cut.lock().expect("no panic");
                Reply::control(&FetchPlan {
                    mpacks: mpacks.iter().map(|mpack| planned_inline(mpack)).collect(),
                    withheld: named.lock().expect("no panic").clone(),
                    cache: "MISS".to_owned(),
                    wanted_refs: Vec::new(),
                    shallow: ends.shallow.clone(),
                    unshallow: ends.unshallow.clone(),
                })
            })
        });
        let sandbox = Sandbox::new();
        let url = format!("{}/ada/repo", server.url());
        sandbox.muse(".").args(["init", "work"]).ok();
        sandbox
            .muse("work")
            .args(["remote", "add", "origin", &url])
            .ok();
        Self {
            sandbox,
            plan,
            withheld,
            ends,
            url,
        }
    }

    fn serve(&self, mpacks: &[&Forgery]) {
        let mpacks = mpacks.iter().map(|mpack| mpack.bytes()).collect();
        *self.plan.lock().expect("no panic") = mpacks;
    }

    fn end_at(&self, shallow: &[CommitId], unshallow: &[CommitId]) {
        *self.ends.lock().expect("no panic") = Ends {
            shallow: shallow.to_vec(),
            unshallow: unshallow.to_vec(),
        };
    }

    fn withhold(&self, objects: &[ObjectId], reason: &str) {
        let withheld = objects.iter().map(|&object| WithheldObject {
            object,
            reason: reason.to_owned(),
        });
        *self.withheld.lock().expect("no panic") = withheld.collect();
    }

    /// A fetch fails, however often it is run, and so does a clone; no ref moves.
    fn fails(&self, what: &str) {
        for _ in 0..2 {
            let fetched = self.sandbox.muse("work").arg("fetch").fails(1);
            fetched.says("is not valid").says(what);
            self.sandbox
                .muse("work")
                .args(["log", "origin/main"])
                .fails(4);
        }
        self.clone().expect_code(1).says("is not valid");
        assert!(!self.sandbox.path("clone").exists());
    }

    /// A fetch succeeds, and everything can be read.
    fn succeeds(&self) {
        self.sandbox.muse("work").arg("fetch").ok();
        self.sandbox
            .muse("work")
            .args(["switch", "-c", "theirs", "origin/main"])
            .ok();
        self.clone().expect_code(0);
    }

    fn clone(&self) -> Outcome {
        let clone = self.sandbox.muse(".").args(["clone", &self.url, "clone"]);
        clone.run()
    }

    /// Leaves an mpack as a fetch does that is killed after it has put it in place.
    fn leave_behind(&self, mpack: &Forgery) {
        let bytes = mpack.bytes();
        let name = format!("work/.muse/mpacks/{}.mpack", key_of(&bytes).to_hex());
        self.sandbox.write(name, bytes);
    }
}

/// A commit of two files, and one on it that keeps the first file, whose contents are in the first
/// commit's mpack alone.
fn two_mpacks() -> (Forgery, Forgery, CommitId) {
    let mut first = Forgery::default();
    let old = first.commit(&[("kept", b"one"), ("changed", b"two")], &[]);
    let mut second = Forgery::default();
    let new = second.commit(&[("kept", b"one"), ("changed", b"three")], &[old]);
    second.commits[0].generation = 2;
    second.objects.retain(|(_, bytes)| bytes != b"one");
    (first, second, new)
}

#[test]
fn an_mpack_that_is_left_out() {
    let (first, second, tip) = two_mpacks();
    let story = Story::new(tip);
    story.serve(&[&first]);
    story.fails(&tip.to_string());
    story.serve(&[&second]);
    story.fails(&first.commits[0].id.to_string());
    story.serve(&[&first, &second]);
    story.succeeds();
}

#[test]
fn an_object_that_is_left_out() {
    let (first, second, tip) = two_mpacks();
    let story = Story::new(tip);
    let mut without = first.clone();
    without.objects.retain(|(_, bytes)| bytes != b"one");
    story.serve(&[&without, &second]);
    story.fails(&ObjectId::of(b"one").to_string());
    story.serve(&[&first, &second]);
    story.succeeds();
}

#[test]
fn a_server_that_withholds_everything_is_seen_to_do_so() {
    let names: Vec<String> = (0..8).map(|number| format!("file{number}")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), name.as_bytes()))
        .collect();
    let mut forgery = Forgery::default();
    let tip = forgery.commit(&files, &[]);
    forgery.objects.clear();
    let story = Story::new(tip);
    story.serve(&[&forgery]);
    let ids: Vec<ObjectId> = files.iter().map(|(_, bytes)| ObjectId::of(bytes)).collect();
    story.fails("is missing");
    story.withhold(&ids[1..], "none of your business");
    story.fails(&ids[0].to_string());
    // Reasons and numbers have bounds.
    story.withhold(&ids, &"x".repeat(129));
    story.fails("128 bytes");
    let many: Vec<ObjectId> = (0..10_001_u32)
        .map(|n| ObjectId::of(&n.to_le_bytes()))
        .collect();
    story.withhold(&many, "");
    story.fails("10000 objects");

    story.withhold(&ids, "\u{1b}[31mno)\nerror:\trun this");
    let cloned = story.clone().expect_code(0);
    let said = "the server withholds 8 objects of this history: ";
    assert!(cloned.stderr.contains(said), "{cloned}");
    assert!(cloned.stderr.contains("file3 ("), "{cloned}");
    assert!(!cloned.stderr.contains('\u{1b}'), "{cloned}");
    assert!(cloned.stderr.contains(r"no)\nerror:\trun this"), "{cloned}");
    let status = story.sandbox.muse("clone").arg("status").ok();
    assert!(status.stdout.contains(r"no)\nerror:\trun this"), "{status}");
    let fetched = story.sandbox.muse("work").arg("fetch").ok();
    assert!(fetched.stderr.contains(said), "{fetched}");
}

#[test]
fn another_commit_than_wanted() {
    let (first, second, tip) = two_mpacks();
    let mut other = Forgery::default();
    other.commit(&[("other", b"commit")], &[]);
    let story = Story::new(tip);
    story.serve(&[&other]);
    story.fails(&tip.to_string());
    story.serve(&[]);
    story.fails(&tip.to_string());
    story.serve(&[&first, &second]);
    story.succeeds();
}

#[test]
fn what_a_killed_fetch_put_in_place_is_checked_as_a_whole() {
    let (mut first, second, tip) = two_mpacks();
    let story = Story::new(tip);
    story.leave_behind(&second);
    // Its parent is nowhere.
    story.serve(&[&second]);
    story.fails(&first.commits[0].id.to_string());
    // Its parent is there, and an object is not.
    let whole = first.clone();
    first.objects.retain(|(_, bytes)| bytes != b"one");
    story.leave_behind(&first);
    story.serve(&[&first, &second]);
    story.fails(&ObjectId::of(b"one").to_string());
    story.serve(&[&whole, &second]);
    story.succeeds();
}

#[test]
fn a_snapshot_on_an_incomplete_one_is_not_complete() {
    let changes = |path: &str, contents: &[u8]| {
        let kind = EntryKind::File;
        let object = ObjectId::of(contents);
        [Change {
            path: RepoPath::new(path).expect("a valid path"),
            entry: Some(Entry { kind, object }),
        }]
    };
    // A killed fetch has left a commit whose object is missing.
    let mut left = Forgery::default();
    left.commit(&[("a", b"missing")], &[]);
    left.objects.clear();
    // What comes now builds on its tree, but not on the commit itself.
    let base = Tree::empty().apply(&changes("a", b"missing"));
    let base = base.expect("one file");
    let tree = base.apply(&changes("b", b"there")).expect("two files");
    let mut sent = Forgery::default();
    let there = ObjectId::of(b"there");
    sent.objects.push((there, b"there".to_vec()));
    let snapshot = sent.snapshot(&tree.record_against(Some(&base)));
    let tip = sent.commit_of(snapshot, &[]);
    let story = Story::new(tip);
    story.leave_behind(&left);
    story.serve(&[&sent]);
    let missing = ObjectId::of(b"missing").to_string();
    let fetched = story.sandbox.muse("work").arg("fetch").fails(1);
    fetched.says("is not valid").says(&missing);
}

fn job(status: JobState) -> JobStatus {
    JobStatus {
        job_id: "1".to_owned(),
        status,
        stage: None,
        poll_url: String::new(),
        commits_written: None,
        objects_written: None,
        branch_head: None,
        error: None,
        timings: Vec::new(),
        fetch: None,
        wanted_refs: Vec::new(),
    }
}

#[test]
fn a_server_that_does_not_wait_for_a_job_is_not_asked_all_the_time() {
    let refs = refs_with_main(CommitId::from_bytes([1; 32]));
    let polls = AtomicU32::new(0);
    let server = ScriptedServer::start(move |request| {
        Some(if request.line.ends_with("/refs") {
            Reply::control(&refs)
        } else if request.line.contains("/push/jobs/") {
            let is_last = polls.fetch_add(1, Ordering::Relaxed) == 3;
            Reply::control(&job(if is_last {
                JobState::Failed
            } else {
                JobState::Running
            }))
        } else {
            Reply {
                status: "202 Accepted".to_owned(),
                ..Reply::control(&job(JobState::Pending))
            }
        })
    });
    let sandbox = Sandbox::new();
    let url = format!("{}/ada/repo", server.url());
    let begun_at = Instant::now();
    let cloned = sandbox.muse(".").args(["clone", &url, "clone"]).fails(6);
    cloned.says("job 1 failed");
    // Three answers came at once and were not the last.
    assert!(begun_at.elapsed() >= Duration::from_millis(1500));
}

#[test]
fn refs_that_no_repository_has_are_refused() {
    let mut refs = refs_with_main(CommitId::from_bytes([1; 32]));
    refs.refs.extend(refs.refs.clone());
    let server = ScriptedServer::start(move |_| Some(Reply::control(&refs)));
    let sandbox = Sandbox::new();
    let url = format!("{}/ada/repo", server.url());
    let cloned = sandbox.muse(".").args(["clone", &url, "clone"]).fails(1);
    cloned.says("refs/heads/main is listed twice");
}

#[test]
fn what_a_server_says_is_one_line() {
    let server = ScriptedServer::start(|_| {
        let detail = "no\nerror: run\tthis\nhint: that";
        Some(Reply::problem(&Problem::new(
            ProblemCode::Forbidden,
            detail,
        )))
    });
    let sandbox = Sandbox::new();
    let url = format!("{}/ada/repo", server.url());
    let cloned = sandbox.muse(".").args(["clone", &url, "clone"]).fails(3);
    cloned.says(r"error: no\nerror: run\tthis\nhint: that (forbidden)");
}

#[test]
fn a_streamed_push_that_has_not_ended_has_not_succeeded() {
    let nothing = nothing_known();
    let server = ScriptedServer::start(move |request| {
        Some(if request.line.ends_with("/negotiate") {
            Reply::control(&nothing)
        } else {
            Reply::control(&job(JobState::Pending))
        })
    });
    let sandbox = Sandbox::new();
    let muse = |arguments: &[&str]| sandbox.muse("work").args(arguments);
    sandbox.muse(".").args(["init", "work"]).ok();
    let url = format!("{}/ada/repo", server.url());
    muse(&["remote", "add", "origin", &url]).ok();
    sandbox.write("work/file", "contents");
    muse(&["commit", "-m", "First"]).ok();
    let pushed = muse(&["push", "origin", "main"]).fails(1);
    pushed.says("a streamed push has ended, and this one is pending");
    muse(&["log", "origin/main"]).fails(4);
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let (first, second, tip) = two_mpacks();
    let mpacks = [first, second].map(|mpack| planned_inline(&mpack.bytes()));
    let wrong = mpacks[1].size_bytes + 1;
    for (sizes, reason) in [
        ([u64::MAX; 2], "impossible sizes".to_owned()),
        (
            [mpacks[0].size_bytes, wrong],
            format!("bytes, and the plan says {wrong}"),
        ),
    ] {
        let mpacks = mpacks
            .iter()
            .zip(sizes)
            .map(|(mpack, size_bytes)| PlannedMpack {
                size_bytes,
                ..mpack.clone()
            });
        let plan = FetchPlan {
            mpacks: mpacks.collect(),
            withheld: Vec::new(),
            cache: "MISS".to_owned(),
            wanted_refs: Vec::new(),
            shallow: Vec::new(),
            unshallow: Vec::new(),
        };
        let refs = refs_with_main(tip);
        let server = ScriptedServer::start(move |request| {
            Some(if request.line.ends_with("/refs") {
                Reply::control(&refs)
            } else {
                Reply::control(&plan)
            })
        });
        let sandbox = Sandbox::new();
        let url = format!("{}/ada/repo", server.url());
        let cloned = sandbox.muse(".").args(["clone", &url, "clone"]).fails(1);
        cloned.says("is not valid").says(&reason);
    }
}

#[test]
fn a_history_that_ends_where_nobody_asked() {
    let mut mpack = Forgery::default();
    let absent = CommitId::from_bytes([7; 32]);
    let tip = mpack.commit(&[("a", b"one")], &[absent]);
    mpack.commits[0].generation = 2;
    let story = Story::new(tip);
    story.serve(&[&mpack]);
    story.fails(&absent.to_string());
    story.end_at(&[tip], &[]);
    story.fails("the plan leaves it out");
    let fetch = |directory: &str, arguments: &[&str]| {
        let command = story.sandbox.muse(directory).arg("fetch");
        command.args(arguments).run()
    };
    fetch("work", &["--depth", "1"]).expect_code(0);
    story.sandbox.muse("work").arg("fsck").ok();

    // Nobody believes that the parents have come.
    story.serve(&[]);
    story.end_at(&[], &[tip]);
    for how in [&["--unshallow"][..], &["--deepen", "1"]] {
        fetch("work", how).expect_code(1).says(&absent.to_string());
    }
    story.sandbox.muse("work").arg("fsck").ok();
    // Nor that they are what the commit names, although its generation says otherwise.
    let mut root = Forgery::default();
    root.commit(&[("a", b"zero")], &[]);
    story.serve(&[&root]);
    fetch("work", &["--unshallow"])
        .expect_code(1)
        .says(&absent.to_string());
    story.sandbox.muse("work").arg("fsck").ok();
}

#[test]
fn a_generation_that_the_parents_do_not_give() {
    let (first, mut second, tip) = two_mpacks();
    second.objects.push((ObjectId::of(b"one"), b"one".to_vec()));
    for (generation, is_possible) in [(1, false), (9, true)] {
        second.commits[0].generation = generation;
        let story = Story::new(tip);
        story.serve(&[&second]);
        story.end_at(&[tip], &[]);
        let fetch = |how: &str, count: &str| {
            let command = story.sandbox.muse("work").args(["fetch", how]);
            command.args(count.split_whitespace()).run()
        };
        if !is_possible {
            fetch("--depth", "1").expect_code(1).says("generation");
            continue;
        }
        fetch("--depth", "1").expect_code(0);
        story.serve(&[&first]);
        story.end_at(&[], &[tip]);
        fetch("--unshallow", "").expect_code(1).says("generation");
        story.sandbox.muse("work").arg("fsck").ok();
    }
}
