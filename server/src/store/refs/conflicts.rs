//! Which ref names may not exist together: names that a file system which ignores case takes for
//! the same file, and a name that another one uses as a directory.

use std::collections::BTreeMap;

use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, RefName, TAGS};
use muse_wire::path::fold_name;

/// Two refs cannot have these names at the same time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} cannot stand beside {existing}: {reason}")]
pub struct RefConflict {
    /// The new ref.
    pub name: RefName,
    /// The existing ref that it collides with.
    pub existing: RefName,
    /// Why they collide.
    pub reason: &'static str,
}

/// Checks the names that `after` has and `before` has not. Conflicts that existed before do not
/// block other moves.
///
/// # Errors
/// The first conflict found.
pub(in crate::store) fn check_new_names(
    before: &BTreeMap<RefName, CommitId>,
    after: &BTreeMap<RefName, CommitId>,
) -> Result<(), RefConflict> {
    let mut added = after
        .keys()
        .filter(|name| !before.contains_key(*name))
        .peekable();
    if added.peek().is_none() {
        return Ok(());
    }
    let conflict = |name: &RefName, existing: &RefName, reason| RefConflict {
        name: name.clone(),
        existing: existing.clone(),
        reason,
    };
    let mut folded: BTreeMap<String, &RefName> = BTreeMap::new();
    // Existing names come first, so that the error names the new one of two twins.
    let (old, new): (Vec<_>, Vec<_>) = after.keys().partition(|name| before.contains_key(*name));
    for name in old.into_iter().chain(new) {
        if let Some(twin) = folded.insert(fold_name(name.as_str()), name) {
            return Err(conflict(
                name,
                twin,
                "they are one name where case is folded",
            ));
        }
    }
    for name in added {
        let own = fold_name(name.as_str());
        let kind_bytes = if own.starts_with(HEADS) {
            HEADS.len()
        } else {
            TAGS.len()
        };
        let parents = own.match_indices('/').map(|(at, _)| &own[..at]);
        if let Some(parent) = parents
            .filter(|parent| parent.len() > kind_bytes)
            .find_map(|parent| folded.get(parent))
        {
            return Err(conflict(name, parent, "a ref cannot be below another"));
        }
        let below = format!("{own}/");
        if let Some((key, child)) = folded.range(below.clone()..).next()
            && key.starts_with(&below)
        {
            return Err(conflict(name, child, "a ref cannot be below another"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(names: &[&str]) -> BTreeMap<RefName, CommitId> {
        names
            .iter()
            .map(|name| {
                let name = RefName::new(*name).expect("valid");
                (name, CommitId::from_bytes([1; 32]))
            })
            .collect()
    }

    /// The name of the existing ref that a new one collides with.
    fn conflict_of(before: &[&str], added: &str) -> Option<String> {
        let before = refs(before);
        let mut after = before.clone();
        after.extend(refs(&[added]));
        let conflict = check_new_names(&before, &after).err()?;
        assert_eq!(conflict.name.as_str(), added);
        Some(conflict.existing.to_string())
    }

    #[test]
    fn names_that_no_file_system_confuses_are_allowed() {
        assert_eq!(conflict_of(&["refs/heads/a"], "refs/heads/ab"), None);
        assert_eq!(conflict_of(&["refs/heads/a/b"], "refs/heads/a/c"), None);
        assert_eq!(conflict_of(&["refs/heads/a"], "refs/tags/a"), None);
        assert_eq!(
            conflict_of(&["refs/heads/a-b", "refs/heads/a0"], "refs/heads/a"),
            None
        );
    }

    #[test]
    fn a_ref_below_or_above_another_is_a_conflict() {
        let (parent, child) = ("refs/heads/a", "refs/heads/a/b");
        assert_eq!(conflict_of(&[parent], child).as_deref(), Some(parent));
        assert_eq!(conflict_of(&[child], parent).as_deref(), Some(child));
        let folded = conflict_of(&[parent], "refs/heads/A/x/y");
        assert_eq!(folded.as_deref(), Some(parent));
    }

    #[test]
    fn names_that_differ_in_case_or_composition_are_a_conflict() {
        for (name, twin) in [
            ("refs/heads/Feature", "refs/heads/feature"),
            ("refs/heads/\u{e9}", "refs/heads/e\u{301}"),
        ] {
            assert_eq!(conflict_of(&[name], twin).as_deref(), Some(name));
        }
    }

    #[test]
    fn conflicts_that_existed_before_do_not_block_other_moves() {
        let refs = refs(&["refs/heads/a", "refs/heads/A"]);
        assert!(check_new_names(&refs, &refs).is_ok());
    }
}
