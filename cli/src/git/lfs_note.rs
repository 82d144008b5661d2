//! What the metadata of a commit says about its files that are LFS pointers in git.
//!
//! A line each: `+PATH` is a pointer, `-PATH` is none, `*.EXT` says that all files with that
//! extension are pointers which the commit changed and no other line names. Paths are quoted as
//! [`muse_wire::quote`] does it. What a commit does not change stays as it is, and costs nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use muse_wire::limits::MAX_METADATA_VALUE_BYTES;
use muse_wire::quote::{quote, unquote};

/// Begins the line of a file that is a pointer.
const IS_POINTER: char = '+';

/// Begins the line of a file that is none.
const IS_NONE: char = '-';

/// Begins the line of an extension.
const EXTENSION: &str = "*.";

/// The files of a commit that are pointers in git.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LfsNote {
    extensions: HashSet<String>,
    files: HashMap<String, bool>,
}

impl LfsNote {
    /// Parses the metadata.
    ///
    /// # Errors
    /// The first malformed line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut note = Self::default();
        for line in text.lines() {
            note.add(line).ok_or_else(|| line.to_owned())?;
        }
        Ok(note)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        if let Some(extension) = line.strip_prefix(EXTENSION) {
            self.extensions.insert(extension.to_owned());
            return Some(());
        }
        let (path, is_pointer) = match line.strip_prefix(IS_POINTER) {
            Some(path) => (path, true),
            None => (line.strip_prefix(IS_NONE)?, false),
        };
        let path = String::from_utf8(unquote(path)?).ok()?;
        self.files.insert(path, is_pointer);
        Some(())
    }

    /// Whether a file that the commit changed is a pointer.
    pub(crate) fn is_pointer(&self, path: &str) -> bool {
        match self.files.get(path) {
            Some(&is_pointer) => is_pointer,
            None => extension(path).is_some_and(|name| self.extensions.contains(name)),
        }
    }

    /// The files that are named, each with whether it is a pointer. They need not have changed
    /// here: a pointer and what it stands for are the same file.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, bool)> {
        let files = self.files.iter();
        files.map(|(path, &is_pointer)| (path.as_str(), is_pointer))
    }
}

/// The lines for `files`, all that a commit changed, each with whether it is a pointer. None if no
/// one is, or if the lines are too long for metadata.
pub(crate) fn lfs_lines<'a>(files: impl Iterator<Item = (&'a str, bool)>) -> Option<String> {
    let mut groups: BTreeMap<Option<&str>, [Vec<&str>; 2]> = BTreeMap::new();
    for (path, is_pointer) in files {
        let group = groups.entry(extension(path)).or_default();
        group[usize::from(is_pointer)].push(path);
    }
    let mut lines = String::new();
    for (extension, [others, pointers]) in groups {
        let named = match extension {
            Some(extension) if pointers.len() > others.len() => {
                lines.push_str(&format!("{EXTENSION}{extension}\n"));
                others.into_iter().map(|path| (path, false)).collect()
            }
            _ => pointers
                .into_iter()
                .map(|path| (path, true))
                .collect::<Vec<_>>(),
        };
        for (path, is_pointer) in named {
            lines.push_str(&lfs_line(path, is_pointer));
        }
    }
    let fits = !lines.is_empty() && lines.len() <= MAX_METADATA_VALUE_BYTES;
    fits.then_some(lines)
}

/// The line that says of one file whether it is a pointer.
pub(crate) fn lfs_line(path: &str, is_pointer: bool) -> String {
    let start = if is_pointer { IS_POINTER } else { IS_NONE };
    format!("{start}{}\n", quote(path))
}

/// What comes behind the last dot of a file's name, where that is letters and digits.
fn extension(path: &str) -> Option<&str> {
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    let is_plain = !extension.is_empty() && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    is_plain.then_some(extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_lines_say_is_what_they_were_made_of() {
        let pointers = [
            "a.bin", "d/b.bin", "d/c.bin", "x.png", "Makefile", "a\nb.", ".psd",
        ];
        let others = ["other.bin", "y.png", "README", "b.txt"];
        let files = pointers.iter().map(|path| (*path, true));
        let files = files.chain(others.iter().map(|path| (*path, false)));
        let lines = lfs_lines(files).expect("fits");
        let expected = "+Makefile\n+\"a\\nb.\"\n*.bin\n-other.bin\n+x.png\n*.psd\n";
        assert_eq!(lines, expected);
        let note = LfsNote::parse(&lines).expect("well-formed");
        assert!(pointers.iter().all(|path| note.is_pointer(path)));
        assert!(!others.iter().any(|path| note.is_pointer(path)));
        let mut named: Vec<_> = note.files().collect();
        named.sort_unstable();
        assert_eq!(named.len(), 4);
        assert_eq!(named[1], ("a\nb.", true));
    }

    #[test]
    fn many_files_of_one_kind_take_one_line() {
        let paths: Vec<_> = (0..100_000).map(|n| format!("art/{n}.psd")).collect();
        let all = paths.iter().map(|path| (path.as_str(), true));
        assert_eq!(lfs_lines(all).as_deref(), Some("*.psd\n"));
        let paths: Vec<_> = (0..100_000).map(|n| format!("art/{n}/data")).collect();
        let all = paths.iter().map(|path| (path.as_str(), true));
        assert_eq!(lfs_lines(all), None, "too long");
        assert_eq!(lfs_lines([("a", false)].into_iter()), None);
    }

    #[test]
    fn malformed_lines_are_named() {
        for line in ["a.psd", "+\"a", "", "-\"\\377\""] {
            let text = format!("*.bin\n{line}\n");
            assert_eq!(LfsNote::parse(&text), Err(line.to_owned()));
        }
    }
}
