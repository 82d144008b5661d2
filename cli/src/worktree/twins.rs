//! Names in one directory that some file system takes for one: they differ in case, in
//! normalisation or in code points that nobody sees.

use std::collections::BTreeMap;

use muse_wire::path::fold_file_name;
use muse_wire::snapshot::Tree;

/// Names in one directory that fold to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Twins {
    /// The directory: `""` or `a/b/`.
    pub(super) directory: String,
    /// Two names or more, ascending by their bytes: files, links and directories.
    pub(super) names: Vec<String>,
}

/// All twins of `tree`. Those of a directory come before those below it.
pub(super) fn twins(tree: &Tree) -> Vec<Twins> {
    let mut found = Vec::new();
    tree.for_each_directory(|directory, names| {
        // Names of lower-case ASCII fold to themselves. Only the others need to be folded, and are
        // compared with each other and with those.
        let folding = names.iter().filter(|name| folds(name));
        let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for &name in folding {
            groups.entry(fold_file_name(name)).or_default().push(name);
        }
        for (fold, mut group) in groups {
            if let Ok(at) = names.binary_search(&fold.as_str())
                && !folds(names[at])
            {
                group.push(names[at]);
            }
            if group.len() > 1 {
                group.sort_unstable();
                found.push(Twins {
                    directory: directory.to_owned(),
                    names: group.into_iter().map(str::to_owned).collect(),
                });
            }
        }
    });
    found
}

/// The path with each name folded: paths with different forms are two everywhere.
pub(super) fn fold_path(path: &str) -> String {
    let names: Vec<String> = path.split('/').map(fold_file_name).collect();
    names.join("/")
}

fn folds(name: &str) -> bool {
    name.bytes()
        .any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
}

#[cfg(test)]
mod tests {
    use muse_wire::id::ObjectId;
    use muse_wire::path::RepoPath;
    use muse_wire::snapshot::{Change, Entry, EntryKind};

    use super::*;

    fn found(paths: &[&str]) -> Vec<String> {
        let mut changes: Vec<_> = paths
            .iter()
            .map(|&path| Change {
                path: RepoPath::new(path).expect("an allowed path"),
                entry: Some(Entry {
                    kind: EntryKind::File,
                    object: ObjectId::of(path.as_bytes()),
                }),
            })
            .collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let tree = Tree::empty().apply(&changes).expect("no conflicts");
        let shown = |twins: Twins| format!("{}: {}", twins.directory, twins.names.join(" "));
        twins(&tree).into_iter().map(shown).collect()
    }

    #[test]
    fn twins_are_found_in_every_directory() {
        assert_eq!(found(&["a", "b/A", "c/a", "README", "Makefile"]), [""; 0]);
        assert_eq!(
            found(&["x", "X", "d/README", "d/ReadMe", "d/readme", "d/e/f", "D/f"]),
            [": D d", ": X x", "d/: README ReadMe readme"]
        );
        assert_eq!(
            found(&[
                "\u{e9}",
                "e\u{301}",
                "stra\u{df}e",
                "strasse",
                "a\u{200d}",
                "a"
            ]),
            [
                ": a a\u{200d}",
                ": strasse stra\u{df}e",
                ": e\u{301} \u{e9}"
            ]
        );
    }

    #[test]
    fn paths_are_twins_where_each_name_is() {
        assert_eq!(fold_path("Doc/README"), fold_path("doc/readme"));
        for other in ["doc", "doc/readme/x", "doc/read"] {
            assert_ne!(fold_path("Doc/README"), fold_path(other));
        }
    }
}
