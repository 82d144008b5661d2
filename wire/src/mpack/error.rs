//! What can be wrong with an mpack, and with writing one.

use crate::problem::ProblemCode;

/// Why bytes are no valid mpack: what is wrong, in which section, at which offset of the file.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{section} at byte {offset}: {reason}")]
pub struct MpackError {
    /// The part of the file: `header`, `frame`, `tables`, `trailer`, …
    pub section: &'static str,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub reason: String,
    /// The stable code that a server answers with.
    pub code: ProblemCode,
}

impl MpackError {
    /// The bytes break a rule of the format.
    pub(super) fn malformed(section: &'static str, offset: u64, reason: impl Into<String>) -> Self {
        Self {
            section,
            offset,
            reason: reason.into(),
            code: ProblemCode::MpackMalformed,
        }
    }

    /// The bytes may be fine, for a newer reader; `what` says how they show it.
    pub(super) fn newer(section: &'static str, offset: u64, what: &str) -> Self {
        Self {
            section,
            offset,
            reason: format!("the mpack was written by a newer version: {what}"),
            code: ProblemCode::MpackVersion,
        }
    }

    /// The same error, answered with another code.
    pub(super) fn with_code(self, code: ProblemCode) -> Self {
        Self { code, ..self }
    }
}

impl From<MpackError> for std::io::Error {
    fn from(error: MpackError) -> Self {
        Self::new(std::io::ErrorKind::InvalidData, error)
    }
}

/// Why an mpack could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output failed.
    #[error("writing the mpack failed")]
    Io(#[from] std::io::Error),
    /// What was added is not what was announced, came twice or came out of order.
    #[error("the mpack cannot be written: {0}")]
    Inconsistent(String),
    /// More than the format allows, so that no reader would take the mpack.
    #[error("the mpack would hold {actual} {what}; the format allows {limit}")]
    TooLarge {
        /// What is too many or too large, with its unit.
        what: &'static str,
        /// How much it is.
        actual: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// A frame that was to be copied is damaged.
    #[error("copying from another mpack failed")]
    Source(#[from] MpackError),
}

impl WriteError {
    /// Whether the output is to blame.
    pub const fn is_io(&self) -> bool {
        matches!(self, Self::Io(_))
    }

    /// Checks a figure against a limit of the format.
    pub(super) fn check_limit(what: &'static str, actual: u64, limit: u64) -> Result<(), Self> {
        if actual <= limit {
            return Ok(());
        }
        Err(Self::TooLarge {
            what,
            actual,
            limit,
        })
    }
}
