//! Creating, deleting and renaming branches.

use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::{REMOTES, RefName};

use super::error::BranchError;
use super::settings::{forget_settings, rename_settings, settings_of};
use super::upstream::tracking_ref;
use crate::repository::{Cause, Config, Expected, Head, RefEdit, Refs, Repository};

/// Creates the branch `name` at the revision `start`; returns its ref and commit.
///
/// # Errors
/// [`BranchError::AlreadyExists`], and if the revision is unknown.
pub fn create_branch(
    repository: &Repository,
    name: &str,
    start: &str,
) -> Result<(RefName, CommitId), BranchError> {
    let name = RefName::branch(name)?;
    let mut locked = repository.lock()?;
    if locked.refs.read()?.get(&name).is_some() {
        return Err(BranchError::AlreadyExists(name));
    }
    let commit = locked.resolve(start)?;
    let edit = RefEdit {
        name: name.clone(),
        expected: Expected::Absent,
        new: Some(commit),
    };
    locked.update_refs(&[edit], &format!("branch: created {}", name.short()))?;
    Ok((name, commit))
}

/// Deletes branches and their settings, all or none; returns where each was. With `force`, even
/// where commits are lost.
///
/// # Errors
/// [`BranchError::Unknown`], [`BranchError::IsCurrent`] and [`BranchError::WouldLoseCommits`].
pub fn delete_branches(
    repository: &Repository,
    names: &[String],
    force: bool,
) -> Result<Vec<(RefName, CommitId)>, BranchError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    let config = locked.config.read()?;
    // The mark of a checkout names the branch that it leads to.
    refs.refuse_unfinished_checkout()?;
    let mut deleted = Vec::new();
    for name in names {
        let name = RefName::branch(name)?;
        let Some(commit) = refs.get(&name) else {
            return Err(BranchError::Unknown(name));
        };
        if matches!(refs.head(), Head::Branch(current) if *current == name) {
            return Err(BranchError::IsCurrent(name));
        }
        if !force && !is_kept(&locked, &refs, &config, &name, commit)? {
            return Err(BranchError::WouldLoseCommits(name));
        }
        refuse_under_way(&refs, &name)?;
        deleted.push((name, commit));
    }
    deleted.sort();
    deleted.dedup();
    let edits: Vec<RefEdit> = deleted
        .iter()
        .map(|(name, commit)| RefEdit {
            name: name.clone(),
            expected: Expected::Is(*commit),
            new: None,
        })
        .collect();
    let names: Vec<&str> = deleted.iter().map(|(name, _)| name.short()).collect();
    let reason = format!("branch: deleted {}", names.join(", "));
    let branches: Vec<&RefName> = deleted.iter().map(|(name, _)| name).collect();
    let settings = settings_of(&config, &branches);
    let cause = Cause {
        settings: Some(&settings),
        ..Cause::from(&reason)
    };
    locked.update_refs(&edits, cause)?;
    forget_settings(&mut locked, &branches)?;
    Ok(deleted)
}

/// Renames the branch `old`, or the current one, and its settings, and moves `HEAD` along; returns
/// both names.
///
/// # Errors
/// [`BranchError::Unknown`], [`BranchError::AlreadyExists`] and [`BranchError::Detached`].
pub fn rename_branch(
    repository: &Repository,
    old: Option<&str>,
    new: &str,
) -> Result<(RefName, RefName), BranchError> {
    let mut locked = repository.lock()?;
    // The mark of a checkout names the branch that it leads to.
    let refs = locked.refs.read()?;
    refs.refuse_unfinished_checkout()?;
    let old = branch_or_current(&refs, old)?;
    refuse_under_way(&refs, &old)?;
    let new = RefName::branch(new)?;
    let is_current = matches!(refs.head(), Head::Branch(current) if *current == old);
    if refs.get(&new).is_some() {
        return Err(BranchError::AlreadyExists(new));
    }
    let edits = match refs.get(&old) {
        Some(commit) => vec![
            RefEdit {
                name: old.clone(),
                expected: Expected::Is(commit),
                new: None,
            },
            RefEdit {
                name: new.clone(),
                expected: Expected::Absent,
                new: Some(commit),
            },
        ],
        // A branch without commits is only a name in HEAD.
        None => Vec::new(),
    };
    let settings = settings_of(&locked.config.read()?, &[&old]);
    rename_settings(&mut locked, &old, &new)?;
    let reason = format!("branch: renamed {} to {}", old.short(), new.short());
    let cause = Cause {
        settings: Some(&settings),
        ..Cause::from(&reason)
    };
    if is_current {
        locked.update_refs_and_head(&edits, &Head::Branch(new.clone()), cause)?;
    } else {
        locked.update_refs(&edits, cause)?;
    }
    Ok((old, new))
}

/// A branch that an unfinished operation will move keeps its name until then.
fn refuse_under_way(refs: &Refs, branch: &RefName) -> Result<(), BranchError> {
    match refs.unfinished().map(|unfinished| &unfinished.start.head) {
        Some(Head::Branch(moved)) if moved == branch => Ok(refs.refuse_unfinished_operation()?),
        _ => Ok(()),
    }
}

