//! Why a store operation fails, told apart only where a caller acts on it.

use std::error::Error;
use std::result::Result as StdResult;

use diesel::result::DatabaseErrorKind;
use diesel::result::Error as DieselError;
use diesel::result::Error::DatabaseError;

/// What a store operation returns.
pub type Result<T, E = StoreError> = StdResult<T, E>;

/// Why a store operation failed; nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name is taken.
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
    /// The user cannot be deleted, since repositories would have no owner.
    #[error("the user owns {count} repositories: delete them first, or disable the user")]
    OwnsRepos {
        /// How many.
        count: i64,
    },
    /// The user has registered as many keys as there may be.
    #[error("there are {limit} keys registered already; remove one first")]
    TooManyKeys {
        /// How many keys one user may have.
        limit: usize,
    },
    /// The repository has too many unfinished jobs to take another one.
    #[error("the repository has {limit} jobs waiting; try again later")]
    QueueFull {
        /// How many unfinished jobs are allowed.
        limit: u64,
    },
    /// Content was deleted since a push found it, or an mpack is being deleted.
    #[error("the repository has been tidied up in the meantime; try again")]
    Collected,
    /// The database URL names no supported engine.
    #[error("the database URL must be `sqlite:PATH` or `postgres://…`")]
    UnsupportedUrl,
    /// There is no connection to the database.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The schema could not be brought up to date.
    #[error("the database schema could not be migrated")]
    Migration(#[source] Box<dyn Error + Send + Sync>),
    /// The database rejected or failed a statement.
    #[error("a database query failed")]
    Database(#[source] DieselError),
    /// A row holds what this server never writes.
    #[error("the database holds an invalid {0}")]
    Corrupt(&'static str),
}

impl StoreError {
    /// Whether the database is away or cannot answer now, so that the same request may succeed
    /// later.
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Collected => true,
            // What has no kind of its own comes from the machine rather than from the statement: a
            // shutdown, a full disk, a time-out, a deadlock.
            Self::Database(DatabaseError(kind, _)) => matches!(
                kind,
                DatabaseErrorKind::Unknown
                    | DatabaseErrorKind::SerializationFailure
                    | DatabaseErrorKind::ReadOnlyTransaction
            ),
            _ => false,
        }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            // The connection was lost while it was in use.
            DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            ) => Self::Unavailable(Box::new(error)),
            error => Self::Database(error),
        }
    }
}
