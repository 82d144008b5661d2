//! Which commits a client lacks, and where its history ends if it is not to have all.

use std::collections::HashSet;
use std::sync::Arc;

use muse_wire::api::fetch::FetchRequest;
use muse_wire::commit::Commit;
use muse_wire::dag::{Reach, Revwalk, ShallowFetch, ShallowOutcome, Sorting};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_SHALLOW_COMMITS;
use muse_wire::problem::ProblemCode;

use crate::error::{Error, Result};
use crate::history::{CommitWindow, LoadedCommits};
use crate::store::repos::RepoId;
use crate::store::{Repo, Store};

/// The commits between what the client has and what it wants.
pub(super) struct MissingCommits {
    /// Parents first.
    pub(super) commits: Vec<CommitId>,
    /// Parents of missing commits that the client has. Where history is cut, the client's own
    /// commits follow, the newest first: their files are like those that it gets.
    pub(super) boundary: Vec<CommitId>,
    /// Commits that the client says it has and that the repository has, too.
    pub(super) haves: Vec<CommitId>,
    /// The nodes of all of them.
    pub(super) loaded: Arc<LoadedCommits>,
    /// Parents of missing commits that the client neither has nor gets.
    pub(super) absent: HashSet<CommitId>,
    /// Where the client's history ends.
    pub(super) ends: HistoryEnds,
}

/// Where a client's history ends that is not whole.
#[derive(Debug, Default)]
pub(super) struct HistoryEnds {
    /// Missing commits that come without some of their parents.
    pub(super) shallow: Vec<CommitId>,
    /// Commits at which it ended, and that have all their parents now.
    pub(super) unshallow: Vec<CommitId>,
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
    let (pushed, hidden) = (request.want.clone(), haves.clone());
    if request.is_shallow() {
        return find_shallow(store, repo, request, window, haves).await;
    }
    if haves.is_empty() {
        window.load_from(0).await?;
    }
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
        absent: HashSet::new(),
        ends: HistoryEnds::default(),
    })
}

/// As [`find`], for a client whose history is not whole, or will not be.
async fn find_shallow(
    store: &Store,
    repo: &Repo,
    request: &FetchRequest,
    mut window: CommitWindow<'_>,
    haves: Vec<CommitId>,
) -> Result<MissingCommits> {
    let reach = match (request.depth, request.deepen) {
        (Some(depth), _) => Reach::Depth {
            tips: with_tagged(store, repo.id, &request.want).await?,
            depth,
        },
        (None, Some(by)) => {
            // What is below a commit that no ref reaches may not be read.
            let reachable = store.reachable_among(repo.id, &request.shallow).await?;
            let below = request.shallow.iter().copied();
            Reach::Deepen {
                below: below.filter(|id| reachable.contains(id)).collect(),
                by,
            }
        }
        (None, None) => Reach::Whole,
    };
    // A clone of the tips alone needs no more than these.
    window.load(&request.want).await?;
    let shallow: HashSet<CommitId> = request.shallow.iter().copied().collect();
    let (want, have) = (request.want.clone(), haves.clone());
    let outcome = window
        .walk(move |loaded| {
            ShallowFetch {
                want: &want,
                have: &have,
                shallow: &shallow,
                reach: &reach,
            }
            .walk(loaded)
        })
        .await?;
    let ShallowOutcome {
        commits,
        mut boundary,
        shallow,
        unshallow,
        absent,
    } = outcome;
    if shallow.len() > MAX_SHALLOW_COMMITS {
        let detail = format!(
            "the history would end at {} commits; at most {MAX_SHALLOW_COMMITS} can be named: ask \
             for another depth",
            shallow.len()
        );
        return Err(Error::problem(ProblemCode::BadRequest, detail));
    }
    let loaded = Arc::clone(window.loaded());
    if let Some(id) = commits.iter().find(|id| loaded.stored(id).is_none()) {
        let reason = format!("commit {id} is not in the database");
        return Err(Error::internal("planning a fetch", reason));
    }
    if !absent.is_empty() {
        let stored = haves.iter().filter_map(|id| Some((id, loaded.stored(id)?)));
        let mut newest: Vec<_> = stored.map(|(id, one)| (one.node.generation, *id)).collect();
        newest.sort_unstable_by(|one, two| two.cmp(one));
        let known: HashSet<CommitId> = boundary.iter().copied().collect();
        let others = newest.into_iter().map(|(_, id)| id);
        boundary.extend(others.filter(|id| !known.contains(id)));
    }
    Ok(MissingCommits {
        commits,
        boundary,
        haves,
        loaded,
        absent,
        ends: HistoryEnds { shallow, unshallow },
    })
}

/// These commits, and what is tagged by those that are annotated tags: a depth counts from there.
async fn with_tagged(store: &Store, repo: RepoId, wants: &[CommitId]) -> Result<Vec<CommitId>> {
    let mut tips = wants.to_vec();
    for envelope in store.commit_envelopes(repo, wants).await?.values() {
        let commit = Commit::decode(&envelope.record)
            .map_err(|error| Error::internal("decoding a stored commit", error))?;
        tips.extend(commit.tagged());
    }
    Ok(tips)
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
