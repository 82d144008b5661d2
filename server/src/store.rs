//! The database.

/// A handle to the database; clones share it.
#[derive(Debug, Clone)]
pub struct Store {}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repo {
    /// Its id, as everybody but the database knows it.
    pub uuid: uuid::Uuid,
}

/// Who a token speaks for.
#[derive(Debug, Clone)]
pub struct Identity {}

/// Why the database did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the database failed")]
pub struct StoreError;
