//! What a repository records after a push: tracking refs, and which branches follow which.

use muse_wire::api::push::RefUpdate;
use muse_wire::name::RefName;

use super::refspec::RefChange;
use crate::repository::{Expected, RefEdit, Repository, Result};

/// Moves the tracking refs of `updates`, and lets the local branches of `followers` follow the
/// remote's.
pub(super) fn remember(
    repository: &Repository,
    remote: &str,
    updates: &[RefUpdate],
    followers: &[RefChange],
) -> Result<()> {
    let edits: Vec<RefEdit> = updates
        .iter()
        .filter_map(|update| {
            let branch = update.name.as_branch()?;
            Some(RefEdit {
                name: RefName::remote_branch(remote, branch).ok()?,
                expected: Expected::Any,
                new: update.new,
            })
        })
        .collect();
    if edits.is_empty() && followers.is_empty() {
        return Ok(());
    }
    let mut locked = repository.lock()?;
    locked.update_refs(&edits, "push")?;
    if followers.is_empty() {
        return Ok(());
    }
    locked.edit_config(|file| {
        for change in followers {
            if let (Some(branch), Some(_)) = (&change.local_branch, change.name.as_branch()) {
                file.set_upstream(branch, remote, change.name.as_str())?;
            }
        }
        Ok(())
    })
}
