//! What is there: refs, and which commits are known.

use hyper::StatusCode;
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefsResponse};
use muse_wire::limits::MAX_NEGOTIATE_IDS;
use muse_wire::problem::ProblemCode;

use crate::auth;
use crate::http::{Call, CallError, Response, refused};

/// `GET /{owner}/{slug}/refs`
pub(crate) async fn list(call: &mut Call) -> Result<Response, CallError> {
    let repo = auth::readable_repo(call).await?;
    let response = RefsResponse {
        repo_id: repo.uuid.to_string(),
        default_branch: repo.default_branch,
        refs: call.state.store.refs(repo.id).await?,
        capabilities: Vec::new(),
        limits: call.state.config.push_limits.clone(),
    };
    Ok(call.answer(StatusCode::OK, &response))
}

/// `POST /{owner}/{slug}/negotiate`
pub(crate) async fn negotiate(call: &mut Call) -> Result<Response, CallError> {
    let repo = auth::readable_repo(call).await?;
    let mut commits = call.decode::<NegotiateRequest>().await?.commits;
    check_id_count("commits", commits.len())?;
    let known = call.state.store.known_commits(repo.id, &commits).await?;
    commits.retain(|id| known.contains(id));
    Ok(call.answer(StatusCode::OK, &NegotiateResponse { have: commits }))
}

/// Refuses lists that cost more to look up than any client needs.
pub(super) fn check_id_count(list: &str, count: usize) -> Result<(), CallError> {
    if count <= MAX_NEGOTIATE_IDS {
        return Ok(());
    }
    let detail = format!("`{list}` has {count} ids; at most {MAX_NEGOTIATE_IDS} are taken");
    Err(refused(ProblemCode::BadRequest, detail))
}
