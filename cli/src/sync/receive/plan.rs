//! The server's answer to a fetch: which mpacks to download, held against the limits.

use std::collections::HashSet;
use std::time::Duration;

use muse_wire::api::fetch::{FetchPlan, FetchRequest, WithheldObject};
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::limits::{
    MAX_FETCH_DEPTH, MAX_NEGOTIATE_IDS, MAX_SHALLOW_COMMITS, MAX_WITHHELD_OBJECTS,
    MAX_WITHHELD_REASON_BYTES,
};

use crate::repository::{Repository, Withheld};
use crate::sync::job::{check_job, wait_for_job};
use crate::sync::{Connection, Depth, FetchError};
use crate::transport::FetchAnswer;

/// How long a server may take to put a plan together.
const PLAN_TIMEOUT: Duration = Duration::from_secs(600);

/// Asks for what `want` reaches and `have` does not, as far down as `depth` says; for thin mpacks
/// if they may be `thin`.
pub(super) fn request(
    repository: &Repository,
    want: &[CommitId],
    have: &[CommitId],
    depth: Depth,
    thin: bool,
) -> Result<FetchRequest, FetchError> {
    // More than a request can name: then everything is wanted, which has all of that.
    let want_all = want.len() > MAX_NEGOTIATE_IDS;
    let lacking = repository.objects.withheld()?.into_keys();
    let shallow = repository.objects.shallow_here()?;
    if shallow.len() > MAX_SHALLOW_COMMITS {
        return Err(FetchError::TooShallow(shallow.len()));
    }
    Ok(FetchRequest {
        want: if want_all { Vec::new() } else { want.to_vec() },
        want_refs: Vec::new(),
        want_all,
        have: have.to_vec(),
        lacking: lacking.take(MAX_WITHHELD_OBJECTS).collect(),
        thin,
        depth: depth.depth(),
        deepen: depth.deepen(),
        shallow: shallow.into_iter().collect(),
    })
}

/// The plan for a request.
///
/// # Errors
/// [`FetchError::Invalid`] where it breaks a limit or is not what was asked for.
pub(super) fn ask(
    connection: &Connection<'_>,
    request: &FetchRequest,
) -> Result<FetchPlan, FetchError> {
    let plan = match connection.wait(connection.client().fetch(request))? {
        FetchAnswer::Plan(plan) => plan,
        FetchAnswer::Job(job) => {
            let job = wait_for_job(connection, *job, PLAN_TIMEOUT, "waiting for the server")?;
            check_job(&job)?;
            job.fetch.ok_or(FetchError::NoPlan)?
        }
    };
    check_mpacks(&plan)?;
    check_ends(&plan, request)?;
    Ok(plan)
}

/// Whether another plan gives the same.
pub(super) fn is_same(one: &FetchPlan, other: &FetchPlan) -> bool {
    let mpacks = |plan: &FetchPlan| -> Vec<(MpackKey, u64)> {
        let mpacks = plan.mpacks.iter();
        mpacks
            .map(|mpack| (mpack.mpack_key, mpack.size_bytes))
            .collect()
    };
    mpacks(one) == mpacks(other)
        && one.withheld == other.withheld
        && one.shallow == other.shallow
        && one.unshallow == other.unshallow
}

/// Checks that the sizes can be added up, and are those of the mpacks in the plan, of which each is
/// another.
fn check_mpacks(plan: &FetchPlan) -> Result<(), FetchError> {
    let mut sizes = plan.mpacks.iter().map(|mpack| mpack.size_bytes);
    if sizes.try_fold(0, u64::checked_add).is_none() {
        return Err(FetchError::invalid("its mpacks have impossible sizes"));
    }
    if plan.shallow.len() > MAX_SHALLOW_COMMITS {
        let reason = format!("history would end at more than {MAX_SHALLOW_COMMITS} commits");
        return Err(FetchError::invalid(reason));
    }
    for mpack in &plan.mpacks {
        let (key, announced) = (mpack.mpack_key, mpack.size_bytes);
        if let Some(bytes) = &mpack.inline
            && bytes.len() as u64 != announced
        {
            let actual = bytes.len();
            return Err(FetchError::invalid(format!(
                "the mpack {key} in the plan has {actual} bytes, and the plan says {announced}"
            )));
        }
    }
    let keys: HashSet<MpackKey> = plan.mpacks.iter().map(|mpack| mpack.mpack_key).collect();
    if keys.len() < plan.mpacks.len() {
        return Err(FetchError::invalid("the plan lists an mpack twice"));
    }
    Ok(())
}

/// Checks that history ends nowhere but where it was asked to.
fn check_ends(plan: &FetchPlan, request: &FetchRequest) -> Result<(), FetchError> {
    let is_cut = request.depth.or(request.deepen).unwrap_or(MAX_FETCH_DEPTH) < MAX_FETCH_DEPTH;
    let known: HashSet<&CommitId> = request.shallow.iter().collect();
    match plan
        .shallow
        .iter()
        .find(|id| !is_cut && !known.contains(id))
    {
        None => Ok(()),
        Some(id) => Err(FetchError::invalid(format!(
            "the history below commit {id} is wanted, and the plan leaves it out"
        ))),
    }
}

/// What a plan withholds, if it keeps the limits.
pub(super) fn withheld(withheld: &[WithheldObject]) -> Result<Withheld, FetchError> {
    if withheld.len() > MAX_WITHHELD_OBJECTS {
        let reason = format!("it withholds more than {MAX_WITHHELD_OBJECTS} objects");
        return Err(FetchError::invalid(reason));
    }
    let is_too_long = |one: &WithheldObject| one.reason.len() > MAX_WITHHELD_REASON_BYTES;
    if let Some(WithheldObject { object, .. }) = withheld.iter().find(|one| is_too_long(one)) {
        let reason = format!(
            "the reason for withholding {object} is longer than {MAX_WITHHELD_REASON_BYTES} bytes"
        );
        return Err(FetchError::invalid(reason));
    }
    let withheld = withheld.iter();
    Ok(withheld
        .map(|one| (one.object, one.reason.clone()))
        .collect())
}
