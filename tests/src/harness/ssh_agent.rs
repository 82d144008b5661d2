//! OpenSSH's own agent and keys.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::backend::skip;
use super::sandbox::Sandbox;

/// Where the agent listens, below the sandbox's root.
const SOCKET: &str = "ssh-agent";
/// How long it may take to start.
const START_WAIT: Duration = Duration::from_secs(10);

/// An agent of the test's own, which ends with it.
pub struct SshAgent {
    process: Child,
    socket: PathBuf,
}

impl SshAgent {
    /// Starts one; says that the test is skipped where OpenSSH is missing.
    ///
    /// # Panics
    /// Where it does not listen in time, or OpenSSH is missing and `CI` is set.
    pub fn start(sandbox: &Sandbox) -> Option<Self> {
        let socket = sandbox.path(SOCKET);
        let mut command = sandbox.command("ssh-agent".as_ref());
        command.arg("-D").arg("-a").arg(&socket);
        let Ok(process) = command.stdout(Stdio::null()).spawn() else {
            skip("ssh-agent is missing; `tests/run` installs it");
            return None;
        };
        let started = Instant::now();
        while !socket.exists() {
            assert!(started.elapsed() < START_WAIT, "ssh-agent does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { process, socket })
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Runs `ssh-add` with these arguments.
    ///
    /// # Panics
    /// Where that fails.
    pub fn add(&self, sandbox: &Sandbox, arguments: &[&str]) {
        let mut command = sandbox.command("ssh-add".as_ref());
        command.env("SSH_AUTH_SOCK", &self.socket);
        expect_success(command.arg("-q").args(arguments));
    }
}

impl Drop for SshAgent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs `ssh-keygen` with these arguments.
///
/// # Panics
/// Where that fails.
pub fn ssh_keygen(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command = sandbox.command("ssh-keygen".as_ref());
    expect_success(command.args(arguments))
}

/// What it prints on stdout.
fn expect_success(command: &mut Command) -> String {
    let output = command.output().expect("OpenSSH has all its programs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
