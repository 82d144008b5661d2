//! Merging another branch or commit into the current branch.

use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::{REMOTES, RefName};

use super::error::IntegrateError;
use super::sequence::{Applied, Committer, Outcome, Sequence};
use crate::report::Reporter;
use crate::repository::{Action, Head, HeadState, LockedRepository, Refs, Repository};
use crate::worktree::{CheckoutTarget, LocalChanges, check_out};

/// What happens where the branch has nothing that the other one lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FastForwarding {
    /// The branch moves on; there is no new commit.
    #[default]
    Allowed,
    /// There is a commit of the merge all the same.
    Never,
    /// As allowed, and any other merge is refused.
    Only,
}

/// How to merge.
#[derive(Debug, Clone, Default)]
pub struct MergeOptions {
    /// Whether a merge may move the branch alone.
    pub fast_forwarding: FastForwarding,
    /// Make one commit of the changes, without the other branch as a parent.
    pub squash: bool,
    /// Merge histories that have no commit in common.
    pub allow_unrelated: bool,
    /// What the commit says; which branch was merged, unless given.
    pub message: Option<String>,
}

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merging {
    /// The branch has everything already.
    UpToDate,
    /// The branch moved on.
    FastForwarded(Applied),
    /// A commit was made, or the merge stopped.
    Merged(Outcome),
}

/// Merges what `revision` names into the current branch.
///
/// # Errors
/// [`IntegrateError`]; nothing was touched then. Conflicts are no error.
pub fn merge(
    repository: &Repository,
    revision: &str,
    options: MergeOptions,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Merging, IntegrateError> {
    let theirs = repository.resolve(revision)?;
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    refs.refuse_unfinished()?;
    let start = refs.head_state();
    let Some(ours) = start.commit else {
        return fast_forward(&mut locked, start, theirs, reporter);
    };
    let mut graph = CommitGraph::new(&locked.objects);
    if graph.is_ancestor(theirs, ours)? {
        return Ok(Merging::UpToDate);
    }
    let can_fast_forward = !options.squash && graph.is_ancestor(ours, theirs)?;
    match options.fast_forwarding {
        FastForwarding::Allowed | FastForwarding::Only if can_fast_forward => {
            return fast_forward(&mut locked, start, theirs, reporter);
        }
        FastForwarding::Only => return Err(IntegrateError::NotFastForward),
        _ => {}
    }
    if !options.allow_unrelated && graph.merge_bases(ours, theirs)?.is_empty() {
        return Err(match locked.objects.shallow()?.is_empty() {
            true => IntegrateError::Unrelated,
            false => IntegrateError::UnrelatedHere,
        });
    }
    let message = options
        .message
        .unwrap_or_else(|| message(&refs, revision, &start.head, options.squash));
    let sequence = Sequence {
        action: match options.squash {
            true => Action::SquashMerge,
            false => Action::Merge,
        },
        start,
        tip: ours,
        steps: vec![theirs],
        message: Some(message),
        label: Some(revision.to_owned()),
        mainline: None,
    };
    sequence
        .run(&mut locked, committer, reporter)
        .map(Merging::Merged)
}

fn fast_forward(
    locked: &mut LockedRepository<'_>,
    start: HeadState,
    theirs: CommitId,
    reporter: &dyn Reporter,
) -> Result<Merging, IntegrateError> {
    let head = match start.head {
        Head::Branch(name) => Head::Branch(name),
        Head::Detached(_) => Head::Detached(theirs),
    };
    let reason = format!("merge: fast-forward to {}", theirs.short());
    let target = CheckoutTarget {
        commit: Some(theirs),
        head: head.clone(),
        edits: &[],
        cause: (&reason).into(),
    };
    let files = check_out(locked, target, LocalChanges::Keep, reporter)?;
    Ok(Merging::FastForwarded(Applied {
        head,
        old: start.commit,
        new: theirs,
        made: Vec::new(),
        skipped: Vec::new(),
        files,
    }))
}

/// What the commit of a merge says unless told otherwise.
fn message(refs: &Refs, revision: &str, into: &Head, squash: bool) -> String {
    let candidates = RefName::candidates(revision);
    let name = candidates.iter().find(|name| refs.get(name).is_some());
    let what = match name {
        Some(name) if name.as_branch().is_some() => format!("branch '{}'", name.short()),
        Some(name) if name.as_tag().is_some() => format!("tag '{}'", name.short()),
        Some(name) if name.as_str().starts_with(REMOTES) => {
            format!("remote-tracking branch '{}'", name.short())
        }
        _ => format!("commit '{revision}'"),
    };
    let verb = if squash { "Squash" } else { "Merge" };
    match into {
        Head::Branch(name) if name.short() != "main" => {
            format!("{verb} {what} into {}", name.short())
        }
        _ => format!("{verb} {what}"),
    }
}
