//! A new directory with a server repository's history and files.

mod destination;
mod error;
mod start;
mod tip;

use std::collections::HashSet;
use std::path::Path;

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::name::RefName;
use muse_wire::snapshot::Tree;

use self::destination::Destination;
use self::start::choose_start;
use self::tip::Tip;
use super::receive::{Received, install, merge_small_mpacks};
use super::remotes::{DEFAULT_REMOTE, is_remote_name};
use super::{Depth, FetchError, Remote};
use crate::repository::{CLONE_REASON, Expected, Head, LayoutKind, RefEdit, Repository};
use crate::transport::RemoteRefs;
use crate::worktree::{FirstCheckout, LocalChanges, PreparedFiles, switch_tree};

pub use error::{CloneError, Leftovers};

/// What to clone.
#[derive(Debug, Clone)]
pub struct CloneOptions {
    /// The branch or tag to start on; the remote's default branch unless given.
    pub start: Option<String>,
    /// Whether that branch, with the tags of its commits, is all that is cloned.
    pub single_branch: bool,
    /// How much of the history; [`Depth::Whole`] or [`Depth::Commits`].
    pub depth: Depth,
    /// Whether to write the files of that branch.
    pub checkout: bool,
    /// With a work tree or without; without one, the remote's branches are the clone's own.
    pub kind: LayoutKind,
    /// Whether later fetches make the clone's branches and tags what they are there; for a clone
    /// without a work tree.
    pub mirror: bool,
    /// What the remote is called in the clone.
    pub remote: String,
}

impl Default for CloneOptions {
    /// Everything, and the files of the remote's default branch.
    fn default() -> Self {
        Self {
            start: None,
            single_branch: false,
            depth: Depth::Whole,
            checkout: true,
            kind: LayoutKind::WorkTree,
            mirror: false,
            remote: DEFAULT_REMOTE.to_owned(),
        }
    }
}

/// A finished clone.
#[derive(Debug)]
pub struct Cloned {
    /// The new repository.
    pub repository: Repository,
    /// The branch that it is on, or the tag at whose commit `HEAD` is.
    pub start: RefName,
    /// Its commit; `None` if the remote has no branch.
    pub tip: Option<CommitId>,
    /// Whether the remote has no refs at all.
    pub is_empty: bool,
    /// What was downloaded.
    pub received: Received,
    /// How many files and links the work tree has.
    pub file_count: u64,
}

/// Clones `source` into the directory `root`, which must be empty or missing. An interrupted clone
/// of the same repository is resumed.
///
/// # Errors
/// [`CloneError`]; [`Leftovers`] says what is left of the directory.
pub fn clone(
    source: &Remote<'_>,
    root: &Path,
    options: &CloneOptions,
) -> Result<Cloned, CloneError> {
    if !is_remote_name(&options.remote) {
        return Err(CloneError::BadRemoteName(options.remote.clone()));
    }
    let refs = source.refs()?;
    let start = choose_start(source.reporter(), &refs, options.start.as_deref())?;
    let first_branch = match start.as_branch() {
        Some(_) => &start,
        None => refs.default_branch(),
    };
    let address = source.to_string();
    let destination = Destination::prepare(root, options.kind, &address, first_branch)?;
    let filled = fill(&destination, source, &refs, &start, options);
    let (tip, received, file_count) = match filled {
        Ok(filled) => filled,
        Err(error) => return Err(destination.clean_up(error)),
    };
    Ok(Cloned {
        repository: destination.finish()?,
        start,
        tip,
        is_empty: refs.is_empty(),
        received,
        file_count,
    })
}

/// Downloads everything, writes the files, and sets up refs, `HEAD` and configuration.
fn fill(
    destination: &Destination,
    source: &Remote<'_>,
    refs: &RemoteRefs,
    start: &RefName,
    options: &CloneOptions,
) -> Result<(Option<CommitId>, Received, u64), FetchError> {
    let repository = destination.repository();
    let tip = refs.get(start);
    let mut want: Vec<CommitId> = match options.single_branch {
        true => tip.into_iter().collect(),
        false => refs.iter().map(|(_, target)| target).collect(),
    };
    want.sort_unstable();
    want.dedup();
    let checkout = options.checkout && options.kind == LayoutKind::WorkTree;
    let (received, file_count) = if want.is_empty() {
        (Received::default(), 0)
    } else {
        let tip = tip.filter(|_| checkout);
        receive(destination, source, &want, tip, options.depth)?
    };
    set_up(repository, source, refs, start, tip, options)?;
    if received.commits > 0 {
        merge_small_mpacks(repository, source.reporter());
    }
    Ok((tip, received, file_count))
}

