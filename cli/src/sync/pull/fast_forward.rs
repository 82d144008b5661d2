//! Moving a branch and the files to where a remote's branch is, if that loses nothing.

use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::FastForwardError;
use super::source::PullSource;
use crate::report::Reporter;
use crate::repository::{Head, Repository};
use crate::worktree::{
    CheckoutStats, CheckoutTarget, LocalChanges, PreparedFiles, check_out_prepared, finish_checkout,
};

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
/// where the branch has all of it already. Files that are `prepared` are not read again.
pub(super) fn fast_forward(
    repository: &Repository,
    source: &PullSource,
    prepared: PreparedFiles,
    reporter: &dyn Reporter,
) -> Result<Option<FastForward>, FastForwardError> {
    let PullSource {
        local,
        remote,
        branch,
    } = source;
    let mut locked = repository.lock()?;
    let head = Head::Branch(local.clone());
    let unfinished = locked.refs.read()?.checkout().cloned();
    if unfinished.is_some_and(|checkout| checkout.head == head) {
        finish_checkout(&mut locked, LocalChanges::Keep, reporter)?;
    }
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
    if *refs.head() != head {
        return Err(FastForwardError::Switched(local.clone()));
    }
    let reason = format!("pull {remote} {branch}: fast-forward");
    let target = CheckoutTarget {
        commit: Some(new),
        head,
        edits: &[],
        cause: (&reason).into(),
    };
    let keep = LocalChanges::Keep;
    let files = check_out_prepared(&mut locked, target, keep, prepared, reporter)?;
    Ok(Some(FastForward { old, new, files }))
}
