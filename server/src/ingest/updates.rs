//! The rules of ref updates: which ref may move where.

use std::collections::HashSet;

use muse_wire::api::push::RefUpdate;
use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_REF_UPDATES;
use muse_wire::name::RefName;
use muse_wire::problem::ProblemCode;

use crate::error::{Error, Result};
use crate::history::CommitWindow;
use crate::store::commits::NewCommit;
use crate::store::refs::RefLogPage;
use crate::store::{Repo, Store};

/// Checks that the refs are where the updates say, as the publication will check again.
///
/// # Errors
/// [`Error::Problem`] names the first ref that is not.
pub(super) async fn check_current(store: &Store, repo: &Repo, updates: &[RefUpdate]) -> Result<()> {
    let names: Vec<&RefName> = updates.iter().map(|update| &update.name).collect();
    let targets = store.named_refs(repo.id, &names).await?;
    for update in updates {
        let actual = targets.get(&update.name).copied();
        // A ref that is already at its target: the same push again, after a lost answer.
        if !update.force.ignores_old() && actual != update.old && actual != update.new {
            return Err(stale(store, repo, &update.name, update.old, actual).await);
        }
        let is_deletion = update.new.is_none() && actual.is_some();
        if is_deletion && update.name == repo.default_branch && !update.delete_default_branch {
            return Err(default_branch(&update.name));
        }
    }
    Ok(())
}

/// The error of an update whose ref is not where the client last saw it: who moved it is for all
/// who may push.
pub(super) async fn stale(
    store: &Store,
    repo: &Repo,
    name: &RefName,
    expected: Option<CommitId>,
    actual: Option<CommitId>,
) -> Error {
    let page = RefLogPage {
        name: Some(name.clone()),
        before: None,
        limit: 1,
    };
    let last = match store.ref_log(repo.id, &page).await {
        Ok(last) => last.into_iter().next(),
        Err(error) => return error.into(),
    };
    let mover = last
        .filter(|last| last.new == actual)
        .and_then(|last| last.user);
    let mover = mover.map_or_else(String::new, |user| format!(" by {user}"));
    let place = |id: Option<CommitId>| id.map_or("absent".to_owned(), |id| format!("at {id}"));
    let (expected, actual) = (place(expected), place(actual));
    let detail = format!("{name} was moved{mover}: it is {actual}, not {expected}; fetch first");
    Error::problem(ProblemCode::StaleRef, detail)
}

/// The error of an update that deletes the default branch without saying that it may.
pub(super) fn default_branch(name: &RefName) -> Error {
    let detail = format!("{name} is the default branch: make another branch the default first");
    Error::problem(ProblemCode::DefaultBranch, detail)
}

/// Checks the rules that the updates alone can break: their number and their names.
///
/// # Errors
/// [`Error::Problem`] names the first update that breaks one.
pub(super) fn check_form(updates: &[RefUpdate]) -> Result<()> {
    if updates.len() > MAX_REF_UPDATES {
        let detail = format!("a push moves at most {MAX_REF_UPDATES} refs");
        return Err(Error::problem(ProblemCode::BadRequest, detail));
    }
    let mut seen = HashSet::with_capacity(updates.len());
    for RefUpdate { name, .. } in updates {
        if !name.is_shared() {
            let detail = format!("{name} is neither a branch nor a tag");
            return Err(Error::problem(ProblemCode::InvalidName, detail));
        }
        if !seen.insert(name) {
            let detail = format!("{name} is updated twice");
            return Err(Error::problem(ProblemCode::BadRequest, detail));
        }
    }
    Ok(())
}

/// Checks that every update points to a commit that a ref reaches or that comes with the push, and
/// that an update keeps the commits of its ref unless it is forced.
///
/// Whether the refs are still where the updates say is checked by the publication.
///
/// # Errors
/// [`Error::Problem`] names the first update that is not allowed.
pub(super) async fn check_moves(
    store: &Store,
    repo: &Repo,
    updates: &[RefUpdate],
    new_commits: &[NewCommit],
) -> Result<()> {
    check_form(updates)?;
    let mut window = CommitWindow::new(store, repo.id);
    window.add_new(
        new_commits
            .iter()
            .map(|commit| (commit.id, commit.node.clone())),
    );
    let ends: Vec<CommitId> = updates
        .iter()
        .flat_map(|update| [update.old, update.new])
        .flatten()
        .collect();
    window.load(&ends).await?;
    // What comes with the push is there whatever reached it before.
    let mut targets: HashSet<CommitId> = updates.iter().filter_map(|update| update.new).collect();
    for commit in new_commits {
        targets.remove(&commit.id);
    }
    let targets: Vec<CommitId> = targets.into_iter().collect();
    let unreachable = store.unreachable_among(repo.id, &targets).await?;
    for update in updates {
        let Some(new) = update.new else { continue };
        if !window.loaded().has(&new) || unreachable.contains(&new) {
            let name = &update.name;
            let detail = format!("{name} would point to {new}, which is not in the repository");
            return Err(Error::problem(ProblemCode::MissingDependency, detail));
        }
        let Some(old) = update
            .old
            .filter(|_| !update.force.allows_non_fast_forward())
        else {
            continue;
        };
        // The ref cannot be at an unknown commit, so the publication refuses this update as stale.
        if !window.loaded().has(&old) {
            continue;
        }
        let is_fast_forward = move |graph: &_| CommitGraph::new(graph).is_ancestor(old, new);
        if !window.walk(is_fast_forward).await? {
            let detail = format!(
                "{} has commits that {new} does not contain: fetch first",
                update.name
            );
            return Err(Error::problem(ProblemCode::NonFastForward, detail));
        }
    }
    Ok(())
}
