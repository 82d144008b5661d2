//! The table: every command of `muse`, where it starts from, and how it ends where something is
//! wrong.

use clap::CommandFactory as _;
use muse::app::App;

use super::starts::Start;

/// One command line, with what it ends with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    /// What is typed behind `muse`. `{url}` is a repository on a server, `{git}` one of git,
    /// `{bundle}` a bundle, `{job}` a push that the server knows, `{mpack}` an mpack of the
    /// repository, `{key}` a public key, `{place}` a new name.
    pub(super) line: &'static str,
    /// What it finds.
    pub(super) start: Start,
    /// Its exit code where nothing is wrong.
    pub(super) code: i32,
    /// Its exit codes where something is.
    pub(super) codes: Codes,
}

impl Case {
    /// This code, or the usual one where it is 0: then what is wrong makes no difference.
    pub(super) const fn or_usual(&self, code: i32) -> i32 {
        match code {
            0 => self.code,
            code => code,
        }
    }

    /// Whether it writes anything.
    pub(super) const fn writes(&self) -> bool {
        self.codes.read_only != 0
    }
}

/// Exit codes, by what is wrong; 0 where that makes no difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codes {
    /// There is no repository.
    pub(super) outside: i32,
    /// Files that it would change have local changes, or others are where it would write.
    pub(super) in_the_way: i32,
    /// Nothing can be written, neither in the repository nor beside it.
    pub(super) read_only: i32,
    /// Another process holds the lock, and keeps it.
    pub(super) locked: i32,
    /// No file can grow.
    pub(super) full_disk: i32,
    /// `.muse/index` is damaged.
    pub(super) index: i32,
    /// `.muse/refs` is damaged.
    pub(super) refs: i32,
    /// Every mpack is cut off.
    pub(super) mpacks: i32,
    /// Nobody has said who commits.
    pub(super) anonymous: i32,
}

/// Works without a repository, and writes nothing.
const ANYWHERE: Codes = Codes {
    outside: 0,
    in_the_way: 0,
    read_only: 0,
    locked: 0,
    full_disk: 0,
    index: 0,
    refs: 0,
    mpacks: 0,
    anonymous: 0,
};

/// Works without a repository, and writes beside it.
const WRITES_ELSEWHERE: Codes = Codes {
    read_only: 11,
    full_disk: 11,
    ..ANYWHERE
};

/// Reads settings.
const READS_SETTINGS: Codes = Codes {
    outside: 4,
    ..ANYWHERE
};

/// Reads refs, and nothing of history.
const READS_REFS: Codes = Codes {
    refs: 9,
    ..READS_SETTINGS
};

/// Reads history.
const READS: Codes = Codes {
    mpacks: 9,
    ..READS_REFS
};

/// Changes settings, or lists that are like them.
const SETS: Codes = Codes {
    read_only: 11,
    locked: 10,
    full_disk: 11,
    ..READS_SETTINGS
};

/// Changes refs.
const MOVES: Codes = Codes {
    read_only: 11,
    locked: 10,
    full_disk: 11,
    ..READS
};

/// Changes refs, whatever the commits are that they name.
const MOVES_UNREAD: Codes = Codes { mpacks: 0, ..MOVES };

/// Changes refs and files, and loses no local change.
const CHECKS_OUT: Codes = Codes {
    in_the_way: 1,
    ..MOVES
};

/// Makes commits.
const COMMITS: Codes = Codes {
    anonymous: 1,
    ..MOVES
};

/// Makes commits, and brings the files along.
const INTEGRATES: Codes = Codes {
    anonymous: 1,
    ..CHECKS_OUT
};

const fn case(line: &'static str, start: Start, codes: Codes) -> Case {
    ends_with(0, line, start, codes)
}

const fn ends_with(code: i32, line: &'static str, start: Start, codes: Codes) -> Case {
    Case {
        line,
        start,
        code,
        codes,
    }
}

