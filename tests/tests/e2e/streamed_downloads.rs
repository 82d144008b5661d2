//! Downloads that are read while they come: what the server may do meanwhile, and what is left.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use muse_e2e::harness::{Invocation, Reply, Sandbox, ScriptedServer, planned_at, refs_with_main};
use muse_e2e::workload::incompressible;
use muse_wire::api::fetch::FetchPlan;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::Mpack;
use muse_wire::problem::{Problem, ProblemCode};

const FILE_BYTES: usize = 4 << 20;
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Where the second of the two frames of contents has begun.
const MIDDLE: usize = (NAMES.len() - 1) * FILE_BYTES + 100_000;

/// An mpack with a commit of five files, of which the last is in a frame of its own.
fn files() -> (Vec<u8>, CommitId) {
    let sandbox = Sandbox::new();
    commit_files(&sandbox);
    mpack_of(&sandbox)
}

fn commit_files(sandbox: &Sandbox) {
    sandbox.muse(".").args(["init", "work"]).ok();
    for (seed, name) in NAMES.into_iter().enumerate() {
        let path = format!("work/{name}");
        sandbox.write(&path, incompressible(seed as u64, FILE_BYTES));
    }
    sandbox.muse("work").args(["commit", "-m", "Files"]).ok();
}

/// The one mpack of a repository, and its first commit.
fn mpack_of(sandbox: &Sandbox) -> (Vec<u8>, CommitId) {
    let mpacks = std::fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("it is there");
    let mpacks: Vec<_> = mpacks.flatten().map(|entry| entry.path()).collect();
    let mpacks = mpacks
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == "mpack"));
    let [mpack] = mpacks.collect::<Vec<_>>()[..] else {
        panic!("one mpack is expected");
    };
    let log = sandbox.muse("work").args(["log", "--format", "%H"]).ok();
    let first = log.line().lines().last().expect("a commit");
    let mpack = std::fs::read(mpack).expect("it can be read");
    (mpack, first.parse().expect("an id"))
}

/// A server with mpacks, of which it names one in each plan, and the last in all later ones.
struct Story {
    sandbox: Sandbox,
    server: ScriptedServer,
}

impl Story {
    /// `answer` gives the range of the mpack that is asked for, which may be all of it.
    fn new(
        tip: CommitId,
        mpacks: Vec<Vec<u8>>,
        answer: impl Fn(&[u8], Range<usize>) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let refs = refs_with_main(tip);
        let plans = Mutex::new(0);
        let server = ScriptedServer::start(move |request| {
            if request.line.ends_with("/refs") {
                return Some(Reply::control(&refs));
            }
            if request.line.ends_with("/fetch/mpack") {
                let mut plans = plans.lock().expect("no panic");
                let index = (*plans).min(mpacks.len() - 1);
                *plans += 1;
                return Some(Reply::control(&FetchPlan {
                    mpacks: vec![planned_at(&mpacks[index], &format!("/blob/{index}"))],
                    withheld: Vec::new(),
                    cache: "HIT".to_owned(),
                    wanted_refs: Vec::new(),
                    shallow: Vec::new(),
                    unshallow: Vec::new(),
                }));
            }
            let index = request.line.trim_start_matches("GET /blob/");
            let mpack = &mpacks[index.parse::<usize>().expect("a number")];
            answer(mpack, range_of(&request.head, mpack.len()))
        });
        let sandbox = Sandbox::new();
        Self { sandbox, server }
    }

    fn clone(&self) -> Invocation {
        let url = format!("{}/ada/repo", self.server.url());
        self.sandbox.muse(".").args(["clone", &url, "clone"])
    }

    /// The ranges of mpacks that were asked for, in order.
    fn asked(&self) -> Vec<String> {
        let requests = self.server.requests();
        let blobs = requests
            .iter()
            .filter(|one| one.line.starts_with("GET /blob/"));
        let range = |head: &str| {
            let mut lines = head.lines();
            let range = lines.find_map(|line| line.strip_prefix("range: bytes="));
            range.unwrap_or("all").to_owned()
        };
        blobs.map(|one| range(&one.head)).collect()
    }

