//! Why a push or a fetch does not go on.

use muse_wire::problem::{Problem, ProblemCode};

use crate::blobs::BlobError;
use crate::store::StoreError;

/// Why a push or a fetch does not go on: because of what was asked, or because of the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// What was asked or sent breaks a rule. Asking again gives the same answer.
    #[error(transparent)]
    Refused(Box<Problem>),
    /// The database failed; asking again later may help.
    #[error("the database failed")]
    Store(#[source] StoreError),
    /// The blob store failed; asking again later may help.
    #[error("the blob store failed")]
    Blobs(#[source] BlobError),
    /// A local file, a thread or stored data is not what it must be.
    #[error("{what}")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Failure {
    /// A refusal with this code.
    pub fn refused(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::Refused(Box::new(Problem::new(code, detail)))
    }

    /// A failure of the server while it was doing `what`.
    pub fn internal(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Internal {
            what,
            source: source.into(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Self {
        Self::Blobs(error)
    }
}
