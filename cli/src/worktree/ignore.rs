//! `.museignore`: gitignore syntax, one file in any directory, the nearest one to a path wins.

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use ::ignore::Match;
use ::ignore::gitignore::{Gitignore, GitignoreBuilder};
use muse_wire::quote::{quote, quote_bytes};

use super::file;

/// Name of the files that hold the rules.
pub(super) const IGNORE_FILE: &str = ".museignore";

/// Most bytes that are read of one file of rules.
const MAX_IGNORE_FILE_BYTES: u64 = 1024 * 1024;

/// What some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The rules that hold in one directory: its own, then those of the directories above.
#[derive(Clone, Default)]
pub(super) struct IgnoreRules(Option<Arc<Layer>>);

struct Layer {
    own: Gitignore,
    /// Bytes of the directory's path from the root, including the slash behind it.
    prefix_bytes: usize,
    above: IgnoreRules,
}

impl IgnoreRules {
    /// These rules and, over them, those of the file `path` in the directory `prefix` (`""` or
    /// `a/b/`). Lines that are not valid patterns are handed to `warn`.
    pub(super) fn with_file(
        &self,
        path: &Path,
        prefix: &str,
        warn: &mut dyn FnMut(String),
    ) -> Self {
        let name = format!("{prefix}{IGNORE_FILE}");
        let name = quote(&name);
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
            match std::str::from_utf8(line) {
                Ok(line) if builder.add_line(None, line).is_ok() => {}
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
            Ok(own) => Self(Some(Arc::new(Layer {
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
        let mut rules = self;
        while let Some(layer) = &rules.0 {
            let below = OsStr::from_bytes(&path[layer.prefix_bytes..]);
            match layer.own.matched(below, is_directory) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => rules = &layer.above,
            }
        }
        false
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
        let path = directory.path().join(IGNORE_FILE);
        std::fs::write(&path, text).expect("writable");
        let mut warnings = Vec::new();
        let rules = above.with_file(&path, prefix, &mut |text| warnings.push(text));
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
