//! Plans that a job works out after a push, for the readers who follow a branch: where what was
//! pushed is more than one mpack, or needs a build.

use muse_wire::api::fetch::FetchRequest;
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::jobs::encode_request;
use crate::store::Repo;
use crate::store::jobs::{JobKind, NewJob};

/// Most moves of one push for which plans are worked out.
const MAX_MOVES: usize = 64;

/// How a ref moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Move {
    pub(super) from: CommitId,
    pub(super) to: CommitId,
}

impl Move {
    /// The move that an update makes; `None` where it creates or deletes the ref.
    pub(super) fn of(update: &RefUpdate) -> Option<Self> {
        let (from, to) = (update.old?, update.new?);
        (from != to).then_some(Self { from, to })
    }

    /// What those ask who follow the ref.
    pub(super) fn request(&self) -> FetchRequest {
        FetchRequest {
            want: vec![self.to],
            have: vec![self.from],
            thin: true,
            ..FetchRequest::default()
        }
    }
}

/// The job that works out the plans for these moves, if there are any.
///
/// # Errors
/// [`Error::Internal`](crate::error::Error::Internal) where they cannot be encoded.
pub(super) fn job(repo: &Repo, mut moves: Vec<Move>) -> Result<Option<NewJob>> {
    if moves.is_empty() {
        return Ok(None);
    }
    moves.truncate(MAX_MOVES);
    let (payload, request_digest) = encode_request("plan_fetches", &moves)?;
    Ok(Some(NewJob {
        repo: repo.id,
        kind: JobKind::PlanFetches,
        request_digest,
        payload,
        owner: None,
        updates: Vec::new(),
        // Each comes with a push, which was not refused.
        queue_limit: u64::MAX,
    }))
}
