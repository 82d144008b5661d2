//! Users.

pub(in crate::store) mod model;

pub use model::UserId;

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
}
