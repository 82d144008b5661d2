//! The rules of ref updates: what may move where.

use std::collections::{HashMap, HashSet};

use muse_wire::api::push::RefUpdate;
use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_REF_UPDATES;
use muse_wire::name::RefName;
use muse_wire::problem::ProblemCode;

use crate::app::AppState;
use crate::failure::Failure;
use crate::history::CommitWindow;
use crate::store::Repo;
use crate::store::commits::NewCommit;

/// Checks ref updates against all rules that need no mpack: their number, their names, and where the refs
/// are now. What this refuses, ingest would refuse too.
///
/// # Errors
/// [`Failure::Refused`] naming the first update that cannot succeed.
pub async fn check_updates(
    state: &AppState,
    repo: &Repo,
    updates: &[RefUpdate],
) -> Result<(), Failure> {
    check_form(updates)?;
    let refs = state.store.refs(repo.id).await?;
    let targets: HashMap<&RefName, CommitId> = refs
        .iter()
        .map(|entry| (&entry.name, entry.target))
        .collect();
    for update in updates {
        let actual = targets.get(&update.name).copied();
        // A ref that is already where it shall go: the same push again, after a lost answer.
        if !update.force.ignores_old() && actual != update.old && actual != update.new {
            return Err(stale(&update.name, update.old, actual));
        }
    }
    Ok(())
}

/// The refusal of an update whose ref is not where the client last saw it.
pub(super) fn stale(
    name: &RefName,
    expected: Option<CommitId>,
    actual: Option<CommitId>,
) -> Failure {
    let place = |id: Option<CommitId>| id.map_or("absent".to_owned(), |id| format!("at {id}"));
    let (expected, actual) = (place(expected), place(actual));
    let detail = format!("{name} is {actual}, not {expected}: fetch first");
    Failure::refused(ProblemCode::StaleRef, detail)
}

/// Rules that the request alone can break.
pub(super) fn check_form(updates: &[RefUpdate]) -> Result<(), Failure> {
    if updates.len() > MAX_REF_UPDATES {
        let detail = format!("a push moves at most {MAX_REF_UPDATES} refs");
        return Err(Failure::refused(ProblemCode::BadRequest, detail));
    }
    let mut seen = HashSet::with_capacity(updates.len());
    for RefUpdate { name, .. } in updates {
        if !name.is_shared() {
            let detail = format!("{name} is neither a branch nor a tag");
            return Err(Failure::refused(ProblemCode::InvalidName, detail));
        }
        if !seen.insert(name) {
            let detail = format!("{name} is updated twice");
            return Err(Failure::refused(ProblemCode::BadRequest, detail));
        }
    }
    Ok(())
}

/// Checks that every update points to a commit that is there or comes with the push, and that every
/// update which is not forced keeps the commits that its ref has.
///
/// Whether the refs are still where the updates say is for the publication to find out.
///
/// # Errors
/// [`Failure::Refused`] naming the first update that is not allowed.
pub(super) async fn check_moves(
    state: &AppState,
    repo: &Repo,
    updates: &[RefUpdate],
    new_commits: &[NewCommit],
) -> Result<(), Failure> {
    check_form(updates)?;
    let mut window = CommitWindow::new(&state.store, repo.id);
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
    for update in updates {
        let Some(new) = update.new else { continue };
        if !window.loaded().has(&new) {
            let name = &update.name;
            let detail = format!("{name} would point to {new}, which is not in the repository");
            return Err(Failure::refused(ProblemCode::MissingDependency, detail));
        }
        let Some(old) = update
            .old
            .filter(|_| !update.force.allows_non_fast_forward())
        else {
            continue;
        };
        // An unknown `old` is no place where the ref can be, so the publication refuses it as stale.
        if !window.loaded().has(&old) {
            continue;
        }
        let keeps = move |graph: &_| CommitGraph::new(graph).is_ancestor(old, new);
        if !window.ask(keeps).await? {
            let detail = format!(
                "{} has commits that {new} does not contain: fetch first",
                update.name
            );
            return Err(Failure::refused(ProblemCode::NonFastForward, detail));
        }
    }
    Ok(())
}
