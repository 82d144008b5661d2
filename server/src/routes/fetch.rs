//! Clones and pulls: which mpacks to download.

use hyper::StatusCode;
use muse_wire::api::fetch::FetchRequest;

use super::jobs;
use super::refs::check_id_count;
use crate::auth;
use crate::fetch::{self, FetchOutcome};
use crate::http::{Call, CallError, Response};

/// `POST /{owner}/{slug}/fetch/mpack`
pub(crate) async fn mpack(call: &mut Call) -> Result<Response, CallError> {
    let repo = auth::readable_repo(call).await?;
    let request: FetchRequest = call.decode().await?;
    check_id_count("want", request.want.len())?;
    check_id_count("have", request.have.len())?;
    match fetch::plan(&call.state, &repo, request).await? {
        FetchOutcome::Plan(plan) => Ok(call.answer(StatusCode::OK, &plan)),
        FetchOutcome::Job(status) => Ok(jobs::accepted(call, &status)),
    }
}
