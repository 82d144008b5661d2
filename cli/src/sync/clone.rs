//! A new directory with a server repository's history and files.

mod branch;
mod destination;
mod error;
mod tip;

use std::path::Path;

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::name::RefName;
use muse_wire::snapshot::Tree;

use self::branch::choose_branch;
use self::destination::Destination;
use self::tip::Tip;
use super::receive::{Received, download, install, merge_small_mpacks};
use super::remotes::DEFAULT_REMOTE;
use super::{Connection, FetchError};
use crate::repository::{Expected, Head, RefEdit, Repository};
use crate::transport::RemoteRefs;
use crate::worktree::{FirstCheckout, LocalChanges, PreparedFiles, switch_tree};

pub use error::{CloneError, Leftovers};

/// What to clone.
#[derive(Debug, Clone)]
pub struct CloneOptions {
    /// The branch to start on; the server's default branch unless given.
    pub branch: Option<String>,
    /// Whether to write the files of that branch.
    pub checkout: bool,
}

impl Default for CloneOptions {
    /// The files of the server's default branch.
    fn default() -> Self {
        Self {
            branch: None,
            checkout: true,
        }
    }
}

/// A finished clone.
#[derive(Debug)]
pub struct Cloned {
    /// The new repository, which knows the server as [`DEFAULT_REMOTE`].
    pub repository: Repository,
    /// The branch that it is on.
    pub branch: RefName,
    /// That branch's commit; `None` if the server has no branch.
    pub tip: Option<CommitId>,
    /// Whether the server's repository has no refs at all.
    pub is_empty: bool,
    /// What was downloaded.
    pub received: Received,
    /// How many files and links were written.
    pub file_count: u64,
}

/// Clones the repository at the other end of `connection` into the directory `root`, which must be
/// empty or missing. An interrupted clone of the same repository is resumed.
///
/// # Errors
/// [`CloneError`]; [`Leftovers`] says what is left of the directory.
pub fn clone(
    connection: &Connection<'_>,
    root: &Path,
    options: &CloneOptions,
) -> Result<Cloned, CloneError> {
    let server = connection.wait(connection.client().refs())?;
    let branch = choose_branch(connection.reporter(), &server, options.branch.as_deref())?;
    let destination = Destination::prepare(root, connection.url(), &branch)?;
    let filled = fill(&destination, connection, &server, &branch, options.checkout);
    let (tip, received, file_count) = match filled {
        Ok(filled) => filled,
        Err(error) => return Err(destination.clean_up(error)),
    };
    Ok(Cloned {
        repository: destination.finish()?,
        branch,
        tip,
        is_empty: server.is_empty(),
        received,
        file_count,
    })
}

/// Downloads everything, writes the files, and sets up refs, `HEAD` and configuration.
fn fill(
    destination: &Destination,
    connection: &Connection<'_>,
    server: &RemoteRefs,
    branch: &RefName,
    checkout: bool,
) -> Result<(Option<CommitId>, Received, u64), FetchError> {
    let repository = destination.repository();
    let tip = server.get(branch);
    let mut want: Vec<CommitId> = server.iter().map(|(_, target)| target).collect();
    want.sort_unstable();
    want.dedup();
    let (received, file_count) = if want.is_empty() {
        (Received::default(), 0)
    } else {
        receive(destination, connection, &want, tip.filter(|_| checkout))?
    };
    set_up(repository, connection, server, branch, tip)?;
    if received.commits > 0 {
        merge_small_mpacks(repository, connection.reporter());
    }
    Ok((tip, received, file_count))
}

/// Downloads what the refs name, and writes the files of `tip`; returns how many.
fn receive(
    destination: &Destination,
    connection: &Connection<'_>,
    want: &[CommitId],
    tip: Option<CommitId>,
) -> Result<(Received, u64), FetchError> {
    let repository = destination.repository();
    let reporter = connection.reporter();
    let downloaded = download(repository, connection, want, &[], false)?;
    let prepared = &mut PreparedFiles::default();
    if let Some(tip) = tip
        && destination.is_fresh()
    {
        // Files are written while the objects are verified: each is decompressed once. Should one
        // turn out to be wrong, the whole directory goes.
        let checkout = {
            let tip = Tip::read(&downloaded.mpacks, &tip)?;
            let length_of = |id: &ObjectId| tip.object_length(id);
            let withheld = &downloaded.withheld;
            FirstCheckout::new(&repository.layout, &tip.tree, withheld, length_of)?
        };
        let files = Some(checkout.writer());
        let received = install(
            repository,
            reporter,
            want,
            &[],
            &downloaded,
            files,
            prepared,
        )?;
        let stats = checkout.finish(&mut repository.lock()?, reporter)?;
        return Ok((received, stats.written));
    }
    let received = install(repository, reporter, want, &[], &downloaded, None, prepared)?;
    let Some(tip) = tip else {
        return Ok((received, 0));
    };
    let tree = repository.objects.commit_tree(Some(&tip))?;
    let stats = switch_tree(
        &mut repository.lock()?,
        &Tree::empty(),
        &tree,
        LocalChanges::Discard,
        reporter,
    )?;
    Ok((received, stats.written))
}

/// Refs, `HEAD` and configuration, once everything that they name is there.
fn set_up(
    repository: &Repository,
    connection: &Connection<'_>,
    server: &RemoteRefs,
    branch: &RefName,
    tip: Option<CommitId>,
) -> Result<(), FetchError> {
    let mut edits = Vec::new();
    let mut edit = |name: RefName, commit: CommitId| {
        edits.push(RefEdit {
            name,
            expected: Expected::Any,
            new: Some(commit),
        });
    };
    for (name, target) in server.iter() {
        let name = match name.as_branch() {
            Some(branch) => RefName::remote_branch(DEFAULT_REMOTE, branch)?,
            None => name.clone(),
        };
        edit(name, target);
    }
    if let Some(tip) = tip {
        edit(branch.clone(), tip);
    }
    let mut locked = repository.lock()?;
    let reason = format!("clone: from {}", connection.url());
    locked.update_refs_and_head(&edits, &Head::Branch(branch.clone()), &reason)?;
    locked.edit_config(|file| {
        let url = connection.url().to_string();
        file.set(&format!("remote.{DEFAULT_REMOTE}.url"), &url)?;
        file.set_upstream(branch.short(), DEFAULT_REMOTE, branch.as_str())
    })?;
    Ok(())
}