/// Every command, in the order in which help lists them.
pub(super) const CASES: &[Case] = &[
    case("init ../other", Start::Clean, WRITES_ELSEWHERE),
    case("clone {url} ../other", Start::Clean, WRITES_ELSEWHERE),
    case("status", Start::Changed, READS),
    case("check-ignore x.log", Start::Changed, READS),
    case("clean -n", Start::Changed, READS),
    case(
        "clean -f",
        Start::Changed,
        Codes {
            read_only: 11,
            locked: 10,
            ..READS
        },
    ),
    case("commit -m Text", Start::Changed, COMMITS),
    case("commit --amend --no-edit", Start::Changed, MOVES),
    case("log", Start::Clean, READS),
    case("show", Start::Clean, READS),
    case("diff", Start::Changed, READS),
    case("blame a", Start::Clean, READS),
    case("grep main", Start::Clean, READS),
    case("grep main HEAD", Start::Clean, READS),
    case("describe", Start::Clean, READS),
    case("shortlog", Start::Clean, READS),
    case("branch", Start::Clean, READS_REFS),
    case("branch new", Start::Clean, MOVES),
    case("branch -m main trunk", Start::Clean, MOVES_UNREAD),
    case("branch -D topic", Start::Clean, MOVES_UNREAD),
    case("branch -u origin/topic", Start::Clean, MOVES_UNREAD),
    case("tag", Start::Clean, READS_REFS),
    case("tag new", Start::Clean, MOVES),
    case("tag -m Text new", Start::Clean, COMMITS),
    case("tag -d v1", Start::Clean, MOVES_UNREAD),
    case("switch topic", Start::Clean, CHECKS_OUT),
    case("switch -c new", Start::Clean, MOVES),
    case("switch --continue", Start::HalfSwitched, CHECKS_OUT),
    case("switch --abort", Start::HalfSwitched, CHECKS_OUT),
    case("merge topic", Start::Clean, INTEGRATES),
    ends_with(12, "merge clash", Start::Clean, INTEGRATES),
    case("merge --continue", Start::Merging, COMMITS),
    case("merge --abort", Start::Merging, MOVES),
    case("rebase topic", Start::Clean, INTEGRATES),
    case(
        "rebase --continue",
        Start::Rebasing,
        Codes {
            in_the_way: 12,
            ..INTEGRATES
        },
    ),
    case("rebase --skip", Start::Rebasing, INTEGRATES),
    case("rebase --abort", Start::Rebasing, MOVES),
    case("cherry-pick topic", Start::Clean, INTEGRATES),
    case("cherry-pick --continue", Start::Picking, COMMITS),
    case("cherry-pick --abort", Start::Picking, MOVES),
    case("revert HEAD", Start::Clean, INTEGRATES),
    case("revert --continue", Start::Reverting, COMMITS),
    case("revert --abort", Start::Reverting, MOVES),
    case("resolve a", Start::Merging, MOVES_UNREAD),
    case("stash", Start::Changed, COMMITS),
    case("stash push", Start::Changed, COMMITS),
    case("stash pop", Start::Clean, INTEGRATES),
    case("stash pop --continue", Start::Popping, MOVES),
    case("stash pop --abort", Start::Popping, MOVES),
    case("stash apply", Start::Clean, INTEGRATES),
    case("stash list", Start::Clean, Codes { refs: 0, ..READS }),
    case("stash show", Start::Clean, Codes { refs: 0, ..READS }),
    case(
        "stash drop",
        Start::Clean,
        Codes {
            full_disk: 0,
            ..SETS
        },
    ),
    case("restore own", Start::Changed, MOVES),
    case("restore --ours a", Start::Merging, MOVES),
    case("restore --merge a", Start::Merging, MOVES),
    case("reset HEAD~1", Start::Clean, MOVES),
    case("reset --hard HEAD~1", Start::Clean, MOVES),
    case("bisect start HEAD HEAD~4", Start::Clean, CHECKS_OUT),
    case("bisect good", Start::Bisecting, CHECKS_OUT),
    case("bisect bad", Start::Bisecting, CHECKS_OUT),
    case("bisect skip", Start::Bisecting, CHECKS_OUT),
    case("bisect run true", Start::AlmostBisected, MOVES),
    case("bisect log", Start::Bisecting, Codes { refs: 0, ..READS }),
    case("bisect reset", Start::Bisecting, CHECKS_OUT),
    case("undo", Start::Merged, CHECKS_OUT),
    case("reflog", Start::Clean, READS_SETTINGS),
    case("remote", Start::Clean, READS_SETTINGS),
    case("remote list", Start::Clean, READS_SETTINGS),
    case("remote show", Start::Clean, READS),
    case(
        "bundle create ../new.bundle",
        Start::Clean,
        Codes {
            read_only: 11,
            full_disk: 11,
            ..READS
        },
    ),
    case(
        "bundle verify {bundle}",
        Start::Clean,
        Codes {
            outside: 0,
            read_only: 11,
            full_disk: 11,
            ..READS
        },
    ),
    case("bundle list {bundle}", Start::Clean, ANYWHERE),
    case("remote add other {url}", Start::Clean, SETS),
    case("remote remove origin", Start::Clean, MOVES_UNREAD),
    case("remote set-url origin {url}-other", Start::Clean, SETS),
    case("fetch", Start::Clean, MOVES),
    case("pull", Start::Clean, INTEGRATES),
    case("pull --rebase", Start::Clean, INTEGRATES),
    case(
        "push origin main:new-{place}",
        Start::Clean,
        Codes {
            locked: 0,
            full_disk: 0,
            ..MOVES
        },
    ),
    case("job list", Start::Clean, READS_SETTINGS),
    case("job status {job}", Start::Clean, READS_SETTINGS),
    case("job wait {job}", Start::Clean, READS_SETTINGS),
    case(
        "auth login --with-token {url}",
        Start::Clean,
        WRITES_ELSEWHERE,
    ),
    case(
        "auth logout {url}",
        Start::Clean,
        Codes {
            read_only: 11,
            ..ANYWHERE
        },
    ),
    case("auth keygen", Start::Clean, WRITES_ELSEWHERE),
    case("auth key add {key} --server {url}", Start::Clean, ANYWHERE),
    case("auth key list --server {url}", Start::Clean, ANYWHERE),
    ends_with(
        4,
        "auth key remove missing --server {url}",
        Start::Clean,
        Codes {
            outside: 4,
            ..ANYWHERE
        },
    ),
    case("auth status", Start::Clean, ANYWHERE),
    case("config get user.name", Start::Clean, READS_SETTINGS),
    case("config set user.name Grace", Start::Clean, SETS),
    case(
        "config set --global user.name Grace",
        Start::Clean,
        WRITES_ELSEWHERE,
    ),
    case(
        "config list",
        Start::Clean,
        Codes {
            outside: 0,
            ..READS_SETTINGS
        },
    ),
    case("config unset user.name", Start::Clean, SETS),
    case("import git {git} ../other", Start::Clean, WRITES_ELSEWHERE),
    case(
        "export git ../exported.git",
        Start::Clean,
        Codes {
            read_only: 11,
            full_disk: 11,
            ..READS
        },
    ),
    case(
        "export git --fast-export ../stream",
        Start::Clean,
        Codes {
            read_only: 11,
            full_disk: 11,
            ..READS
        },
    ),
    case("fsck", Start::Clean, Codes { index: 9, ..READS }),
    case("fsck --repair", Start::Clean, Codes { refs: 0, ..READS }),
    case("verify", Start::Clean, Codes { index: 9, ..READS }),
    ends_with(1, "verify-commit HEAD", Start::Clean, READS),
    case("gc", Start::Clean, MOVES),
    case(
        "debug mpack {mpack}",
        Start::Clean,
        Codes {
            outside: 4,
            refs: 0,
            ..READS
        },
    ),
    case("completions bash", Start::Clean, ANYWHERE),
];

/// Every command that has none below it, with its whole name.
pub(crate) fn leaves(app: &clap::Command) -> Vec<(String, &clap::Command)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), app)];
    while let Some((name, command)) = open.pop() {
        let mut below = command.get_subcommands().peekable();
        if below.peek().is_none() {
            found.push((name, command));
            continue;
        }
        open.extend(below.map(|below| (format!("{name}{} ", below.get_name()), below)));
    }
    found
}

/// Whether a line is of the command of that name.
pub(super) fn is_begun_by(line: &str, command: &str) -> bool {
    format!("{line} ").starts_with(command)
}

#[test]
fn every_command_is_in_the_table() {
    let app = App::command();
    let names = leaves(&app).into_iter().map(|(name, _)| name);
    let is_missing = |name: &String| !CASES.iter().any(|case| is_begun_by(case.line, name));
    let missing: Vec<_> = names.filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
