//! Users and their tokens.
//!
//! A token's secret is shown once, when it is created; the database keeps its SHA-256. The secret
//! has 256 random bits, so a plain hash is as good as a slow one, and a look-up by hash reveals
//! nothing that helps to guess a secret.

pub(in crate::store) mod last_uses;
pub(in crate::store) mod model;

pub use model::{Identity, Scope, TOKEN_PREFIX, Token, TokenId, TokenSecret, UnknownScope, UserId};

use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
#[cfg(doc)]
use super::error::StoreError;

/// How stale `last_used_at_ms` may get: recording every use would make every request a write.
const LAST_USED_RESOLUTION_MS: i64 = 15 * 60 * 1000;

impl Store {
    /// Creates a user; `name` is already checked.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where the name is taken.
    pub async fn create_user(&self, name: &str) -> Result<UserId> {
        transaction!(self, accounts::create_user(name, now_ms()))
    }

    /// The user of this name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn user(&self, name: &str) -> Result<Option<UserId>> {
        query!(self, accounts::user(name))
    }

    /// Creates a token and returns its secret, which cannot be shown again.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn create_token(
        &self,
        user: UserId,
        scope: Scope,
        label: &str,
    ) -> Result<TokenSecret> {
        let secret = TokenSecret::generate()?;
        let hash = secret.hash();
        transaction!(
            self,
            accounts::create_token(user, scope, label, &hash, now_ms())
        )?;
        Ok(secret)
    }

    /// Who this secret speaks for; `None` where it is unknown or revoked. The use is recorded
    /// beside the request, which neither waits for that nor fails with it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn authenticate(&self, secret: &TokenSecret) -> Result<Option<Identity>> {
        let hash = secret.hash();
        let Some((identity, token, last_used_at_ms)) = query!(self, accounts::authenticate(&hash))?
        else {
            return Ok(None);
        };
        let now_ms = now_ms();
        if last_used_at_ms.is_none_or(|at_ms| now_ms - at_ms > LAST_USED_RESOLUTION_MS) {
            self.record_use(token, now_ms);
        }
        Ok(Some(identity))
    }

    fn record_use(&self, token: TokenId, now_ms: i64) {
        let Some(recording) = self.last_uses.begin(token) else {
            return;
        };
        let store = self.clone();
        tokio::spawn(async move {
            let recorded: Result<()> =
                async { transaction!(store, accounts::touch_token(token, now_ms)) }.await;
            if let Err(error) = recorded {
                tracing::warn!(token = token.0, %error, "cannot record a token's use");
            }
            drop(recording);
        });
    }

    /// All tokens of a user, or of all users, oldest first, revoked ones included.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn tokens(&self, user: Option<UserId>) -> Result<Vec<Token>> {
        query!(self, accounts::tokens(user))
    }

    /// Revokes a token; `false` where there is no such token that is still valid.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn revoke_token(&self, id: TokenId) -> Result<bool> {
        transaction!(self, accounts::revoke_token(id, now_ms()))
    }
}
