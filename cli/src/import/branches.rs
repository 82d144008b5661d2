//! Moving branches, tags and `HEAD` to what was imported.

use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;

use super::error::ImportError;
use super::options::ImportOptions;
use super::source::{GitHead, Tips};
use super::summary::ImportSummary;
use super::written::Written;
use crate::report::Reporter;
use crate::repository::{Expected, Head, RefEdit, Refs, Repository};
use crate::worktree::{CheckoutTarget, LocalChanges, check_out};

/// What the reflog says of it.
const REASON: &str = "import git";

/// Creates what is new and moves what git has moved on; a ref that has moved here too stays, unless
/// forced. A repository without commits gets git's `HEAD`.
pub(super) fn update(
    repository: &Repository,
    tips: &Tips,
    written: &Written,
    options: ImportOptions,
    reporter: &dyn Reporter,
    summary: &mut ImportSummary,
) -> Result<(), ImportError> {
    let mut locked = repository.lock()?;
    let refs = repository.refs.read()?;
    let mut graph = CommitGraph::new(&repository.objects);
    let mut edits = Vec::new();
    for tip in &tips.refs {
        let new = written.named_by(tip);
        let old = refs.get(&tip.name);
        let expected = match old {
            None => Expected::Absent,
            Some(old) if old == new => continue,
            // Commits were made here on top of what git still has.
            Some(old) if graph.is_ancestor(new, old)? && !options.force => continue,
            Some(old) if options.force || graph.is_ancestor(old, new)? => Expected::Is(old),
            Some(_) => {
                summary.refused.push(tip.name.clone());
                continue;
            }
        };
        edits.push(RefEdit {
            name: tip.name.clone(),
            expected,
            new: Some(new),
        });
    }
    summary.head = match &tips.head {
        Some(GitHead::Branch(name)) => {
            let known = tips.refs.iter().any(|tip| tip.name == *name);
            known.then(|| Head::Branch(name.clone()))
        }
        Some(GitHead::Detached(commit)) => Some(Head::Detached(written.imported[commit])),
        None => None,
    };
    summary.moved = edits.iter().map(|edit| edit.name.clone()).collect();
    let head = match &summary.head {
        Some(head) if summary.previous_commit.is_none() => head.clone(),
        _ => refs.head().clone(),
    };
    if options.checkout {
        let commit = commit_after(&refs, &edits, &head);
        // The checkout itself moves the branch that `HEAD` is on.
        edits.retain(|edit| head != Head::Branch(edit.name.clone()));
        let target = CheckoutTarget {
            commit,
            head,
            edits: &edits,
            cause: REASON.into(),
        };
        check_out(&mut locked, target, LocalChanges::Keep, reporter)?;
    } else {
        locked.update_refs_and_head(&edits, &head, REASON)?;
    }
    Ok(())
}

/// The commit that `head` names once `edits` are made.
fn commit_after(refs: &Refs, edits: &[RefEdit], head: &Head) -> Option<CommitId> {
    match head {
        Head::Branch(name) => match edits.iter().find(|edit| edit.name == *name) {
            Some(edit) => edit.new,
            None => refs.get(name),
        },
        Head::Detached(commit) => Some(*commit),
    }
}
