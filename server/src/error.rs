//! Why the server does not do what it was asked to do: one error for requests and for jobs.

use std::error::Error as StdError;
use std::result::Result as StdResult;

use muse_wire::problem::{Problem, ProblemCode};

use crate::blobs::BlobError;
use crate::store::StoreError;

/// What requests and jobs return.
pub(crate) type Result<T, E = Error> = StdResult<T, E>;

/// Why a request or a job fails: because of what was asked, or because of the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was asked or sent breaks a rule. The client is told, and asking again does not help.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// The database failed; trying again later may help.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The blob store failed; trying again later may help.
    #[error("the blob store failed")]
    Blobs(#[from] BlobError),
    /// Another worker has taken the job over, or may have.
    #[error("another worker has taken the job over")]
    LeaseLost,
    /// This process is stopping; the job is for another one.
    #[error("the server is stopping")]
    ShuttingDown,
    /// A local file, a thread or stored data is not what it must be.
    #[error("{what} failed")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// The client's error, with this code.
    pub(crate) fn problem(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem::new(code, detail)))
    }

    /// The server's error, while it was doing `what`.
    pub(crate) fn internal(
        what: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Internal {
            what,
            source: source.into(),
        }
    }
}

/// An error's message and those of its causes, in one line.
pub fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
