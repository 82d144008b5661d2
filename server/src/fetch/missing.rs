//! Which commits a client lacks.

use std::sync::Arc;

use muse_wire::api::fetch::FetchRequest;
use muse_wire::dag::{Revwalk, Sorting};
use muse_wire::id::CommitId;
use muse_wire::problem::ProblemCode;

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
}

/// Walks from the wanted commits to those that the client has.
///
/// # Errors
/// [`Error::Problem`] where the request wants what no ref reaches.
pub(super) async fn find(
    store: &Store,
    repo: &Repo,
    request: &FetchRequest,
) -> Result<MissingCommits> {
    check_wants(store, repo.id, &request.want).await?;
    // A client may have what no ref reaches any more, and what is below it may be collected.
    let mut window = CommitWindow::new(store, repo.id).over_gaps();
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
    if let Some(id) = walked.commits.iter().find(|id| loaded.stored(id).is_none()) {
        let reason = format!("commit {id} is not in the database");
        return Err(Error::internal("planning a fetch", reason));
    }
    Ok(MissingCommits {
        commits: walked.commits,
        boundary: walked.boundary,
        haves,
        loaded,
    })
}

/// Checks that a ref reaches every wanted commit: the commits of a deleted branch may not be read,
/// even by those who know their ids.
///
/// # Errors
/// [`Error::Problem`] names the first that no ref reaches.
pub(super) async fn check_wants(store: &Store, repo: RepoId, wants: &[CommitId]) -> Result<()> {
    let reachable = store.reachable_among(repo, wants).await?;
    match wants.iter().find(|id| !reachable.contains(id)) {
        None => Ok(()),
        Some(id) => Err(Error::problem(
            ProblemCode::NotFound,
            format!("no branch or tag of this repository reaches commit {id}"),
        )),
    }
}
