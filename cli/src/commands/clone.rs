//! `muse clone`: a new directory with a server repository's history and files.

mod destination;
mod tip;

use std::path::PathBuf;

use indicatif::HumanBytes;
use muse_wire::api::refs::{RefEntry, RefsResponse};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use muse_wire::snapshot::Tree;
use serde_json::json;

use self::destination::Destination;
use super::fetch::receive::{Received, Receiver};
use crate::connection::{Connection, DEFAULT_REMOTE};
use crate::repository::{Expected, Head, RefEdit, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;
use crate::worktree::{FileWriter, LocalChanges, switch_tree};

/// Where to start if the server's default branch does not exist.
const USUAL_BRANCHES: [&str; 3] = ["main", "master", "trunk"];

/// Arguments of `muse clone`.
#[derive(Debug, clap::Args)]
pub struct CloneArgs {
    /// The repository's address, such as https://HOST/OWNER/NAME.
    url: String,
    /// The new directory; the repository's name unless given.
    directory: Option<PathBuf>,
    /// The branch to start on; the server's default branch unless given.
    #[arg(short, long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Fetch the history, but write no files.
    #[arg(long)]
    no_checkout: bool,
}

/// Runs `muse clone`.
///
/// # Errors
/// Where the directory is in use, the server cannot be reached, or what it sends is not valid.
pub fn run(context: &Context, args: CloneArgs) -> Result<(), CliError> {
    let connection = Connection::to_url(context, &args.url)?;
    let server = connection.wait(connection.client.refs())?;
    let branch = choose_branch(context, &server, args.branch.as_deref())?;
    let directory = match &args.directory {
        Some(directory) => directory.clone(),
        None => PathBuf::from(connection.client.url().repo().slug()),
    };
    let root = context.resolve(&directory);
    let destination = Destination::prepare(&root, connection.client.url(), &branch)?;
    let clone = Clone {
        context,
        connection: &connection,
        server: &server,
        destination: &destination,
        branch,
        checkout: !args.no_checkout,
    };
    let cloned = match clone.run() {
        Ok(cloned) => cloned,
        Err(error) => return Err(destination.give_up(error)),
    };
    destination.finish()?;
    clone.report(&directory, &cloned)
}

/// The branch to start on, which exists unless the server has none at all.
fn choose_branch(
    context: &Context,
    server: &RefsResponse,
    named: Option<&str>,
) -> Result<RefName, CliError> {
    let has = |name: &RefName| server.refs.iter().any(|entry| entry.name == *name);
    if let Some(named) = named {
        return RefName::branch(named)
            .ok()
            .filter(has)
            .ok_or_else(|| CliError::not_found(format!("the remote has no branch {named:?}")));
    }
    if has(&server.default_branch) {
        return Ok(server.default_branch.clone());
    }
    let usual = USUAL_BRANCHES
        .iter()
        .filter_map(|name| RefName::branch(name).ok());
    let branches = server.refs.iter().map(|entry| entry.name.clone());
    let found = usual
        .chain(branches)
        .find(|name| name.as_branch().is_some() && has(name));
    if let Some(found) = found {
        context.printer.warn(format_args!(
            "the remote's default branch {} does not exist; starting on {}",
            server.default_branch.short(),
            found.short()
        ));
        return Ok(found);
    }
    Ok(server.default_branch.clone())
}

/// One clone.
struct Clone<'a> {
    context: &'a Context,
    connection: &'a Connection<'a>,
    server: &'a RefsResponse,
    destination: &'a Destination,
    branch: RefName,
    checkout: bool,
}

/// What a clone brought.
struct Cloned {
    tip: Option<CommitId>,
    received: Received,
    file_count: u64,
}

