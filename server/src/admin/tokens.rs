//! Tokens.

use super::{AdminError, find_user};
use crate::store::Store;
use crate::store::accounts::{Scope, Token, TokenId, TokenSecret};

/// Creates a token and returns its secret, which cannot be shown again.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn create_token(
    store: &Store,
    user: &str,
    scope: Scope,
    label: &str,
) -> Result<TokenSecret, AdminError> {
    let user_id = find_user(store, user).await?;
    Ok(store.create_token(user_id, scope, label).await?)
}

/// All tokens of one user, or of all.
///
/// # Errors
/// [`AdminError`] where there is no such user.
pub async fn list_tokens(store: &Store, user: Option<&str>) -> Result<Vec<Token>, AdminError> {
    let user_id = match user {
        Some(user) => Some(find_user(store, user).await?),
        None => None,
    };
    Ok(store.tokens(user_id).await?)
}

/// Revokes a token.
///
/// # Errors
/// [`AdminError::UnknownToken`] where there is no such valid token.
pub async fn revoke_token(store: &Store, id: TokenId) -> Result<(), AdminError> {
    if store.revoke_token(id).await? {
        Ok(())
    } else {
        Err(AdminError::UnknownToken(id))
    }
}
