//! The git repository that a test builds.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use muse::export::{ExportOptions, ExportSummary, export_git};
use muse::import::{ImportError, ImportOptions, ImportSummary, import_git};
use muse::report::Silent;
use muse::repository::Repository;
use muse::worktree::{self, CommitDetails, CommitOptions, Follows};
use muse_wire::commit::{Author, Timestamp};
use muse_wire::id::CommitId;

/// A git repository that a test builds.
pub(crate) struct Git {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Git {
    pub(crate) fn init() -> Self {
        let directory = tempfile::tempdir().expect("temporary directory");
        let git = Self {
            path: directory.path().to_owned(),
            _temporary: Some(directory),
        };
        git.run(&["init", "-q", "-b", "main"]);
        git
    }

    /// One that is there.
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            _temporary: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// All refs and what they name, a line each.
    pub(crate) fn refs(&self) -> String {
        self.run(&["for-each-ref", "--format=%(objectname) %(refname)"])
    }

    /// Writes an object as it is. Returns its id.
    pub(crate) fn object(&self, kind: &str, bytes: &[u8]) -> String {
        let file = self.path().join(".git/forged");
        fs::write(&file, bytes).expect("written");
        let file = file.to_str().expect("UTF-8");
        let id = self.run(&["hash-object", "-t", kind, "--literally", "-w", file]);
        id.trim().to_owned()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.run_with(arguments, b"")
    }

    /// Runs git with `input` on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut child = Command::new("git")
            .current_dir(self.path())
            .args(["-c", "core.quotePath=false"])
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("PATH is set"))
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada Lovelace")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", "1700000000 +0130")
            .env("GIT_COMMITTER_NAME", "Charles")
            .env("GIT_COMMITTER_EMAIL", "charles@example.org")
            .env("GIT_COMMITTER_DATE", "1700000100 -0800")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git runs");
        let mut stdin = child.stdin.take().expect("piped");
        // Git may end before it has read all: its exit code says how it went.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("git ends");
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    pub(crate) fn write(&self, path: &str, contents: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("has one")).expect("creates");
        fs::write(path, contents).expect("writes");
    }

    pub(crate) fn commit(&self, message: &str) {
        self.run(&["add", "-A"]);
        self.run(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    pub(crate) fn merge(&self, revision: &str) {
        let message = format!("Merge {revision}");
        self.run(&["merge", "-q", "--no-ff", "-m", &message, revision]);
    }

    /// Modes, links, renames, deletions, files that become directories and back, commits without
    /// changes, several roots, no files at all, criss-cross merges, packed and loose objects.
    pub(crate) fn with_everything() -> Self {
        let git = Self::init();
        git.commit("nothing yet");
        for n in 0..40 {
            let contents = format!("{n}\n").repeat(n + 1);
            git.write(&format!("src/module{}/file{n}.txt", n % 4), &contents);
        }
        git.write("naïve/übergröße.txt", "ä");
        git.write("a", "a file");
        git.write("a-b", "sorts between a and a/");
        git.write("d/x", "x");
        symlink("src/module0", git.path().join("link")).expect("links");
        git.commit("many");
        let script = git.path().join("src/module1/file1.txt");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("sets");
        git.commit("executable");
        git.run(&["mv", "src/module2", "src/renamed"]);
        git.run(&["rm", "-q", "-r", "a", "d"]);
        git.write("a/now/a/directory", "deep");
        git.write("d", "now a file");
        git.commit("swap");
        git.run(&["rm", "-q", "-r", "a"]);
        git.write("a", "a file again");
        git.run(&["rm", "-q", "link"]);
        git.write("link", "no link");
        git.commit("swap back");
        git.commit("empty");
        git.run(&["branch", "side"]);
        for branch in ["main", "side"] {
            git.run(&["checkout", "-q", branch]);
            git.write(&format!("only-{branch}"), branch);
            git.commit(&format!("on {branch}"));
        }
        git.run(&["branch", "before", "main"]);
        git.merge("before");
        git.run(&["checkout", "-q", "main"]);
        git.merge("side~1");
        git.merge("side");
        git.run(&["checkout", "-q", "--orphan", "unrelated"]);
        git.run(&["rm", "-q", "-rf", "."]);
        git.write("root", "another root");
        git.commit("another root");
        git.run(&["rm", "-q", "root"]);
        git.commit("no files at all");
        git.run(&["checkout", "-q", "main"]);
        git.run(&["tag", "v1"]);
        git.run(&["tag", "-a", "-m", "annotated", "v2", "main~2"]);
        git.run(&["tag", "tree", "main^{tree}"]);
        git.run(&["gc", "-q"]);
        git.write("loose", "not packed");
        git.commit("loose");
        git
    }

    /// Writes a tree of these entries (mode, name, id) as they are, and points the branch `branch`
    /// at a commit of it. Returns both ids.
    pub(crate) fn forge_tree(
        &self,
        branch: &str,
        entries: &[(&str, &str, &str)],
    ) -> (String, String) {
        let tree = self.tree(entries);
        let commit = self.run(&["commit-tree", "-m", "Forged", &tree]);
        let commit = commit.trim().to_owned();
        self.run(&["update-ref", &format!("refs/heads/{branch}"), &commit]);
        (tree, commit)
    }

    /// As [`Git::forge_tree`], and points `name` at a commit that follows what it named.
    pub(crate) fn forge_tree_upon(&self, name: &str, entries: &[(&str, &str, &str)]) {
        let tree = self.tree(entries);
        let commit = self.run(&["commit-tree", "-p", name, "-m", "Forged", &tree]);
        self.run(&["update-ref", name, commit.trim()]);
    }

    fn tree(&self, entries: &[(&str, &str, &str)]) -> String {
        let mut tree = Vec::new();
        for (mode, name, id) in entries {
            tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            let bytes = (0..40).step_by(2).map(|at| &id[at..at + 2]);
            tree.extend(bytes.map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")));
        }
        self.object("tree", &tree)
    }

    pub(crate) fn import(&self, repository: &Repository) -> Result<ImportSummary, ImportError> {
        import_git(repository, self.path(), ImportOptions::default(), &Silent)
    }

    /// Mode, kind and id of each file of a commit, as git lists them.
    pub(crate) fn listing(&self, commit: &str) -> BTreeMap<String, String> {
        let listing = self.run(&["ls-tree", "-r", commit]);
        let entries = listing.lines().map(|line| {
            let (entry, path) = line.split_once('\t').expect("a tab");
            (path.to_owned(), entry.to_owned())
        });
        entries.collect()
    }
}

/// A repository without commits.
pub(crate) fn empty() -> (tempfile::TempDir, Repository) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let repository = Repository::init(directory.path(), "main").expect("creates");
    (directory, repository)
}

/// A repository with what `git` has.
pub(crate) fn imported(git: &Git) -> (tempfile::TempDir, Repository) {
    let (directory, repository) = empty();
    git.import(&repository).expect("imports");
    (directory, repository)
}

/// Exports everything, leaving alone what git has moved.
pub(crate) fn export(repository: &Repository, path: &Path) -> ExportSummary {
    export_git(repository, path, ExportOptions::default(), &Silent).expect("exports")
}

/// Where a new git repository can be made, as long as the directory is there.
pub(crate) fn nowhere() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("exported.git");
    (directory, path)
}

