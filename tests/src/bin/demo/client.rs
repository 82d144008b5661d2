//! Runs `muse` in processes of their own, on this terminal, and times them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::AS_MUSE;
use super::server::DemoServer;
use super::table::Row;

/// Starts `muse` with an environment of the demo's own.
pub(crate) struct Client {
    config_home: PathBuf,
    token: String,
}

impl Client {
    /// A client whose settings lie below `root`.
    pub(crate) fn new(root: &Path, server: &DemoServer) -> Self {
        Self {
            config_home: root.join("config"),
            token: server.token().to_owned(),
        }
    }

    /// Runs a command in `directory`, its progress on this terminal; returns the seconds it took.
    pub(crate) fn run(&self, directory: &Path, arguments: &[&str]) -> Result<f64, Box<dyn Error>> {
        let quoted = arguments
            .iter()
            .map(|argument| match argument.contains(' ') {
                true => format!("'{argument}'"),
                false => (*argument).to_owned(),
            });
        say(&format!("$ muse {}", quoted.collect::<Vec<_>>().join(" ")));
        let started = Instant::now();
        let status = Command::new(std::env::current_exe()?)
            .arg(AS_MUSE)
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .env("MUSE_CONFIG_HOME", &self.config_home)
            // What its user ignores everywhere is committed, too.
            .env("HOME", &self.config_home)
            .env_remove("XDG_CONFIG_HOME")
            .env("MUSE_TOKEN", &self.token)
            .env("MUSE_AUTHOR_NAME", "Demo")
            .env("MUSE_AUTHOR_EMAIL", "demo@example.org")
            .env_remove("MUSE_COMMIT_DATE")
            .status()?;
        if !status.success() {
            return Err(format!("`muse {}` ended with {status}", arguments.join(" ")).into());
        }
        Ok(started.elapsed().as_secs_f64())
    }

    /// Runs a command and notes what it sent and received.
    pub(crate) fn measure(
        &self,
        server: &DemoServer,
        verb: &'static str,
        directory: &Path,
        arguments: &[&str],
    ) -> Result<Row, Box<dyn Error>> {
        let (sent_before, received_before) = server.bytes();
        let seconds = self.run(directory, arguments)?;
        let (sent, received) = server.bytes();
        Ok(Row {
            verb,
            seconds,
            sent_bytes: sent - sent_before,
            received_bytes: received - received_before,
            ..Row::default()
        })
    }
}

/// Says something to whoever watches.
#[expect(
    clippy::print_stdout,
    reason = "the demo talks on stdout, and only here"
)]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
