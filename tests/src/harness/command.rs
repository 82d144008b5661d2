//! Runs a command and keeps exit code, stdout and stderr together.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// User and group of nobody in particular: they own no file.
const STRANGER: u32 = 65534;

/// Types secrets at prompts.
const TYPE_SECRETS: &str = include_str!("type_secrets.py");

/// A command about to be run.
pub struct Invocation {
    command: Command,
    root: PathBuf,
    stdin: Option<Vec<u8>>,
}

impl Invocation {
    /// Wraps a command; `root` is what its output will not show.
    pub(super) fn new(command: Command, root: &Path) -> Self {
        Self {
            command,
            root: root.to_owned(),
            stdin: None,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable away.
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Has another program start it: `program` gets `arguments`, and behind them the command line.
    ///
    /// What the command is to see of the environment must have been set by then.
    pub fn through(self, program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).arg(self.command.get_program());
        self.with_surroundings_of(command)
    }

    /// Runs it as somebody who owns nothing and is not root, from this copy of its program.
    ///
    /// What the command is to see of the environment must have been set by then.
    pub fn as_stranger(self, program: &Path) -> Self {
        let mut command = Command::new(program);
        command.uid(STRANGER).gid(STRANGER);
        self.with_surroundings_of(command)
    }

    /// `command` with the arguments, the variables and the directory of this one.
    fn with_surroundings_of(self, mut command: Command) -> Self {
        command.args(self.command.get_args()).env_clear();
        for (name, value) in self.command.get_envs() {
            value.map(|value| command.env(name, value));
        }
        if let Some(directory) = self.command.get_current_dir() {
            command.current_dir(directory);
        }
        Self { command, ..self }
    }

    /// Gives it these bytes on stdin instead of nothing.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Gives it a terminal of its own, which `script` of util-linux makes. All that it prints comes
    /// on stdout.
    pub fn on_terminal(mut self) -> Self {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let quoted = words.map(|word| format!("'{}'", word.to_string_lossy()));
        let line = quoted.collect::<Vec<_>>().join(" ");
        let mut script = Command::new("script");
        script.env_clear().args(["-qec", &line, "/dev/null"]);
        for (name, value) in self.command.get_envs() {
            value.map(|value| script.env(name, value));
        }
        if let Some(directory) = self.command.get_current_dir() {
            script.current_dir(directory);
        }
        self.command = script;
        self
    }

    /// Gives it a terminal of its own, at which one secret after the other is typed when it asks
    /// for one; a question too many ends it. All that it prints comes on stdout. Needs Python.
    ///
    /// What the command is to see of the environment must have been set by then.
    pub fn typing(self, secrets: &[&str]) -> Self {
        self.through("python3", &["-c", TYPE_SECRETS, &secrets.join("\n")])
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn run(mut self) -> Outcome {
        let stdin = self.stdin.take();
        let root = self.root.clone();
        let mut child = self.pipe(stdin.is_some());
        if let (Some(bytes), Some(mut pipe)) = (stdin, child.stdin.take()) {
            // The command may end without reading all of it; that is its own business.
            let _ = pipe.write_all(&bytes);
        }
        let output = child
            .wait_with_output()
            .expect("a started child can be waited for");
        Outcome {
            code: output.status.code(),
            stdout: text(&output.stdout, &root),
            stderr: text(&output.stderr, &root),
        }
    }

    /// Runs it and expects exit code 0.
    ///
    /// # Panics
    /// With all of its output where the code is another.
    pub fn ok(self) -> Outcome {
        self.run().expect_code(0)
    }

    /// Runs it and expects this exit code.
    ///
    /// # Panics
    /// With all of its output where the code is another.
    pub fn fails(self, code: i32) -> Outcome {
        self.run().expect_code(code)
    }

    /// Starts it with its output thrown away, for a test that will kill it.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn spawn(mut self) -> Child {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{:?} cannot be started: {error}", self.command))
    }

    /// The command itself, for a caller that starts it in a way of its own.
    pub fn into_command(self) -> Command {
        self.command
    }

    fn pipe(&mut self, with_stdin: bool) -> Child {
        self.command
            .stdin(if with_stdin {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{:?} cannot be started: {error}", self.command))
    }
}

/// What a command did. Its text form is what snapshots hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its stdout; the sandbox's root is written `[ROOT]`.
    pub stdout: String,
    /// Its stderr, likewise.
    pub stderr: String,
}

impl Outcome {
    /// Itself, where the exit code is the expected one.
    ///
    /// # Panics
    /// With all of the output where it is another.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "unexpected exit code of\n{self}");
        assert!(
            !self.stderr.contains("panicked at"),
            "a panic reached the user:\n{self}"
        );
        self
    }

    /// Itself, where stderr holds `needle`.
    ///
    /// # Panics
    /// With all of the output where it does not.
    pub fn says(self, needle: &str) -> Self {
        assert!(
            self.stderr.contains(needle),
            "stderr does not say {needle:?}:\n{self}"
        );
        self
    }

    /// stdout without the final line feed.
    pub fn line(&self) -> &str {
        self.stdout.trim_end_matches('\n')
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code: {code}")?,
            None => writeln!(f, "ended by a signal")?,
        }
        writeln!(f, "----- stdout -----\n{}", self.stdout)?;
        write!(f, "----- stderr -----\n{}", self.stderr)
    }
}

fn text(bytes: &[u8], root: &Path) -> String {
    String::from_utf8_lossy(bytes).replace(&*root.to_string_lossy(), "[ROOT]")
}

/// Compares an [`Outcome`] with a stored snapshot, after replacing what differs from run to run:
/// ports, durations and rates.
#[macro_export]
macro_rules! assert_outcome {
    ($name:expr, $outcome:expr) => {{
        let mut settings = ::insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]");
        settings.add_filter(r"\d+(\.\d+)? ?(ms|s)\b", "[TIME]");
        settings.add_filter(r"\d+(\.\d+)? ?([KMG]i?B|bytes|B)(/s)?", "[SIZE]");
        settings.bind(|| ::insta::assert_snapshot!($name.replace(' ', "-"), $outcome.to_string()));
    }};
}
