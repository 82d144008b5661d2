//! Paths inside a snapshot: what is allowed, on the server and on every client alike.
//!
//! A path that one system can write and another cannot, or that reaches outside the work tree or
//! into a version-control directory, is refused everywhere, so that a history can always be
//! checked out and never harms whoever does.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};
use unicase::UniCase;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

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
        return Err("it is longer than 4096 bytes");
    }
    if path.starts_with('/') {
        return Err("it is absolute");
    }
    if let [letter, b':', ..] = path.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Err("it starts with a drive letter");
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
    if name.bytes().any(|byte| byte < 0x20 || byte == 0x7f) || name.chars().any(char::is_control) {
        return Err("it has a control character");
    }
    if name.contains('\\') {
        return Err("it has a backslash");
    }
    if name.ends_with(['.', ' ']) {
        return Err("it has a component that ends with a dot or a space");
    }
    if is_control_directory(name) {
        return Err("it has a component that is, or can pass for, a version-control directory");
    }
    if is_windows_device(name) {
        return Err("it has a component that is a device name on Windows");
    }
    Ok(())
}

/// Whether some file system takes `name` for `.muse` or `.git`: in any case, with code points that
/// it ignores, as an NTFS short name or with an NTFS stream suffix.
fn is_control_directory(name: &str) -> bool {
    // Nearly every name ends here, before anything is allocated.
    if name.is_ascii() && !name.starts_with(['.', 'm', 'M', 'g', 'G']) {
        return false;
    }
    let visible: String = name.chars().filter(|&c| !is_ignorable(c)).collect();
    let folded = fold_case(&visible);
    let base = folded
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches(['.', ' ']);
    matches!(base, ".muse" | ".git") || is_short_name(base)
}

/// Whether `name` is one that NTFS may give `.muse` or `.git` in 8.3 form: `muse~1`, or after
/// several collisions two letters, four digits of a checksum, and a number.
fn is_short_name(name: &str) -> bool {
    let Some((stem, number)) = name.split_once('~') else {
        return false;
    };
    let is_checksummed = |letters| {
        let digits = stem.strip_prefix(letters).unwrap_or_default();
        digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_stem = matches!(stem, "muse" | "git") || is_checksummed("mu") || is_checksummed("gi");
    is_numbered && is_stem
}

/// Code points that a file system may drop when it compares names: Unicode's
/// `Default_Ignorable_Code_Point` (`DerivedCoreProperties.txt`, version 16), which case-folding
/// ext4 and f2fs directories drop. The code points that HFS+ ignores (Apple TN1150) are among them.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether Windows opens a device instead of a file: the stem counts, whatever the extension.
fn is_windows_device(name: &str) -> bool {
    let stem = name
        .split(['.', ':'])
        .next()
        .unwrap_or_default()
        .trim_end_matches(' ');
    if stem.len() > 7 {
        return false;
    }
    let upper = stem.to_ascii_uppercase();
    if matches!(
        upper.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let digit = upper
        .strip_prefix("COM")
        .or_else(|| upper.strip_prefix("LPT"));
    digit.is_some_and(|digit| {
        matches!(
            digit,
            "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
        )
    })
}

/// The form under which two names are twins: the same file on a system that folds case or
/// normalises Unicode. NFC, then full case folding.
pub fn fold_name(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    match is_nfc_quick(name.chars()) {
        IsNormalized::Yes => fold_case(name),
        _ => fold_case(&name.nfc().collect::<String>()),
    }
}

/// Unicode's full case folding: `ſ` is `s`, `ß` is `ss`.
fn fold_case(text: &str) -> String {
    UniCase::unicode(text).to_folded_case()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "a",
            "src/main.rs",
            ".museignore",
            ".gitignore",
            "a b/c",
            "ü/日本.txt",
            "com10",
            "consent",
            "git~",
            "xx:y",
            "a/.github/b",
            ".muses",
            "mu12~1",
            "mumble~1",
            "musée",
        ] {
            assert!(RepoPath::new(path).is_ok(), "{path}");
        }
        assert!(RepoPath::new("x".repeat(255)).is_ok());
    }

    #[test]
    fn every_rule_refuses_its_case() {
        let long = "x".repeat(256);
        let deep = "d/".repeat(2100) + "f";
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            ".",
            "C:/x",
            "c:x",
            "a\\b",
            "a\0b",
            "a\nb",
            "a\u{85}b",
            "a/b.",
            "a /b",
            ".muse/config",
            "x/.MUSE/y",
            ".git/hooks/post-checkout",
            ".GiT",
            ".g\u{200c}it",
            ".git::$INDEX_ALLOCATION/x",
            "GIT~1/x",
            "muse~2",
            ".mu\u{17f}e/x",
            "a/.Mu\u{17f}E",
            ".m\u{ad}use",
            ".mu\u{fe0f}se",
            "\u{2060}.git",
            ".muse\u{e0001}",
            "Mu7EB4~1/x",
            "gi7eba~12",
            ".git ",
            "CON",
            "con.txt",
            "a/Aux.c",
            "NUL ",
            "lpt9",
            "COM1.tar.gz",
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
    fn twins_fold_to_one_name() {
        assert_eq!(fold_name("README"), fold_name("ReadMe"));
        assert_eq!(fold_name("\u{e9}"), fold_name("E\u{301}"));
        assert_eq!(fold_name("STRASSE"), fold_name("Straße"));
        assert_ne!(fold_name("a"), fold_name("b"));
    }
}
