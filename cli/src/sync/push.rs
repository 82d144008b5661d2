//! Sending commits to a server and moving its branches.
//!
//! `refspec` turns the options into refs and commits, `negotiate` asks what the server has of them,
//! `updates` compares the two, `shallow` finds out whether anything is missing below what is sent,
//! `stages` divides what the server does not take at once, and `send` makes one push.

mod error;
mod local;
mod negotiate;
mod options;
mod outcome;
mod refspec;
mod remember;
mod send;
mod shallow;
mod stages;
mod stream_limits;
mod updates;

use muse_wire::id::CommitId;

use self::negotiate::negotiate;
use self::remember::remember;
use self::send::Push;
use super::Remote;
use crate::repository::Repository;
use crate::walk;

pub use error::{PushError, PushLimit, RefspecError};
pub use options::{Lease, LeaseAt, PushOptions, RefSelection, RefSpec, Transfer};
pub use outcome::{PushOutcome, Pushed, Sent};

/// Pushes to `to`, which this repository knows as `remote`.
///
/// # Errors
/// [`PushError`]; the remote's refs have not moved, unless the push was divided into stages, or
/// [`super::JobError::Unfinished`] says that it goes on.
pub fn push(
    repository: &Repository,
    to: &Remote<'_>,
    remote: &str,
    options: &PushOptions,
) -> Result<Pushed, PushError> {
    let refs = repository.refs.read()?;
    let changes = refspec::resolve(repository, &refs, remote, &options.refs, &options.leases)?;
    for commit in changes.iter().filter_map(|change| change.new) {
        repository.objects.require_commit(&commit)?;
    }
    let server = match to {
        Remote::Server(connection) => negotiate(repository, connection, &refs, remote, &changes)?,
        Remote::Repository(local) => local::negotiate(local, &changes)?,
        Remote::Bundle(bundle) => {
            let path = bundle.path().to_owned();
            return Err(PushError::Bundle { path });
        }
    };
    let updates = updates::against(repository, &refs, &server, &changes, remote, options)?;
    let followers = if options.set_upstream {
        changes.as_slice()
    } else {
        &[]
    };
    let outcome = if updates.is_empty() {
        remember(repository, remote, &[], followers)?;
        PushOutcome::UpToDate
    } else if options.dry_run {
        let tips: Vec<CommitId> = updates.iter().filter_map(|update| update.new).collect();
        let set = walk::collect(&repository.objects, &tips, &server.have)?;
        match to {
            Remote::Server(connection) => {
                shallow::check_server(repository, connection, &set.commits)?;
            }
            Remote::Repository(local) => shallow::check_local(repository, local, &set.commits)?,
            Remote::Bundle(_) => {}
        }
        PushOutcome::DryRun {
            commits: set.commits.len() as u64,
            objects: set.objects.len() as u64,
        }
    } else {
        let outcome = match to {
            Remote::Server(connection) => Push {
                repository,
                connection,
                server: &server,
                updates: &updates,
                transfer: options.transfer,
                wait: options.wait,
            }
            .in_parts()?,
            Remote::Repository(local) => {
                PushOutcome::Done(local::send(repository, local, &server, &updates)?)
            }
            Remote::Bundle(_) => unreachable!("nothing is pushed into a bundle"),
        };
        if matches!(outcome, PushOutcome::Done(_))
            && let Err(error) = remember(repository, remote, &updates, followers)
        {
            // The server's refs have moved, and nothing that fails here takes that back.
            to.reporter().warn(format_args!(
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
