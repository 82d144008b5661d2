//! What both tools can be asked to do, and what is noted of it.

use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use muse_e2e::measure::{CountingProxy, PeakMemory};

use super::growth::Growth;

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verb {
    /// Everything into an empty repository.
    Push,
    /// A tenth more history into a repository that has the rest.
    PushMore,
    /// The last hundredth of the history into a repository that has the rest.
    PushHundredth,
    /// A second branch of 43 commits from the tip of `main` into a repository that has `main`.
    PushBranch,
    /// Everything, with checkout.
    Clone,
    /// Everything into an empty local repository, without checkout.
    Fetch,
    /// A tenth more history into a clone that has the rest, with checkout.
    Pull,
    /// The last hundredth of the history into a clone that has the rest, with checkout.
    PullHundredth,
    /// A git repository into a new one; git itself clones it without sharing its files.
    Import,
    /// The state of a work tree in which nothing has changed.
    Status,
}

impl Verb {
    /// Whether the way of sending matters.
    pub(crate) const fn is_push(self) -> bool {
        matches!(
            self,
            Self::Push | Self::PushMore | Self::PushHundredth | Self::PushBranch
        )
    }

    /// What the history grows by; what is there before is all that the other verbs see.
    pub(crate) const fn growth(self) -> Growth {
        match self {
            Self::PushHundredth | Self::PullHundredth => Growth::Hundredth,
            Self::PushBranch => Growth::Branch,
            _ => Growth::Tenth,
        }
    }
}

/// What one run cost, seen from outside.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Observed {
    /// Bytes on the wire in both directions.
    pub(crate) wire_bytes: u64,
    /// Peak of the largest process on the client's side.
    pub(crate) client_peak_bytes: u64,
    /// Peak of the largest process on the server's side.
    pub(crate) server_peak_bytes: u64,
}

/// A verb's runs.
#[derive(Debug, Clone)]
pub(crate) struct Measure {
    /// Median wall-clock seconds.
    pub(crate) seconds: f64,
    /// The run that was watched.
    pub(crate) observed: Observed,
}

impl Measure {
    /// Puts runs together; the order does not matter.
    pub(crate) fn new(mut seconds: Vec<f64>, observed: Observed) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self {
            seconds: seconds[seconds.len() / 2],
            observed,
        }
    }

    /// Megabytes on the wire.
    pub(crate) const fn megabytes(&self) -> f64 {
        self.observed.wire_bytes as f64 / 1e6
    }
}

/// A tool with a server of its own.
pub(crate) trait Contender {
    /// Prepares repositories for one run of `verb`, reached at `base_url`, and returns the command
    /// to time.
    fn prepare(&self, verb: Verb, base_url: &str) -> Result<Command, Box<dyn Error>>;

    /// Where the server listens.
    fn base_url(&self) -> String;

    /// The server's process.
    fn server_process_id(&self) -> u32;

    /// One run; returns its seconds.
    fn timed(&self, verb: Verb) -> Result<f64, Box<dyn Error>> {
        let mut command = self.prepare(verb, &self.base_url())?;
        let started = Instant::now();
        let status = quiet(&mut command).status()?;
        let seconds = started.elapsed().as_secs_f64();
        succeeded(&command, status)?;
        Ok(seconds)
    }

    /// One run through a counting proxy, its memory watched.
    fn observed(&self, verb: Verb) -> Result<Observed, Box<dyn Error>> {
        let proxy = CountingProxy::start(&self.base_url());
        let mut command = self.prepare(verb, &proxy.url())?;
        watch(&mut command, &proxy, self.server_process_id())
    }
}

/// Runs a command that reaches its server through the proxy, the memory of both watched.
pub(crate) fn watch(
    command: &mut Command,
    proxy: &CountingProxy,
    server_process_id: u32,
) -> Result<Observed, Box<dyn Error>> {
    let before = proxy.total_bytes();
    let server = PeakMemory::watch(server_process_id);
    let mut child = quiet(command).spawn()?;
    let client = PeakMemory::watch(child.id());
    let status = child.wait()?;
    let client_peak_bytes = client.finish_bytes();
    succeeded(command, status)?;
    Ok(Observed {
        wire_bytes: proxy.total_bytes() - before,
        client_peak_bytes,
        server_peak_bytes: server.finish_bytes(),
    })
}

/// Runs a command that is not timed.
pub(crate) fn must(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} ended with {}: {said}", output.status).into())
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Box<dyn Error>> {
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    Ok(())
}

/// Lets the clock move on, so that files just written are no longer so young that a status has to
/// read them again to be sure.
pub(crate) fn settle() {
    std::thread::sleep(Duration::from_millis(1_100));
}

/// Bytes of all files below a folder.
pub(crate) fn folder_bytes(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            folder_bytes(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}
