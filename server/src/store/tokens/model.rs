//! What tokens are, and the rows that they are read from.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use muse_wire::name::RepoName;
use sha2::{Digest as _, Sha256};

use crate::store::accounts::model::UserId;
use crate::store::error::{Result, StoreError};
use crate::store::repos::model::RepoId;
use crate::store::schema::{tokens, users};

/// What every token's text starts with, so that scanners recognise a leaked one.
pub const TOKEN_PREFIX: &str = "muse_";

/// A token's key in the database; what `token list` shows and `token revoke` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(pub i64);

/// What a token's holder may do; each scope includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See what the user may see.
    Read,
    /// Do what the user may do: push, create repositories, change one's own.
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

    /// The text itself, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// 256 fresh random bits.
    pub(in crate::store) fn generate() -> Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(Self(format!(
            "{TOKEN_PREFIX}{}",
            URL_SAFE_NO_PAD.encode(secret)
        )))
    }

    /// What the database keeps of it.
    pub(in crate::store) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// A token to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Whose it is.
    pub user: UserId,
    /// What it allows.
    pub scope: Scope,
    /// What its owner calls it; may be empty.
    pub label: String,
    /// The only repository that it is good for, if it is not for all.
    pub repo: Option<RepoId>,
    /// When it ends, if it does by itself, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
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
    /// The only repository that the token is good for, if it is not for all.
    pub repo: Option<RepoId>,
    /// When the token ends, if it does by itself, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
}

/// Why a token speaks for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// There is no such token.
    #[error("the token is unknown")]
    Unknown,
    /// It was revoked.
    #[error("the token was revoked")]
    Revoked,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its user is disabled.
    #[error("the token's user is disabled")]
    Disabled,
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
    /// The only repository that it is good for, if it is not for all.
    pub repo: Option<RepoName>,
    /// When it was created, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// When it was last used, to within some minutes.
    pub last_used_at_ms: Option<i64>,
    /// When it ends, if it does by itself.
    pub expires_at_ms: Option<i64>,
    /// Why it spoke for nobody when it was read; `None` where it was valid.
    pub refusal: Option<TokenRefusal>,
}

/// What decides whether a token is valid.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub(in crate::store) struct ValidityRow {
    expires_at_ms: Option<i64>,
    revoked_at_ms: Option<i64>,
    #[diesel(
        select_expression = users::disabled_at_ms,
        select_expression_type = users::disabled_at_ms
    )]
    disabled_at_ms: Option<i64>,
}

impl ValidityRow {
    /// Why the token speaks for nobody at this time; `None` where it is valid.
    pub(in crate::store) fn refusal(&self, now_ms: i64) -> Option<TokenRefusal> {
        if self.revoked_at_ms.is_some() {
            Some(TokenRefusal::Revoked)
        } else if self.expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms) {
            Some(TokenRefusal::Expired)
        } else if self.disabled_at_ms.is_some() {
            Some(TokenRefusal::Disabled)
        } else {
            None
        }
    }
}

/// A token, joined with its user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub(in crate::store) struct TokenRow {
    id: i64,
    #[diesel(select_expression = users::name, select_expression_type = users::name)]
    user: String,
    scope: String,
    label: String,
    pub(in crate::store) repo_id: Option<i64>,
    created_at_ms: i64,
    last_used_at_ms: Option<i64>,
    #[diesel(embed)]
    validity: ValidityRow,
}

impl TokenRow {
    /// The token as it is now, good for this repository alone, if for one.
    pub(in crate::store) fn into_token(self, repo: Option<RepoName>, now_ms: i64) -> Result<Token> {
        Ok(Token {
            id: TokenId(self.id),
            user: self.user,
            scope: scope(&self.scope)?,
            label: self.label,
            repo,
            created_at_ms: self.created_at_ms,
            last_used_at_ms: self.last_used_at_ms,
            expires_at_ms: self.validity.expires_at_ms,
            refusal: self.validity.refusal(now_ms),
        })
    }
}

/// What a token says of its holder, joined with the user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub(in crate::store) struct IdentityRow {
    #[diesel(column_name = id)]
    pub(in crate::store) token_id: i64,
    user_id: i64,
    #[diesel(select_expression = users::name, select_expression_type = users::name)]
    pub(in crate::store) user: String,
    scope: String,
    repo_id: Option<i64>,
    #[diesel(embed)]
    pub(in crate::store) validity: ValidityRow,
    pub(in crate::store) last_used_at_ms: Option<i64>,
}

impl TryFrom<IdentityRow> for Identity {
    type Error = StoreError;

    fn try_from(row: IdentityRow) -> Result<Self> {
        Ok(Self {
            user_id: UserId(row.user_id),
            user: row.user,
            scope: scope(&row.scope)?,
            repo: row.repo_id.map(RepoId),
            expires_at_ms: row.validity.expires_at_ms,
        })
    }
}

fn scope(text: &str) -> Result<Scope> {
    text.parse().map_err(|_| StoreError::Corrupt("token scope"))
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
