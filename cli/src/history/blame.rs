//! Which commit each line of a file came with.
//!
//! Lines are passed from a commit to those of its parents that have them, under whatever name the
//! file has there, by falling generation: when a commit's turn comes, all lines that can reach it
//! have. What no parent has came with the commit. It ends when no line is left to be passed on.

mod ranges;

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, SnapshotId};
use muse_wire::path::RepoPath;

use self::ranges::{LineRange, Split, split};
use super::file_past::{FilePast, NamedFile};
use crate::diff::{LineOptions, changed_ranges};
use crate::repository::{ObjectReader, ObjectStore, Repository, RepositoryError, Result};

/// How lines are told apart, and which are asked for.
#[derive(Debug, Clone, Default)]
pub struct BlameOptions {
    /// Whether lines that differ in white space alone are the same.
    pub ignore_white_space: bool,
    /// The lines that are asked for, counted from zero; all of them, unless set.
    pub lines: Option<std::ops::Range<u32>>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlamedLine {
    /// Its number in the file, counted from one.
    pub number: u32,
    /// Its bytes, without the line feed.
    pub text: Vec<u8>,
    /// The commit that it came with.
    pub commit: CommitId,
    /// The file's path in that commit.
    pub path: RepoPath,
    /// The line's number there, counted from one.
    pub original_number: u32,
}

/// The lines of the file at `path` of `commit`, in order, each with the commit that it came with;
/// `None` if there is no such file.
///
/// # Errors
/// If history or a version of the file cannot be read.
pub fn blame(
    repository: &Repository,
    commit: CommitId,
    path: &RepoPath,
    options: &BlameOptions,
) -> Result<Option<Vec<BlamedLine>>> {
    let objects = &repository.objects;
    let mut past = FilePast::new(objects);
    let snapshot = objects.commit(&commit)?.snapshot;
    let Some(entry) = past.entry(&snapshot, path)? else {
        return Ok(None);
    };
    let reader = objects.object_reader();
    let text = Arc::new(reader.read(&entry.object)?);
    let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let line_count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let asked = options.lines.clone().unwrap_or(0..line_count);
    let (start, end) = (asked.start.min(line_count), asked.end.min(line_count));
    let mut search = Search {
        objects,
        reader,
        past,
        options: LineOptions {
            ignore_white_space: options.ignore_white_space,
            ..LineOptions::default()
        },
        waiting: HashMap::new(),
        queue: BinaryHeap::new(),
        found: Vec::new(),
    };
    let version = Version {
        file: NamedFile {
            path: path.clone(),
            entry,
        },
        text: Arc::clone(&text),
    };
    search.pass(commit, version, vec![LineRange::new(start, start..end)])?;
    search.run()?;
    let mut found = search.found;
    found.sort_unstable_by_key(|found| found.range.first);
    let mut blamed = Vec::new();
    for found in &found {
        for (at, original) in found.range.lines() {
            let line = lines[at as usize];
            blamed.push(BlamedLine {
                number: at + 1,
                text: line.strip_suffix(b"\n").unwrap_or(line).to_vec(),
                commit: found.commit,
                path: found.path.clone(),
                original_number: original + 1,
            });
        }
    }
    Ok(Some(blamed))
}

/// A version of the file.
#[derive(Clone)]
struct Version {
    file: NamedFile,
    text: Arc<Vec<u8>>,
}

/// Lines of a version that came to a commit and may be passed on.
struct Suspect {
    version: Version,
    ranges: Vec<LineRange>,
}

/// Lines that came with a commit.
struct Found {
    commit: CommitId,
    path: RepoPath,
    range: LineRange,
}

struct Search<'a> {
    objects: &'a ObjectStore,
    reader: ObjectReader<'a>,
    past: FilePast<'a>,
    options: LineOptions,
    waiting: HashMap<CommitId, Vec<Suspect>>,
    /// The commits that wait, the highest generation first.
    queue: BinaryHeap<(u32, CommitId)>,
    found: Vec<Found>,
}

