//! What git makes of merges.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Two commits to be merged.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

/// The mode of a file and the id of its blob.
pub(crate) type Version = (String, String);

/// The outcome of a merge.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) tree: String,
    /// The versions of base, ours and theirs.
    pub(crate) conflicts: BTreeMap<String, [Option<Version>; 3]>,
}

/// A git repository, which is only read: what merges make goes elsewhere.
pub(crate) struct Git {
    path: PathBuf,
    made: tempfile::TempDir,
    blobs: Mutex<Option<Blobs>>,
}

/// A process of git that reads blobs.
struct Blobs {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Drop for Blobs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Git {
    pub(crate) fn init(path: &Path) -> Self {
        let git = Self::open(path);
        let status = Command::new("git")
            .args(["init", "-q", "--bare"])
            .arg(path)
            .status();
        assert!(status.expect("git runs").success());
        git
    }

    pub(crate) fn open(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            made: tempfile::tempdir().expect("a temporary directory"),
            blobs: Mutex::new(None),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.path)
            .args(["-c", "merge.conflictStyle=diff3"])
            // No file of attributes says how files merge.
            .args(["-c", "core.attributesFile=/dev/null"])
            .arg("--attr-source=4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        if let Some(setting) = std::env::var_os("MUSE_MERGE_GIT_SETTING") {
            command.arg("-c").arg(setting);
        }
        command.args(arguments).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("HOME", self.made.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    /// As [`Git::command`], with a place of its own for what it makes.
    fn making(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        let objects = match self.path.join(".git/objects").exists() {
            true => self.path.join(".git/objects"),
            false => self.path.join("objects"),
        };
        let objects = objects.canonicalize().expect("a repository");
        command.env("GIT_OBJECT_DIRECTORY", self.made.path());
        command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects);
        command
    }

