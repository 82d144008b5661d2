//! Why bytes are not a valid commit.

use crate::msgpack::DecodeError;
use crate::problem::ProblemCode;

use super::public_key::PublicKey;

/// Why bytes are not a valid commit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The bytes are no record of this version.
    #[error("the commit does not decode")]
    Decode(#[from] DecodeError),
    /// A newer encoding.
    #[error("the commit record has version {0}, which this version does not read")]
    Version(i64),
    /// More than a limit allows.
    #[error("the commit's {what} has {actual} {unit}; the limit is {limit}")]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// How large it is.
        actual: usize,
        /// The limit.
        limit: usize,
        /// Of both.
        unit: &'static str,
    },
    /// A text field holds what would break every listing.
    #[error("the commit's {0} holds a forbidden character")]
    ForbiddenCharacter(&'static str),
    /// Another rule of the record is broken.
    #[error("the commit's {what} is invalid: {reason}")]
    Invalid {
        /// Which part.
        what: &'static str,
        /// The rule.
        reason: &'static str,
    },
    /// The structured delta is not the one that the record names.
    #[error("the structured delta does not hash to the digest in the commit record")]
    DeltaMismatch,
    /// A signature is not one over this id by its key.
    #[error("the commit's signature by {0} does not verify")]
    BadSignature(PublicKey),
    /// A signer that the record names has not signed.
    #[error("the commit names the signer {0}, whose signature is missing")]
    MissingSignature(PublicKey),
}

impl CommitError {
    /// The stable code of a commit that is refused for this.
    pub const fn problem_code(&self) -> ProblemCode {
        match self {
            Self::BadSignature(_) | Self::MissingSignature(_) => ProblemCode::SignatureInvalid,
            _ => ProblemCode::CommitInvalid,
        }
    }
}
