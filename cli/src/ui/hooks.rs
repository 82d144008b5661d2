//! Hooks: programs in `.muse/hooks` that look at what a command is about to do, and may refuse it.
//!
//! They lie beside the repository and not in the work tree, so nothing that is cloned, fetched or
//! checked out brings one along. What others could have written is not run.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use rustix::process::geteuid;

use super::context::Context;
use super::environment::MUSE_TOKEN;
use super::error::CliError;
use crate::repository::Repository;

/// Before a commit is made, and before its message is written.
const PRE_COMMIT: &str = "pre-commit";
/// Before anything is sent.
const PRE_PUSH: &str = "pre-push";

/// Bits of a file's mode: who may execute it, and whether everybody may write to it.
const EXECUTABLE: u32 = 0o111;
const WRITABLE_BY_ALL: u32 = 0o002;

/// Runs the hook `pre-commit`, if there is one.
///
/// # Errors
/// If it refuses the commit, or cannot be run.
pub fn before_commit(context: &Context, repository: &Repository) -> Result<(), CliError> {
    run(context, repository, PRE_COMMIT, &[], String::new())
}

/// Runs the hook `pre-push`, if there is one, with the name and the address of the remote. It reads
/// a line for each ref that is to move: `REF OLD NEW`, with `-` where there is no commit.
///
/// # Errors
/// If it refuses the push, or cannot be run.
pub fn before_push(
    context: &Context,
    repository: &Repository,
    remote: &str,
    url: &str,
    updates: &[RefUpdate],
) -> Result<(), CliError> {
    let id = |id: Option<CommitId>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let lines = updates.iter().map(|update| {
        let (old, new) = (id(update.old), id(update.new));
        format!("{} {old} {new}\n", update.name)
    });
    let input = lines.collect();
    run(context, repository, PRE_PUSH, &[remote, url], input)
}

fn run(
    context: &Context,
    repository: &Repository,
    name: &str,
    arguments: &[&str],
    input: String,
) -> Result<(), CliError> {
    let directory = repository.layout.muse_dir().join("hooks");
    let path = directory.join(name);
    let cannot = |error| CliError::io(format!("cannot run the hook {}", path.display()), error);
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot(error)),
    };
    if !metadata.is_file() || metadata.mode() & EXECUTABLE == 0 {
        let path = path.display();
        let text = format!("the hook {path} is not executable, and not run");
        context.printer.warn(text);
        return Ok(());
    }
    refuse_others(&path, &metadata)?;
    refuse_others(&directory, &directory.metadata().map_err(cannot)?)?;
    let mut child = Command::new(&path)
        .args(arguments.iter().map(OsStr::new))
        .current_dir(repository.layout.root())
        .env_remove(MUSE_TOKEN)
        .stdin(Stdio::piped())
        // What the command itself prints is for programs to read.
        .stdout(io::stderr())
        .spawn()
        .map_err(cannot)?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(input.as_bytes()) {
            // It need not read what it is told.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(cannot(error)),
            _ => {}
        }
    }
    let status = child.wait().map_err(cannot)?;
    if status.success() {
        return Ok(());
    }
    Err(
        CliError::failed(format!("the hook {name} refused ({status})"))
            .with_hint(format!("it is {}; `--no-verify` skips it", path.display())),
    )
}

/// Refuses to run what somebody else could have written.
fn refuse_others(path: &Path, metadata: &std::fs::Metadata) -> Result<(), CliError> {
    let is_ours = metadata.uid() == geteuid().as_raw() || metadata.uid() == 0;
    let reason = match (is_ours, metadata.mode() & WRITABLE_BY_ALL) {
        (true, 0) => return Ok(()),
        (true, _) => "everybody may write to it",
        (false, _) => "it belongs to somebody else",
    };
    let path = path.display();
    let text = format!("the hook is not run: {path} is not safe, as {reason}");
    Err(CliError::failed(text).with_hint("make it your own, or skip it with `--no-verify`"))
}
