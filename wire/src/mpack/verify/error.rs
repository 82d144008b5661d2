//! Why an mpack fails verification.

use super::sink::SinkError;
use crate::id::{ChunkId, MpackKey, ObjectId};
use crate::mpack::MpackError;
use crate::problem::ProblemCode;

/// Why an mpack is not what it says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The bytes break the format, or an id is wrong.
    #[error("the mpack is invalid")]
    Invalid(#[from] MpackError),
    /// The file is not the one that the key names.
    #[error("the mpack hashes to {actual}, not to its key {expected}")]
    KeyMismatch {
        /// The key.
        expected: MpackKey,
        /// What the bytes hash to.
        actual: MpackKey,
    },
    /// An object's bytes are not the ones that its id names.
    #[error("the contents stored as object {expected} hash to {actual}")]
    ObjectMismatch {
        /// The id in the tables.
        expected: ObjectId,
        /// What the bytes hash to.
        actual: ObjectId,
    },
    /// A chunk's bytes are not the ones that its id names.
    #[error("the contents stored as chunk {expected} hash to {actual}")]
    ChunkMismatch {
        /// The id in the tables.
        expected: ChunkId,
        /// What the bytes hash to.
        actual: ChunkId,
    },
    /// The source failed.
    #[error("reading the mpack failed")]
    Io(#[from] std::io::Error),
    /// The receiver of the objects or records stopped.
    #[error("receiving the mpack's contents failed")]
    Sink(#[source] SinkError),
}

impl VerifyError {
    /// Holds what an object's bytes hash to against its id.
    pub(super) fn check_object(expected: ObjectId, actual: ObjectId) -> Result<(), Self> {
        if actual == expected {
            return Ok(());
        }
        Err(Self::ObjectMismatch { expected, actual })
    }

    /// The stable code where the mpack is to blame; `None` where reading or receiving failed.
    pub fn problem_code(&self) -> Option<ProblemCode> {
        match self {
            Self::Invalid(error) => Some(error.code),
            Self::KeyMismatch { .. } => Some(ProblemCode::MpackKeyMismatch),
            Self::ObjectMismatch { .. } | Self::ChunkMismatch { .. } => {
                Some(ProblemCode::ObjectIdMismatch)
            }
            Self::Io(_) | Self::Sink(_) => None,
        }
    }
}
