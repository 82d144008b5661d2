//! Sending commits to a server and moving its branches.
//!
//! `refspec` turns the options into refs and commits, `negotiate` asks what the server has of them,
//! `updates` compares the two, `shallow` finds out whether anything is missing below what is sent,
//! `stages` divides what the server does not take at once, `send` makes one push, and `upload`
//! brings what is large there.

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
mod upload;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use self::negotiate::{Negotiated, negotiate};
use self::refspec::RefChange;
use self::remember::remember;
use self::send::Push;
use super::Remote;
use crate::repository::Repository;
use crate::walk;

pub use error::{PushError, PushLimit, RefspecError};
pub use options::{Lease, LeaseAt, PushOptions, RefSelection, RefSpec, Transfer};
pub use outcome::{PushOutcome, Pushed, Sent};

/// The branches and tags of `remote` that are not here: a push that is to make it the same deletes
/// them.
///
/// # Errors
/// [`PushError`].
pub fn refs_not_here(
    repository: &Repository,
    remote: &Remote<'_>,
) -> Result<Vec<RefName>, PushError> {
    let refs = repository.refs.read()?;
    let there = remote.refs()?;
    let there = there.iter().map(|(name, _)| name);
    let not_here = there.filter(|name| refs.get(name).is_none());
    Ok(not_here.cloned().collect())
}

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
    PushPlan::new(repository, to, remote, options)?.run()
}

/// A push of which it is known what it moves, and that was not made yet.
pub struct PushPlan<'a> {
    repository: &'a Repository,
    to: &'a Remote<'a>,
    remote: &'a str,
    options: &'a PushOptions,
    server: Negotiated,
    changes: Vec<RefChange>,
    updates: Vec<RefUpdate>,
}

impl<'a> PushPlan<'a> {
    /// Finds out what a push to `to`, which this repository knows as `remote`, moves there.
    ///
    /// # Errors
    /// [`PushError`].
    pub fn new(
        repository: &'a Repository,
        to: &'a Remote<'a>,
        remote: &'a str,
        options: &'a PushOptions,
    ) -> Result<Self, PushError> {
        let refs = repository.refs.read()?;
        let (named, leases) = (&options.refs, &options.leases);
        let changes = refspec::resolve(repository, &refs, remote, named, leases)?;
        for commit in changes.iter().filter_map(|change| change.new) {
            repository.objects.require_commit(&commit)?;
        }
        let server = match to {
            Remote::Server(connection) => {
                negotiate(repository, connection, &refs, remote, &changes)?
            }
            Remote::Repository(local) => local::negotiate(local, &changes)?,
            Remote::Bundle(bundle) => {
                let path = bundle.path().to_owned();
                return Err(PushError::Bundle { path });
            }
        };
        let updates = updates::against(repository, &refs, &server, &changes, remote, options)?;
        Ok(Self {
            repository,
            to,
            remote,
            options,
            server,
            changes,
            updates,
        })
    }

    /// What moves there; nothing where everything is up to date.
    pub fn updates(&self) -> &[RefUpdate] {
        &self.updates
    }

    /// Makes the push, or with [`PushOptions::dry_run`] says how much it would be.
    ///
    /// # Errors
    /// As [`push`].
    pub fn run(self) -> Result<Pushed, PushError> {
        let followers = if self.options.set_upstream {
            self.changes.as_slice()
        } else {
            &[]
        };
        let outcome = if self.updates.is_empty() {
            remember(self.repository, self.remote, &[], followers)?;
            PushOutcome::UpToDate
        } else if self.options.dry_run {
            self.measure()?
        } else {
            let outcome = self.send()?;
            if matches!(outcome, PushOutcome::Done(_))
                && let Err(error) = remember(self.repository, self.remote, &self.updates, followers)
            {
                // The server's refs have moved, and nothing that fails here takes that back.
                self.to.reporter().warn(format_args!(
                    "the push is done, but this repository could not note it: {error}; `muse \
                     fetch {}` does so",
                    self.remote
                ));
            }
            outcome
        };
        Ok(Pushed {
            repo_id: self.server.repo_id,
            updates: self.updates,
            outcome,
        })
    }

    /// How much there is to send.
    fn measure(&self) -> Result<PushOutcome, PushError> {
        let tips = self.updates.iter().filter_map(|update| update.new);
        let tips: Vec<CommitId> = tips.collect();
        let set = walk::collect(&self.repository.objects, &tips, &self.server.have)?;
        match self.to {
            Remote::Server(connection) => {
                shallow::check_server(self.repository, connection, &set.commits)?;
            }
            Remote::Repository(local) => {
                shallow::check_local(self.repository, local, &set.commits)?;
            }
            Remote::Bundle(_) => {}
        }
        Ok(PushOutcome::DryRun {
            commits: set.commits.len() as u64,
            objects: set.objects.len() as u64,
        })
    }

    fn send(&self) -> Result<PushOutcome, PushError> {
        let (repository, server, updates) = (self.repository, &self.server, &self.updates);
        match self.to {
            Remote::Server(connection) => Push {
                repository,
                connection,
                server,
                updates,
                transfer: self.options.transfer,
                wait: self.options.wait,
            }
            .in_parts(),
            Remote::Repository(local) => {
                let sent = local::send(repository, local, server, updates)?;
                Ok(PushOutcome::Done(sent))
            }
            Remote::Bundle(_) => unreachable!("nothing is pushed into a bundle"),
        }
    }
}