    fn check_files(&self) {
        for (seed, name) in NAMES.into_iter().enumerate() {
            let written = std::fs::read(self.sandbox.path(format!("clone/{name}")));
            let id = ObjectId::of(&written.expect("it is there"));
            let expected = ObjectId::of(&incompressible(seed as u64, FILE_BYTES));
            assert_eq!(id, expected, "{name}");
        }
        let status = self
            .sandbox
            .muse("clone")
            .args(["status", "--porcelain"])
            .ok();
        assert_eq!(status.line(), "");
        self.sandbox.muse("clone").arg("fsck").ok();
        // What is left of an mpack that is not in the plan any more could be resumed.
        let left = std::fs::read_dir(self.sandbox.path("clone/.muse/tmp")).expect("it is there");
        let mut left = left.flatten().map(|entry| entry.path());
        assert!(left.all(|path| path.extension().is_some_and(|it| it == "part")));
    }
}

fn range_of(head: &str, length: usize) -> Range<usize> {
    let mut lines = head.lines();
    let Some(range) = lines.find_map(|line| line.strip_prefix("range: bytes=")) else {
        return 0..length;
    };
    let (first, last) = range.split_once('-').expect("a range");
    first.parse().expect("a number")..last.parse::<usize>().expect("a number") + 1
}

/// What an honest store gives.
fn part(mpack: &[u8], range: Range<usize>) -> Reply {
    let (first, last, length) = (range.start, range.end - 1, mpack.len());
    Reply {
        body: mpack[range].to_vec(),
        ..Reply::empty("206 Partial Content")
    }
    .with_header(format!("content-range: bytes {first}-{last}/{length}"))
}

fn whole(mpack: &[u8]) -> Reply {
    Reply {
        body: mpack.to_vec(),
        ..Reply::empty("200 OK")
    }
}

/// An honest store whose connection is cut in the second frame.
fn cut_in_the_middle(mpack: &[u8], range: Range<usize>) -> Reply {
    match range.start {
        0 => part(mpack, 0..MIDDLE),
        _ => part(mpack, range),
    }
}

#[test]
fn files_are_written_before_the_last_byte_has_come() {
    let (mpack, tip) = files();
    let clone: Arc<Mutex<Option<PathBuf>>> = Arc::default();
    let was_written = Arc::new(AtomicBool::new(false));
    let (root, seen) = (Arc::clone(&clone), Arc::clone(&was_written));
    let story = Story::new(tip, vec![mpack], move |mpack, range| {
        if range.start == MIDDLE {
            let root = root.lock().expect("no panic").clone().expect("set before");
            let length = || std::fs::metadata(root.join("d")).map_or(0, |file| file.len());
            let deadline = Instant::now() + Duration::from_secs(60);
            while length() < FILE_BYTES as u64 && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            seen.store(length() == FILE_BYTES as u64, Ordering::SeqCst);
        }
        Some(cut_in_the_middle(mpack, range))
    });
    *clone.lock().expect("no panic") = Some(story.sandbox.path("clone"));
    story.clone().ok();
    assert!(was_written.load(Ordering::SeqCst));
    story.check_files();
    // The end, and then the rest once, though the connection was cut.
    let asked = story.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    let end = asked[0].split_once('-').expect("a range").0;
    let end: usize = end.parse().expect("a number");
    assert_eq!(asked[1], format!("0-{}", end - 1));
    assert_eq!(asked[2], format!("{MIDDLE}-{}", end - 1));
}

#[test]
fn a_store_that_gives_no_ranges_gives_all_at_once() {
    let (mpack, tip) = files();
    let story = Story::new(tip, vec![mpack], |mpack, _| Some(whole(mpack)));
    story.clone().ok();
    story.check_files();
    assert_eq!(story.asked().len(), 2, "an end that was refused, and all");
}

