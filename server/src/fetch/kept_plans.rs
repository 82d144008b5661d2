//! Plans that are kept, and found again for whoever asks the same.
//!
//! A kept plan leads to what is wanted from a commit that the reader has, or from nothing. Plans
//! that follow each other make one: so the mpack of each push, which leads from one state of a
//! branch to the next, answers readers who are several pushes behind, and no commit is read.
//!
//! Nothing is kept of a repository of which anything is blocked.

use std::collections::HashSet;
use std::time::Duration;

use muse_wire::api::fetch::FetchRequest;
use muse_wire::id::{CommitId, Hasher};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::missing::HistoryEnds;
use super::source::{PlannedFile, RepoSource};
use crate::blobs::BlobArea;
use crate::error::Result;
use crate::store::built_mpacks::BuildId;
use crate::store::fetch_plans::{NewFetchPlan, PLAN_LIFETIME};
use crate::store::publish::{NewMpack, Step};
use crate::store::{Repo, Store, StoreError};

/// Most plans that are put together for one wanted commit.
const MAX_STEPS: usize = 8;

/// Most wanted commits for which plans are put together.
const MAX_WANTS: usize = 8;

/// Most mpacks of a plan that is put together: a longer one is worth working out anew.
const MAX_MPACKS: usize = 16;

/// Most mpacks of a plan that is kept.
const MAX_KEPT_MPACKS: usize = 64;

/// How many expired plans are deleted at a time.
const EXPIRED_BATCH: u16 = 1_000;

/// What a kept plan answers.
pub(super) struct Question {
    want: [u8; 32],
    base: Option<CommitId>,
}

impl Question {
    /// The question of a request whose reader has these commits of the repository; `None` where
    /// nobody else is likely to ask the same.
    pub(super) fn of(request: &FetchRequest, haves: &[CommitId]) -> Option<Self> {
        let base = match haves {
            [] if request.have.is_empty() => None,
            [base] if request.want.len() == 1 => Some(*base),
            _ => return None,
        };
        may_be_kept(request).then(|| Self {
            want: digest(&request.want),
            base,
        })
    }
}

/// Readers who take thin mpacks, as all but the oldest do, whose history is whole, and to whom
/// nothing was withheld.
fn may_be_kept(request: &FetchRequest) -> bool {
    request.thin && request.lacking.is_empty() && !request.is_shallow()
}

/// The answer to the request, if a plan is kept for it or can be put together.
///
/// # Errors
/// [`Error`](crate::error::Error) where the database fails or is damaged.
pub(super) async fn find(source: RepoSource<'_>, request: &FetchRequest) -> Result<Option<Answer>> {
    if !may_be_kept(request) {
        return Ok(None);
    }
    let RepoSource { store, repo, .. } = source;
    let mut reached: HashSet<CommitId> = request.have.iter().copied().collect();
    let mut wants = request.want.clone();
    wants.retain(|want| !reached.contains(want));
    let is_hidden = !store.unreachable_among(repo.id, &wants).await?.is_empty()
        || !store.blocked_objects(repo.id).await?.is_empty();
    if is_hidden || wants.is_empty() {
        return Ok(None);
    }
    if request.have.is_empty() && wants.len() > 1 {
        let kept = store.fetch_plans(repo.id, &digest(&wants)).await?;
        let whole = kept.into_iter().find(|kept| kept.base.is_none());
        let plan = whole.map(|kept| decode(&kept.plan)).transpose()?;
        return Ok(plan.map(|plan| answer(vec![plan])));
    }
    if wants.len() > MAX_WANTS {
        return Ok(None);
    }
    let mut plans = Vec::new();
    for want in wants {
        let Some(leading) = lead_to(source, want, &mut reached).await? else {
            return Ok(None);
        };
        plans.extend(leading);
    }
    let answer = answer(plans);
    Ok((answer.files.len() <= MAX_MPACKS).then_some(answer))
}

/// Plans one after the other.
fn answer(plans: Vec<Plan>) -> Answer {
    let commits = plans.iter().map(|plan| plan.commits).sum();
    let mut files: Vec<_> = plans.into_iter().flat_map(|plan| plan.files).collect();
    let mut seen = HashSet::new();
    files.retain(|planned| seen.insert(planned.file.key));
    Answer {
        files,
        commits,
        withheld: Vec::new(),
        ends: HistoryEnds::default(),
        is_built: true,
    }
}

