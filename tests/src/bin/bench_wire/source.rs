//! The content that both tools move: a packed git repository, and the same with a tenth more
//! history.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use muse_e2e::workload::{Shape, git_fast_import};

use super::contender::must;

/// One history in two lengths, as bare git repositories with one branch, `main`.
pub(crate) struct Source {
    /// What the report calls it.
    pub(crate) name: String,
    /// The history.
    pub(crate) base: PathBuf,
    /// The history and a tenth more.
    pub(crate) longer: PathBuf,
}

impl Source {
    /// Makes the size of this name, or takes the first-parent history of the repository at this
    /// path.
    pub(crate) fn make(root: &Path, size: &str) -> Result<Self, Box<dyn Error>> {
        let name = size
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or(size);
        let base = root.join(format!("{name}-base.git"));
        let longer = root.join(format!("{name}-longer.git"));
        if let Some(shape) = Shape::named(size) {
            import(shape, &base)?;
            import(shape.longer(), &longer)?;
        } else if Path::new(size).is_dir() {
            copy(Path::new(size), &longer, "HEAD")?;
            let steps = count_first_parents(&longer)? / 11;
            copy(&longer, &base, &format!("HEAD~{steps}"))?;
        } else {
            return Err(format!("{size} is neither a size nor a git repository").into());
        }
        Ok(Self {
            name: name.to_owned(),
            base,
            longer,
        })
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

fn repack(repository: &Path) -> Result<(), Box<dyn Error>> {
    must(git(repository).args(["repack", "-adfq"]))
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
    repack(repository)
}

fn copy(from: &Path, to: &Path, revision: &str) -> Result<(), Box<dyn Error>> {
    init(to)?;
    let tip = output(git(from).args(["rev-parse", "--verify", &format!("{revision}^{{commit}}")]))?;
    // By id, from a repository that is ours to read in full.
    must(
        git(to)
            .args([
                "-c",
                "protocol.file.allow=always",
                "fetch",
                "-q",
                "--no-tags",
                "--no-write-fetch-head",
            ])
            .arg(from.canonicalize()?)
            .arg("HEAD"),
    )?;
    must(git(to).args(["update-ref", "refs/heads/main", &tip]))?;
    repack(to)?;
    must(git(to).args(["prune"]))
}

fn count_first_parents(repository: &Path) -> Result<u64, Box<dyn Error>> {
    Ok(output(git(repository).args(["rev-list", "--first-parent", "--count", "HEAD"]))?.parse()?)
}

fn output(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed: {said}").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
