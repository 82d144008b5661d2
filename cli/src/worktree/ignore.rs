//! What is ignored: the rules of `.museignore` and `.gitignore` in any directory, and of files
//! outside of the work tree. All have gitignore's syntax.
//!
//! The nearest directory to a path wins, in one directory `.museignore`. After all of them come
//! `.git/info/exclude` and the files that hold for every repository of the user.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::ignore::Match;
use ::ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};
use muse_wire::quote::{quote, quote_bytes};

use super::file;
use crate::repository::Repository;

/// Names of the files that hold a directory's rules; the later one wins.
pub(super) const IGNORE_FILES: [&str; 2] = [".gitignore", ".museignore"];

/// What git ignores in this repository alone, from the root of the work tree.
const GIT_EXCLUDES: &str = ".git/info/exclude";

/// Most bytes that are read of one file of rules.
const MAX_IGNORE_FILE_BYTES: u64 = 1024 * 1024;

/// What some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The rules that hold in one directory: its own, then those of the directories above.
#[derive(Clone, Default)]
pub(super) struct IgnoreRules(Option<Arc<Layer>>);

/// The rules of one file.
struct Layer {
    /// The file: from the root of the work tree, or absolute.
    source: String,
    /// Each pattern has the number of its line in the place of a file's path.
    own: Gitignore,
    /// Bytes of the directory's path from the root, including the slash behind it.
    prefix_bytes: usize,
    above: IgnoreRules,
}

/// The pattern by which something is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    /// The file that has it: from the root of the work tree, or absolute.
    pub source: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// The pattern.
    pub pattern: String,
}

impl IgnoreRules {
    /// The rules that hold in the whole work tree, and come after those in it.
    pub(super) fn outside(repository: &Repository, warn: &mut dyn FnMut(String)) -> Self {
        let mut rules = Self::default();
        for path in repository.excludes().iter().rev() {
            // People keep such files elsewhere, with a link to them.
            if let Ok(file) = path.canonicalize() {
                rules = rules.with_file(&file, "", &path.to_string_lossy(), warn);
            }
        }
        let excludes = repository.layout.root().join(GIT_EXCLUDES);
        match excludes.is_file() {
            true => rules.with_file(&excludes, "", GIT_EXCLUDES, warn),
            false => rules,
        }
    }