impl Clone<'_> {
    fn run(&self) -> Result<Cloned, CliError> {
        let repository = &self.destination.repository;
        let entry = |entry: &&RefEntry| entry.name == self.branch;
        let tip = self
            .server
            .refs
            .iter()
            .find(entry)
            .map(|entry| entry.target);
        let mut want: Vec<CommitId> = self.server.refs.iter().map(|entry| entry.target).collect();
        want.sort_unstable();
        want.dedup();
        let mut cloned = Cloned {
            tip,
            received: Received::default(),
            file_count: 0,
        };
        let receiver = Receiver {
            context: self.context,
            connection: self.connection,
            repository,
        };
        if !want.is_empty() {
            self.receive(&receiver, &want, &mut cloned)?;
        }
        self.set_up(repository, tip)?;
        if cloned.received.commits > 0 {
            receiver.consolidate();
        }
        Ok(cloned)
    }

    fn receive(
        &self,
        receiver: &Receiver<'_>,
        want: &[CommitId],
        cloned: &mut Cloned,
    ) -> Result<(), CliError> {
        let repository = receiver.repository;
        let downloaded = receiver.download(want, &[])?;
        let tip = cloned.tip.filter(|_| self.checkout);
        if let Some(tip) = tip
            && self.destination.is_fresh()
        {
            // Files are written while the objects are verified: each is decompressed once. Should one turn
            // out to be wrong, the whole directory goes.
            let tree = tip::tree(&downloaded, &tip)?;
            let files = FileWriter::new(repository.layout.root(), &tree)?;
            cloned.received = receiver.take_in(&downloaded, Some(&files))?;
            let (stats, cache) = files.finish()?;
            repository.lock()?.write_stat_cache(cache)?;
            cloned.file_count = stats.written;
            return Ok(());
        }
        cloned.received = receiver.take_in(&downloaded, None)?;
        if let Some(tip) = tip {
            let tree = repository
                .objects
                .tree(&repository.objects.commit(&tip)?.snapshot)?;
            let stats = switch_tree(
                &mut repository.lock()?,
                &Tree::empty(),
                &tree,
                LocalChanges::Discard,
                self.context,
            )?;
            cloned.file_count = stats.written;
        }
        Ok(())
    }

    /// Refs, `HEAD` and configuration, once everything that they name is there.
    fn set_up(&self, repository: &Repository, tip: Option<CommitId>) -> Result<(), CliError> {
        let mut locked = repository.lock()?;
        let mut edits = Vec::new();
        let mut edit = |name: RefName, commit: CommitId| {
            edits.push(RefEdit {
                name,
                expected: Expected::Any,
                new: Some(commit),
            });
        };
        for entry in &self.server.refs {
            match entry.name.as_branch() {
                Some(branch) => {
                    let name = RefName::remote_branch(DEFAULT_REMOTE, branch)
                        .map_err(|error| CliError::failed(error.to_string()))?;
                    edit(name, entry.target);
                }
                None => edit(entry.name.clone(), entry.target),
            }
        }
        if let Some(tip) = tip {
            edit(self.branch.clone(), tip);
        }
        let reason = format!("clone: from {}", self.connection.client.url());
        locked.update_refs(&edits, &reason)?;
        locked.set_head(&Head::Branch(self.branch.clone()))?;
        let branch = self.branch.short();
        locked.edit_config(|file| {
            let url = self.connection.client.url().to_string();
            file.set(&format!("remote.{DEFAULT_REMOTE}.url"), &url)?;
            file.set(&format!("branch.{branch}.remote"), DEFAULT_REMOTE)?;
            file.set(&format!("branch.{branch}.merge"), self.branch.as_str())
        })?;
        Ok(())
    }

    fn report(&self, directory: &std::path::Path, cloned: &Cloned) -> Result<(), CliError> {
        let printer = &self.context.printer;
        let received = &cloned.received;
        if self.context.json() {
            return printer.json(&json!({
                "directory": self.destination.repository.layout.root(),
                "url": self.connection.client.url().to_string(),
                "branch": self.branch,
                "commit": cloned.tip,
                "commits": received.commits,
                "objects": received.objects,
                "bytes_received": received.bytes,
                "files": cloned.file_count,
            }));
        }
        let directory = directory.display();
        if self.server.refs.is_empty() {
            printer.note(format_args!(
                "Cloned into {directory}. The remote repository is empty: commit, then `muse push`."
            ));
            return Ok(());
        }
        printer.note(format_args!(
            "Cloned into {directory}: {}, {}, {} received; {} on branch {}",
            counted(received.commits, "commit"),
            counted(received.objects, "object"),
            HumanBytes(received.bytes),
            counted(cloned.file_count, "file"),
            self.branch.short()
        ));
        Ok(())
    }
}