/// Plans that lead to a commit from one that is `reached`, or from nothing where nothing is. Adds
/// the commits on the way to `reached`.
async fn lead_to(
    source: RepoSource<'_>,
    want: CommitId,
    reached: &mut HashSet<CommitId>,
) -> Result<Option<Vec<Plan>>> {
    let from_nothing = reached.is_empty();
    let (mut steps, mut on_the_way) = (Vec::new(), Vec::new());
    let mut at = want;
    for _ in 0..MAX_STEPS {
        let kept = source
            .store
            .fetch_plans(source.repo.id, &digest(&[at]))
            .await?;
        let is_end = |base: &Option<CommitId>| match base {
            Some(base) => reached.contains(base),
            None => from_nothing,
        };
        on_the_way.push(at);
        if let Some(last) = kept.iter().find(|kept| is_end(&kept.base)) {
            steps.push(decode(&last.plan)?);
            steps.reverse();
            reached.extend(on_the_way);
            return Ok(Some(steps));
        }
        // The latest state that a plan begins at is that of the push before.
        let mut next = None;
        for kept in kept {
            if let Some(base) = kept.base {
                let step = decode(&kept.plan)?;
                let is_shorter = |(other, _): &(Plan, _)| step.commits < other.commits;
                if next.as_ref().is_none_or(is_shorter) {
                    next = Some((step, base));
                }
            }
        }
        let Some((step, base)) = next else {
            return Ok(None);
        };
        steps.push(step);
        at = base;
    }
    Ok(None)
}

/// Keeps a plan for whoever asks the question next.
///
/// # Errors
/// [`Error`](crate::error::Error) where the database fails.
pub(super) async fn keep(
    source: RepoSource<'_>,
    question: &Question,
    commits: u64,
    files: &[PlannedFile],
    lifetime: Duration,
) -> Result<()> {
    if files.is_empty() || files.len() > MAX_KEPT_MPACKS {
        return Ok(());
    }
    let builds = files
        .iter()
        .filter(|planned| planned.blob.area() == BlobArea::Built);
    let new = NewFetchPlan {
        want: question.want,
        base: question.base,
        plan: encode(&Plan {
            commits,
            files: files.to_vec(),
        }),
        builds: builds
            .filter_map(|planned| planned.blob.instance())
            .map(BuildId)
            .collect(),
        lifetime,
    };
    Ok(source.store.keep_fetch_plan(source.repo.id, &new).await?)
}

/// The plan that a pushed mpack is by itself.
pub(super) fn of_push(repo: &Repo, mpack: &NewMpack, step: &Step) -> NewFetchPlan {
    let planned = PlannedFile::smallest(repo, mpack.file(), mpack.thin.as_ref());
    NewFetchPlan {
        want: digest(&[step.tip]),
        base: step.base,
        plan: encode(&Plan {
            commits: mpack.counts.commits,
            files: vec![planned],
        }),
        builds: Vec::new(),
        lifetime: PLAN_LIFETIME,
    }
}

/// Deletes plans that are given out no more.
///
/// # Errors
/// [`Error`](crate::error::Error) where the database fails.
pub(super) async fn delete_expired(store: &Store) -> Result<()> {
    while store.delete_expired_fetch_plans(EXPIRED_BATCH).await? == usize::from(EXPIRED_BATCH) {}
    Ok(())
}

/// Tells sets of wanted commits apart.
fn digest(wants: &[CommitId]) -> [u8; 32] {
    let mut sorted: Vec<&CommitId> = wants.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut hasher = Hasher::new();
    hasher.update(b"muse/fetch-plan/1\0");
    for want in sorted {
        hasher.update(want.as_bytes());
    }
    hasher.finish()
}

/// A plan, as it is kept.
#[derive(Serialize, Deserialize)]
struct Plan {
    /// How many commits it brings.
    commits: u64,
    /// In the order in which they are applied.
    files: Vec<PlannedFile>,
}

fn encode(plan: &Plan) -> Vec<u8> {
    rmp_serde::to_vec(plan).expect("ids, numbers and texts always encode into memory")
}

fn decode(plan: &[u8]) -> Result<Plan> {
    Ok(rmp_serde::from_slice(plan).map_err(|_| StoreError::Corrupt("fetch plan"))?)
}