/// Downloads what the refs name, and writes the files of `tip`; returns how many.
fn receive(
    destination: &Destination,
    source: &Remote<'_>,
    want: &[CommitId],
    tip: Option<CommitId>,
    depth: Depth,
) -> Result<(Received, u64), FetchError> {
    let repository = destination.repository();
    let reporter = source.reporter();
    if !destination.is_fresh() {
        // Of what an earlier attempt has left, nothing is relied on.
        repository.lock()?.write_shallow(&HashSet::new())?;
    }
    let prepared = &mut PreparedFiles::default();
    let mut is_fresh = destination.is_fresh();
    let taken = source.download(repository, want, &[], depth, false, |download| {
        let install = |files, prepared: &mut _| {
            install(repository, reporter, want, &[], download, files, prepared)
        };
        let Some(tip) = tip.filter(|_| std::mem::take(&mut is_fresh)) else {
            return Ok((install(None, prepared)?, None));
        };
        // Files are written while the objects are verified: each is decompressed once. Should one
        // turn out to be wrong, the whole directory goes.
        let checkout = {
            let tip = Tip::read(&download.mpacks, &tip)?;
            let length_of = |id: &ObjectId| tip.object_length(id);
            let (layout, tree) = (&repository.layout, &tip.tree);
            let missing_bytes = download.missing_bytes();
            FirstCheckout::new(layout, tree, &download.withheld, length_of, missing_bytes)?
        };
        let received = install(Some(checkout.writer()), prepared)?;
        let stats = checkout.finish(&mut repository.lock()?, reporter)?;
        Ok((received, Some(stats.written)))
    })?;
    let (received, tip) = match (taken, tip) {
        ((received, None), Some(tip)) => (received, tip),
        ((received, written), _) => return Ok((received, written.unwrap_or_default())),
    };
    let tree = repository.objects.commit_tree(Some(&tip))?;
    let stats = switch_tree(
        &mut repository.lock()?,
        &Tree::empty(),
        &tree,
        LocalChanges::Discard,
        reporter,
    )?;
    // Some may have been written before the clone was interrupted.
    let file_count = tree.file_count().saturating_sub(stats.left_out);
    Ok((received, file_count))
}

/// Refs, `HEAD` and configuration, once everything that they name is there.
fn set_up(
    repository: &Repository,
    source: &Remote<'_>,
    refs: &RemoteRefs,
    start: &RefName,
    tip: Option<CommitId>,
    options: &CloneOptions,
) -> Result<(), FetchError> {
    let (remote, is_bare) = (&options.remote, repository.layout.is_bare());
    let mut edits = Vec::new();
    let mut edit = |name: RefName, commit: CommitId| {
        edits.push(RefEdit {
            name,
            expected: Expected::Any,
            new: Some(commit),
        });
    };
    for (name, target) in refs.iter() {
        let is_cloned = !options.single_branch
            || name == start
            || (name.as_tag().is_some() && repository.objects.has_commit(&target)?);
        match name.as_branch().filter(|_| !is_bare) {
            _ if !is_cloned => {}
            Some(branch) => edit(RefName::remote_branch(remote, branch)?, target),
            None => edit(name.clone(), target),
        }
    }
    let head = match (start.as_branch(), tip) {
        (None, Some(tip)) => Head::Detached(repository.peel(start, tip)?),
        (_, Some(tip)) if !is_bare => {
            edit(start.clone(), tip);
            Head::Branch(start.clone())
        }
        _ => Head::Branch(start.clone()),
    };
    let mut locked = repository.lock()?;
    let reason = format!("{CLONE_REASON}from {source}");
    locked.update_refs_and_head(&edits, &head, &reason)?;
    locked.edit_config(|file| {
        file.set(&format!("remote.{remote}.url"), &source.to_string())?;
        if options.single_branch {
            file.set(&format!("remote.{remote}.branch"), start.short())?;
        }
        if options.mirror {
            file.set(&format!("remote.{remote}.mirror"), "true")?;
        }
        match start.as_branch().filter(|_| !is_bare) {
            Some(branch) => file.set_upstream(branch, remote, start.as_str()),
            None => Ok(()),
        }
    })?;
    Ok(())
}
