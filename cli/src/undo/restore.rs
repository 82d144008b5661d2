//! Making files as they are in a commit.

use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use super::error::UndoError;
use crate::report::Reporter;
use crate::repository::Repository;
use crate::worktree::{CheckoutStats, restore_files};

/// Makes the files at and below `paths` as they are in `source`, or in the current commit. Those
/// that the source lacks and the current commit has are removed; local changes in them are lost.
/// Conflicts at these paths are settled by a source, and only by one.
///
/// # Errors
/// [`UndoError::NoSuchPath`] and [`UndoError::InConflict`], before anything is touched.
pub fn restore(
    repository: &Repository,
    source: Option<CommitId>,
    paths: &[String],
    reporter: &dyn Reporter,
) -> Result<CheckoutStats, UndoError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    refs.refuse_unfinished_checkout()?;
    let current = locked.objects.commit_tree(refs.head_commit().as_ref())?;
    let wanted = match &source {
        Some(source) => locked.objects.commit_tree(Some(source))?,
        None => current.clone(),
    };
    for path in paths {
        if !has_path(&current, path) && !has_path(&wanted, path) {
            return Err(UndoError::NoSuchPath(path.clone()));
        }
    }
    let mut unfinished = refs.unfinished().cloned();
    if let Some(unfinished) = &mut unfinished {
        let mut conflicts = unfinished.conflicts.iter().filter(|one| !one.is_settled);
        let conflict = conflicts.find(|conflict| conflict.path.is_at_or_below(paths));
        if let (Some(conflict), None) = (conflict, source) {
            return Err(UndoError::InConflict(conflict.path.clone()));
        }
        for conflict in &mut unfinished.conflicts {
            conflict.is_settled |= conflict.path.is_at_or_below(paths);
        }
    }
    let is_wanted = |path: &RepoPath| path.is_at_or_below(paths);
    let stats = restore_files(&mut locked, &current, &wanted, &is_wanted, reporter)?;
    if unfinished.as_ref() != refs.unfinished() {
        locked.set_unfinished(unfinished.as_ref())?;
    }
    Ok(stats)
}

/// Whether the tree has a file at or below `path`.
fn has_path(tree: &Tree, path: &str) -> bool {
    path.is_empty() || tree.get(path).is_some() || tree.has_directory(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;

    #[test]
    fn a_path_that_neither_commit_has_is_named() {
        let sandbox = Sandbox::new();
        sandbox.write_file("dir/a", "one");
        let one = sandbox.commit();
        sandbox.remove_file("dir/a");
        sandbox.write_file("b", "two");
        sandbox.commit();
        let restored =
            |source, path: &str| restore(&sandbox.repository, source, &[path.to_owned()], &Silent);
        let refused = restored(None, "dir");
        assert!(matches!(refused, Err(UndoError::NoSuchPath(path)) if path == "dir"));
        assert_eq!(restored(Some(one), "dir").expect("there").written, 1);
        assert_eq!(sandbox.changes(), ["+dir/a"]);
        sandbox.write_file("b", "mine");
        assert_eq!(restored(None, "").expect("all of it").written, 1);
        assert_eq!(sandbox.read_file("b"), "two");
    }
}
