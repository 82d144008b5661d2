//! Who is asking, and what they may do.
//!
//! * A token that is sent must be valid, on public reads too: a client with a wrong one should hear of it.
//! * A public repository is read by anybody; a private one by its owner and by administrators. To all
//!   others it does not exist.
//! * Writing takes a token with write scope, of the owner or of an administrator.

use hyper::header::AUTHORIZATION;
use muse_wire::problem::ProblemCode;

use crate::http::{Call, CallError, refused};
use crate::store::accounts::{Scope, TokenSecret};
use crate::store::{Identity, Repo};

/// What a call is going to do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// See what is there.
    Read,
    /// Change something.
    Write,
}

/// Who sent the request; `None` where it has no token.
pub(crate) async fn identity(call: &Call) -> Result<Option<Identity>, CallError> {
    let Some(value) = call.head.headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let secret = value.to_str().ok().and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| TokenSecret::new(secret.trim()))
    });
    let Some(secret) = secret else {
        let detail = "send the token as `Authorization: Bearer TOKEN`";
        return Err(refused(ProblemCode::Unauthorized, detail));
    };
    match call.state.store.authenticate(&secret).await? {
        Some(identity) => Ok(Some(identity)),
        None => Err(refused(
            ProblemCode::Unauthorized,
            "the token is unknown or revoked",
        )),
    }
}

/// Who sent the request, where a token is needed.
pub(crate) async fn known_identity(call: &Call) -> Result<Identity, CallError> {
    let identity = identity(call).await?;
    identity.ok_or_else(|| refused(ProblemCode::Unauthorized, "this takes a token"))
}

/// Who sent the request, where a token of this scope is needed.
pub(crate) async fn identity_with(call: &Call, scope: Scope) -> Result<Identity, CallError> {
    let identity = known_identity(call).await?;
    require_scope(&identity, scope)?;
    Ok(identity)
}

/// The repository that the path names, for reading.
pub(crate) async fn readable_repo(call: &Call) -> Result<Repo, CallError> {
    let identity = identity(call).await?;
    visible_repo(call, identity.as_ref()).await
}

/// The repository that the path names, for writing, and who writes.
pub(crate) async fn writable_repo(call: &Call) -> Result<(Repo, Identity), CallError> {
    // Asked first, so that without a token nothing is learnt about what exists.
    let identity = known_identity(call).await?;
    let repo = visible_repo(call, Some(&identity)).await?;
    require_scope(&identity, Scope::Write)?;
    if !may(Some(&identity), &repo, Access::Write) {
        let detail = format!("{} may not write to {}", identity.user, repo.name);
        return Err(refused(ProblemCode::Forbidden, detail));
    }
    Ok((repo, identity))
}

async fn visible_repo(call: &Call, identity: Option<&Identity>) -> Result<Repo, CallError> {
    let name = call.repo_name()?;
    let repo = call.state.store.repo(&name).await?;
    repo.filter(|repo| may(identity, repo, Access::Read))
        .ok_or_else(|| {
            let detail = format!("there is no repository {name} that you may see");
            refused(ProblemCode::NotFound, detail)
        })
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

fn require_scope(identity: &Identity, scope: Scope) -> Result<(), CallError> {
    if identity.scope >= scope {
        return Ok(());
    }
    let (needed, has) = (scope.as_str(), identity.scope.as_str());
    let detail = format!("this takes a token of scope `{needed}`; this one has `{has}`");
    Err(refused(ProblemCode::Forbidden, detail))
}
