//! Times walks over a history of a million commits, read from the tables of one mpack.
//!
//! ```console
//! $ cargo bench -p muse-wire --bench walk
//! ```

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::dag::{CommitGraph, CommitNode, CommitSource, Revwalk, Sorting};
use muse_wire::id::{CommitId, SnapshotId};
use muse_wire::mpack::{Counts, Mpack, MpackError, MpackWriter, NewCommit};

const COMMITS: usize = 1_000_000;

/// Every so many commits, a side branch of this length is merged.
const MERGE_EVERY: usize = 10;

/// Runs of each question; the median is printed.
const RUNS: usize = 5;

/// A history: a main line with a side branch merged into it again and again.
struct History {
    mpack: Mpack,
    /// In the order in which they were made.
    ids: Vec<CommitId>,
}

impl CommitSource for History {
    type Error = MpackError;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, MpackError> {
        Ok(self.mpack.tables().commit_node(id))
    }
}

impl History {
    fn make() -> Self {
        let counts = Counts {
            commits: COMMITS as u64,
            ..Counts::default()
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
        let mut ids: Vec<CommitId> = Vec::with_capacity(COMMITS);
        let mut generations: Vec<u32> = Vec::with_capacity(COMMITS);
        let mut main: Option<usize> = None;
        let mut side: Option<usize> = None;
        for number in 0..COMMITS {
            let is_side = number % MERGE_EVERY >= MERGE_EVERY / 2;
            let is_merge = number % MERGE_EVERY == 0;
            let parents: Vec<usize> = match (is_side, is_merge) {
                (true, _) => side.or(main).into_iter().collect(),
                (false, true) => main.into_iter().chain(side.take()).collect(),
                (false, false) => main.into_iter().collect(),
            };
            let highest = parents.iter().map(|&parent| generations[parent]).max();
            let commit = Commit {
                parents: parents.iter().map(|&parent| ids[parent]).collect(),
                snapshot: SnapshotId::from_bytes([7; 32]),
                author: Author {
                    name: "A".to_owned(),
                    email: String::new(),
                },
                committed_at: Timestamp {
                    seconds: number as i64,
                    offset_minutes: 0,
                },
                message: String::new(),
                metadata: BTreeMap::new(),
                delta_digest: None,
                signers: Vec::new(),
            };
            let envelope = CommitEnvelope {
                record: commit.encode().expect("the commit is within all limits"),
                signatures: Vec::new(),
                delta: None,
            };
            let generation = highest.unwrap_or(0) + 1;
            writer
                .add_commit(&NewCommit {
                    envelope: &envelope,
                    commit: &commit,
                    generation,
                })
                .expect("memory takes all");
            ids.push(envelope.id());
            generations.push(generation);
            let line = if is_side { &mut side } else { &mut main };
            *line = Some(number);
        }
        let written = writer.finish().expect("as many commits as announced");
        let mpack = Mpack::from_bytes(written.out).expect("just written");
        Self { mpack, ids }
    }

    /// A commit of the main line that is near this place of the history.
    fn main_line(&self, near: usize) -> CommitId {
        self.ids[near / MERGE_EVERY * MERGE_EVERY]
    }

    fn walk(&self, sorting: Sorting, hide: Option<CommitId>) -> usize {
        let mut walk = Revwalk::new(self);
        walk.sorting(sorting);
        walk.push(self.main_line(COMMITS - 1))
            .expect("whole history");
        if let Some(hide) = hide {
            walk.hide(hide).expect("whole history");
        }
        walk.run().expect("whole history").commits.len()
    }
}

fn main() {
    let history = History::make();
    let tip = history.main_line(COMMITS - 1);
    let half = history.main_line(COMMITS / 2);
    let root = history.main_line(0);
    let before = history.main_line(COMMITS - 1 - MERGE_EVERY);
    let side = history.ids[COMMITS / 2 + MERGE_EVERY - 1];
    let mut out = stdout().lock();
    let mut report = |what: &str, question: &dyn Fn() -> usize| {
        let mut times: Vec<Duration> = Vec::new();
        let mut answer = 0;
        for _ in 0..RUNS {
            let start = Instant::now();
            answer = black_box(question());
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let ms = times[RUNS / 2].as_secs_f64() * 1000.0;
        writeln!(out, "{what:<44} {answer:>9} {ms:>10.3} ms").expect("stdout is open");
    };
    report("walk all, parents first", &|| {
        history.walk(Sorting::ParentsFirst, None)
    });
    report("walk all, topological", &|| {
        history.walk(Sorting::Topological, None)
    });
    report("walk all, by time", &|| history.walk(Sorting::Time, None));
    report("walk the last ten commits", &|| {
        history.walk(Sorting::ParentsFirst, Some(before))
    });
    report("is the root an ancestor of the tip", &|| {
        let mut graph = CommitGraph::new(&history);
        usize::from(graph.is_ancestor(root, tip).expect("whole history"))
    });
    report("is a commit in the middle an ancestor", &|| {
        let mut graph = CommitGraph::new(&history);
        usize::from(graph.is_ancestor(half, tip).expect("whole history"))
    });
    report("merge base of the tip and a side branch", &|| {
        let mut graph = CommitGraph::new(&history);
        graph.merge_bases(side, tip).expect("whole history").len()
    });
}
