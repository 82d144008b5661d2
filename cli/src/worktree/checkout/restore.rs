//! Making some files as they are in a tree, whatever is in them now.

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use super::prepared::PreparedFiles;
use super::stats::CheckoutStats;
use super::switch::Switch;
use crate::report::Reporter;
use crate::repository::LockedRepository;
use crate::worktree::error::Result;

/// Makes the files that are `wanted` as they are in the tree `to`. Those that are in `current`, the
/// tree of the current commit, and not in `to`, are removed; what no commit has stays. Local
/// changes in them are lost, and only in them.
///
/// # Errors
/// [`crate::worktree::WorktreeError`]. What was interrupted can be run again.
pub fn restore_files(
    locked: &mut LockedRepository<'_>,
    current: &Tree,
    to: &Tree,
    is_wanted: &dyn Fn(&RepoPath) -> bool,
    reporter: &dyn Reporter,
) -> Result<CheckoutStats> {
    let mut changes = current.diff(to);
    changes.retain(|change| is_wanted(&change.path));
    let target = current.apply(&changes)?;
    let switch = Switch::restoring(locked, current, &target, is_wanted)?;
    switch.run(locked, PreparedFiles::default(), reporter)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;

    fn restore(sandbox: &Sandbox, to: &Tree, paths: &[&str]) -> CheckoutStats {
        let current = sandbox.head_tree();
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        let is_wanted = |path: &RepoPath| {
            let above = |wanted: &&str| Path::new(path.as_str()).starts_with(wanted);
            paths.iter().any(above)
        };
        restore_files(&mut locked, &current, to, &is_wanted, &Silent).expect("restored")
    }

    #[test]
    fn only_the_wanted_files_lose_their_changes() {
        let sandbox = Sandbox::new();
        for path in ["dir/a", "dir/b", "other"] {
            sandbox.write_file(path, "one");
        }
        let one = sandbox.commit();
        for path in ["dir/a", "other", "dir/new"] {
            sandbox.write_file(path, "mine");
        }
        sandbox.remove_file("dir/b");
        let stats = restore(&sandbox, &sandbox.tree(&one), &["dir"]);
        assert_eq!(stats.written, 2);
        assert_eq!(sandbox.changes(), ["+dir/new", "~other"]);
    }

    #[test]
    fn another_commits_files_come_as_changes_and_go_where_it_lacks_them() {
        let sandbox = Sandbox::new();
        sandbox.write_file("dir/a", "one");
        sandbox.write_file("other", "one");
        let one = sandbox.commit();
        sandbox.write_file("dir/a", "two");
        sandbox.write_file("dir/b", "two");
        sandbox.write_file("other", "two");
        sandbox.commit();
        restore(&sandbox, &sandbox.tree(&one), &["dir"]);
        assert_eq!(sandbox.read_file("dir/a"), "one");
        assert_eq!(sandbox.changes(), ["~dir/a", "-dir/b"]);
        restore(&sandbox, &sandbox.head_tree(), &["dir"]);
        assert_eq!(sandbox.changes(), [""; 0]);
    }
}
