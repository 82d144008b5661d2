//! Keys that users sign commits with, as they registered them.
//!
//! A branch can ask that what it gains is signed by keys of those who may push
//! ([`SignatureRule::RegisteredKeys`](super::protections::SignatureRule)). Whose keys these are is
//! decided here, since the transaction that publishes a push decides it once more.

pub(in crate::store) mod model;

use std::collections::HashSet;

use muse_wire::api::key::RegisterKeyRequest;
use muse_wire::commit::PublicKey;

pub use model::{RegisteredKey, Registration};

use super::accounts::UserId;
use super::audit::Actor;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
#[cfg(doc)]
use super::error::StoreError;
use super::repos::RepoId;

impl Store {
    /// Registers a key of a user; `new` is already checked. One that is registered keeps its time
    /// and gets the name.
    ///
    /// # Errors
    /// [`StoreError::TooManyKeys`] where the user has as many as there may be.
    pub async fn register_key(
        &self,
        user: UserId,
        new: &RegisterKeyRequest,
        by: Actor<'_>,
    ) -> Result<Registration> {
        transaction!(self, signing_keys::register(user, new, by, now_ms()))
    }

    /// The keys of a user, sorted by name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn registered_keys(&self, user: UserId) -> Result<Vec<RegisteredKey>> {
        query!(self, signing_keys::list(user))
    }

    /// Removes a key of a user; `false` where it is not registered.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn remove_key(&self, user: UserId, key: &PublicKey, by: Actor<'_>) -> Result<bool> {
        transaction!(self, signing_keys::remove(user, key, by, now_ms()))
    }

    /// The keys of those who may push to a repository now: of its owner, and of members with the
    /// role, but of nobody who is disabled.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn keys_of_pushers(&self, repo: RepoId) -> Result<HashSet<PublicKey>> {
        query!(self, signing_keys::of_pushers(repo))
    }
}
