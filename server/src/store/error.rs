//! What can go wrong in the store, told apart only where a caller does.

/// What a store operation answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store operation failed; nothing of it was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something of that name is there already.
    #[error("the {what} {name} already exists")]
    AlreadyExists {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// No user has this name.
    #[error("there is no user {0}")]
    UnknownUser(String),
    /// So many jobs of the repository wait already that no more are taken.
    #[error("the repository has {limit} jobs waiting; try again later")]
    QueueFull {
        /// How many are taken.
        limit: u64,
    },
    /// The database URL names no engine that this server has.
    #[error("the database URL must be `sqlite:PATH` or `postgres://…`")]
    UnsupportedUrl,
    /// No connection to the database could be had.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The schema could not be brought up to date.
    #[error("the database schema could not be migrated")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database refused or failed a statement.
    #[error("a database query failed")]
    Database(#[source] diesel::result::Error),
    /// A row holds what this server never writes.
    #[error("the database holds an invalid {0}")]
    Corrupt(&'static str),
}

impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
        use diesel::result::Error::DatabaseError;

        match error {
            // The database went away while we talked to it.
            DatabaseError(ClosedConnection | UnableToSendCommand, _) => {
                Self::Unavailable(Box::new(error))
            }
            error => Self::Database(error),
        }
    }
}
