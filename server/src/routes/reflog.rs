//! How a repository's refs moved.

use std::str::FromStr;

use hyper::StatusCode;
use muse_wire::api::reflog::{ReflogEntry, ReflogResponse};
use muse_wire::limits::MAX_REFLOG_ENTRIES;
use muse_wire::name::RefName;
use muse_wire::problem::ProblemCode;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::store::Store;
use crate::store::members::Role;
use crate::store::refs::{RefLogEntry, RefLogPage};

/// How many moves an answer has, unless the query says it.
const DEFAULT_LIMIT: u32 = 100;

pub(super) struct ReflogRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
}

impl ReflogRoutes {
    /// `GET /{owner}/{slug}/reflog`
    pub(super) async fn list(&self, request: &mut Request) -> Result<Response> {
        let (repo, _) = self.auth.repo_with(request, Role::Write).await?;
        let name = request.query_value("ref").map(RefName::new).transpose();
        let name = name.map_err(|error| bad_request(&error.to_string()))?;
        let limit = number(request, "limit")?.unwrap_or(DEFAULT_LIMIT);
        if limit == 0 || limit as usize > MAX_REFLOG_ENTRIES {
            let detail = format!("`limit` is from 1 to {MAX_REFLOG_ENTRIES}");
            return Err(bad_request(&detail));
        }
        let page = RefLogPage {
            name,
            before: number(request, "before")?,
            limit,
        };
        let moves = self.store.ref_log(repo.id, &page).await?;
        // A full page may be the last one: then the next is empty.
        let next = moves.last().filter(|_| moves.len() == limit as usize);
        let response = ReflogResponse {
            next: next.map(|last| last.id),
            entries: moves.into_iter().map(describe).collect(),
        };
        Ok(request.answer(StatusCode::OK, &response))
    }
}

fn describe(entry: RefLogEntry) -> ReflogEntry {
    ReflogEntry {
        name: entry.name,
        old: entry.old,
        new: entry.new,
        forced: entry.forced,
        user: entry.user,
        at: entry.at_ms.div_euclid(1000),
    }
}

/// A number in the query; `None` where it is not there.
fn number<N: FromStr>(request: &Request, name: &str) -> Result<Option<N>> {
    let Some(text) = request.query_value(name) else {
        return Ok(None);
    };
    let number = text.parse().map(Some);
    number.map_err(|_| bad_request(&format!("`{name}` is not a number in its range")))
}

fn bad_request(detail: &str) -> Error {
    Error::problem(ProblemCode::BadRequest, detail)
}
