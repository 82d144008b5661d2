//! Putting local changes aside.

use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;

use super::error::StashError;
use crate::integrate::Committer;
use crate::report::Reporter;
use crate::repository::{Head, Repository, RepositoryError};
use crate::worktree::{WorktreeError, record_worktree, restore_files};

/// Changes that were put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The commit that holds them.
    pub id: CommitId,
    /// What it says.
    pub message: String,
}

/// Puts all local changes aside, new files among them: the files become those of the current
/// commit.
///
/// # Errors
/// [`StashError::NothingToStash`], or whatever stops it; the changes are in the work tree or in the
/// stash then, or in both.
pub fn push(
    repository: &Repository,
    message: Option<String>,
    committer: &Committer,
    reporter: &dyn Reporter,
) -> Result<Pushed, StashError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    refs.refuse_unfinished()?;
    let head = refs.head_commit().ok_or(RepositoryError::NoCommits)?;
    let place = match refs.head() {
        Head::Branch(name) => name.short().to_owned(),
        Head::Detached(commit) => commit.short(),
    };
    let subject = locked.objects.commit(&head)?;
    let message =
        message.unwrap_or_else(|| format!("On {place}: {} {}", head.short(), subject.subject()));
    let details = committer.says(message.clone());
    let id = match record_worktree(&mut locked, &details, reporter) {
        Err(WorktreeError::NothingToCommit) => return Err(StashError::NothingToStash),
        recorded => recorded?,
    };
    let mut stashes = locked.stash.read()?;
    stashes.insert(0, id);
    locked.write_stash(stashes)?;
    let stashed = locked.objects.commit_tree(Some(&id))?;
    let current = locked.objects.commit_tree(Some(&head))?;
    let changes = current.diff(&stashed);
    let changed = |path: &RepoPath| {
        let position = changes.binary_search_by(|change| change.path.cmp(path));
        position.is_ok()
    };
    restore_files(&mut locked, &stashed, &current, &changed, reporter)?;
    Ok(Pushed { id, message })
}
