//! Why a push or a fetch does not go on.

use std::error::Error;

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
    /// The work was stopped from outside; somebody will do it again.
    #[error(transparent)]
    Interrupted(Interruption),
    /// A local file, a thread or stored data is not what it must be.
    #[error("{what} failed")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Why work was stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Interruption {
    /// Another worker has taken the job over, or may have.
    #[error("the job is held by another worker by now")]
    LeaseLost,
    /// This process is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl Failure {
    /// A refusal with this code.
    pub fn refused(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::Refused(Box::new(Problem::new(code, detail)))
    }

    /// A failure of the server while it was doing `what`.
    pub fn internal(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
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

impl From<Interruption> for Failure {
    fn from(interruption: Interruption) -> Self {
        Self::Interrupted(interruption)
    }
}

/// An error's message and those of its causes, in one line.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Runs `work` on a thread that may block, and carries a panic of it on to the caller.
pub(crate) async fn blocking<T, F>(work: F) -> T
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Blocking work is never aborted, so only the end of the runtime cancels it: nobody waits.
            Err(_) => std::future::pending().await,
        },
    }
}
