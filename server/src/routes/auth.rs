//! Who is asking, and what they may do.
//!
//! * A token that is sent must be valid, even for public reads: a client with a wrong one should
//!   learn that it is wrong.
//! * Anybody may read a public repository. Only its owner and administrators may read a private
//!   one; for everybody else it does not exist.
//! * Writing takes a token with write scope, of the owner or of an administrator.

use headers::authorization::Bearer;
use headers::{Authorization, HeaderMapExt as _};
use muse_wire::problem::ProblemCode;

use crate::error::{Error, Result};
use crate::http::Request;
use crate::store::accounts::{Scope, TokenSecret};
use crate::store::{Identity, Repo, Store};

/// What a request is going to do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// See what is there.
    Read,
    /// Change something.
    Write,
}

/// Decides by the tokens and repositories in a database.
#[derive(Debug, Clone)]
pub(super) struct Auth {
    store: Store,
}

impl Auth {
    pub(super) const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Who sent the request; `None` where it has no token.
    async fn identity(&self, request: &Request) -> Result<Option<Identity>> {
        let unauthorized = |detail| Error::problem(ProblemCode::Unauthorized, detail);
        let authorization = request
            .head
            .headers
            .typed_try_get::<Authorization<Bearer>>()
            .map_err(|_| unauthorized("send the token as `Authorization: Bearer TOKEN`"))?;
        let Some(Authorization(bearer)) = authorization else {
            return Ok(None);
        };
        let secret = TokenSecret::new(bearer.token());
        match self.store.authenticate(&secret).await? {
            Some(identity) => Ok(Some(identity)),
            None => Err(unauthorized("the token is unknown or revoked")),
        }
    }

    /// Who sent the request, where a token is needed.
    ///
    /// # Errors
    /// [`Error::Problem`] where there is none, or it is not valid.
    pub(super) async fn required_identity(&self, request: &Request) -> Result<Identity> {
        let identity = self.identity(request).await?;
        identity.ok_or_else(|| Error::problem(ProblemCode::Unauthorized, "this takes a token"))
    }

    /// Who sent the request, where a token of this scope is needed.
    ///
    /// # Errors
    /// As [`Auth::required_identity`], and where the scope is less.
    pub(super) async fn identity_with(&self, request: &Request, scope: Scope) -> Result<Identity> {
        let identity = self.required_identity(request).await?;
        require_scope(&identity, scope)?;
        Ok(identity)
    }

    /// The repository that the path names, for reading.
    ///
    /// # Errors
    /// [`Error::Problem`] where the sender may not see it.
    pub(super) async fn readable_repo(&self, request: &Request) -> Result<Repo> {
        let identity = self.identity(request).await?;
        self.visible_repo(request, identity.as_ref()).await
    }

    /// The repository that the path names, for writing, and who writes.
    ///
    /// # Errors
    /// [`Error::Problem`] where the sender may not write to it.
    pub(super) async fn writable_repo(&self, request: &Request) -> Result<(Repo, Identity)> {
        // The token comes first, so that nobody without one learns what exists.
        let identity = self.required_identity(request).await?;
        let repo = self.visible_repo(request, Some(&identity)).await?;
        require_scope(&identity, Scope::Write)?;
        if !may(Some(&identity), &repo, Access::Write) {
            let detail = format!("{} may not write to {}", identity.user, repo.name);
            return Err(Error::problem(ProblemCode::Forbidden, detail));
        }
        Ok((repo, identity))
    }

    async fn visible_repo(&self, request: &Request, identity: Option<&Identity>) -> Result<Repo> {
        let name = request.repo_name()?;
        let repo = self.store.repo(&name).await?;
        repo.filter(|repo| may(identity, repo, Access::Read))
            .ok_or_else(|| {
                let detail = format!("there is no repository {name} that you may see");
                Error::problem(ProblemCode::NotFound, detail)
            })
    }
}

fn may(identity: Option<&Identity>, repo: &Repo, access: Access) -> bool {
    let owns = identity.is_some_and(|identity| {
        identity.user_id == repo.owner_id || identity.scope >= Scope::Admin
    });
    match access {
        Access::Read => !repo.private || owns,
        Access::Write => owns,
    }
}

fn require_scope(identity: &Identity, scope: Scope) -> Result<()> {
    if identity.scope >= scope {
        return Ok(());
    }
    let (needed, has) = (scope.as_str(), identity.scope.as_str());
    let detail = format!("this takes a token of scope `{needed}`; this one has `{has}`");
    Err(Error::problem(ProblemCode::Forbidden, detail))
}