    /// These rules and, over them, those of the files in the directory `prefix` (`""` or `a/b/`) of
    /// the work tree `root`.
    pub(super) fn with_directory(
        &self,
        root: &Path,
        prefix: &str,
        warn: &mut dyn FnMut(String),
    ) -> Self {
        let mut rules = self.clone();
        for name in IGNORE_FILES {
            let path = root.join(prefix).join(name);
            // A link is not followed, and opening a pipe would wait for ever.
            if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
                rules = rules.with_file(&path, prefix, &format!("{prefix}{name}"), warn);
            }
        }
        rules
    }

    /// These rules and, over them, those of the file `path`, which hold in the directory `prefix`
    /// (`""` or `a/b/`). Lines that are not valid patterns are handed to `warn`, with the name
    /// `source`.
    pub(super) fn with_file(
        &self,
        path: &Path,
        prefix: &str,
        source: &str,
        warn: &mut dyn FnMut(String),
    ) -> Self {
        let name = quote(source);
        let mut text = Vec::new();
        let read = file::open(path)
            .and_then(|file| file.take(MAX_IGNORE_FILE_BYTES + 1).read_to_end(&mut text));
        if let Err(error) = read {
            warn(format!("{name} is not used: {error}"));
            return self.clone();
        }
        if text.len() as u64 > MAX_IGNORE_FILE_BYTES {
            warn(format!("{name} is not used: it is over 1 MiB"));
            return self.clone();
        }
        let mut builder = GitignoreBuilder::new("");
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let number = number + 1;
            let place = || Some(PathBuf::from(number.to_string()));
            match std::str::from_utf8(line) {
                Ok(line) if builder.add_line(place(), line).is_ok() => {}
                Ok(line) => {
                    let line = line.trim_end();
                    warn(format!(
                        "{name}, line {number}: {line:?} is not a valid pattern"
                    ));
                }
                Err(_) => {
                    let line = quote_bytes(line.trim_ascii_end());
                    let hint = "write `?` for each byte that is not";
                    warn(format!(
                        "{name}, line {number}: {line} is not UTF-8; {hint}"
                    ));
                }
            }
        }
        match builder.build() {
            Ok(own) if own.is_empty() => self.clone(),
            Ok(own) => Self(Some(Arc::new(Layer {
                source: source.to_owned(),
                own,
                prefix_bytes: prefix.len(),
                above: self.clone(),
            }))),
            Err(error) => {
                warn(format!("{name} is not used: {error}"));
                self.clone()
            }
        }
    }

    /// Whether `path`, from the root of the work tree, is ignored, given that the directories above
    /// are not. It need not be UTF-8: wildcards match any byte.
    pub(super) fn ignores(&self, path: &[u8], is_directory: bool) -> bool {
        self.deciding(path, is_directory)
            .is_some_and(|(_, pattern)| !pattern.is_whitelist())
    }

    /// The rule by which `path` is ignored, if it is.
    pub(super) fn rule(&self, path: &[u8], is_directory: bool) -> Option<IgnoreRule> {
        let (layer, pattern) = self.deciding(path, is_directory)?;
        if pattern.is_whitelist() {
            return None;
        }
        let number = pattern.from().and_then(|place| place.to_str());
        Some(IgnoreRule {
            source: layer.source.clone(),
            line: number.and_then(|number| number.parse().ok())?,
            pattern: pattern.original().to_owned(),
        })
    }

    /// The pattern that says whether `path` is ignored, and whose it is.
    fn deciding(&self, path: &[u8], is_directory: bool) -> Option<(&Layer, &Glob)> {
        let mut rules = self;
        while let Some(layer) = &rules.0 {
            let below = OsStr::from_bytes(&path[layer.prefix_bytes..]);
            match layer.own.matched(below, is_directory) {
                Match::Ignore(pattern) | Match::Whitelist(pattern) => {
                    return Some((layer, pattern));
                }
                Match::None => rules = &layer.above,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(
        above: &IgnoreRules,
        prefix: &str,
        text: impl AsRef<[u8]>,
    ) -> (IgnoreRules, Vec<String>) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("rules");
        fs::write(&path, text).expect("writable");
        let mut warnings = Vec::new();
        let source = format!("{prefix}.museignore");
        let rules = above.with_file(&path, prefix, &source, &mut |text| warnings.push(text));
        (rules, warnings)
    }

    #[test]
    fn the_nearest_rule_wins_and_anchors_hold_where_they_stand() {
        let (root, _) = rules(&IgnoreRules::default(), "", "*.log\n/build/\n# note\n");
        assert!(root.ignores(b"a/b/x.log", false));
        assert!(root.ignores(b"build", true));
        assert!(!root.ignores(b"build", false));
        assert!(!root.ignores(b"a/build", true));
        let (nested, _) = rules(&root, "a/", "!keep.log\n/only\n");
        assert!(!nested.ignores(b"a/keep.log", false));
        assert!(nested.ignores(b"a/other.log", false));
        assert!(nested.ignores(b"a/only", false));
        assert!(!nested.ignores(b"a/b/only", false));
    }

    #[test]
    fn in_one_directory_museignore_wins_over_gitignore() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let write = |path: &str, text| fs::write(directory.path().join(path), text);
        fs::create_dir(directory.path().join("a")).expect("writable");
        write(".gitignore", "*.log\n*.tmp\n").expect("writable");
        write(".museignore", "!keep.log\n*.bak\n").expect("writable");
        write("a/.gitignore", "!*.bak\nkeep.log\n").expect("writable");
        let mut never = |text| panic!("{text}");
        let root = IgnoreRules::default().with_directory(directory.path(), "", &mut never);
        assert!(root.ignores(b"x.log", false) && root.ignores(b"x.tmp", false));
        assert!(!root.ignores(b"keep.log", false), "its own file says so");
        assert!(root.ignores(b"x.bak", false));
        let below = root.with_directory(directory.path(), "a/", &mut never);
        assert!(!below.ignores(b"a/x.bak", false), "the nearest one wins");
        assert!(below.ignores(b"a/keep.log", false));
        assert!(below.ignores(b"a/x.tmp", false));
    }

    #[test]
    fn the_rule_is_named_by_file_and_line() {
        let (root, _) = rules(
            &IgnoreRules::default(),
            "",
            "# note\n\n*.log  \n!keep.log\n",
        );
        let (nested, _) = rules(&root, "a/", "/only/\n");
        let named = |path: &[u8], is_directory| {
            let rule = nested.rule(path, is_directory)?;
            Some(format!("{}:{}:{}", rule.source, rule.line, rule.pattern))
        };
        assert_eq!(
            named(b"a/x.log", false).as_deref(),
            Some(".museignore:3:*.log")
        );
        assert_eq!(
            named(b"a/only", true).as_deref(),
            Some("a/.museignore:1:/only/")
        );
        assert_eq!(named(b"a/keep.log", false), None);
        assert_eq!(named(b"a/other", false), None);
    }

    #[test]
    fn a_bad_pattern_is_named_and_the_others_hold() {
        let (rules, warnings) = rules(&IgnoreRules::default(), "", "a{\n*.o\n");
        assert_eq!(
            warnings,
            [".museignore, line 1: \"a{\" is not a valid pattern"]
        );
        assert!(rules.ignores(b"x.o", false));
    }

    #[test]
    fn wildcards_name_what_is_not_utf_8() {
        for pattern in ["caf*", "caf?", "/a/*\n", "*/caf?"] {
            let (rules, warnings) = rules(&IgnoreRules::default(), "", pattern);
            assert!(rules.ignores(b"a/caf\xe9", false), "{pattern}");
            assert!(!rules.ignores(b"a/b/cab\xe9", false), "{pattern}");
            assert_eq!(warnings, [""; 0]);
        }
    }

    #[test]
    fn a_line_that_is_not_utf_8_is_named_and_the_others_hold() {
        let text = b"\xef\xbb\xbf*.o\r\ncaf\xe9\r\n";
        let (rules, warnings) = rules(&IgnoreRules::default(), "", text);
        assert_eq!(
            warnings,
            [".museignore, line 2: \"caf\\351\" is not UTF-8; write `?` for each byte that is not"]
        );
        assert!(rules.ignores(b"x.o", false));
        assert!(!rules.ignores(b"caf\xe9", false));
    }
}
