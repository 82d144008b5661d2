//! A temporary root with a home directory of its own, and commands that see nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::binaries::binary;
use super::command::Invocation;

/// The author of every commit, unless a test says otherwise.
const AUTHOR_NAME: &str = "Ada Lovelace";
/// Their address.
const AUTHOR_EMAIL: &str = "ada@example.org";
/// The time of every commit, unless a test says otherwise.
const COMMIT_DATE: &str = "2026-01-02T03:04:05+01:00";

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// A temporary root, removed at the end.
pub struct Sandbox {
    root: PathBuf,
    /// Removes the root at the end, unless it is the caller's own.
    _temporary: Option<tempfile::TempDir>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// A new, empty sandbox.
    ///
    /// # Panics
    /// Where no temporary directory can be made.
    pub fn new() -> Self {
        Self::in_directory(&std::env::temp_dir())
    }

    /// A new, empty sandbox in memory, where the system has a place for that: for a test that runs
    /// a thousand commands and would wait for the disk most of its time.
    ///
    /// # Panics
    /// Where no temporary directory can be made.
    pub fn in_memory() -> Self {
        match Path::new(MEMORY).is_dir() {
            true => Self::in_directory(Path::new(MEMORY)),
            false => Self::new(),
        }
    }

    fn in_directory(directory: &Path) -> Self {
        let root = tempfile::Builder::new()
            .prefix("muse-e2e-")
            .tempdir_in(directory)
            .expect("a temporary directory can be made");
        let mut sandbox = Self::below(root.path());
        sandbox._temporary = Some(root);
        sandbox
    }

    /// A sandbox in a directory that is the caller's to remove.
    ///
    /// # Panics
    /// Where the directory cannot be written.
    pub fn below(root: &Path) -> Self {
        for folder in ["home", "config"] {
            std::fs::create_dir_all(root.join(folder)).expect("the sandbox is writable");
        }
        Self {
            root: root.to_owned(),
            _temporary: None,
        }
    }

    /// Its root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root().join(relative)
    }

    /// The text of a file.
    ///
    /// # Panics
    /// Where there is none, or it is not UTF-8.
    pub fn read(&self, relative: impl AsRef<Path>) -> String {
        let path = self.path(relative);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Writes a file below the root, with the directories above it.
    ///
    /// # Panics
    /// Where that fails.
    pub fn write(&self, relative: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        let folder = path.parent().expect("the path is below the root");
        std::fs::create_dir_all(folder).expect("the sandbox is writable");
        std::fs::write(&path, contents).expect("the sandbox is writable");
        path
    }

    /// `muse -C DIRECTORY`, with a fixed author and time; `directory` is relative to the root.
    pub fn muse(&self, directory: impl AsRef<Path>) -> Invocation {
        let mut command = self.command(&binary("muse"));
        command
            .arg("-C")
            .arg(self.path(directory))
            .env("MUSE_CONFIG_HOME", self.path("config"))
            .env("MUSE_AUTHOR_NAME", AUTHOR_NAME)
            .env("MUSE_AUTHOR_EMAIL", AUTHOR_EMAIL)
            .env("MUSE_COMMIT_DATE", COMMIT_DATE);
        Invocation::new(command, self.root())
    }

    /// `musehub`, without arguments.
    pub fn musehub(&self) -> Invocation {
        Invocation::new(self.command(&binary("musehub")), self.root())
    }

    /// `git -C DIRECTORY`, with the same author and time and none of the host's configuration.
    pub fn git(&self, directory: impl AsRef<Path>) -> Invocation {
        let mut command = self.command(Path::new("git"));
        command
            .arg("-C")
            .arg(self.path(directory))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), AUTHOR_NAME)
                .env(format!("GIT_{role}_EMAIL"), AUTHOR_EMAIL)
                .env(format!("GIT_{role}_DATE"), COMMIT_DATE);
        }
        Invocation::new(command, self.root())
    }

    /// A command that sees the sandbox's home and a plain environment.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.root())
            .env("HOME", self.path("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("NO_COLOR", "1");
        command
    }
}
