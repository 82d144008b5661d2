//! Who is asking, and what they may do.
//!
//! * A token that is sent must be valid, even for public reads: a client with a wrong one should
//!   learn that it is wrong.
//! * A repository does not exist for those who may not read it.
//! * Which role takes which call is said where the call is; [`Access`] knows who has it.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::Quota;
use headers::authorization::Bearer;
use headers::{Authorization, HeaderMapExt as _};
use muse_wire::problem::ProblemCode;

use super::rate_limit::{Client, RateLimit};
use crate::access::Access;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::store::members::Role;
use crate::store::tokens::{Scope, TokenSecret};
use crate::store::{Actor, Identity, Repo, Store};

/// How many tokens that are not valid an address may send at once. A token has 256 random bits, so
/// nobody guesses one; what is limited is a client that goes on with a token that has expired, and
/// whoever floods the server with made-up ones.
const FAILED_LOGINS_AT_ONCE: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// How long it takes until such a token no longer counts.
const FAILED_LOGIN_PERIOD: Duration = Duration::from_secs(3);

/// Decides by the tokens, members and repositories in a database.
#[derive(Clone)]
pub(super) struct Auth {
    store: Store,
    /// Valid tokens are never refused for it: a whole company may be behind one address.
    failed_logins: Arc<RateLimit>,
    requests: Option<Arc<RateLimit>>,
}

/// Who sent a request about a repository, and what they may do there.
pub(super) struct Caller {
    pub(super) identity: Identity,
    access: Access,
}

impl Auth {
    /// Lets one user, or one address without a token, send so many requests in a minute.
    pub(super) fn new(store: Store, max_requests_per_minute: Option<NonZeroU32>) -> Self {
        let failed_logins = Quota::with_period(FAILED_LOGIN_PERIOD).expect("longer than nothing");
        let failed_logins = failed_logins.allow_burst(FAILED_LOGINS_AT_ONCE);
        let limit = |most| Arc::new(RateLimit::new(Quota::per_minute(most)));
        Self {
            store,
            failed_logins: Arc::new(RateLimit::new(failed_logins)),
            requests: max_requests_per_minute.map(limit),
        }
    }

    /// Who sent the request; `None` where it has no token. The request is counted.
    async fn identity(&self, request: &Request) -> Result<Option<Identity>> {
        let identity = self.authenticate(request).await?;
        let client = match &identity {
            Some(identity) => Some(Client::User(identity.user_id)),
            None => request.client_address().map(Client::at),
        };
        if let (Some(limit), Some(client)) = (&self.requests, client)
            && !limit.allows(client)
        {
            let detail = "too many requests came from you in the last minute";
            return Err(Error::problem(ProblemCode::TooManyRequests, detail));
        }
        Ok(identity)
    }

    async fn authenticate(&self, request: &Request) -> Result<Option<Identity>> {
        let unauthorized = |detail: &str| Error::problem(ProblemCode::Unauthorized, detail);
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
            Ok(identity) => Ok(Some(identity)),
            Err(refusal) => {
                let address = request.client_address();
                let is_allowed = |address| self.failed_logins.allows(Client::at(address));
                if !address.is_none_or(is_allowed) {
                    let detail = format!("{refusal}, and too many such tokens came from you");
                    return Err(Error::problem(ProblemCode::TooManyRequests, detail));
                }
                Err(unauthorized(&refusal.to_string()))
            }
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

    /// Who sent the request, where a token of this scope is needed that is good for everything.
    ///
    /// # Errors
    /// As [`Auth::required_identity`], and where the scope is less, or the token is for one
    /// repository alone.
    pub(super) async fn identity_with(&self, request: &Request, scope: Scope) -> Result<Identity> {
        let identity = self.required_identity(request).await?;
        let (needed, has) = (scope.as_str(), identity.scope.as_str());
        let detail = if identity.repo.is_some() {
            "this token is good for one repository alone".to_owned()
        } else if identity.scope < scope {
            format!("this takes a token of scope `{needed}`; this one has `{has}`")
        } else {
            return Ok(identity);
        };
        Err(Error::problem(ProblemCode::Forbidden, detail))
    }

    /// The repository that the path names, for everybody who may read it, with or without a token.
    ///
    /// # Errors
    /// [`Error::Problem`] where the sender may not see it.
    pub(super) async fn readable_repo(&self, request: &Request) -> Result<Repo> {
        let identity = self.identity(request).await?;
        let (repo, _) = self.visible_repo(request, identity.as_ref()).await?;
        Ok(repo)
    }

    /// The repository that the path names, for those who have this role in it, and who asks.
    ///
    /// # Errors
    /// [`Error::Problem`] where the sender may not do that.
    pub(super) async fn repo_with(&self, request: &Request, role: Role) -> Result<(Repo, Caller)> {
        // The token comes first, so that nobody without one learns what exists.
        let identity = self.required_identity(request).await?;
        let (repo, access) = self.visible_repo(request, Some(&identity)).await?;
        let caller = Caller { identity, access };
        caller.require(&repo, role)?;
        Ok((repo, caller))
    }

    async fn visible_repo(
        &self,
        request: &Request,
        identity: Option<&Identity>,
    ) -> Result<(Repo, Access)> {
        let name = request.repo_name()?;
        if let Some(repo) = self.store.repo(&name).await? {
            let access = Access::of(&self.store, identity, &repo).await?;
            if access.is_visible() {
                return Ok((repo, access));
            }
        }
        let detail = format!("there is no repository {name} that you may see");
        Err(Error::problem(ProblemCode::NotFound, detail))
    }
}

impl Caller {
    /// The caller, for the log of what they do.
    pub(super) fn actor(&self) -> Actor<'_> {
        Actor::User(&self.identity.user)
    }

    /// Checks that the caller, and their token, may do what takes this role.
    ///
    /// # Errors
    /// [`Error::Problem`] says which of the two may not.
    pub(super) fn require(&self, repo: &Repo, role: Role) -> Result<()> {
        let needed = role.as_str();
        let only = self.identity.repo;
        let detail = if self.access.user.min(Some(self.access.token)) >= Some(role) {
            return Ok(());
        } else if only.is_some_and(|only| only != repo.id) {
            "this token is good for another repository alone".to_owned()
        } else if self.access.user < Some(role) {
            let (user, name) = (&self.identity.user, &repo.name);
            format!("this takes the role `{needed}` in {name}, which {user} does not have")
        } else {
            let scope = self.identity.scope.as_str();
            let reach = only.map_or("", |_| " for one repository");
            format!(
                "this takes the role `{needed}`, which a token of scope `{scope}`{reach} does not \
                 allow"
            )
        };
        Err(Error::problem(ProblemCode::Forbidden, detail))
    }
}
