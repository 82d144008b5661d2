//! Moving branches, tags and `HEAD` to what was imported.

use std::collections::HashMap;

use muse_wire::dag::{CommitGraph, WalkError};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::ImportError;
use super::options::ImportOptions;
use super::records::Imported;
use super::source::{GitHead, Tips};
use super::summary::ImportSummary;
use crate::report::Reporter;
use crate::repository::{Expected, Head, RefEdit, Refs, Repository, RepositoryError};
use crate::worktree::{CheckoutTarget, LocalChanges, check_out};

/// What the reflog says of it.
const REASON: &str = "import git";

/// Creates what is new and moves what git has moved on; a ref that has moved here too stays, unless
/// forced. An annotated tag names what is in `annotations`. A repository without commits gets git's
/// `HEAD`.
pub(super) fn update(
    repository: &Repository,
    tips: &Tips,
    imported: &Imported,
    annotations: &HashMap<RefName, CommitId>,
    options: ImportOptions,
    reporter: &dyn Reporter,
    summary: &mut ImportSummary,
) -> Result<(), ImportError> {
    let mut locked = repository.lock()?;
    let refs = repository.refs.read()?;
    let mut graph = CommitGraph::new(&repository.objects);
    let mut is_ancestor = |one: CommitId, two: CommitId| match graph.is_ancestor(one, two) {
        Ok(answer) => Ok(answer),
        Err(WalkError::Source(error)) => Err(error),
        Err(WalkError::Missing(id) | WalkError::BadGeneration(id)) => {
            Err(RepositoryError::missing_commit(&id))
        }
        Err(other) => Err(RepositoryError::damaged(
            repository.layout.muse_dir(),
            other.to_string(),
        )),
    };
    let mut edits = Vec::new();
    for tip in &tips.refs {
        let new = match annotations.get(&tip.name) {
            Some(&annotation) => annotation,
            None => imported[&tip.commit],
        };
        let old = refs.get(&tip.name);
        let expected = match old {
            None => Expected::Absent,
            Some(old) if old == new => continue,
            // Commits were made here on top of what git still has.
            Some(old) if is_ancestor(new, old)? && !options.force => continue,
            Some(old) if options.force || is_ancestor(old, new)? => Expected::Is(old),
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
        Some(GitHead::Detached(commit)) => Some(Head::Detached(imported[commit])),
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