impl Search<'_> {
    /// Gives lines of a version to a commit that has it.
    fn pass(&mut self, commit: CommitId, version: Version, ranges: Vec<LineRange>) -> Result<()> {
        if ranges.is_empty() {
            return Ok(());
        }
        if !self.waiting.contains_key(&commit) {
            let node = self.objects.node(&commit)?;
            let node = node.ok_or_else(|| RepositoryError::missing_commit(&commit))?;
            self.queue.push((node.generation, commit));
        }
        let suspects = self.waiting.entry(commit).or_default();
        let same = suspects
            .iter_mut()
            .find(|suspect| suspect.version.file.path == version.file.path);
        match same {
            Some(suspect) => suspect.ranges.extend(ranges),
            None => suspects.push(Suspect { version, ranges }),
        }
        Ok(())
    }

    fn run(&mut self) -> Result<()> {
        while let Some((_, id)) = self.queue.pop() {
            let commit = self.objects.commit(&id)?;
            for suspect in self.waiting.remove(&id).unwrap_or_default() {
                self.examine(id, &commit.snapshot, &commit.parents, suspect)?;
            }
        }
        Ok(())
    }

    /// Passes on what the parents have, and keeps the rest for the commit.
    fn examine(
        &mut self,
        commit: CommitId,
        snapshot: &SnapshotId,
        parents: &[CommitId],
        suspect: Suspect,
    ) -> Result<()> {
        let Suspect {
            version,
            mut ranges,
        } = suspect;
        let parents: Vec<(CommitId, SnapshotId)> = parents
            .iter()
            .map(|parent| Ok((*parent, self.objects.commit(parent)?.snapshot)))
            .collect::<Result<_>>()?;
        // A parent that has all of it, in the same place, makes the others matter no more.
        for (parent, before) in &parents {
            if self.past.entry(before, &version.file.path)? == Some(version.file.entry) {
                return self.pass(*parent, version, ranges);
            }
        }
        let mut befores = Vec::new();
        for (parent, before) in parents {
            let Some(file) = self.past.before(&before, snapshot, &version.file)? else {
                continue;
            };
            if file.entry.object == version.file.entry.object {
                let text = Arc::clone(&version.text);
                return self.pass(parent, Version { file, text }, ranges);
            }
            befores.push((parent, file));
        }
        for (parent, file) in befores {
            let text = Arc::new(self.reader.read(&file.entry.object)?);
            let changed = changed_ranges(&text, &version.text, self.options);
            let Split { passed, kept } = split(ranges, &changed);
            self.pass(parent, Version { file, text }, passed)?;
            ranges = kept;
        }
        let path = &version.file.path;
        self.found.extend(ranges.into_iter().map(|range| Found {
            commit,
            path: path.clone(),
            range,
        }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    /// The commits of the lines, as numbers of `commits`.
    fn blamed(sandbox: &Sandbox, commits: &[CommitId], path: &str) -> Vec<usize> {
        blamed_with(sandbox, commits, path, &BlameOptions::default())
    }

    fn blamed_with(
        sandbox: &Sandbox,
        commits: &[CommitId],
        path: &str,
        options: &BlameOptions,
    ) -> Vec<usize> {
        let path = RepoPath::new(path).expect("allowed");
        let last = *commits.last().expect("a commit");
        let lines = blame(&sandbox.repository, last, &path, options).expect("reads");
        let lines = lines.expect("a file").into_iter();
        let number = |commit| commits.iter().position(|known| *known == commit);
        lines
            .map(|line| number(line.commit).expect("one of them"))
            .collect()
    }

    #[test]
    fn each_line_has_the_commit_that_it_came_with() {
        let sandbox = Sandbox::new();
        let first = sandbox.add_commit(&[], &[("a", "1\n2\n3\n4\n"), ("b", "x")]);
        let second = sandbox.add_commit(&[first], &[("a", "1\ntwo\n3\n4\n")]);
        let other = sandbox.add_commit(&[second], &[("b", "y")]);
        let third = sandbox.add_commit(&[other], &[("a", "0\n1\ntwo\n4\nend")]);
        let commits = [first, second, other, third];
        assert_eq!(blamed(&sandbox, &commits, "a"), [3, 0, 1, 0, 3]);
        let path = RepoPath::new("a").expect("allowed");
        let options = BlameOptions {
            lines: Some(1..4),
            ..BlameOptions::default()
        };
        let lines = blame(&sandbox.repository, third, &path, &options).expect("reads");
        let lines = lines.expect("a file");
        let facts: Vec<(u32, &[u8], u32)> = lines
            .iter()
            .map(|line| (line.number, &line.text[..], line.original_number))
            .collect();
        assert_eq!(facts, [(2, &b"1"[..], 1), (3, b"two", 2), (4, b"4", 4)]);
    }

    #[test]
    fn lines_of_a_merge_come_from_either_side() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("a", "1\n2\n3\n4\n5\n")]);
        let left = sandbox.add_commit(&[root], &[("a", "left\n2\n3\n4\n5\n")]);
        let right = sandbox.add_commit(&[root], &[("a", "1\n2\n3\n4\nright\n")]);
        let merge = sandbox.add_commit(&[left, right], &[("a", "left\n2\nboth\n4\nright\n")]);
        let commits = [root, left, right, merge];
        assert_eq!(blamed(&sandbox, &commits, "a"), [1, 0, 3, 0, 2]);
    }

    #[test]
    fn a_file_is_followed_through_renames() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("old", "1\n2\n")]);
        let renamed = [("new", Some(&b"1\n2\n"[..])), ("old", None)];
        let renamed = sandbox.add_changes(&[root], &renamed);
        let edited = [("newer", Some(&b"0\n1\n2\n"[..])), ("new", None)];
        let edited = sandbox.add_changes(&[renamed], &edited);
        let last = sandbox.add_commit(&[edited], &[("newer", "0\n1\n2\n3\n")]);
        let commits = [root, renamed, edited, last];
        assert_eq!(blamed(&sandbox, &commits, "newer"), [2, 0, 0, 3]);
    }

    #[test]
    fn white_space_can_be_ignored() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("a", "if x\nrun\n")]);
        let last = sandbox.add_commit(&[root], &[("a", "if x\n  run\n")]);
        assert_eq!(blamed(&sandbox, &[root, last], "a"), [0, 1]);
        let options = BlameOptions {
            ignore_white_space: true,
            ..BlameOptions::default()
        };
        assert_eq!(blamed_with(&sandbox, &[root, last], "a", &options), [0, 0]);
    }

    #[test]
    fn there_need_not_be_such_a_file() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("a", ""), ("d/b", "x")]);
        assert_eq!(blamed(&sandbox, &[root], "a"), [0; 0]);
        for path in ["x", "d"] {
            let path = RepoPath::new(path).expect("allowed");
            let none = blame(&sandbox.repository, root, &path, &BlameOptions::default());
            assert!(none.expect("reads").is_none());
        }
    }
}
