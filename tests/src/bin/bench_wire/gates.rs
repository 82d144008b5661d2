//! What the figures should be at most, all in one place, and whether they are.

use muse_e2e::workload::Shape;

use super::contender::{Measure, Verb};

/// The most bytes on the wire.
#[derive(Debug, Clone, Copy)]
enum Wire {
    Megabytes(f64),
    /// This part of what git sends.
    OfGit(f64),
}

/// The most that verbs may cost.
#[derive(Debug)]
struct Goal {
    /// The size, or [`ANY_REPOSITORY`].
    size: &'static str,
    verbs: &'static [Verb],
    wire: Wire,
    /// Seconds as a part of git's.
    seconds_of_git: Option<f64>,
}

/// Every history given by its path.
const ANY_REPOSITORY: &str = "a repository";

const fn goal(size: &'static str, verbs: &'static [Verb], wire: Wire) -> Goal {
    Goal {
        size,
        verbs,
        wire,
        seconds_of_git: Some(0.3),
    }
}

/// First pushes and clones, of which only the bytes count: no more than without thin mpacks and
/// chunks.
const fn first(size: &'static str, megabytes: f64) -> Goal {
    Goal {
        size,
        verbs: &[Verb::Push, Verb::Clone],
        wire: Wire::Megabytes(megabytes),
        seconds_of_git: None,
    }
}

const TENTH: &[Verb] = &[Verb::PushMore, Verb::Pull];
const BRANCH: &[Verb] = &[Verb::PushBranch];

const GOALS: &[Goal] = &[
    first("L", 7.8),
    first("edit-L", 7.4),
    first("seed", 8.2),
    goal("bin", &[Verb::Push, Verb::Clone], Wire::Megabytes(66.5)),
    goal("edit-L", TENTH, Wire::Megabytes(0.09)),
    goal("edit-XL", TENTH, Wire::Megabytes(0.5)),
    goal("seed", TENTH, Wire::Megabytes(0.52)),
    goal("bin", TENTH, Wire::Megabytes(1.4)),
    goal("edit-L", BRANCH, Wire::Megabytes(0.06)),
    goal("seed", BRANCH, Wire::Megabytes(0.3)),
    goal("bin", BRANCH, Wire::Megabytes(3.0)),
    goal(ANY_REPOSITORY, TENTH, Wire::OfGit(0.8)),
    goal(
        ANY_REPOSITORY,
        &[Verb::PushHundredth, Verb::PullHundredth],
        Wire::OfGit(0.8),
    ),
];

/// Of a large file with one byte changed: bytes on the wire, and growth of either side.
pub(crate) const LARGE_GROWTH_BYTES: f64 = 8.0 * 1024.0 * 1024.0;

/// Of a large file, whatever is done: the peak memory of a process.
pub(crate) const LARGE_PEAK_BYTES: f64 = 300.0 * 1024.0 * 1024.0;

/// Of a large file with one byte changed: seconds as a multiple of the least that must be done.
pub(crate) const LARGE_SECONDS_OF_FLOOR: f64 = 2.0;

/// Judges figures and counts those that are over.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    over: usize,
}

impl Gates {
    /// How many figures were over.
    pub(crate) const fn over(&self) -> usize {
        self.over
    }

    /// `ok` or `over`.
    pub(crate) fn judge(&mut self, figure: f64, most: f64) -> &'static str {
        if figure <= most {
            return "ok";
        }
        self.over += 1;
        "over"
    }

    /// A verb's goals for bytes and for time, each with its verdict; empty where there is none, or
    /// nothing to compare with.
    pub(crate) fn verb(
        &mut self,
        size: &str,
        verb: Verb,
        git: Option<&Measure>,
        muse: &Measure,
    ) -> [String; 2] {
        let size = Shape::named(size).map_or(ANY_REPOSITORY, |_| size);
        let Some(goal) = GOALS
            .iter()
            .find(|goal| goal.size == size && goal.verbs.contains(&verb))
        else {
            return Default::default();
        };
        let most_megabytes = match goal.wire {
            Wire::Megabytes(megabytes) => Some(megabytes),
            Wire::OfGit(part) => git.map(|git| git.megabytes() * part),
        };
        let wire = most_megabytes
            .filter(|_| muse.observed.wire_bytes > 0)
            .map(|most| format!("{most:.2} {}", self.judge(muse.megabytes(), most)));
        let seconds = goal.seconds_of_git.zip(git).map(|(part, git)| {
            let verdict = self.judge(muse.seconds, git.seconds * part);
            format!("{part} {verdict}")
        });
        [wire.unwrap_or_default(), seconds.unwrap_or_default()]
    }
}
