//! Repositories and identity: `/api/…`.

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};
use muse_wire::api::repo::{
    CreateRepoRequest, RepoListResponse, RepoResponse, UpdateRepoRequest, WhoamiResponse,
};
use muse_wire::name::{NameError, RefName, RepoName};
use muse_wire::problem::ProblemCode;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::http::response::empty;
use crate::http::{Request, Response};
use crate::store::members::Role;
use crate::store::repos::{DEFAULT_BRANCH, NewRepo};
use crate::store::tokens::Scope;
use crate::store::{Actor, Repo, Store};

pub(super) struct RepoRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
}

impl RepoRoutes {
    /// `GET /api/whoami`
    pub(super) async fn whoami(&self, request: &mut Request) -> Result<Response> {
        let identity = self.auth.required_identity(request).await?;
        let repo = match identity.repo {
            Some(id) => self.store.repo_by_id(id).await?,
            None => None,
        };
        let response = WhoamiResponse {
            user: identity.user,
            scope: identity.scope.as_str().to_owned(),
            repo: repo.map(|repo| repo.name.to_string()),
            expires_at: identity.expires_at_ms.map(seconds),
        };
        Ok(request.answer(StatusCode::OK, &response))
    }

    /// `GET /api/repos`
    pub(super) async fn list(&self, request: &mut Request) -> Result<Response> {
        let identity = self.auth.required_identity(request).await?;
        let repos = self.store.repos(Some(identity.user_id)).await?;
        let is_in_reach = |repo: &Repo| identity.repo.is_none_or(|only| only == repo.id);
        let repos = repos
            .into_iter()
            .filter(is_in_reach)
            .map(describe)
            .collect();
        Ok(request.answer(StatusCode::OK, &RepoListResponse { repos }))
    }

    /// `POST /api/repos`
    pub(super) async fn create(&self, request: &mut Request) -> Result<Response> {
        let identity = self.auth.identity_with(request, Scope::Write).await?;
        let asked: CreateRepoRequest = request.decode().await?;
        let owner = asked.owner.unwrap_or_else(|| identity.user.clone());
        if owner != identity.user && identity.scope < Scope::Admin {
            let detail = format!("{} may not create repositories of {owner}", identity.user);
            return Err(Error::problem(ProblemCode::Forbidden, detail));
        }
        let default_branch = match asked.default_branch {
            Some(name) => checked_branch(name)?,
            None => RefName::new(DEFAULT_BRANCH).expect("the constant is a valid name"),
        };
        let new = NewRepo {
            name: RepoName::new(&owner, &asked.slug).map_err(invalid_name)?,
            private: asked.private,
            default_branch,
        };
        let repo = self
            .store
            .create_repo(&new, Actor::User(&identity.user))
            .await?;
        let location = HeaderValue::from_str(&format!("/api/repos/{}", repo.name))
            .expect("repository names are ASCII");
        let mut response = request.answer(StatusCode::CREATED, &describe(repo));
        response.headers_mut().insert(LOCATION, location);
        Ok(response)
    }

    /// `GET /api/repos/{owner}/{slug}`
    pub(super) async fn show(&self, request: &mut Request) -> Result<Response> {
        let repo = self.auth.readable_repo(request).await?;
        Ok(request.answer(StatusCode::OK, &describe(repo)))
    }

    /// `PATCH /api/repos/{owner}/{slug}`
    pub(super) async fn update(&self, request: &mut Request) -> Result<Response> {
        let (repo, caller) = self.auth.repo_with(request, Role::Maintain).await?;
        let asked: UpdateRepoRequest = request.decode().await?;
        if asked.slug.is_some() || asked.private.is_some() {
            caller.require(&repo, Role::Admin)?;
        }
        if let Some(slug) = &asked.slug {
            RepoName::new(repo.name.owner(), slug).map_err(invalid_name)?;
        }
        if let Some(name) = &asked.default_branch {
            checked_branch(name.clone())?;
        }
        let updated = self
            .store
            .update_repo(repo.id, &asked, caller.actor())
            .await?;
        let repo = updated.ok_or_else(|| gone(&repo))?;
        Ok(request.answer(StatusCode::OK, &describe(repo)))
    }

    /// `DELETE /api/repos/{owner}/{slug}`
    pub(super) async fn delete(&self, request: &mut Request) -> Result<Response> {
        let (repo, caller) = self.auth.repo_with(request, Role::Admin).await?;
        if !self.store.delete_repo(repo.id, caller.actor()).await? {
            return Err(gone(&repo));
        }
        Ok(empty(StatusCode::NO_CONTENT))
    }
}

fn describe(repo: Repo) -> RepoResponse {
    RepoResponse {
        repo_id: repo.uuid.to_string(),
        owner: repo.name.owner().to_owned(),
        slug: repo.name.slug().to_owned(),
        private: repo.private,
        default_branch: repo.default_branch,
        created_at: seconds(repo.created_at_ms),
    }
}

const fn seconds(ms: i64) -> i64 {
    ms.div_euclid(1000)
}

fn checked_branch(name: RefName) -> Result<RefName> {
    if name.as_branch().is_some() {
        return Ok(name);
    }
    let detail = format!("{name} is not a branch: its name must start with refs/heads/");
    Err(Error::problem(ProblemCode::InvalidName, detail))
}

fn invalid_name(error: NameError) -> Error {
    Error::problem(ProblemCode::InvalidName, error.to_string())
}

/// The error where somebody else has deleted the repository between two queries.
fn gone(repo: &Repo) -> Error {
    let detail = format!("there is no repository {}", repo.name);
    Error::problem(ProblemCode::NotFound, detail)
}