#[test]
fn a_download_that_begins_anew_is_read_anew() {
    let (mpack, tip) = files();
    let story = Story::new(tip, vec![mpack], |mpack, range| {
        Some(match range.start {
            MIDDLE => whole(mpack),
            _ => cut_in_the_middle(mpack, range),
        })
    });
    story.clone().ok();
    story.check_files();
}

#[test]
fn urls_that_expire_meanwhile_are_asked_for_again() {
    let sandbox = Sandbox::new();
    commit_files(&sandbox);
    let (mpack, tip) = mpack_of(&sandbox);
    sandbox.write("work/f", "more\n");
    sandbox.muse("work").args(["commit", "-m", "More"]).ok();
    sandbox.muse("work").arg("gc").ok();
    let (other, _) = mpack_of(&sandbox);
    assert_ne!(mpack, other);
    // The same mpack again, and another one.
    for second in [mpack.clone(), other] {
        let has_expired = AtomicBool::new(false);
        let plans = vec![mpack.clone(), second];
        let story = Story::new(tip, plans, move |mpack, range| {
            if range.start == MIDDLE && !has_expired.swap(true, Ordering::SeqCst) {
                let problem = Problem::new(ProblemCode::InvalidSignature, "it has expired");
                return Some(Reply::problem(&problem));
            }
            Some(cut_in_the_middle(mpack, range))
        });
        story.clone().ok();
        story.check_files();
    }
}

#[test]
fn what_is_altered_on_its_way_is_refused() {
    let (mpack, tip) = files();
    // In the contents of the first file, and in the first record.
    for is_in_the_end in [false, true] {
        let story = Story::new(tip, vec![mpack.clone()], move |mpack, range| {
            let mut mpack = mpack.to_vec();
            let is_end = range.start > 0;
            if is_end == is_in_the_end {
                let tables = Mpack::from_bytes(mpack.clone()).expect("honest");
                let end = usize::try_from(tables.tables().contents_end()).expect("small");
                mpack[if is_end { end + 20 } else { 1000 }] ^= 1;
            }
            Some(part(&mpack, range))
        });
        let failed = story.clone().fails(1);
        failed.says("is not valid");
        assert!(!story.sandbox.path("clone").exists());
    }
}

#[test]
fn a_whole_file_instead_of_its_start_is_verified_with_its_own_end() {
    let (mpack, tip) = files();
    for is_altered in [false, true] {
        let story = Story::new(tip, vec![mpack.clone()], move |mpack, range| {
            if range.start > 0 {
                return Some(part(mpack, range));
            }
            let mut mpack = mpack.to_vec();
            if is_altered {
                // Of the tables, which were right when they came first.
                let at = mpack.len() - 60;
                mpack[at] ^= 1;
            }
            Some(whole(&mpack))
        });
        if is_altered {
            story.clone().fails(1).says("is not valid");
            assert!(!story.sandbox.path("clone").exists());
        } else {
            story.clone().ok();
            story.check_files();
        }
    }
}

#[test]
fn a_clone_whose_download_was_cut_leaves_the_download_alone() {
    let (mpack, tip) = files();
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let story = Story::new(tip, vec![mpack], move |mpack, range| {
        if range.start == MIDDLE && down.load(Ordering::SeqCst) {
            return Some(Reply::empty("404 Not Found"));
        }
        Some(cut_in_the_middle(mpack, range))
    });
    story.clone().fails(6);
    let left = std::fs::read_dir(story.sandbox.path("clone"));
    let left: Vec<_> = left.map_or_else(|_| Vec::new(), |left| left.flatten().collect());
    assert!(
        left.iter().all(|entry| entry.file_name() == ".muse"),
        "{left:?}"
    );
    is_down.store(false, Ordering::SeqCst);
    story.clone().ok();
    story.check_files();
}
