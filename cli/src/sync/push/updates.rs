//! Which refs of the server have to move, and whether they may.

use muse_wire::api::push::RefUpdate;
use muse_wire::api::refs::RefsResponse;
use muse_wire::dag::CommitGraph;

use super::error::PushError;
use super::refspec::RefChange;
use crate::repository::Repository;

/// The changes that move something on the server, each checked unless it is forced.
pub(super) fn against(
    repository: &Repository,
    server: &RefsResponse,
    changes: &[RefChange],
    remote: &str,
) -> Result<Vec<RefUpdate>, PushError> {
    let mut graph = CommitGraph::new(&repository.objects);
    let mut updates = Vec::new();
    for change in changes {
        let current = server.refs.iter().find(|entry| entry.name == change.name);
        let old = current.map(|entry| entry.target);
        let (remote, name) = (remote.to_owned(), change.name.clone());
        if old == change.new {
            if change.new.is_none() {
                return Err(PushError::NothingToDelete { remote, name });
            }
            continue;
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
            delete_default_branch: false,
        });
    }
    Ok(updates)
}
