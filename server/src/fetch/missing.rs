//! Which commits a client lacks.

use std::collections::HashSet;
use std::sync::Arc;

use muse_wire::api::fetch::FetchRequest;
use muse_wire::dag::{Revwalk, Sorting};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;
use muse_wire::problem::ProblemCode;

use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::history::{CommitWindow, LoadedCommits};
use crate::store::repos::RepoId;
use crate::store::{Repo, Store};

/// The commits between what the client has and what it wants.
pub(super) struct MissingCommits {
    /// Parents first.
    pub(super) commits: Vec<CommitId>,
    /// Parents of missing commits that the client has.
    pub(super) boundary: Vec<CommitId>,
    /// Commits that the client says it has and that the repository has, too.
    pub(super) haves: Vec<CommitId>,
    /// The nodes of all of them.
    pub(super) loaded: Arc<LoadedCommits>,
    /// Whether these are all commits of the repository.
    pub(super) is_everything: bool,
}

/// Walks from the wanted commits to those that the client has.
///
/// # Errors
/// [`Error::Problem`] where the request is over a limit or wants what no ref reaches.
pub(super) async fn find(
    store: &Store,
    repo: &Repo,
    request: &FetchRequest,
) -> Result<MissingCommits> {
    for (list, ids) in [("want", &request.want), ("have", &request.have)] {
        if ids.len() > MAX_NEGOTIATE_IDS {
            let detail = format!("`{list}` names more than {MAX_NEGOTIATE_IDS} commits");
            return Err(Error::problem(ProblemCode::BadRequest, detail));
        }
    }
    let mut window = CommitWindow::new(store, repo.id);
    check_wants(store, repo.id, &request.want, &mut window).await?;
    window.load(&request.have).await?;
    let mut haves = request.have.clone();
    haves.retain(|id| window.loaded().has(id));
    if haves.is_empty() {
        window.load_from(0).await?;
    }
    let (pushed, hidden) = (request.want.clone(), haves.clone());
    let walked = window
        .walk(move |loaded| {
            let mut walk = Revwalk::new(loaded);
            walk.sorting(Sorting::ParentsFirst);
            for &have in &hidden {
                walk.hide(have)?;
            }
            for &want in &pushed {
                walk.push(want)?;
            }
            walk.run()
        })
        .await?;
    let loaded = Arc::clone(window.loaded());
    let is_everything = window.is_whole() && walked.commits.len() == loaded.stored_count();
    Ok(MissingCommits {
        commits: walked.commits,
        boundary: walked.boundary,
        haves,
        loaded,
        is_everything,
    })
}

/// Checks that a ref reaches every wanted commit: the commits of a deleted branch may not be read,
/// even by those who know their ids.
async fn check_wants(
    store: &Store,
    repo: RepoId,
    wants: &[CommitId],
    window: &mut CommitWindow<'_>,
) -> Result<()> {
    let refs = store.refs(repo).await?;
    let tips: Vec<CommitId> = refs.into_iter().map(|entry| entry.target).collect();
    let mut targets: HashSet<CommitId> = wants.iter().copied().collect();
    for tip in &tips {
        targets.remove(tip);
    }
    window.load(wants).await?;
    let Some(floor) = lowest_generation(window.loaded(), &targets)? else {
        return Ok(());
    };
    window.load_from(floor).await?;
    window.load(&tips).await?;
    let loaded = Arc::clone(window.loaded());
    match run_blocking(move || first_unreached(&loaded, tips, targets)).await {
        None => Ok(()),
        Some(unreached) => Err(unreachable(unreached)),
    }
}

fn lowest_generation(loaded: &LoadedCommits, ids: &HashSet<CommitId>) -> Result<Option<u32>> {
    let mut lowest = None;
    for id in ids {
        let commit = loaded.stored(id).ok_or_else(|| unreachable(*id))?;
        let generation = commit.node.generation;
        lowest = Some(lowest.map_or(generation, |lowest: u32| lowest.min(generation)));
    }
    Ok(lowest)
}

/// One of `targets` that cannot be reached from `tips` through the loaded commits.
fn first_unreached(
    loaded: &LoadedCommits,
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
        // Commits below the lowest target's generation are not loaded, and lead to no target.
        if let Some(commit) = loaded.stored(&id) {
            let parents = commit.node.parents.iter().copied();
            stack.extend(parents.filter(|parent| seen.insert(*parent)));
        }
    }
    targets.into_iter().min()
}

fn unreachable(id: CommitId) -> Error {
    Error::problem(
        ProblemCode::NotFound,
        format!("no branch or tag of this repository reaches commit {id}"),
    )
}
