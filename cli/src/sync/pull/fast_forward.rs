//! Moving a branch and the files to where a remote's branch is, if that loses nothing.

use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::FastForwardError;
use super::source::PullSource;
use crate::report::Reporter;
use crate::repository::{Expected, RefEdit, Repository};
use crate::worktree::{CheckoutStats, LocalChanges, switch_tree};

/// What a fast-forward moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FastForward {
    /// Where the branch was; `None` if it had no commits.
    pub old: Option<CommitId>,
    /// Where it is now.
    pub new: CommitId,
    /// The files that were written and removed.
    pub files: CheckoutStats,
}

/// Moves the branch of `source` and the files to where the remote's branch was last seen; `None`
/// where the branch has all of it already.
pub(super) fn fast_forward(
    repository: &Repository,
    source: &PullSource,
    reporter: &dyn Reporter,
) -> Result<Option<FastForward>, FastForwardError> {
    let PullSource {
        local,
        remote,
        branch,
    } = source;
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    let tracking = RefName::remote_branch(remote, branch)?;
    let Some(new) = refs.get(&tracking) else {
        return Err(FastForwardError::UnknownBranch {
            remote: remote.clone(),
            branch: branch.clone(),
            local: local.clone(),
        });
    };
    let old = refs.get(local);
    if let Some(old) = old {
        let mut graph = CommitGraph::new(&locked.objects);
        if graph.is_ancestor(new, old)? {
            return Ok(None);
        }
        if !graph.is_ancestor(old, new)? {
            return Err(FastForwardError::Diverged {
                local: local.clone(),
                tracking,
            });
        }
    }
    let from = locked.objects.commit_tree(old.as_ref())?;
    let to = locked.objects.commit_tree(Some(&new))?;
    // Files first: a pull that is interrupted here is completed by the next one.
    let files = switch_tree(&mut locked, &from, &to, LocalChanges::Keep, reporter)?;
    let edit = RefEdit {
        name: local.clone(),
        expected: old.map_or(Expected::Absent, Expected::Is),
        new: Some(new),
    };
    locked.update_refs(&[edit], &format!("pull {remote} {branch}: fast-forward"))?;
    Ok(Some(FastForward { old, new, files }))
}