/// The branch of this name, or the current one, which may have no commits yet.
///
/// # Errors
/// [`BranchError::Unknown`] and [`BranchError::Detached`].
pub(super) fn branch_or_current(refs: &Refs, name: Option<&str>) -> Result<RefName, BranchError> {
    let current = match refs.head() {
        Head::Branch(current) => Some(current),
        Head::Detached(_) => None,
    };
    let Some(name) = name else {
        return current.cloned().ok_or(BranchError::Detached);
    };
    let name = RefName::branch(name)?;
    match refs.get(&name).is_some() || current == Some(&name) {
        true => Ok(name),
        false => Err(BranchError::Unknown(name)),
    }
}

/// Whether the commits of a branch stay reachable without it: from `HEAD`, from what it follows, or
/// from a server's branch of the same name.
fn is_kept(
    repository: &Repository,
    refs: &Refs,
    config: &Config,
    name: &RefName,
    commit: CommitId,
) -> Result<bool, BranchError> {
    let mut graph = CommitGraph::new(&repository.objects);
    let tracked = refs.with_prefix(REMOTES).filter(|(tracking, _)| {
        let branch = tracking.short().split_once('/').map(|(_, branch)| branch);
        branch == Some(name.short())
    });
    let keepers = repository
        .refs
        .head_commit()?
        .into_iter()
        .chain(tracking_ref(config, name).and_then(|followed| refs.get(&followed)))
        .chain(tracked.map(|(_, commit)| commit));
    for keeper in keepers {
        if graph.is_ancestor(commit, keeper)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::branches::follow;
    use crate::testing::Sandbox;

    /// `main` is current and one commit ahead of `old`; `side` has a commit of its own.
    fn sandbox() -> (Sandbox, CommitId) {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 2);
        let side = sandbox.add_line(Some(line[0]), "side", 1)[0];
        sandbox.set_ref("refs/heads/main", line[1]);
        sandbox.set_ref("refs/heads/old", line[0]);
        sandbox.set_ref("refs/heads/side", side);
        (sandbox, side)
    }

    fn branches(sandbox: &Sandbox) -> Vec<String> {
        let refs = sandbox.repository.refs.read().expect("readable");
        let names = refs.iter().map(|(name, _)| name.short().to_owned());
        names.collect()
    }

    #[test]
    fn only_branches_whose_commits_are_kept_are_deleted() {
        let (sandbox, side) = sandbox();
        let main = sandbox.repository.resolve("main").expect("there");
        let delete = |names: &[&str], force| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            delete_branches(&sandbox.repository, &names, force)
        };
        assert!(matches!(
            delete(&["main"], true),
            Err(BranchError::IsCurrent(_))
        ));
        assert!(matches!(delete(&["x"], true), Err(BranchError::Unknown(_))));
        let lost = delete(&["old", "side"], false);
        assert!(matches!(lost, Err(BranchError::WouldLoseCommits(name)) if name.short() == "side"));
        assert_eq!(branches(&sandbox), ["main", "old", "side"], "all or none");
        sandbox.set_ref("refs/remotes/origin/side", side);
        delete(&["old", "side", "old"], false).expect("a server has side");
        assert_eq!(branches(&sandbox), ["main", "origin/side"]);
        sandbox.set_ref("refs/heads/topic", side);
        sandbox.set_ref("refs/remotes/origin/side", main);
        assert!(delete(&["topic"], false).is_err());
        sandbox.set_ref("refs/remotes/hub/other", side);
        follow(&sandbox.repository, Some("topic"), "hub/other").expect("it was seen");
        delete(&["topic"], false).expect("what it follows has it");
        let config = sandbox.repository.config.read().expect("readable");
        assert_eq!(config.entries().count(), 0, "its settings went with it");
    }

    #[test]
    fn a_renamed_branch_stays_current() {
        let (sandbox, side) = sandbox();
        let repository = &sandbox.repository;
        let taken = rename_branch(repository, None, "old");
        assert!(matches!(taken, Err(BranchError::AlreadyExists(_))));
        let unknown = rename_branch(repository, Some("x"), "y");
        assert!(matches!(unknown, Err(BranchError::Unknown(_))));
        sandbox.set_ref("refs/remotes/origin/main", side);
        follow(repository, None, "origin/main").expect("it was seen");
        rename_branch(repository, None, "trunk").expect("renamed");
        let config = repository.config.read().expect("readable");
        assert_eq!(config.followed_branch("trunk"), Some("refs/heads/main"));
        assert_eq!(config.followed_branch("main"), None);
        let head = repository.refs.head().expect("readable");
        assert!(matches!(head, Head::Branch(name) if name.short() == "trunk"));
        assert_eq!(branches(&sandbox), ["old", "side", "trunk", "origin/main"]);
    }

    #[test]
    fn a_branch_is_created_once() {
        let (sandbox, side) = sandbox();
        let create = |name| create_branch(&sandbox.repository, name, "side");
        let (name, commit) = create("new").expect("created");
        assert_eq!((name.short(), commit), ("new", side));
        assert!(matches!(create("new"), Err(BranchError::AlreadyExists(_))));
        assert!(matches!(create("a..b"), Err(BranchError::Name(_))));
    }
}
