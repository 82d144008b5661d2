//! Users and their tokens.
//!
//! A token's secret is shown once, when it is made; the database keeps its SHA-256. The secret holds
//! 256 random bits, so a plain hash is as good as a slow one, and a look-up by hash leaks nothing
//! that helps to guess.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::convert::now_ms;
use super::error::{Result, StoreError};
use super::{Engine, Store, postgres, query, sqlite, transaction};

/// How stale `last_used_at_ms` may get: noting every use would make every request a write.
const LAST_USED_RESOLUTION_MS: i64 = 15 * 60 * 1000;

/// What every token's text starts with, so that scanners recognise a leaked one.
pub const TOKEN_PREFIX: &str = "muse_";

/// A user's key in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub(crate) i64);

/// A token's key in the database; what `token list` shows and `token revoke` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(pub i64);

/// What a token's holder may do; each scope includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See what the user may see.
    Read,
    /// Push to the user's repositories, create and change them.
    Write,
    /// Everything, in every repository.
    Admin,
}

/// A scope's text is none of `read`, `write` and `admin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one of `read`, `write` and `admin`")]
pub struct UnknownScope;

impl Scope {
    /// The text form, as stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            "admin" => Ok(Self::Admin),
            _ => Err(UnknownScope),
        }
    }
}

/// A token's text: [`TOKEN_PREFIX`] and 43 characters of base64url. Never printed by `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// Wraps what a client sent.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for its one showing.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// 256 fresh random bits.
    fn generate() -> Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(Self(format!(
            "{TOKEN_PREFIX}{}",
            URL_SAFE_NO_PAD.encode(secret)
        )))
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// Who a request's token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's key.
    pub user_id: UserId,
    /// The user's name.
    pub user: String,
    /// What the token allows.
    pub scope: Scope,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its key.
    pub id: TokenId,
    /// Whose it is.
    pub user: String,
    /// What it allows.
    pub scope: Scope,
    /// What its owner calls it; may be empty.
    pub label: String,
    /// When it was made, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// When it was last used, to within some minutes.
    pub last_used_at_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
}

impl Store {
    /// Makes a user; `name` is already checked.
    ///
    /// # Errors
    /// [`super::StoreError::AlreadyExists`] where the name is taken.
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

    /// Makes a token and returns its secret, which cannot be had again.
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

    /// Who this secret speaks for; `None` where it is unknown or revoked.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn authenticate(&self, secret: &TokenSecret) -> Result<Option<Identity>> {
        let hash = secret.hash();
        let Some((identity, token, last_used_at_ms)) = query!(self, accounts::token_of(&hash))?
        else {
            return Ok(None);
        };
        let now_ms = now_ms();
        if last_used_at_ms.is_none_or(|at_ms| now_ms - at_ms > LAST_USED_RESOLUTION_MS) {
            transaction!(self, accounts::touch_token(token, now_ms))?;
        }
        Ok(Some(identity))
    }

    /// All tokens of a user, or of all users, oldest first, revoked ones included.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn tokens(&self, user: Option<UserId>) -> Result<Vec<Token>> {
        query!(self, accounts::tokens(user))
    }

    /// Ends a token's validity; `false` where there is no such token that is still valid.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn revoke_token(&self, id: TokenId) -> Result<bool> {
        transaction!(self, accounts::revoke_token(id, now_ms()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ_and_do_not_show() {
        let secret = TokenSecret::generate().expect("the system has randomness");
        let other = TokenSecret::generate().expect("the system has randomness");
        assert_ne!(secret, other);
        assert_eq!(secret.expose().len(), TOKEN_PREFIX.len() + 43);
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }

    #[test]
    fn scopes_round_trip_and_include_those_before() {
        for scope in [Scope::Read, Scope::Write, Scope::Admin] {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert_eq!("root".parse::<Scope>(), Err(UnknownScope));
        assert!(Scope::Admin > Scope::Write && Scope::Write > Scope::Read);
    }
}
