//! Moving branches, tags and `HEAD` to what was imported.

use muse_wire::dag::{CommitGraph, WalkError};
use muse_wire::id::CommitId;

use super::error::ImportError;
use super::options::ImportOptions;
use super::records::Imported;
use super::source::{GitHead, Tips};
use super::summary::ImportSummary;
use crate::repository::{Expected, Head, RefEdit, Repository, RepositoryError};

/// Creates what is new and moves what git has moved on; a ref that has moved here too stays, unless
/// forced. A repository without commits gets git's `HEAD`.
pub(super) fn update(
    repository: &Repository,
    tips: &Tips,
    imported: &Imported,
    options: ImportOptions,
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
        let new = imported[&tip.commit];
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
    match &summary.head {
        Some(head) if summary.previous_commit.is_none() => {
            locked.update_refs_and_head(&edits, head, "import git")?;
        }
        _ => locked.update_refs(&edits, "import git")?,
    }
    summary.moved = edits.into_iter().map(|edit| edit.name).collect();
    Ok(())
}
