//! Commits: what their records hold, how they are encoded, and how their ids are computed.
//!
//! A record is encoded once, by the client that made the commit, and from then on stored and sent
//! verbatim. Signatures and a structured delta stand beside it in the [`CommitEnvelope`], outside
//! the hash; who must have signed, and the delta's digest, stand inside.

mod envelope;
mod error;
mod public_key;
mod record;
mod signature;
#[cfg(test)]
mod tests;

pub use envelope::{CommitEnvelope, commit_id};
pub use error::CommitError;
pub use public_key::{ParsePublicKeyError, PublicKey};
pub use record::{Author, Commit, TAG, Timestamp};
pub use signature::{Signature, signed_bytes};