/// Exports an import of `git`, whose refs and everything below them must be the same then.
pub(crate) fn assert_comes_back(git: &Git) {
    let (_directory, repository) = imported(git);
    let (_target, path) = nowhere();
    let summary = export(&repository, &path);
    let changed = summary.changed.iter();
    let changed: Vec<_> = changed
        .map(|id| git.run(&["cat-file", "-p", &id.was]))
        .collect();
    assert_eq!((changed, summary.left), (vec![], vec![]));
    let exported = Git::at(&path);
    assert_eq!(exported.refs(), git.refs());
    let objects = |git: &Git| {
        let mut ids: Vec<_> = git
            .run(&["rev-list", "--objects", "--all"])
            .lines()
            .map(|line| line.split(' ').next().expect("an id").to_owned())
            .collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(objects(&exported), objects(git));
    exported.run(&["verify-pack", &first_index(&path)]);
    let again = export(&repository, &path);
    assert_eq!((again.commits, again.objects, again.moved), (0, 0, vec![]));
    // Where it came from there is nothing to write.
    let back = export(&repository, git.path());
    assert_eq!((back.objects, back.moved), (0, vec![]));
}

fn first_index(git: &Path) -> String {
    let packs = fs::read_dir(git.join("objects/pack")).expect("there");
    let mut paths = packs.map(|entry| entry.expect("readable").path());
    let index = paths.find(|path| path.extension().is_some_and(|name| name == "idx"));
    let index = index.expect("there is a pack");
    index.to_str().expect("UTF-8").to_owned()
}

/// Points a branch or tag at an object.
pub(crate) fn point(git: &Git, name: &str, id: &str) {
    git.run(&["update-ref", name, id]);
}

/// Writes a file and commits it.
pub(crate) fn commit(repository: &Repository, path: &str, contents: &str) -> CommitId {
    let root = repository.layout.root();
    fs::write(root.join(path), contents).expect("writes");
    let details = CommitDetails {
        author: Author {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        committed_at: Timestamp {
            seconds: 1_700_000_000,
            offset_minutes: 90,
        },
        message: "made here".to_owned(),
        metadata: BTreeMap::from([("reviewed_by".to_owned(), "Bob".to_owned())]),
        signer: None,
    };
    let options = CommitOptions {
        details,
        allow_empty: false,
        follows: Follows::Head,
    };
    let mut locked = repository.lock().expect("free");
    worktree::commit(&mut locked, options, &Silent)
        .expect("commits")
        .id
}
