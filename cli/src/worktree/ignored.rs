//! What is ignored, and by which rule.

use std::sync::{Mutex, PoisonError};

use muse_wire::snapshot::Tree;

use super::error::Result;
use super::ignore::{IgnoreRule, IgnoreRules};
use super::traverse::{Visitor, traverse};
use super::unrecordable::Unrecordable;
use crate::repository::{FileStat, Repository};

/// Everything that is ignored, ascending. A directory that is ignored with all that is in it stands
/// for that, with a slash behind its path. What `base` has is not ignored, whatever the rules say.
///
/// # Errors
/// If a directory cannot be read.
pub fn ignored_files(repository: &Repository, base: &Tree) -> Result<Vec<Vec<u8>>> {
    let ignored = Ignored {
        base,
        paths: Mutex::default(),
    };
    traverse(repository, &ignored)?;
    let mut paths = ignored
        .paths
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    paths.sort_unstable();
    Ok(paths)
}

/// The rule by which `path`, from the root of the work tree, is ignored; `None` if it is not, or is
/// a file that `base` has. Lines of rules that are not valid are handed to `warn`.
pub fn ignore_rule(
    repository: &Repository,
    base: &Tree,
    path: &str,
    warn: &mut dyn FnMut(String),
) -> Option<IgnoreRule> {
    let root = repository.layout.root();
    let (path, must_be_directory) = match path.strip_suffix('/') {
        Some(path) => (path, true),
        None => (path, false),
    };
    if base.get(path).is_some() {
        return None;
    }
    let mut rules = IgnoreRules::outside(repository, warn);
    let ends = path.match_indices('/').map(|(at, _)| at);
    let mut prefix = "";
    for end in ends.chain([path.len()]) {
        rules = rules.with_directory(root, prefix, warn);
        let is_directory = end < path.len()
            || must_be_directory
            || root
                .join(path)
                .symlink_metadata()
                .is_ok_and(|metadata| metadata.is_dir());
        if let Some(rule) = rules.rule(&path.as_bytes()[..end], is_directory) {
            return Some(rule);
        }
        prefix = path.get(..=end).unwrap_or(path);
    }
    None
}

/// Collects what is ignored.
struct Ignored<'a> {
    base: &'a Tree,
    paths: Mutex<Vec<Vec<u8>>>,
}

impl Visitor for Ignored<'_> {
    fn base(&self) -> &Tree {
        self.base
    }

    fn files(&self, _files: &[(String, FileStat)]) -> Result<()> {
        Ok(())
    }

    fn ignored(&self, path: Vec<u8>) {
        self.paths
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(path);
    }

    fn unrecordable(&self, _path: Unrecordable) {}

    fn warning(&self, _text: String) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    fn ignored(sandbox: &Sandbox) -> Vec<String> {
        let found = ignored_files(&sandbox.repository, &sandbox.head_tree()).expect("readable");
        let text = |path| String::from_utf8(path).expect("UTF-8");
        found.into_iter().map(text).collect()
    }

    #[test]
    fn directories_are_one_line_unless_the_last_commit_has_files_in_them() {
        let sandbox = Sandbox::new();
        sandbox.write_file("build/kept", "committed before it was ignored");
        sandbox.commit();
        sandbox.write_file(".gitignore", "*.log\nbuild/\n/target\n");
        for path in ["target/a/b", "build/new", "build/deep/x", "a/x.log", "a/y"] {
            sandbox.write_file(path, "new");
        }
        assert_eq!(
            ignored(&sandbox),
            ["a/x.log", "build/deep/", "build/new", "target/"]
        );
        assert_eq!(sandbox.changes(), ["+.gitignore", "+a/y"]);
        sandbox.write_file("build/kept", "changed");
        assert_eq!(sandbox.changes(), ["+.gitignore", "+a/y", "~build/kept"]);
    }

    #[test]
    fn what_git_and_the_user_exclude_comes_last() {
        let sandbox = Sandbox::new();
        let user = tempfile::tempdir().expect("a temporary directory");
        let write = |name: &str, text| {
            std::fs::write(user.path().join(name), text).expect("writable");
            user.path().join(name)
        };
        let excludes = vec![
            write("muse", "!both\n"),
            write("git", "both\n*~\nwanted\n"),
            user.path().join("missing"),
        ];
        let repository = sandbox.reopen().with_excludes(excludes);
        sandbox.write_file(".git/info/exclude", "secret\n");
        sandbox.write_file(".gitignore", "!wanted\n");
        for path in ["a~", "both", "secret", "wanted"] {
            sandbox.write_file(path, "new");
        }
        let tree = Tree::empty();
        let found = ignored_files(&repository, &tree).expect("readable");
        assert_eq!(found, [&b"a~"[..], b"secret"]);
        let mut never = |text| panic!("{text}");
        let mut rule = |path| ignore_rule(&repository, &tree, path, &mut never);
        let tilde = rule("a~").expect("ignored");
        assert!(tilde.source.ends_with("/git") && tilde.line == 2);
        assert_eq!(rule("secret").expect("ignored").source, ".git/info/exclude");
        assert_eq!(rule("both"), None);
    }

    #[test]
    fn a_rule_for_a_directory_holds_for_what_is_in_it() {
        let sandbox = Sandbox::new();
        sandbox.write_file("build/kept", "committed before it was ignored");
        sandbox.commit();
        sandbox.write_file("a/.gitignore", "out/\n");
        sandbox.write_file(".museignore", "build/\n");
        let tree = sandbox.head_tree();
        let mut never = |text| panic!("{text}");
        let mut line = |path| {
            let rule = ignore_rule(&sandbox.repository, &tree, path, &mut never)?;
            Some(format!("{}:{}", rule.source, rule.line))
        };
        assert_eq!(line("a/out/deep/x").as_deref(), Some("a/.gitignore:1"));
        assert_eq!(line("a/out/").as_deref(), Some("a/.gitignore:1"));
        assert_eq!(line("a/out"), None, "it would be a file");
        assert_eq!(line("build/new").as_deref(), Some(".museignore:1"));
        assert_eq!(line("build/kept"), None, "the last commit has it");
    }
}
