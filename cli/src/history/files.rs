//! What is at a path of a tree.

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, Tree};

/// What is at a path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtPath {
    /// A file or link.
    File(Entry),
    /// A directory: the names in it, directories with a slash behind them.
    Directory(Vec<String>),
    /// Nothing.
    Nothing,
}

/// What is at `path`, which may end in slashes; the empty path is the root.
pub fn at_path(tree: &Tree, path: &str) -> AtPath {
    let path = path.trim_end_matches('/');
    if let Some(entry) = tree.get(path) {
        return AtPath::File(entry);
    }
    let name_below = |file: &RepoPath| {
        let rest = match path {
            "" => file.as_str(),
            directory => file.strip_prefix(directory)?.strip_prefix('/')?,
        };
        Some(match rest.split_once('/') {
            Some((name, _)) => format!("{name}/"),
            None => rest.to_owned(),
        })
    };
    let mut names: Vec<String> = tree
        .entries()
        .iter()
        .filter_map(|(file, _)| name_below(file))
        .collect();
    names.dedup();
    if names.is_empty() {
        AtPath::Nothing
    } else {
        AtPath::Directory(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn files_and_directories_are_told_apart() {
        let sandbox = Sandbox::new();
        let files = [("a/b/c", "1"), ("a/b/d", "2"), ("a/e", "3"), ("f", "4")];
        let tree = sandbox.tree(&sandbox.add_commit(&[], &files));
        let names = |path| match at_path(&tree, path) {
            AtPath::Directory(names) => names.join(" "),
            other => format!("{other:?}"),
        };
        assert_eq!(names(""), "a/ f");
        assert_eq!(names("a"), "b/ e");
        assert_eq!(names("a/b/"), "c d");
        assert!(matches!(at_path(&tree, "a/e"), AtPath::File(_)));
        assert_eq!(at_path(&tree, "a/x"), AtPath::Nothing);
        assert_eq!(at_path(&tree, "a/b/c/d"), AtPath::Nothing);
    }
}
