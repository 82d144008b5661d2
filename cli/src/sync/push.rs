//! Sending commits to a server and moving its branches.
//!
//! `refspec` turns the options into refs and commits, `updates` compares them with the server's
//! refs, `stages` divides what the server does not take at once, and `send` makes one push.

mod error;
mod options;
mod outcome;
mod refspec;
mod remember;
mod send;
mod stages;
mod stream_limits;
mod updates;

use std::collections::HashSet;

use muse_wire::api::refs::RefsResponse;
use muse_wire::id::CommitId;
use muse_wire::name::REMOTES;

use self::remember::remember;
use self::send::Push;
use super::Connection;
use super::tracking::tips;
use crate::repository::{Refs, Repository};

pub use error::{PushError, PushLimit, RefspecError};
pub use options::{Lease, LeaseAt, PushOptions, RefSelection, RefSpec, Transfer};
pub use outcome::{PushOutcome, Pushed, Sent};

/// Pushes to the server of `connection`, which this repository knows as `remote`.
///
/// # Errors
/// [`PushError`]; the server's refs have not moved, unless the push was divided into stages, or
/// [`super::JobError::Unfinished`] says that it goes on.
pub fn push(
    repository: &Repository,
    connection: &Connection<'_>,
    remote: &str,
    options: &PushOptions,
) -> Result<Pushed, PushError> {
    tips(repository)?;
    let changes = refspec::resolve(repository, remote, &options.refs, &options.leases)?;
    let server = connection.wait(connection.client().refs())?;
    let refs = repository.refs.read()?;
    let have = branch_have(&refs, remote, &server);
    let reporter = connection.reporter();
    reporter.step(format_args!("step 1: have={} anchor(s)", have.len()));
    let updates = updates::against(repository, &refs, &server, &changes, remote, options)?;
    let followers = if options.set_upstream {
        changes.as_slice()
    } else {
        &[]
    };
    let push = Push {
        repository,
        connection,
        server: &server,
        updates: &updates,
        transfer: options.transfer,
        wait: options.wait,
    };
    let outcome = if updates.is_empty() {
        remember(repository, remote, &[], followers)?;
        PushOutcome::UpToDate
    } else if options.dry_run {
        let set = push.collect(&have)?;
        PushOutcome::DryRun {
            commits: set.commits.len() as u64,
            objects: set.objects.len() as u64,
        }
    } else {
        let outcome = push.in_stages(have)?;
        if matches!(outcome, PushOutcome::Done(_))
            && let Err(error) = remember(repository, remote, &updates, followers)
        {
            // The server's refs have moved, and nothing that fails here takes that back.
            reporter.warn(format_args!(
                "the push is done, but this repository could not note it: {error}; `muse fetch \
                 {remote}` does so"
            ));
        }
        outcome
    };
    Ok(Pushed {
        repo_id: server.repo_id,
        updates,
        outcome,
    })
}

/// The stop set: every head that the remote has, whatever is pushed, and what was last seen of it.
fn branch_have(refs: &Refs, remote: &str, server: &RefsResponse) -> Vec<CommitId> {
    let mut have: Vec<CommitId> = server.refs.iter().map(|entry| entry.target).collect();
    let prefix = format!("{REMOTES}{remote}/");
    have.extend(refs.with_prefix(&prefix).map(|(_, commit)| commit));
    let mut seen = HashSet::new();
    have.retain(|id| seen.insert(*id));
    have
}
