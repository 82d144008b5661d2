//! Users.

pub(in crate::store) mod model;

pub use model::{User, UserId};

use super::audit::Actor;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
#[cfg(doc)]
use super::error::StoreError;

impl Store {
    /// Creates a user; `name` is already checked.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where the name is taken.
    pub async fn create_user(&self, name: &str, by: Actor<'_>) -> Result<UserId> {
        transaction!(self, accounts::create_user(name, by, now_ms()))
    }

    /// The user of this name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn user(&self, name: &str) -> Result<Option<User>> {
        query!(self, accounts::user(name))
    }

    /// All users, sorted by name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn users(&self) -> Result<Vec<User>> {
        query!(self, accounts::list())
    }

    /// Renames a user, and with them the addresses of their repositories; `name` is already
    /// checked. `false` where the user is gone.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where the name is taken.
    pub async fn rename_user(&self, user: &User, name: &str, by: Actor<'_>) -> Result<bool> {
        transaction!(self, accounts::rename(user, name, by, now_ms()))
    }

    /// Disables a user, so that their tokens are good for nothing, or enables them again; `false`
    /// where the user is gone.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn set_user_disabled(
        &self,
        user: &User,
        disabled: bool,
        by: Actor<'_>,
    ) -> Result<bool> {
        transaction!(self, accounts::set_disabled(user, disabled, by, now_ms()))
    }

    /// Deletes a user with their tokens and memberships; `false` where the user is gone. What they
    /// pushed stays, and the log of refs no longer says who it was.
    ///
    /// # Errors
    /// [`StoreError::OwnsRepos`] where repositories would have no owner.
    pub async fn delete_user(&self, user: &User, by: Actor<'_>) -> Result<bool> {
        transaction!(self, accounts::delete(user, by, now_ms()))
    }
}
