//! Tokens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use muse_wire::name::RepoName;

use super::{AdminError, find_repo, find_user};
use crate::access::user_role;
use crate::store::accounts::User;
use crate::store::members::Role;
use crate::store::repos::RepoId;
use crate::store::tokens::{NewToken, Scope, Token, TokenId, TokenSecret};
use crate::store::{Actor, Store};

/// What a token may have beside its user and its scope.
#[derive(Debug, Clone, Default)]
pub struct TokenOptions<'a> {
    /// What it is for.
    pub label: &'a str,
    /// The only repository that it is to be good for.
    pub repo: Option<&'a RepoName>,
    /// How long it is to be good.
    pub lifetime: Option<Duration>,
}

/// Creates a token and returns its secret, which cannot be shown again.
///
/// # Errors
/// [`AdminError`] where there is no such user or repository, or where the token would be good for
/// nothing.
pub async fn create_token(
    store: &Store,
    user: &str,
    scope: Scope,
    options: &TokenOptions<'_>,
) -> Result<TokenSecret, AdminError> {
    let user = find_user(store, user).await?;
    let repo = match options.repo {
        Some(name) => Some(usable_repo(store, name, &user, scope).await?),
        None => None,
    };
    let new = NewToken {
        user: user.id,
        scope,
        label: options.label.to_owned(),
        repo,
        expires_at_ms: options.lifetime.map(end_ms),
    };
    Ok(store.create_token(&new, Actor::Operator).await?)
}

/// The repository of a token that is good for one alone: its user must have the role there.
async fn usable_repo(
    store: &Store,
    name: &RepoName,
    user: &User,
    scope: Scope,
) -> Result<RepoId, AdminError> {
    let role = match scope {
        Scope::Read => Role::Read,
        Scope::Write => Role::Write,
        Scope::Admin => return Err(AdminError::AdminOfOneRepo),
    };
    let repo = find_repo(store, name).await?;
    if user_role(store, user.id, &repo).await? < Some(role) {
        return Err(AdminError::LacksRole {
            user: user.name.clone(),
            role,
            repo: repo.name,
        });
    }
    Ok(repo.id)
}

/// The end of a lifetime that begins now, in milliseconds since 1970.
fn end_ms(lifetime: Duration) -> i64 {
    let end = SystemTime::now() + lifetime;
    let since = end.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// All tokens of one user, or of all.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn list_tokens(store: &Store, user: Option<&str>) -> Result<Vec<Token>, AdminError> {
    let user_id = match user {
        Some(user) => Some(find_user(store, user).await?.id),
        None => None,
    };
    Ok(store.tokens(user_id).await?)
}

/// Revokes a token.
///
/// # Errors
/// [`AdminError::UnknownToken`] where there is no such valid token.
pub async fn revoke_token(store: &Store, id: TokenId) -> Result<(), AdminError> {
    if store.revoke_token(id, Actor::Operator).await? {
        Ok(())
    } else {
        Err(AdminError::UnknownToken(id))
    }
}
