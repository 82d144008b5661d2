//! Repositories and identity: `/api/…`.

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use muse_wire::api::repo::{
    CreateRepoRequest, RepoListResponse, RepoResponse, UpdateRepoRequest, WhoamiResponse,
};
use muse_wire::name::{NameError, RefName, RepoName};
use muse_wire::problem::ProblemCode;

use crate::admin::DEFAULT_BRANCH;
use crate::auth;
use crate::http::{Call, CallError, Response, answer, refused};
use crate::store::Repo;
use crate::store::accounts::Scope;
use crate::store::repos::NewRepo;

/// `GET /api/whoami`
pub(crate) async fn whoami(call: &mut Call) -> Result<Response, CallError> {
    let identity = auth::known_identity(call).await?;
    let response = WhoamiResponse {
        user: identity.user,
        scope: identity.scope.as_str().to_owned(),
    };
    Ok(call.answer(StatusCode::OK, &response))
}

/// `GET /api/repos`
pub(crate) async fn list(call: &mut Call) -> Result<Response, CallError> {
    let identity = auth::known_identity(call).await?;
    let repos = call.state.store.repos(Some(identity.user_id)).await?;
    let repos = repos.into_iter().map(describe).collect();
    Ok(call.answer(StatusCode::OK, &RepoListResponse { repos }))
}

/// `POST /api/repos`
pub(crate) async fn create(call: &mut Call) -> Result<Response, CallError> {
    let identity = auth::identity_with(call, Scope::Write).await?;
    let request: CreateRepoRequest = call.decode().await?;
    let owner = request.owner.unwrap_or_else(|| identity.user.clone());
    if owner != identity.user && identity.scope < Scope::Admin {
        let detail = format!("{} may not create repositories of {owner}", identity.user);
        return Err(refused(ProblemCode::Forbidden, detail));
    }
    let default_branch = match request.default_branch {
        Some(name) => checked_branch(name)?,
        None => RefName::new(DEFAULT_BRANCH).expect("the constant is a valid name"),
    };
    let new = NewRepo {
        name: RepoName::new(&owner, &request.slug).map_err(invalid_name)?,
        private: request.private,
        default_branch,
    };
    let repo = call.state.store.create_repo(&new).await?;
    let location = HeaderValue::from_str(&format!("/api/repos/{}", repo.name))
        .expect("repository names are ASCII");
    let mut response = call.answer(StatusCode::CREATED, &describe(repo));
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// `GET /api/repos/{owner}/{slug}`
pub(crate) async fn show(call: &mut Call) -> Result<Response, CallError> {
    let repo = auth::readable_repo(call).await?;
    Ok(call.answer(StatusCode::OK, &describe(repo)))
}

/// `PATCH /api/repos/{owner}/{slug}`
pub(crate) async fn update(call: &mut Call) -> Result<Response, CallError> {
    let (repo, _) = auth::writable_repo(call).await?;
    let request: UpdateRepoRequest = call.decode().await?;
    if let Some(slug) = &request.slug {
        RepoName::new(repo.name.owner(), slug).map_err(invalid_name)?;
    }
    if let Some(name) = &request.default_branch {
        checked_branch(name.clone())?;
    }
    let updated = call.state.store.update_repo(repo.id, &request).await?;
    let repo = updated.ok_or_else(|| gone(&repo))?;
    Ok(call.answer(StatusCode::OK, &describe(repo)))
}

/// `DELETE /api/repos/{owner}/{slug}`
pub(crate) async fn delete(call: &mut Call) -> Result<Response, CallError> {
    let (repo, _) = auth::writable_repo(call).await?;
    let deleted = call.state.store.delete_repo(repo.id).await?;
    deleted.ok_or_else(|| gone(&repo))?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

fn describe(repo: Repo) -> RepoResponse {
    RepoResponse {
        repo_id: repo.uuid.to_string(),
        owner: repo.name.owner().to_owned(),
        slug: repo.name.slug().to_owned(),
        private: repo.private,
        default_branch: repo.default_branch,
        created_at: repo.created_at_ms.div_euclid(1000),
    }
}

fn checked_branch(name: RefName) -> Result<RefName, CallError> {
    if name.as_branch().is_some() {
        return Ok(name);
    }
    let detail = format!("{name} is no branch: its name starts with refs/heads/");
    Err(refused(ProblemCode::InvalidName, detail))
}

fn invalid_name(error: NameError) -> CallError {
    refused(ProblemCode::InvalidName, error.to_string())
}

/// Somebody else deleted it between two queries.
fn gone(repo: &Repo) -> CallError {
    let detail = format!("there is no repository {}", repo.name);
    refused(ProblemCode::NotFound, detail)
}
