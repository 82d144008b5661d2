//! The situations that commands are tried in, each made from one repository by a few commands.

/// What a command finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Start {
    /// `main` and `topic` have gone apart, a stash waits, and the server has new commits.
    Clean,
    /// A tracked file is changed, one is new, and one is ignored.
    Changed,
    /// A switch to `topic` was killed half way.
    HalfSwitched,
    /// A merge was made.
    Merged,
    /// A merge stopped, and its conflict is settled.
    Merging,
    /// A rebase, likewise.
    Rebasing,
    /// A cherry-pick, likewise.
    Picking,
    /// A revert, likewise.
    Reverting,
    /// A stash that was brought back, likewise.
    Popping,
    /// A bisection has begun.
    Bisecting,
    /// A bisection is one answer from its end.
    AlmostBisected,
}

/// One step on the way there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A command, and its exit code.
    Muse(&'static str, i32),
    /// A command that is killed at a point.
    Killed(&'static str, &'static str),
    /// A file with these contents.
    Write(&'static str, &'static str),
}

use Step::{Killed, Muse, Write};

impl Start {
    /// Whether it leaves a file with local changes.
    pub(super) fn changes(self, file: &str) -> bool {
        let steps = self.steps().iter();
        let mut written = steps.filter_map(|step| match step {
            Write(path, _) => Some(path),
            _ => None,
        });
        written.any(|path| *path == file)
    }

    /// How it is made of [`Start::Clean`].
    pub(super) const fn steps(self) -> &'static [Step] {
        match self {
            Self::Clean => &[],
            Self::Changed => &[
                Write("own", "changed\n"),
                Write("loose", "new\n"),
                Write("x.log", "ignored\n"),
            ],
            Self::HalfSwitched => &[Killed("switch topic", "checkout_writing")],
            Self::Merged => &[Muse("merge topic", 0)],
            Self::Merging => &[Muse("merge clash", 12), Write("a", "settled\n")],
            Self::Rebasing => &[Muse("rebase clash", 12), Write("a", "settled\n")],
            Self::Picking => &[Muse("cherry-pick clash", 12), Write("a", "settled\n")],
            Self::Reverting => &[Muse("revert HEAD~3", 12), Write("a", "settled\n")],
            Self::Popping => &[
                Write("own", "other\n"),
                Muse("commit -m Own", 0),
                Muse("stash pop", 12),
                Write("own", "settled\n"),
            ],
            Self::AlmostBisected => &[Muse("bisect start HEAD HEAD~2", 0)],
            Self::Bisecting => &[Muse("bisect start HEAD HEAD~4", 0)],
        }
    }
}