    fn try_run(mut command: Command, input: &[u8]) -> Option<Vec<u8>> {
        let mut child = command.spawn().expect("git runs");
        let mut stdin = child.stdin.take().expect("piped");
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input));
            let output = child.wait_with_output().expect("git ends");
            output.status.success().then_some(output.stdout)
        })
    }

    fn run(command: Command, input: &[u8]) -> Vec<u8> {
        Self::try_run(command, input).expect("git succeeds")
    }

    pub(crate) fn fast_import(&self, stream: &[u8]) {
        Self::run(self.command(&["fast-import", "--quiet"]), stream);
    }

    /// The commits of each ref.
    pub(crate) fn refs(&self) -> HashMap<String, String> {
        let listed = Self::run(
            self.command(&["for-each-ref", "--format=%(refname) %(objectname)"]),
            b"",
        );
        let listed = String::from_utf8(listed).expect("names are ASCII");
        let refs = listed.lines().filter_map(|line| line.split_once(' '));
        refs.map(|(name, id)| (name.to_owned(), id.to_owned()))
            .collect()
    }

    fn history(&self, arguments: &[&str]) -> Vec<String> {
        let arguments = [&["rev-list", "--branches"], arguments].concat();
        let listed = Self::run(self.command(&arguments), b"");
        let listed = String::from_utf8(listed).expect("ids are ASCII");
        listed.lines().map(str::to_owned).collect()
    }

    /// The parents of all merges of two commits.
    pub(crate) fn merges(&self) -> Vec<Pair> {
        let lines = self.history(&["--min-parents=2", "--max-parents=2", "--parents"]);
        let pairs = lines.iter().map(|line| {
            let ids: Vec<&str> = line.split(' ').collect();
            Pair {
                ours: ids[1].to_owned(),
                theirs: ids[2].to_owned(),
            }
        });
        pairs.collect()
    }

    pub(crate) fn commits(&self) -> Vec<String> {
        self.history(&[])
    }

    /// Merges all pairs; there is no outcome where git itself fails, as some versions do on some.
    pub(crate) fn merge(&self, pairs: &[Pair]) -> Vec<Option<Outcome>> {
        let input: String = pairs
            .iter()
            .map(|pair| format!("{} {}\n", pair.ours, pair.theirs))
            .collect();
        let arguments = [
            "merge-tree",
            "--write-tree",
            "--stdin",
            "--no-messages",
            "--allow-unrelated-histories",
        ];
        let Some(output) = Self::try_run(self.making(&arguments), input.as_bytes()) else {
            let (one, other) = pairs.split_at(pairs.len() / 2);
            return match one {
                [] => vec![None],
                _ => [self.merge(one), self.merge(other)]
                    .into_iter()
                    .flatten()
                    .collect(),
            };
        };
        let output = String::from_utf8_lossy(&output);
        let mut fields = output.split('\0');
        let mut outcomes = Vec::new();
        for _ in pairs {
            fields.next().expect("whether it is clean");
            let mut outcome = Outcome {
                tree: fields.next().expect("a tree").to_owned(),
                ..Outcome::default()
            };
            for field in fields.by_ref().take_while(|field| !field.is_empty()) {
                let (version, path) = field.split_once('\t').expect("mode, blob, stage and path");
                let version: Vec<&str> = version.split(' ').collect();
                let stage: usize = version[2].parse().expect("a number");
                let versions = outcome.conflicts.entry(path.to_owned()).or_default();
                versions[stage - 1] = Some((version[0].to_owned(), version[1].to_owned()));
            }
            outcomes.push(Some(outcome));
        }
        outcomes
    }

    /// What differs between two trees.
    pub(crate) fn diff(&self, before: &str, after: &str) -> BTreeMap<String, Option<Version>> {
        let arguments = ["diff-tree", "-r", "-z", "--no-renames", before, after];
        let output = Self::run(self.making(&arguments), b"");
        let output = String::from_utf8_lossy(&output).into_owned();
        let mut fields = output.split_terminator('\0');
        let mut changes = BTreeMap::new();
        while let (Some(change), Some(path)) = (fields.next(), fields.next()) {
            let change: Vec<&str> = change.split(' ').collect();
            let version = (change[1] != "000000").then(|| (change[1].into(), change[3].into()));
            changes.insert(path.to_owned(), version);
        }
        changes
    }

    /// The files that moved between two trees: old path, new path, similarity in percent.
    pub(crate) fn renames(&self, before: &str, after: &str) -> BTreeSet<(String, String, u8)> {
        let arguments = [
            "diff-tree",
            "-r",
            "-z",
            "-M",
            "--diff-filter=R",
            before,
            after,
        ];
        let output = Self::run(self.command(&arguments), b"");
        let output = String::from_utf8_lossy(&output).into_owned();
        let mut fields = output.split_terminator('\0');
        let mut renames = BTreeSet::new();
        while let (Some(change), Some(from), Some(to)) =
            (fields.next(), fields.next(), fields.next())
        {
            let (_, percent) = change
                .rsplit_once('R')
                .expect("a rename and its similarity");
            let percent = percent.parse().expect("a number");
            renames.insert((from.to_owned(), to.to_owned(), percent));
        }
        renames
    }

    /// The contents of a blob.
    pub(crate) fn blob(&self, id: &str) -> Vec<u8> {
        let mut process = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let Blobs { stdin, stdout, .. } = process.get_or_insert_with(|| {
            let mut child = self
                .making(&["cat-file", "--batch"])
                .spawn()
                .expect("git runs");
            Blobs {
                stdin: child.stdin.take().expect("piped"),
                stdout: BufReader::new(child.stdout.take().expect("piped")),
                child,
            }
        });
        stdin
            .write_all(format!("{id}\n").as_bytes())
            .expect("git reads");
        let mut header = String::new();
        stdout.read_line(&mut header).expect("git answers");
        let length = header
            .trim()
            .rsplit(' ')
            .next()
            .and_then(|length| length.parse().ok());
        let mut contents = vec![0; length.unwrap_or_else(|| panic!("no blob: {header}"))];
        stdout.read_exact(&mut contents).expect("git answers");
        stdout.read_exact(&mut [0]).expect("a line feed");
        contents
    }
}
