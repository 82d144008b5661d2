//! Names that file systems take for one another.
//!
//! Some fold case, some normalise Unicode, some drop code points that nobody sees, and some know a
//! name under a short form, too.

use unicase::UniCase;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::invisible::is_invisible;

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

/// As [`fold_name`], without the code points that some file systems drop when they compare names:
/// two names of files with different forms are two files everywhere.
pub fn fold_file_name(name: &str) -> String {
    if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        fold_name(&visible(name))
    }
}

/// Whether some file system takes the component `name` for `.git`. Programs obey what is in there,
/// so a checkout never writes it.
pub fn is_taken_for_git(name: &str) -> bool {
    is_taken_for(name, "git")
}

/// Whether some file system takes `name` for `.muse`.
pub(super) fn is_taken_for_muse(name: &str) -> bool {
    is_taken_for(name, "muse")
}

/// Whether some file system takes `name` for `.` and `program`: in any case, with code points that
/// it ignores, as an NTFS short name, with an NTFS stream suffix, or with dots and spaces behind
/// it.
fn is_taken_for(name: &str, program: &str) -> bool {
    // Nearly every name ends here, before anything is allocated.
    let may_start = |byte: u8| byte == b'.' || byte.eq_ignore_ascii_case(&program.as_bytes()[0]);
    if name.is_ascii() && !name.bytes().next().is_some_and(may_start) {
        return false;
    }
    let folded = fold_case(&visible(name));
    let base = folded
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches(['.', ' ']);
    base.strip_prefix('.') == Some(program) || is_short_name(base, program)
}

/// Whether `name` is one that NTFS may give `.` and `program` in 8.3 form: `muse~1`, or after
/// several collisions two letters, four digits of a checksum, and a number.
fn is_short_name(name: &str, program: &str) -> bool {
    let Some((stem, number)) = name.split_once('~') else {
        return false;
    };
    let is_checksummed = || {
        let digits = stem.strip_prefix(&program[..2]).unwrap_or_default();
        digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_numbered && (stem == program || is_checksummed())
}

fn visible(name: &str) -> String {
    name.chars().filter(|&c| !is_invisible(c)).collect()
}

/// Unicode's full case folding: `ſ` is `s`, `ß` is `ss`.
fn fold_case(text: &str) -> String {
    UniCase::unicode(text).to_folded_case()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_fold_to_one_name() {
        assert_eq!(fold_name("README"), fold_name("ReadMe"));
        assert_eq!(fold_name("\u{e9}"), fold_name("E\u{301}"));
        assert_eq!(fold_name("STRASSE"), fold_name("Straße"));
        assert_ne!(fold_name("a"), fold_name("b"));
    }

    #[test]
    fn file_names_fold_without_what_nobody_sees() {
        assert_eq!(fold_file_name("README"), "readme");
        assert_eq!(
            fold_file_name("a\u{200d}\u{e9}"),
            fold_file_name("Ae\u{301}")
        );
        assert_ne!(fold_name("a\u{200d}b"), fold_name("ab"));
    }

    #[test]
    fn disguises_are_seen_through() {
        for name in [
            ".git",
            ".GiT",
            ".g\u{200c}it",
            "\u{2060}.git",
            ".git.",
            ".git . .",
            ".git::$INDEX_ALLOCATION",
            ".git .:stream",
            "GIT~1",
            "git~27",
            "gi7eba~12",
            "g\u{ad}it~1",
        ] {
            assert!(is_taken_for_git(name), "{name:?}");
        }
        for name in [
            "git",
            ".gi",
            ".gitt",
            "git~",
            "~1",
            "git~x",
            ".github",
            ".gitignore",
            "gi7ebx~1",
            "gi7eb~1",
            ".git-",
            "x.git",
            ".muse",
            "",
        ] {
            assert!(!is_taken_for_git(name), "{name:?}");
        }
    }
}
