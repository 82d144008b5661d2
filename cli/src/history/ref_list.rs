//! Which refs a list has, and in which order.

use globset::{Glob, GlobSet};
use muse_wire::dag::{CommitGraph, CommitSource as _, WalkError};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::ref_order::{RefKey, RefOrder, compare_versions};
use crate::repository::{Repository, RepositoryError};

/// Which refs a list has; all, unless something is set.
#[derive(Debug, Clone, Default)]
pub struct RefFilter {
    /// Those whose short name fits one of these patterns.
    pub names: Option<GlobSet>,
    /// Those that this commit reaches; for annotated tags the tagged commit counts.
    pub merged: Option<CommitId>,
    /// Those that this commit does not reach.
    pub not_merged: Option<CommitId>,
    /// Those that reach this commit.
    pub contains: Option<CommitId>,
}

impl RefFilter {
    /// Whether every ref is in the list.
    pub fn is_empty(&self) -> bool {
        self.names.is_none() && !self.asks_for_history()
    }

    fn asks_for_history(&self) -> bool {
        self.merged.is_some() || self.not_merged.is_some() || self.contains.is_some()
    }
}

/// Patterns for names, with `*`, `?`, `[a-z]` and `{a,b}`; `*` stands for slashes, too. `None` if
/// there are no patterns.
///
/// # Errors
/// If one of them is none.
pub fn name_patterns(patterns: &[String]) -> Result<Option<GlobSet>, globset::Error> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSet::builder();
    for pattern in patterns {
        set.add(Glob::new(pattern)?);
    }
    Ok(Some(set.build()?))
}

/// Those of `refs` that `filter` leaves, in this order. Commits are read only where filter or order
/// ask for them.
///
/// # Errors
/// If history cannot be read.
pub fn list_refs(
    repository: &Repository,
    refs: impl IntoIterator<Item = (RefName, CommitId)>,
    filter: &RefFilter,
    order: RefOrder,
) -> Result<Vec<(RefName, CommitId)>, WalkError<RepositoryError>> {
    let fits = |name: &RefName| {
        let patterns = filter.names.as_ref();
        patterns.is_none_or(|patterns| patterns.is_match(name.short()))
    };
    let mut listed: Vec<_> = refs.into_iter().filter(|(name, _)| fits(name)).collect();
    if filter.asks_for_history() {
        let mut graph = CommitGraph::new(&repository.objects);
        let mut kept = Vec::with_capacity(listed.len());
        for (name, target) in listed {
            let commit = repository.peel(&name, target).map_err(WalkError::Source)?;
            let mut is_ancestor =
                |one: Option<CommitId>, other: Option<CommitId>, expected| match one.zip(other) {
                    Some((one, other)) => Ok(graph.is_ancestor(one, other)? == expected),
                    None => Ok::<_, WalkError<RepositoryError>>(true),
                };
            if is_ancestor(Some(commit), filter.merged, true)?
                && is_ancestor(Some(commit), filter.not_merged, false)?
                && is_ancestor(filter.contains, Some(commit), true)?
            {
                kept.push((name, target));
            }
        }
        listed = kept;
    }
    match order.key {
        RefKey::Name => listed.sort_by(|(one, _), (other, _)| one.cmp(other)),
        RefKey::Version => listed.sort_by(|(one, _), (other, _)| {
            compare_versions(one.as_str(), other.as_str()).then(one.cmp(other))
        }),
        RefKey::Date => {
            let mut dated = Vec::with_capacity(listed.len());
            for (name, target) in listed {
                let commit = repository.peel(&name, target).map_err(WalkError::Source)?;
                // One that is not here has no date.
                let node = repository.objects.node(&commit);
                let node = node.map_err(WalkError::Source)?;
                dated.push((node.map(|node| node.committed_at), name, target));
            }
            dated.sort();
            let undated = dated.into_iter();
            listed = undated.map(|(_, name, target)| (name, target)).collect();
        }
    }
    if order.is_reversed {
        listed.reverse();
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn refs_are_chosen_by_name_and_history() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 2);
        let side = sandbox.add_line(Some(line[0]), "side", 2)[1];
        let refs = [("main", line[1]), ("fix/old", line[0]), ("side", side)]
            .map(|(name, commit)| (RefName::branch(name).expect("valid"), commit));
        let names = |filter: RefFilter, order: &str| {
            let order = order.parse().expect("an order");
            let listed = list_refs(&sandbox.repository, refs.clone(), &filter, order);
            let listed = listed.expect("walks");
            let names: Vec<&str> = listed.iter().map(|(name, _)| name.short()).collect();
            names.join(" ")
        };
        let all = RefFilter::default;
        assert!(all().is_empty());
        assert_eq!(names(all(), "name"), "fix/old main side");
        assert_eq!(names(all(), "-date"), "side main fix/old");
        let merged = |commit| RefFilter {
            merged: Some(commit),
            ..all()
        };
        assert_eq!(names(merged(line[1]), "name"), "fix/old main");
        let not_merged = |commit| RefFilter {
            not_merged: Some(commit),
            ..all()
        };
        assert_eq!(names(not_merged(line[1]), "name"), "side");
        let contains = |commit| RefFilter {
            contains: Some(commit),
            ..all()
        };
        assert_eq!(names(contains(line[1]), "name"), "main");
        assert_eq!(names(contains(line[0]), "-name"), "side main fix/old");
        let patterns = ["m*".to_owned(), "*ld".to_owned()];
        let fitting = RefFilter {
            names: name_patterns(&patterns).expect("patterns"),
            ..all()
        };
        assert_eq!(names(fitting, "name"), "fix/old main");
        assert!(name_patterns(&["[".to_owned()]).is_err());
    }
}
