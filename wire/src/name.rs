//! Names of refs, owners and repositories.
//!
//! Ref names follow git's rules (`git check-ref-format`) and a few more that keep them safe on
//! a command line and on file systems that fold case.

mod collision;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::id::parse_hex;
use crate::limits::{MAX_NAME_BYTES, MAX_REF_NAME_BYTES};

pub use self::collision::{CollisionReason, FoldedName, RefCollision, find_ref_collision};

/// Where branches live.
pub const HEADS: &str = "refs/heads/";
/// Where tags live.
pub const TAGS: &str = "refs/tags/";
/// Where a client keeps what it last saw of a remote's branches; never on a server.
pub const REMOTES: &str = "refs/remotes/";

/// A checked, full ref name: `refs/heads/main`, `refs/tags/v1`, `refs/remotes/origin/main`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RefName(Box<str>);

/// Why a text is not a name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {kind} {name:?} is not allowed: {reason}")]
pub struct NameError {
    /// What it was meant to be.
    pub kind: &'static str,
    /// The text, shortened where it is very long.
    pub name: String,
    /// The rule that it breaks.
    pub reason: &'static str,
}

impl NameError {
    fn new(kind: &'static str, name: &str, reason: &'static str) -> Self {
        Self {
            kind,
            name: name.chars().take(200).collect(),
            reason,
        }
    }
}

impl RefName {
    /// Checks a full ref name.
    ///
    /// # Errors
    /// [`NameError`] names the first rule that the name breaks.
    pub fn new(name: impl Into<Box<str>>) -> Result<Self, NameError> {
        let name = name.into();
        match check_ref_name(&name) {
            Ok(()) => Ok(Self(name)),
            Err(reason) => Err(NameError::new("ref name", &name, reason)),
        }
    }

    /// The ref of a branch.
    ///
    /// # Errors
    /// As [`RefName::new`].
    pub fn branch(short: &str) -> Result<Self, NameError> {
        Self::new(format!("{HEADS}{short}"))
    }

    /// The ref of a tag.
    ///
    /// # Errors
    /// As [`RefName::new`].
    pub fn tag(short: &str) -> Result<Self, NameError> {
        Self::new(format!("{TAGS}{short}"))
    }

    /// The tracking ref of a remote's branch.
    ///
    /// # Errors
    /// As [`RefName::new`].
    pub fn remote_branch(remote: &str, short: &str) -> Result<Self, NameError> {
        Self::new(format!("{REMOTES}{remote}/{short}"))
    }

    /// The refs that people may mean by `name`, the likeliest first: a full name, a branch, a tag,
    /// `remote/branch`.
    pub fn candidates(name: &str) -> Vec<Self> {
        let names = [
            Self::new(name),
            Self::branch(name),
            Self::tag(name),
            Self::new(format!("{REMOTES}{name}")),
        ];
        names.into_iter().flatten().collect()
    }

    /// The full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The branch's short name, where this is a branch.
    pub fn as_branch(&self) -> Option<&str> {
        self.0.strip_prefix(HEADS)
    }

    /// The tag's short name, where this is a tag.
    pub fn as_tag(&self) -> Option<&str> {
        self.0.strip_prefix(TAGS)
    }

    /// Whether a server keeps refs of this kind: branches and tags.
    pub fn is_shared(&self) -> bool {
        self.as_branch().is_some() || self.as_tag().is_some()
    }

    /// What people call it: without `refs/heads/`, `refs/tags/` or `refs/remotes/`.
    pub fn short(&self) -> &str {
        self.as_branch()
            .or_else(|| self.as_tag())
            .or_else(|| self.0.strip_prefix(REMOTES))
            .unwrap_or(&self.0)
    }
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl<'de> Deserialize<'de> for RefName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Box::<str>::deserialize(deserializer)?;
        Self::new(name).map_err(serde::de::Error::custom)
    }
}

fn check_ref_name(name: &str) -> Result<(), &'static str> {
    if name.len() > MAX_REF_NAME_BYTES {
        return Err("it is longer than 255 bytes");
    }
    let Some(short) = [HEADS, TAGS, REMOTES]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
    else {
        return Err("it is not below refs/heads/, refs/tags/ or refs/remotes/");
    };
    if short.is_empty() {
        return Err("it is empty");
    }
    if short == "HEAD" {
        return Err("HEAD is reserved");
    }
    let digits = short.strip_prefix("sha256:").unwrap_or(short);
    if parse_hex::<32>(&digits.to_ascii_lowercase()).is_some()
        || parse_hex::<20>(&digits.to_ascii_lowercase()).is_some()
    {
        return Err("it looks like an id");
    }
    if short.contains("..") || short.contains("@{") {
        return Err("it has `..` or `@{`");
    }
    if short.chars().any(|c| {
        c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' | '\u{7f}')
    }) {
        return Err("it has a space, a control character or one of ~ ^ : ? * [ \\");
    }
    for component in short.split('/') {
        if component.is_empty() {
            return Err("it has an empty component");
        }
        if component.starts_with(['.', '-']) || component == "@" {
            return Err("it has a component that starts with `.` or `-`, or is `@`");
        }
        if component.ends_with('.') || component.ends_with(".lock") {
            return Err("it has a component that ends with `.` or `.lock`");
        }
    }
    Ok(())
}

