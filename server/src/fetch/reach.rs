//! Which commits a client needs.

use std::collections::HashSet;
use std::sync::Arc;

use muse_wire::api::fetch::FetchRequest;
use muse_wire::dag::{Revwalk, Sorting};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;
use muse_wire::problem::ProblemCode;

use crate::app::AppState;
use crate::failure::{Failure, blocking};
use crate::history::{CommitWindow, Loaded};
use crate::store::Repo;

/// The commits between what the client has and what it wants.
pub(super) struct Needed {
    /// Parents first.
    pub(super) commits: Vec<CommitId>,
    /// Parents of needed commits that the client has.
    pub(super) boundary: Vec<CommitId>,
    /// Commits that the client named and the repository has.
    pub(super) held: Vec<CommitId>,
    /// The nodes of all of them.
    pub(super) loaded: Arc<Loaded>,
    /// Whether these are all commits of the repository.
    pub(super) everything: bool,
}

/// Walks from the wanted commits to those that the client has.
///
/// # Errors
/// [`Failure::Refused`] where the request is over a limit or wants what no ref reaches.
pub(super) async fn needed(
    state: &AppState,
    repo: &Repo,
    request: &FetchRequest,
) -> Result<Needed, Failure> {
    for (list, ids) in [("want", &request.want), ("have", &request.have)] {
        if ids.len() > MAX_NEGOTIATE_IDS {
            let detail = format!("`{list}` names more than {MAX_NEGOTIATE_IDS} commits");
            return Err(Failure::refused(ProblemCode::BadRequest, detail));
        }
    }
    let mut window = CommitWindow::new(&state.store, repo.id);
    check_wants(state, repo, &request.want, &mut window).await?;
    window.load(&request.have).await?;
    let mut held = request.have.clone();
    held.retain(|id| window.loaded().has(id));
    if held.is_empty() {
        window.load_from(0).await?;
    }
    let (wants, haves) = (request.want.clone(), held.clone());
    let walked = window
        .ask(move |loaded| {
            let mut walk = Revwalk::new(loaded);
            walk.sorting(Sorting::ParentsFirst);
            for &have in &haves {
                walk.hide(have)?;
            }
            for &want in &wants {
                walk.push(want)?;
            }
            walk.run()
        })
        .await?;
    let loaded = Arc::clone(window.loaded());
    let everything = window.is_whole() && walked.commits.len() == loaded.stored_count();
    Ok(Needed {
        commits: walked.commits,
        boundary: walked.boundary,
        held,
        loaded,
        everything,
    })
}

/// Only what a ref reaches may be read: not the commits of a deleted branch, whoever knows their ids.
async fn check_wants(
    state: &AppState,
    repo: &Repo,
    wants: &[CommitId],
    window: &mut CommitWindow<'_>,
) -> Result<(), Failure> {
    let refs = state.store.refs(repo.id).await?;
    let tips: Vec<CommitId> = refs.into_iter().map(|entry| entry.target).collect();
    let mut inner: HashSet<CommitId> = wants.iter().copied().collect();
    for tip in &tips {
        inner.remove(tip);
    }
    window.load(wants).await?;
    let Some(floor) = lowest_generation(window.loaded(), &inner)? else {
        return Ok(());
    };
    window.load_from(floor).await?;
    window.load(&tips).await?;
    let loaded = Arc::clone(window.loaded());
    match blocking(move || first_unreached(&loaded, tips, inner)).await {
        None => Ok(()),
        Some(unreached) => Err(not_here(unreached)),
    }
}

fn lowest_generation(loaded: &Loaded, ids: &HashSet<CommitId>) -> Result<Option<u32>, Failure> {
    let mut lowest = None;
    for id in ids {
        let commit = loaded.stored(id).ok_or_else(|| not_here(*id))?;
        let generation = commit.node.generation;
        lowest = Some(lowest.map_or(generation, |lowest: u32| lowest.min(generation)));
    }
    Ok(lowest)
}

/// One of `targets` that cannot be reached from `tips` through the loaded commits.
fn first_unreached(
    loaded: &Loaded,
    tips: Vec<CommitId>,
    mut targets: HashSet<CommitId>,
) -> Option<CommitId> {
    let mut seen: HashSet<CommitId> = tips.iter().copied().collect();
    let mut stack = tips;
    while let Some(id) = stack.pop() {
        targets.remove(&id);
        if targets.is_empty() {
            return None;
        }
        // Commits below the lowest target's generation are not loaded and lead to no target.
        if let Some(commit) = loaded.stored(&id) {
            let parents = commit.node.parents.iter().copied();
            stack.extend(parents.filter(|parent| seen.insert(*parent)));
        }
    }
    targets.into_iter().min()
}

fn not_here(id: CommitId) -> Failure {
    Failure::refused(
        ProblemCode::NotFound,
        format!("no branch or tag of this repository reaches commit {id}"),
    )
}
