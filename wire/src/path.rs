//! Paths inside a snapshot: what is allowed, on the server and on every client alike.
//!
//! Whatever Linux can hold and UTF-8 can spell is allowed, so that every history can be recorded.
//! What leads out of the work tree, or could be taken for the directory `.muse`, is refused
//! everywhere. What one file system cannot hold is for a checkout there to leave out.

mod fold;

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

pub use self::fold::{fold_file_name, fold_name, is_taken_for_git};

use self::fold::is_taken_for_muse;
use crate::limits::{MAX_PATH_BYTES, MAX_PATH_COMPONENT_BYTES};
use crate::quote::quote;

/// A checked, relative path with `/` between its components.
///
/// Ordered by its bytes. Displayed as [`quote`] shows it; as a text it is what it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RepoPath(Box<str>);

/// Why a text is no path that a snapshot may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path {} is not allowed: {reason}", quote(.path))]
pub struct PathError {
    /// The path, shortened where it is very long.
    pub path: String,
    /// The rule that it breaks.
    pub reason: &'static str,
}

impl RepoPath {
    /// Checks `path`.
    ///
    /// # Errors
    /// [`PathError`] names the first rule that the path breaks.
    pub fn new(path: impl Into<Box<str>>) -> Result<Self, PathError> {
        let path = path.into();
        match check_path(&path) {
            Ok(()) => Ok(Self(path)),
            Err(reason) => Err(PathError {
                path: path.chars().take(200).collect(),
                reason,
            }),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components, outermost first.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// Whether this is one of `paths` or below one of them; the empty path is the root.
    pub fn is_at_or_below<P: AsRef<str>>(&self, paths: &[P]) -> bool {
        paths.iter().map(AsRef::as_ref).any(|path| {
            let rest = self.strip_prefix(path);
            path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl Deref for RepoPath {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for RepoPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quote(&self.0))
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = Box::<str>::deserialize(deserializer)?;
        Self::new(path).map_err(serde::de::Error::custom)
    }
}

/// Checks a whole path.
fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("it is empty");
    }
    if path.len() > MAX_PATH_BYTES {
        return Err("it is longer than 4095 bytes");
    }
    if path.starts_with('/') {
        return Err("it is absolute");
    }
    path.split('/').try_for_each(check_component)
}

/// Checks one component: the name of a file or directory.
fn check_component(name: &str) -> Result<(), &'static str> {
    match name {
        "" => return Err("it has an empty component"),
        "." | ".." => return Err("it has a `.` or `..` component"),
        _ => {}
    }
    if name.len() > MAX_PATH_COMPONENT_BYTES {
        return Err("it has a component longer than 255 bytes");
    }
    if name.contains('\0') {
        return Err("it has a NUL");
    }
    if is_taken_for_muse(name) {
        return Err("it has a component that is, or can pass for, the directory `.muse`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    #[test]
    fn whatever_linux_can_hold_passes() {
        let longest = format!(
            "{}/{}",
            vec!["x".repeat(255); 15].join("/"),
            "y".repeat(255)
        );
        assert_eq!(longest.len(), MAX_PATH_BYTES);
        for path in [
            "a",
            "src/main.rs",
            ".museignore",
            ".gitignore",
            "a b/c",
            "ü/日本.txt",
            "xx:y",
            ".muses",
            "mu12~1",
            "mumble~1",
            "musée",
            "muse",
            "...",
            "C:/x",
            "c:x",
            "a\\b",
            "a\nb\t\u{1b}\u{7f}",
            "a\u{85}b\u{202e}",
            "a/b.",
            "a /b ",
            "nul",
            "t/t5100/nul",
            "CON",
            "con.txt",
            "drivers/Aux.c",
            "COM1.tar.gz",
            "a*?\"<>|",
            ".git/hooks/post-checkout",
            ".GiT",
            ".g\u{200c}it",
            "GIT~1/x",
            ".git ",
            &"x".repeat(255),
            &longest,
        ] {
            assert!(RepoPath::new(path).is_ok(), "{path:?}");
        }
    }

    #[test]
    fn every_rule_refuses_its_case() {
        let long = "x".repeat(256);
        let deep = format!(
            "{}/{}",
            vec!["x".repeat(255); 15].join("/"),
            "y".repeat(254)
        ) + "/z";
        assert_eq!(deep.len(), MAX_PATH_BYTES + 1);
        for path in [
            "",
            "/",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/..",
            "a/./b",
            "a//b",
            "a/",
            ".",
            "a\0b",
            "\0",
            ".muse/config",
            "x/.MUSE/y",
            "muse~2",
            ".mu\u{17f}e/x",
            "a/.Mu\u{17f}E",
            ".m\u{ad}use",
            ".mu\u{fe0f}se",
            ".muse\u{e0001}",
            "Mu7EB4~1/x",
            "a/.muse.",
            ".muse . ",
            ".muse ::$DATA",
            ".muse:x/y",
            &long,
            &deep,
        ] {
            assert!(RepoPath::new(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn deserialising_checks_too() {
        let packed = rmp_serde::to_vec("../x").expect("encodes");
        assert!(rmp_serde::from_slice::<RepoPath>(&packed).is_err());
    }

    #[test]
    fn a_path_is_found_by_its_text() {
        let path = RepoPath::new("src/ü").expect("allowed");
        let as_ref: &str = path.as_ref();
        assert_eq!((&*path, as_ref), ("src/ü", "src/ü"));
        assert!(path.components().eq(["src", "ü"]));
        assert!(BTreeSet::from([path.clone()]).contains("src/ü"));
        assert!(HashSet::from([path]).contains("src/ü"));
    }

    #[test]
    fn a_path_is_shown_on_one_line_and_kept_as_it_is() {
        let path = RepoPath::new("a\nb").expect("allowed");
        assert_eq!(path.to_string(), r#""a\nb""#);
        assert_eq!(format!("{path:?}"), r#""a\nb""#);
        assert_eq!(path.as_str(), "a\nb");
        let refused = RepoPath::new("x\n/../y").expect_err("it leads up");
        assert_eq!(
            refused.to_string(),
            r#"the path "x\n/../y" is not allowed: it has a `.` or `..` component"#
        );
    }
}
