//! The content that both tools move: a git repository, made up or given, cut where the verbs start
//! and end.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use muse_e2e::workload::{Shape, git_fast_import};

use super::contender::must;
use super::growth::Growth;

/// Commits on the second branch.
const BRANCH_COMMITS: u32 = 43;

/// One history, counted in commits along first parents.
pub(crate) struct Source {
    /// What the report calls it.
    pub(crate) name: String,
    root: PathBuf,
    /// The repository with all commits.
    whole: PathBuf,
    whole_commits: u32,
    /// How many of them are on `main` once it has grown.
    grown_commits: u32,
}

impl Source {
    /// Makes the history of a shape.
    pub(crate) fn of_shape(root: &Path, name: &str, shape: Shape) -> Result<Self, Box<dyn Error>> {
        let whole = root.join(format!("{name}.git"));
        let commits = shape.commit_count();
        let tenth = (commits / 10).max(1);
        let shape = shape.longer(tenth.max(BRANCH_COMMITS));
        import(shape, &whole)?;
        Ok(Self {
            name: name.to_owned(),
            root: root.to_owned(),
            whole,
            whole_commits: shape.commit_count(),
            grown_commits: commits + tenth,
        })
    }

    /// Takes the history of `HEAD` in the repository at this path, which is only read.
    pub(crate) fn of_repository(root: &Path, path: &Path) -> Result<Self, Box<dyn Error>> {
        let whole = path.canonicalize()?;
        let name = path.file_stem().unwrap_or(whole.as_os_str());
        let count = output(git(&whole).args(["rev-list", "--first-parent", "--count", "HEAD"]))?;
        let commits = count.parse()?;
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            root: root.to_owned(),
            whole,
            whole_commits: commits,
            grown_commits: commits,
        })
    }

    /// What the server has before it grows: a packed bare repository with one branch, `main`.
    pub(crate) fn before(&self, growth: Growth) -> Result<PathBuf, Box<dyn Error>> {
        let (commits, _) = self.ends(growth);
        let repository = self.root.join(format!("{}-{commits}.git", self.name));
        if !repository.exists() {
            init(&repository)?;
            self.copy(commits, "main", &repository)?;
            // As in a clone that people work in: with bitmaps, git would not push thin packs.
            must(git(&repository).args(["config", "repack.writeBitmaps", "false"]))?;
            must(git(&repository).args(["repack", "-adfq"]))?;
        }
        Ok(repository)
    }

    /// What is pushed to it: the same, and what is new in loose objects, as commits leave them.
    pub(crate) fn after(&self, growth: Growth) -> Result<PathBuf, Box<dyn Error>> {
        let before = self.before(growth)?;
        let repository = self.root.join(format!("{}-{growth:?}.git", self.name));
        if !repository.exists() {
            must(
                git(&self.root)
                    .args(["clone", "-q", "--bare"])
                    .arg(before)
                    .arg(&repository),
            )?;
            must(git(&repository).args(["config", "receive.unpackLimit", "1000000000"]))?;
            self.copy(self.ends(growth).1, growth.branch(), &repository)?;
        }
        Ok(repository)
    }

    /// From and to how many commits a branch grows.
    fn ends(&self, growth: Growth) -> (u32, u32) {
        let end = self.grown_commits;
        let start = end - (end / 11).max(1);
        match growth {
            Growth::Tenth => (start, end),
            Growth::Hundredth => (end - (end / 101).max(1), end),
            Growth::Branch => (start, self.whole_commits.min(start + BRANCH_COMMITS)),
        }
    }

    /// Gives a repository the first commits as this branch.
    fn copy(&self, commits: u32, branch: &str, to: &Path) -> Result<(), Box<dyn Error>> {
        let back = self.whole_commits - commits;
        must(
            git(&self.whole)
                .args(["push", "-q"])
                .arg(to)
                .arg(format!("HEAD~{back}:refs/heads/{branch}")),
        )
    }
}

/// `git` with nothing of the host's configuration, working in `directory`.
pub(crate) fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        // Housekeeping in the background would run into the next measure.
        .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-C"])
        .arg(directory);
    command
}

fn init(repository: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(repository)?;
    must(git(repository).args(["init", "-q", "--bare", "-b", "main"]))
}

fn import(shape: Shape, repository: &Path) -> Result<(), Box<dyn Error>> {
    init(repository)?;
    let mut child = git(repository)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()?;
    let pipe = child.stdin.take().expect("stdin is piped");
    let mut pipe = std::io::BufWriter::new(pipe);
    git_fast_import(shape, &mut pipe)?;
    pipe.flush()?;
    drop(pipe);
    if !child.wait()?.success() {
        return Err("git fast-import failed".into());
    }
    Ok(())
}

fn output(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed: {said}").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
