//! Clones and pulls: which mpacks to download.

use std::mem;
use std::sync::Arc;

use hyper::StatusCode;
use muse_wire::api::fetch::FetchRequest;

use super::auth::Auth;
use super::jobs::accepted;
use super::refs::check_id_count;
use crate::error::Result;
use crate::fetch::{Fetch, FetchOutcome};
use crate::http::{Request, Response};
use crate::metrics::fetch_answered;
use crate::store::Store;

pub(super) struct FetchRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) fetch: Arc<Fetch>,
}

impl FetchRoutes {
    /// `POST /{owner}/{slug}/fetch/mpack`
    pub(super) async fn plan(&self, request: &mut Request) -> Result<Response> {
        let repo = self.auth.readable_repo(request).await?;
        let mut wanted: FetchRequest = request.decode().await?;
        check_id_count("want", wanted.want.len())?;
        check_id_count("have", wanted.have.len())?;
        if mem::take(&mut wanted.want_all) {
            let refs = self.store.refs(repo.id).await?;
            wanted
                .want
                .extend(refs.into_iter().map(|entry| entry.target));
            wanted.want.sort_unstable();
            wanted.want.dedup();
        }
        match self.fetch.plan(&repo, wanted).await? {
            FetchOutcome::Plan(plan) => {
                let is_hit = plan.cache == "HIT";
                fetch_answered(if is_hit { "hit" } else { "miss" });
                Ok(request.answer(StatusCode::OK, &plan))
            }
            FetchOutcome::Job(status) => {
                fetch_answered("job");
                Ok(accepted(request, &status))
            }
        }
    }
}
