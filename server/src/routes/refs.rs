//! What a repository has: its refs, and which commits it knows.

use hyper::StatusCode;
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefsResponse};
use muse_wire::limits::{FormatLimits, MAX_NEGOTIATE_IDS, PushLimits};
use muse_wire::problem::ProblemCode;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::store::Store;

pub(super) struct RefRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) push_limits: PushLimits,
}

impl RefRoutes {
    /// `GET /{owner}/{slug}/refs`
    pub(super) async fn list(&self, request: &mut Request) -> Result<Response> {
        let repo = self.auth.readable_repo(request).await?;
        let response = RefsResponse {
            repo_id: repo.uuid.to_string(),
            default_branch: repo.default_branch,
            refs: self.store.refs(repo.id).await?,
            capabilities: Vec::new(),
            limits: self.push_limits.clone(),
            format_limits: FormatLimits::default(),
        };
        Ok(request.answer(StatusCode::OK, &response))
    }

    /// `POST /{owner}/{slug}/negotiate`
    pub(super) async fn negotiate(&self, request: &mut Request) -> Result<Response> {
        let repo = self.auth.readable_repo(request).await?;
        let mut commits = request.decode::<NegotiateRequest>().await?.commits;
        check_id_count("commits", commits.len())?;
        let known = self.store.known_commits(repo.id, &commits).await?;
        commits.retain(|id| known.contains(id));
        let response = NegotiateResponse { have: commits };
        Ok(request.answer(StatusCode::OK, &response))
    }
}

/// Refuses lists that cost more to look up than any client needs.
///
/// # Errors
/// [`Error::Problem`] names the list.
pub(super) fn check_id_count(list: &str, count: usize) -> Result<()> {
    if count <= MAX_NEGOTIATE_IDS {
        return Ok(());
    }
    let detail = format!("`{list}` has {count} ids; at most {MAX_NEGOTIATE_IDS} are taken");
    Err(Error::problem(ProblemCode::BadRequest, detail))
}
