//! Tokens, by which users are known.
//!
//! A token's secret is shown once, when it is created; the database keeps its SHA-256. The secret
//! has 256 random bits, so a plain hash is as good as a slow one, and a look-up by hash reveals
//! nothing that helps to guess a secret.

pub(in crate::store) mod last_uses;
pub(in crate::store) mod model;

use std::result::Result as StdResult;

pub use model::{
    Identity, NewToken, Scope, TOKEN_PREFIX, Token, TokenId, TokenRefusal, TokenSecret,
    UnknownScope,
};

use super::accounts::UserId;
use super::audit::Actor;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;

/// How stale `last_used_at_ms` may get: recording every use would make every request a write.
const LAST_USED_RESOLUTION_MS: i64 = 15 * 60 * 1000;

impl Store {
    /// Creates a token and returns its secret, which cannot be shown again.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn create_token(&self, new: &NewToken, by: Actor<'_>) -> Result<TokenSecret> {
        let secret = TokenSecret::generate()?;
        let hash = secret.hash();
        transaction!(self, tokens::create(new, &hash, by, now_ms()))?;
        Ok(secret)
    }

    /// Who this secret speaks for, or why for nobody. The use is recorded beside the request, which
    /// neither waits for that nor fails with it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn authenticate(
        &self,
        secret: &TokenSecret,
    ) -> Result<StdResult<Identity, TokenRefusal>> {
        let hash = secret.hash();
        let Some(row) = query!(self, tokens::by_hash(&hash))? else {
            return Ok(Err(TokenRefusal::Unknown));
        };
        let now_ms = now_ms();
        if let Some(refusal) = row.validity.refusal(now_ms) {
            return Ok(Err(refusal));
        }
        let is_stale = |at_ms| now_ms - at_ms > LAST_USED_RESOLUTION_MS;
        if row.last_used_at_ms.is_none_or(is_stale) {
            self.record_use(TokenId(row.token_id), now_ms);
        }
        Ok(Ok(row.try_into()?))
    }

    fn record_use(&self, token: TokenId, now_ms: i64) {
        let Some(recording) = self.last_uses.begin(token) else {
            return;
        };
        let store = self.clone();
        tokio::spawn(async move {
            let recorded: Result<()> =
                async { transaction!(store, tokens::touch(token, now_ms)) }.await;
            if let Err(error) = recorded {
                tracing::warn!(token = token.0, %error, "cannot record a token's use");
            }
            drop(recording);
        });
    }

    /// All tokens of a user, or of all users, oldest first, those included that are no longer
    /// valid.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn tokens(&self, user: Option<UserId>) -> Result<Vec<Token>> {
        query!(self, tokens::list(user, now_ms()))
    }

    /// Revokes a token; `false` where there is no such token that is still valid.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn revoke_token(&self, id: TokenId, by: Actor<'_>) -> Result<bool> {
        transaction!(self, tokens::revoke(id, by, now_ms()))
    }
}
