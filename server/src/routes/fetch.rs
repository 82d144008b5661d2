//! Clones and pulls: which mpacks to download.

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;

use hyper::StatusCode;
use muse_wire::api::fetch::FetchRequest;
use muse_wire::api::refs::RefEntry;
use muse_wire::limits::{MAX_FETCH_DEPTH, MAX_SHALLOW_COMMITS};
use muse_wire::name::RefName;
use muse_wire::problem::ProblemCode;

use super::auth::Auth;
use super::jobs::accepted;
use super::refs::{check_count, check_id_count, check_ref_count};
use crate::error::{Error, Result};
use crate::fetch::{Fetch, FetchOutcome};
use crate::http::{Request, Response};
use crate::metrics::fetch_answered;
use crate::store::{Repo, Store};

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
        check_ref_count("want_refs", wanted.want_refs.len())?;
        check_shallow(&wanted)?;
        let wanted_refs = self.resolve(&repo, &mut wanted).await?;
        match self.fetch.plan(&repo, wanted).await? {
            FetchOutcome::Plan(mut plan) => {
                plan.wanted_refs = wanted_refs;
                let is_hit = plan.cache == "HIT";
                fetch_answered(if is_hit { "hit" } else { "miss" });
                Ok(request.answer(StatusCode::OK, &plan))
            }
            FetchOutcome::Job(mut status) => {
                status.wanted_refs = wanted_refs;
                fetch_answered("job");
                Ok(accepted(request, &status))
            }
        }
    }

    /// Puts the commits of wanted refs in the place of their names; returns where the named ones
    /// are.
    async fn resolve(&self, repo: &Repo, wanted: &mut FetchRequest) -> Result<Vec<RefEntry>> {
        let names = mem::take(&mut wanted.want_refs);
        let names: Vec<&RefName> = names.iter().collect();
        let found = self.store.named_refs(repo.id, &names).await?;
        wanted.want.extend(found.values());
        if mem::take(&mut wanted.want_all) {
            let refs = self.store.refs(repo.id).await?;
            wanted.want.extend(refs.iter().map(|entry| entry.target));
        }
        // Many refs may be at one commit.
        let mut seen = HashSet::new();
        wanted.want.retain(|id| seen.insert(*id));
        let entry = |(name, target)| RefEntry { name, target };
        Ok(found.into_iter().map(entry).collect())
    }
}

/// Refuses what no history can be, and what would take too much to keep in mind.
fn check_shallow(request: &FetchRequest) -> Result<()> {
    check_count("shallow", request.shallow.len(), MAX_SHALLOW_COMMITS)?;
    let refuse = |detail: String| Err(Error::problem(ProblemCode::BadRequest, detail));
    if request.depth.is_some() && request.deepen.is_some() {
        return refuse("`depth` and `deepen` exclude each other".to_owned());
    }
    match request.depth.or(request.deepen) {
        Some(depth) if !(1..=MAX_FETCH_DEPTH).contains(&depth) => refuse(format!(
            "a depth is at least 1 and at most {MAX_FETCH_DEPTH}, not {depth}"
        )),
        _ => Ok(()),
    }
}
