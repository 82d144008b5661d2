//! What a repository has: its refs, and which commits it knows.

use headers::ETag;
use hyper::StatusCode;
use muse_wire::api::refs::{
    NegotiateRequest, NegotiateResponse, RefEntry, RefsQuery, RefsResponse,
};
use muse_wire::id::{Hasher, hex};
use muse_wire::limits::{FormatLimits, MAX_NEGOTIATE_IDS, MAX_NEGOTIATE_REFS, PushLimits};
use muse_wire::name::RefName;
use muse_wire::problem::ProblemCode;
use url::form_urlencoded;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::http::{Format, Request, Response, not_modified, revalidated};
use crate::store::{Repo, Store};

pub(super) struct RefRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) push_limits: PushLimits,
}

impl RefRoutes {
    /// `GET /{owner}/{slug}/refs`
    pub(super) async fn list(&self, request: &mut Request) -> Result<Response> {
        let repo = self.auth.readable_repo(request).await?;
        let asked = parse_query(request.query())?;
        let mut answer = self.without_refs(&repo);
        let tag = entity_tag(request, &answer);
        if request.has_already(&tag) {
            return Ok(not_modified(tag));
        }
        let page = self.store.refs_page(repo.id, &asked).await?;
        let page = page.ok_or_else(|| Error::problem(ProblemCode::NotFound, "it is gone"))?;
        answer.refs_version = page.version;
        let tag = entity_tag(request, &answer);
        answer.refs = page.refs;
        answer.has_more = page.has_more;
        Ok(revalidated(request.answer(StatusCode::OK, &answer), tag))
    }

    /// The answer to a listing without the refs, of which it has the version.
    fn without_refs(&self, repo: &Repo) -> RefsResponse {
        RefsResponse {
            repo_id: repo.uuid.to_string(),
            default_branch: repo.default_branch.clone(),
            refs_version: repo.refs_version,
            refs: Vec::new(),
            has_more: false,
            capabilities: Vec::new(),
            limits: self.push_limits.clone(),
            format_limits: FormatLimits::default(),
        }
    }

    /// `POST /{owner}/{slug}/negotiate`
    pub(super) async fn negotiate(&self, request: &mut Request) -> Result<Response> {
        let repo = self.auth.readable_repo(request).await?;
        let NegotiateRequest { mut commits, refs } = request.decode().await?;
        check_id_count("commits", commits.len())?;
        check_ref_count("refs", refs.len())?;
        let names: Vec<&RefName> = refs.iter().collect();
        let found = self.store.named_refs(repo.id, &names).await?;
        let known = self.store.reachable_among(repo.id, &commits).await?;
        commits.retain(|id| known.contains(id));
        let entry = |(name, target)| RefEntry { name, target };
        let response = NegotiateResponse {
            repo_id: repo.uuid.to_string(),
            default_branch: repo.default_branch,
            refs: found.into_iter().map(entry).collect(),
            have: commits,
            limits: self.push_limits.clone(),
        };
        Ok(request.answer(StatusCode::OK, &response))
    }
}

/// Which refs the query of an address asks for. Parameters that are not known are ignored.
fn parse_query(query: &str) -> Result<RefsQuery> {
    let bad = |name: &str, reason: String| {
        Error::problem(ProblemCode::BadRequest, format!("`{name}`: {reason}"))
    };
    let mut asked = RefsQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "prefix" => asked.prefix = value.into_owned(),
            "after" => {
                let after = RefName::new(value).map_err(|error| bad(&name, error.to_string()))?;
                asked.after = Some(after);
            }
            "limit" => {
                let limit = value.parse();
                let limit = limit.map_err(|_| bad(&name, format!("{value:?} is no number")))?;
                asked.limit = Some(limit);
            }
            _ => {}
        }
    }
    Ok(asked)
}

/// Names all that an answer depends on: what was asked, and the answer itself, in which the version
/// stands for the refs.
fn entity_tag(request: &Request, without_refs: &RefsResponse) -> ETag {
    let format = Format::wanted(&request.head.headers);
    let mut hasher = Hasher::new();
    hasher.update(&format.encode(without_refs));
    hasher.update(request.query().as_bytes());
    let tag = format!("\"{}\"", hex(&hasher.finish()));
    tag.parse().expect("hexadecimal digits are allowed")
}

/// Refuses lists that cost more to look up than any client needs.
///
/// # Errors
/// [`Error::Problem`] names the list.
pub(super) fn check_id_count(list: &str, count: usize) -> Result<()> {
    check_count(list, count, MAX_NEGOTIATE_IDS)
}

/// The same of names of refs.
///
/// # Errors
/// [`Error::Problem`] names the list.
pub(super) fn check_ref_count(list: &str, count: usize) -> Result<()> {
    check_count(list, count, MAX_NEGOTIATE_REFS)
}

/// The same of what has another limit.
///
/// # Errors
/// [`Error::Problem`] names the list.
pub(super) fn check_count(list: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    let detail = format!("`{list}` has {count} entries; at most {most} are taken");
    Err(Error::problem(ProblemCode::BadRequest, detail))
}
