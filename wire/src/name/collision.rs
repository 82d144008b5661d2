//! Which refs may not exist together: two names that a file system which ignores case takes for the
//! same file, and a name that another one uses as a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use super::RefName;
use crate::path::fold_name;

/// Two refs that cannot exist at the same time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} cannot exist beside {existing}: {reason}")]
pub struct RefCollision {
    /// The new ref.
    pub name: RefName,
    /// The one that it collides with.
    pub existing: RefName,
    /// Why they collide.
    pub reason: CollisionReason,
}

/// Why two refs cannot exist at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollisionReason {
    /// Their names are one where case and Unicode forms are folded.
    Folded,
    /// One name is a directory of the other.
    Directory,
}

impl fmt::Display for CollisionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folded => "the two differ only in case or Unicode form",
            Self::Directory => "one cannot be a directory of the other",
        })
    }
}

/// A ref's name as collisions see it: in normalisation form C and case-folded. Refs that could
/// collide with it are found by these names alone, so a database can look them up in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedName(String);

impl FoldedName {
    /// Folds a name.
    pub fn of(name: &RefName) -> Self {
        Self(fold_name(name.as_str()))
    }

    /// The folded name, which is that of the ref's twins, too.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folded names of the refs that would be a directory of this one.
    pub fn above(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }

    /// The folded names, compared bytewise, of the refs that this one would be a directory of.
    pub fn below(&self) -> Range<String> {
        // The character after `/` is `0`.
        format!("{}/", self.0)..format!("{}0", self.0)
    }
}

/// The first of the refs `added` that collides with one of `existing`, or with another one that is
/// added. Existing refs that collide with each other are left alone.
pub fn find_ref_collision<'a>(
    existing: impl IntoIterator<Item = &'a RefName>,
    added: impl IntoIterator<Item = &'a RefName>,
) -> Option<RefCollision> {
    let added: BTreeSet<&RefName> = added.into_iter().collect();
    if added.is_empty() {
        return None;
    }
    let existing = existing.into_iter().filter(|name| !added.contains(name));
    let mut folded: BTreeMap<String, &RefName> = existing
        .map(|name| (FoldedName::of(name).0, name))
        .collect();
    for name in added {
        let own = FoldedName::of(name);
        let collision = |existing: &RefName, reason| RefCollision {
            name: name.clone(),
            existing: existing.clone(),
            reason,
        };
        if let Some(twin) = folded.get(own.as_str()) {
            return Some(collision(twin, CollisionReason::Folded));
        }
        if let Some(parent) = own.above().find_map(|above| folded.get(above)) {
            return Some(collision(parent, CollisionReason::Directory));
        }
        if let Some((_, child)) = folded.range(own.below()).next() {
            return Some(collision(child, CollisionReason::Directory));
        }
        folded.insert(own.0, name);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<RefName> {
        let valid = |name: &&str| RefName::new(*name).expect("valid by itself");
        names.iter().map(valid).collect()
    }

    fn collision(existing: &[&str], added: &[&str]) -> Option<(String, String, CollisionReason)> {
        let found = find_ref_collision(&names(existing), &names(added))?;
        let name = found.name.to_string();
        Some((name, found.existing.to_string(), found.reason))
    }

    #[test]
    fn names_that_no_file_system_confuses_are_allowed() {
        for (existing, added) in [
            ("refs/heads/a", "refs/heads/ab"),
            ("refs/heads/a/b", "refs/heads/a/c"),
            ("refs/heads/a", "refs/tags/a"),
            ("refs/heads/a-b", "refs/heads/a"),
            ("refs/heads/a0", "refs/heads/a"),
            ("refs/heads/a", "refs/remotes/origin/A"),
        ] {
            assert_eq!(collision(&[existing], &[added]), None);
            assert_eq!(collision(&[], &[existing, added]), None);
        }
    }

    #[test]
    fn a_ref_below_or_above_another_collides() {
        for (existing, added) in [
            ("refs/heads/a", "refs/heads/a/b"),
            ("refs/heads/a/b", "refs/heads/a"),
            ("refs/heads/a", "refs/heads/A/x/y"),
            ("refs/heads/A/x/y", "refs/heads/a"),
        ] {
            let expected = (added.into(), existing.into(), CollisionReason::Directory);
            assert_eq!(collision(&[existing], &[added]), Some(expected));
        }
        let expected = ("refs/heads/a/b", "refs/heads/a", CollisionReason::Directory);
        let found = collision(&["refs/heads/z"], &["refs/heads/a/b", "refs/heads/a"]);
        assert_eq!(
            found,
            Some((expected.0.into(), expected.1.into(), expected.2))
        );
    }

    #[test]
    fn names_that_differ_in_case_or_composition_collide() {
        for (existing, added) in [
            ("refs/heads/Feature", "refs/heads/feature"),
            ("refs/heads/\u{e9}", "refs/heads/e\u{301}"),
        ] {
            let expected = (added.into(), existing.into(), CollisionReason::Folded);
            assert_eq!(collision(&[existing], &[added]), Some(expected));
            assert!(collision(&[], &[existing, added]).is_some());
        }
    }

    #[test]
    fn a_collision_says_which_refs_and_why() {
        let text = |existing: &str, added: &str| {
            let found = find_ref_collision(&names(&[existing]), &names(&[added]));
            found.expect("they collide").to_string()
        };
        assert_eq!(
            text("refs/heads/a", "refs/heads/A"),
            "refs/heads/A cannot exist beside refs/heads/a: the two differ only in case or Unicode \
             form"
        );
        assert_eq!(
            text("refs/heads/a", "refs/heads/a/b"),
            "refs/heads/a/b cannot exist beside refs/heads/a: one cannot be a directory of the \
             other"
        );
    }

    #[test]
    fn existing_collisions_do_not_block_other_refs() {
        let existing = ["refs/heads/a", "refs/heads/A"];
        assert_eq!(collision(&existing, &[]), None);
        assert_eq!(collision(&existing, &["refs/heads/b"]), None);
        assert!(collision(&existing, &["refs/heads/a/b"]).is_some());
    }

    #[test]
    fn a_name_on_both_sides_counts_as_added() {
        let name = "refs/heads/a";
        assert_eq!(collision(&[name], &[name]), None);
        assert!(collision(&[name, "refs/heads/A"], &[name]).is_some());
    }
}