/// A repository's address on a server: `owner/slug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RepoName {
    owner: Box<str>,
    slug: Box<str>,
}

impl RepoName {
    /// Checks both parts.
    ///
    /// # Errors
    /// [`NameError`] names the first rule that a part breaks.
    pub fn new(owner: &str, slug: &str) -> Result<Self, NameError> {
        check_name("owner", owner)?;
        check_name("repository name", slug)?;
        Ok(Self {
            owner: owner.into(),
            slug: slug.into(),
        })
    }

    /// Checks `owner/slug`.
    ///
    /// # Errors
    /// As [`RepoName::new`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match text.split_once('/') {
            Some((owner, slug)) => Self::new(owner, slug),
            None => Err(NameError::new(
                "repository name",
                text,
                "it is not of the form owner/name",
            )),
        }
    }

    /// Who it belongs to.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Its name below the owner.
    pub fn slug(&self) -> &str {
        &self.slug
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.slug)
    }
}

/// Owners that would hide the server's own routes, or pass for whoever runs it.
const RESERVED_OWNERS: &[&str] = &["api", "blobs", "healthz", "metrics", "operator", "readyz"];

/// Checks an owner's or repository's name: lowercase ASCII letters, digits, `-`, `_` and `.`,
/// starting with a letter or digit.
///
/// # Errors
/// [`NameError`] names the first rule that the name breaks.
pub fn check_name(kind: &'static str, name: &str) -> Result<(), NameError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_NAME_BYTES {
        "it is longer than 64 bytes"
    } else if !name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
    {
        "it has characters other than a-z, 0-9, `-`, `_` and `.`"
    } else if !name.as_bytes()[0].is_ascii_alphanumeric() {
        "it does not start with a letter or digit"
    } else if name.contains("..")
        || name.ends_with('.')
        || name.ends_with(".git")
        || name.ends_with(".muse")
    {
        "it has `..`, or ends with `.`, `.git` or `.muse`"
    } else if kind == "owner" && RESERVED_OWNERS.contains(&name) {
        "it is reserved"
    } else {
        return Ok(());
    };
    Err(NameError::new(kind, name, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_refs_pass() {
        for name in [
            "refs/heads/main",
            "refs/heads/feature/x-1",
            "refs/tags/v1.0",
            "refs/remotes/origin/main",
            "refs/heads/ü",
            "refs/heads/deadbeef",
            &format!("refs/heads/{}", "a".repeat(244)),
        ] {
            assert!(RefName::new(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn every_ref_rule_refuses_its_case() {
        for short in [
            "",
            "HEAD",
            "-x",
            "a/-b",
            ".a",
            "a/.b",
            "a..b",
            "a@{b",
            "a b",
            "a~b",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "a//b",
            "/a",
            "a/",
            "a.lock",
            "a.lock/b",
            "a.",
            "@",
            "a\u{7f}",
            "a\nb",
            &"a".repeat(245),
            &"a".repeat(64),
            &"0".repeat(40),
            &format!("sha256:{}", "A".repeat(64)),
        ] {
            assert!(RefName::branch(short).is_err(), "{short:?}");
        }
        assert!(RefName::new("heads/main").is_err());
    }

    #[test]
    fn a_ref_is_called_by_its_short_name() {
        // Name, branch, tag, short name.
        for (name, branch, tag, short) in [
            ("refs/heads/fix/1", Some("fix/1"), None, "fix/1"),
            ("refs/tags/v1", None, Some("v1"), "v1"),
            ("refs/remotes/origin/main", None, None, "origin/main"),
        ] {
            let parsed = RefName::new(name).expect("valid");
            assert_eq!(parsed.as_str(), name);
            assert_eq!(parsed.to_string(), name);
            assert_eq!(format!("{parsed:?}"), format!("{name:?}"));
            assert_eq!((parsed.as_branch(), parsed.as_tag()), (branch, tag));
            assert_eq!(parsed.short(), short);
            assert_eq!(parsed.is_shared(), branch.or(tag).is_some());
        }
    }

    #[test]
    fn repository_names_are_plain() {
        let name = RepoName::parse("ada/notes").expect("valid");
        assert_eq!(name.to_string(), "ada/notes");
        assert_eq!((name.owner(), name.slug()), ("ada", "notes"));
        let longest = "a".repeat(MAX_NAME_BYTES);
        for part in ["0", "a-b_c.d", "a.gitx", &longest] {
            assert!(RepoName::new(part, part).is_ok(), "{part}");
        }
        // Reserved for owners alone.
        assert!(RepoName::new("ada", "api").is_ok());
        for wrong in ["ada", "ada/", "/x", "ada/x/y", "api/x"] {
            assert!(RepoName::parse(wrong).is_err(), "{wrong}");
        }
        let long = "a".repeat(MAX_NAME_BYTES + 1);
        for part in [
            "Ada", "ü", "a b", "-a", "_a", ".a", "..", "a..b", "a.", "a.git", "a.muse", &long,
        ] {
            assert!(RepoName::new(part, "x").is_err(), "{part}");
            assert!(RepoName::new("x", part).is_err(), "{part}");
        }
    }
}
