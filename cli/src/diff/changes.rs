//! Which paths differ.

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, Tree};

use crate::worktree::Scan;

/// A path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// Where.
    pub path: RepoPath,
    /// Where it was, unless it was there.
    pub renamed_from: Option<RenamedFrom>,
    /// What was there, or where it comes from.
    pub before: Option<Entry>,
    /// What is there now.
    pub after: Option<Entry>,
}

/// What a file was called before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedFrom {
    /// Its path.
    pub path: RepoPath,
    /// How much of the larger version both have, in percent.
    pub similarity: u8,
}

impl PathChange {
    /// Whether the path is one of `paths` or below one of them.
    pub fn is_at_or_below(&self, paths: &[String]) -> bool {
        self.path.is_at_or_below(paths)
    }
}

/// What differs between two trees, ascending by path.
pub fn changes_between(before: &Tree, after: &Tree) -> Vec<PathChange> {
    let changes = before.diff(after).into_iter();
    changes
        .map(|change| PathChange {
            renamed_from: None,
            before: before.get(&change.path),
            after: change.entry,
            path: change.path,
        })
        .collect()
}

/// What a scan of the work tree found, once everything was read. Ascending by path.
pub fn changes_of(scan: &Scan) -> Vec<PathChange> {
    scan.changed
        .iter()
        .map(|file| PathChange {
            path: file.path.clone(),
            renamed_from: None,
            before: file.before,
            after: file.after(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_chooses_what_is_below_it() {
        let change = PathChange {
            path: RepoPath::new("src/main.rs").expect("an allowed path"),
            renamed_from: None,
            before: None,
            after: None,
        };
        let chosen = |path: &str| change.is_at_or_below(&[path.to_owned()]);
        for path in ["", "src", "src/main.rs"] {
            assert!(chosen(path), "{path}");
        }
        for path in ["sr", "src/main", "src/main.rs/x", "main.rs"] {
            assert!(!chosen(path), "{path}");
        }
    }
}
