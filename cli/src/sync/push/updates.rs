//! Which refs of the server have to move, and whether they may.

use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::{PushError, RefspecError};
use super::negotiate::Negotiated;
use super::options::PushOptions;
use super::refspec::{RefChange, Seen};
use crate::repository::{Refs, Repository};

/// The changes that move something on the server, each checked as far as its force goes.
pub(super) fn against(
    repository: &Repository,
    refs: &Refs,
    server: &Negotiated,
    changes: &[RefChange],
    remote: &str,
    options: &PushOptions,
) -> Result<Vec<RefUpdate>, PushError> {
    let mut graph = CommitGraph::new(&repository.objects);
    let mut updates = Vec::new();
    for change in changes {
        let old = server.refs.get(&change.name).copied();
        let (remote, name) = (remote.to_owned(), change.name.clone());
        if old == change.new {
            if change.new.is_none() {
                return Err(PushError::NothingToDelete { remote, name });
            }
            continue;
        }
        if change.force == Force::WithLease {
            let seen = match change.lease {
                Seen::At(seen) => seen,
                Seen::Tracked => tracked(refs, &remote, &name)?,
            };
            if seen != old {
                return Err(PushError::LeaseLost {
                    remote,
                    name,
                    seen,
                    current: old,
                });
            }
        }
        let deletes_default = change.new.is_none() && name == server.default_branch;
        if deletes_default && !options.delete_default_branch && !options.dry_run {
            return Err(PushError::DefaultBranch { remote, name });
        }
        if let (Some(old), Some(new)) = (old, change.new)
            && !change.force.allows_non_fast_forward()
        {
            if name.as_tag().is_some() {
                return Err(PushError::TagExists { remote, name });
            }
            // History is complete here: a head that is unknown here is not contained in ours.
            let contained = repository.objects.has_commit(&old)? && graph.is_ancestor(old, new)?;
            if !contained {
                return Err(PushError::Diverged { remote, name });
            }
        }
        updates.push(RefUpdate {
            name,
            old,
            new: change.new,
            force: change.force,
            delete_default_branch: deletes_default,
        });
    }
    Ok(updates)
}

/// Where this repository last saw the remote's ref; it does not keep that for tags.
fn tracked(refs: &Refs, remote: &str, name: &RefName) -> Result<Option<CommitId>, RefspecError> {
    Ok(match name.as_branch() {
        Some(branch) => refs.get(&RefName::remote_branch(remote, branch)?),
        None => None,
    })
}
