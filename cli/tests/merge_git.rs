//! Merges and renames are git's: the same tree, the same versions in conflict at the same paths,
//! and the same pairs of files.
//!
//! Random histories are compared in every run of the tests. Real ones are on demand:
//!
//! ```text
//! MUSE_MERGE_REPOSITORY=/path/to/a/git/repository MUSE_MERGE_COUNT=500 \
//!     cargo test --test merge_git -- --ignored
//! ```
//!
//! replays merges of that repository's history, and as many of random pairs of its commits. With
//! `MUSE_MERGE_REPORT` the differences are written to that file, with `MUSE_MERGE_IMPORTED` the
//! imported repository is kept in that directory, and `MUSE_MERGE_SEED` chooses other merges.
//!
//! A few differences are known, one in some hundred merges of very different commits. Git's diff of
//! files with thousands of repeated lines gives up at other places than imara-diff. Of several
//! files that fit equally well, which one moved may depend in git on the order in a hash table.
//! Bases go by the time of the committer in git, and by the author's in an imported history. And
//! git before 2.51.1 moves files along with directories where later versions leave them.

#[path = "merge_git/comparison.rs"]
mod comparison;
#[path = "merge_git/git.rs"]
mod git;
#[path = "merge_git/random.rs"]
mod random;

use std::path::{Path, PathBuf};

use muse::import::{ImportOptions, import_git};
use muse::report::Silent;
use muse::repository::Repository;

use self::comparison::Comparison;
use self::git::{Git, Pair};
use self::random::{Numbers, write_histories};

fn import(source: &Path, into: &Path) -> Repository {
    let repository = match Repository::open(into) {
        Ok(repository) => repository,
        Err(_) => Repository::init(into, "main").expect("a new directory"),
    };
    let options = ImportOptions {
        skip_unrecordable: true,
        ..ImportOptions::default()
    };
    import_git(&repository, source, options, &Silent).expect("imported");
    repository
}

#[test]
fn random_merges_are_those_of_git() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (source, target) = (directory.path().join("git"), directory.path().join("muse"));
    let git = Git::init(&source);
    let count = number("MUSE_MERGE_COUNT").unwrap_or(300);
    let seed = number("MUSE_MERGE_SEED").unwrap_or(1);
    let pairs = write_histories(&git, &mut Numbers::new(seed as u64), count);
    let repository = import(&source, &target);
    let comparison = Comparison::new(&git, &repository);
    let mut differences = comparison.differences(&pairs);
    differences.extend(comparison.rename_differences(&pairs));
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[test]
#[ignore = "needs a git repository, which MUSE_MERGE_REPOSITORY names"]
fn merges_of_a_history_are_those_of_git() {
    let source = std::env::var_os("MUSE_MERGE_REPOSITORY").expect("MUSE_MERGE_REPOSITORY is set");
    let source = PathBuf::from(source);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let kept = std::env::var_os("MUSE_MERGE_IMPORTED").map(PathBuf::from);
    let target = kept.unwrap_or_else(|| directory.path().join("muse"));
    let git = Git::open(&source);
    let repository = import(&source, &target);
    let comparison = Comparison::new(&git, &repository);
    let count = number("MUSE_MERGE_COUNT").unwrap_or(100);
    let mut numbers = Numbers::new(number("MUSE_MERGE_SEED").unwrap_or(1) as u64);
    let merges = numbers.sample(git.merges(), count);
    let commits = numbers.sample(git.commits(), 2 * count);
    let random: Vec<Pair> = commits
        .chunks_exact(2)
        .map(|two| Pair {
            ours: two[0].clone(),
            theirs: two[1].clone(),
        })
        .collect();
    let mut report = Vec::new();
    let mut different = 0;
    for (name, pairs) in [("merges of its history", merges), ("random merges", random)] {
        let mut differences = comparison.differences(&pairs);
        let count = differences.len();
        differences.extend(comparison.rename_differences(&pairs));
        different += differences.len();
        let (all, renames) = (pairs.len(), differences.len() - count);
        report.push(format!(
            "{all} {name}, {count} differ, {renames} have other renames"
        ));
        report.extend(differences);
    }
    let report = report.join("\n\n");
    if let Some(file) = std::env::var_os("MUSE_MERGE_REPORT") {
        std::fs::write(file, &report).expect("writable");
    }
    assert_eq!(different, 0, "{report}");
}

fn number(name: &str) -> Option<usize> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().expect("a number"))
}
