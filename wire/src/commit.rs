//! Commit records: what they hold, how they are encoded, and how their id is computed.
//!
//! A record is encoded once, by the client that made the commit, and from then on stored and sent
//! verbatim: it is never encoded again, so its id does not depend on an encoder. A signature and
//! a structured delta travel beside it in the [`CommitEnvelope`], outside the hash.

use std::collections::BTreeMap;

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::id::{CommitId, DeltaDigest, Hasher, SnapshotId};
use crate::limits::{
    MAX_COMMIT_RECORD_BYTES, MAX_METADATA_ENTRIES, MAX_PARENTS, MAX_STRUCTURED_DELTA_BYTES,
};

/// Prefix of the hashed bytes, so that no other kind of record can share an id.
const COMMIT_DOMAIN: &[u8] = b"muse/commit/1\0";

/// Version of the record's encoding; the first element of the encoded array.
const RECORD_VERSION: u8 = 1;

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Display name; no control characters, `<` or `>`.
    pub name: String,
    /// E-mail address; may be empty.
    pub email: String,
}

/// A moment, with the UTC offset of the clock that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

/// One commit, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Parents, the branch that was committed to first; empty for a root.
    pub parents: Vec<CommitId>,
    /// The tree that this commit records.
    pub snapshot: SnapshotId,
    /// Who made it.
    pub author: Author,
    /// When.
    pub committed_at: Timestamp,
    /// Why; the first line is the subject.
    pub message: String,
    /// Free-form facts: `agent_id`, `model_id`, `reviewed_by`, `git.commit`, …
    pub metadata: BTreeMap<String, String>,
    /// Digest of the structured delta, where there is one.
    pub delta_digest: Option<DeltaDigest>,
}

/// The encoded array, in order. Borrowed on the way out, owned on the way in.
#[derive(Serialize, Deserialize)]
struct RecordFields(
    u8,
    Vec<CommitId>,
    SnapshotId,
    Author,
    Timestamp,
    String,
    BTreeMap<String, String>,
    Option<DeltaDigest>,
);

/// An Ed25519 signature over a commit's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The signer's public key, 32 bytes.
    #[serde(with = "serde_bytes")]
    pub public_key: [u8; 32],
    /// The signature over the 32 bytes of the commit id.
    #[serde(with = "serde_bytes")]
    pub signature: [u8; 64],
}

/// What is stored and sent for one commit: the record verbatim, and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitEnvelope {
    /// The encoded record; its hash is the commit's id.
    #[serde(with = "serde_bytes")]
    pub record: Vec<u8>,
    /// Signature over the id, where the author signed.
    pub signature: Option<Signature>,
    /// Structured delta, as it came; its digest stands in the record.
    #[serde(with = "serde_bytes")]
    pub delta: Option<Vec<u8>>,
}

/// Why bytes are not a valid commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The bytes are no record of this version.
    #[error("the commit record does not decode: {0}")]
    Decode(String),
    /// A newer encoding.
    #[error("the commit record has version {0}, which this version does not read")]
    Version(u8),
    /// More than a limit allows.
    #[error("the commit's {what} is over the limit of {limit}")]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// The limit, in the part's unit.
        limit: usize,
    },
    /// A text field holds what would break every listing.
    #[error("the commit's {0} holds a forbidden character")]
    ForbiddenCharacter(&'static str),
    /// A parent stands twice, or the UTC offset is no offset.
    #[error("the commit's {0} is invalid")]
    Invalid(&'static str),
    /// The structured delta is not the one that the record names.
    #[error("the structured delta does not hash to the digest in the commit record")]
    DeltaMismatch,
    /// The signature is not one over this id by this key.
    #[error("the commit's signature does not verify")]
    BadSignature,
}

impl Commit {
    /// Encodes the record, after checking it against the same rules that [`Commit::decode`]
    /// applies.
    ///
    /// # Errors
    /// [`CommitError`] where a field breaks a limit or holds a forbidden character.
    pub fn encode(&self) -> Result<Vec<u8>, CommitError> {
        self.check()?;
        let fields = RecordFields(
            RECORD_VERSION,
            self.parents.clone(),
            self.snapshot,
            self.author.clone(),
            self.committed_at,
            self.message.clone(),
            self.metadata.clone(),
            self.delta_digest,
        );
        let record =
            rmp_serde::to_vec(&fields).map_err(|error| CommitError::Decode(error.to_string()))?;
        check_record_size(&record)?;
        Ok(record)
    }

    /// Decodes and checks a record.
    ///
    /// # Errors
    /// [`CommitError`] where the bytes are no record, are followed by others, or break a limit.
    pub fn decode(record: &[u8]) -> Result<Self, CommitError> {
        check_record_size(record)?;
        // A fixed array of eight elements, the version first: peek, so that a newer one is named as
        // such.
        match record {
            [0x98, RECORD_VERSION, ..] => {}
            [0x90..=0x9f, version @ 0..=0x7f, ..] if *version != RECORD_VERSION => {
                return Err(CommitError::Version(*version));
            }
            _ => {
                return Err(CommitError::Decode(
                    "not an array that starts with a version".to_owned(),
                ));
            }
        }
        let mut rest = record;
        let RecordFields(
            _,
            parents,
            snapshot,
            author,
            committed_at,
            message,
            metadata,
            delta_digest,
        ) = rmp_serde::from_read(&mut rest)
            .map_err(|error| CommitError::Decode(error.to_string()))?;
        if !rest.is_empty() {
            return Err(CommitError::Decode("bytes follow the record".to_owned()));
        }
        let commit = Self {
            parents,
            snapshot,
            author,
            committed_at,
            message,
            metadata,
            delta_digest,
        };
        commit.check()?;
        Ok(commit)
    }

    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    fn check(&self) -> Result<(), CommitError> {
        if self.parents.len() > MAX_PARENTS {
            return Err(CommitError::TooLarge {
                what: "parent list",
                limit: MAX_PARENTS,
            });
        }
        if self.metadata.len() > MAX_METADATA_ENTRIES {
            return Err(CommitError::TooLarge {
                what: "metadata map",
                limit: MAX_METADATA_ENTRIES,
            });
        }
        if self
            .parents
            .iter()
            .enumerate()
            .any(|(at, parent)| self.parents[..at].contains(parent))
        {
            return Err(CommitError::Invalid("parent list"));
        }
        if self.committed_at.offset_minutes.unsigned_abs() > 24 * 60 {
            return Err(CommitError::Invalid("UTC offset"));
        }
        let line = |text: &str| {
            !text
                .chars()
                .any(|c| c.is_control() || matches!(c, '<' | '>'))
        };
        if !line(&self.author.name) {
            return Err(CommitError::ForbiddenCharacter("author name"));
        }
        if !line(&self.author.email) {
            return Err(CommitError::ForbiddenCharacter("author e-mail"));
        }
        if self.message.contains('\0') {
            return Err(CommitError::ForbiddenCharacter("message"));
        }
        Ok(())
    }
}

impl CommitEnvelope {
    /// An envelope with neither signature nor structured delta.
    pub fn plain(record: Vec<u8>) -> Self {
        Self {
            record,
            signature: None,
            delta: None,
        }
    }

    /// The commit's id: the hash of the record.
    pub fn id(&self) -> CommitId {
        commit_id(&self.record)
    }

    /// Decodes the record and checks what stands beside it: the delta's digest and the signature.
    ///
    /// # Errors
    /// [`CommitError`] naming the first rule that is broken.
    pub fn open(&self) -> Result<Commit, CommitError> {
        let commit = Commit::decode(&self.record)?;
        if let Some(delta) = &self.delta
            && delta.len() > MAX_STRUCTURED_DELTA_BYTES
        {
            return Err(CommitError::TooLarge {
                what: "structured delta",
                limit: MAX_STRUCTURED_DELTA_BYTES,
            });
        }
        if self.delta.as_deref().map(DeltaDigest::of) != commit.delta_digest {
            return Err(CommitError::DeltaMismatch);
        }
        if let Some(Signature {
            public_key,
            signature,
        }) = &self.signature
        {
            VerifyingKey::from_bytes(public_key)
                .and_then(|key| {
                    key.verify_strict(
                        self.id().as_bytes(),
                        &ed25519_dalek::Signature::from_bytes(signature),
                    )
                })
                .map_err(|_| CommitError::BadSignature)?;
        }
        Ok(commit)
    }
}

/// The id of an encoded record.
pub fn commit_id(record: &[u8]) -> CommitId {
    let mut hasher = Hasher::new();
    hasher.update(COMMIT_DOMAIN);
    hasher.update(record);
    CommitId::from_bytes(hasher.finish())
}

fn check_record_size(record: &[u8]) -> Result<(), CommitError> {
    if record.len() > MAX_COMMIT_RECORD_BYTES {
        return Err(CommitError::TooLarge {
            what: "record",
            limit: MAX_COMMIT_RECORD_BYTES,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn commit() -> Commit {
        Commit {
            parents: vec![CommitId::from_bytes([1; 32])],
            snapshot: SnapshotId::from_bytes([2; 32]),
            author: Author {
                name: "Ada".into(),
                email: "ada@example.org".into(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000,
                offset_minutes: 60,
            },
            message: "subject\n\nbody\n".into(),
            metadata: BTreeMap::from([("agent_id".into(), "a-1".into())]),
            delta_digest: None,
        }
    }

    #[test]
    fn record_round_trips_and_its_id_covers_the_bytes() {
        let record = commit().encode().expect("valid");
        assert_eq!(Commit::decode(&record), Ok(commit()));
        let mut other = commit();
        other.message.push('!');
        assert_ne!(
            commit_id(&record),
            commit_id(&other.encode().expect("valid"))
        );
    }

    #[test]
    fn trailing_and_missing_bytes_are_refused() {
        let mut record = commit().encode().expect("valid");
        record.push(0);
        assert!(matches!(
            Commit::decode(&record),
            Err(CommitError::Decode(_))
        ));
        for cut in 0..record.len() - 1 {
            assert!(Commit::decode(&record[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_newer_version_is_its_own_error() {
        let mut record = commit().encode().expect("valid");
        record[1] = 9;
        assert_eq!(Commit::decode(&record), Err(CommitError::Version(9)));
    }

    #[test]
    fn rules_hold_in_both_directions() {
        let mut control = commit();
        control.author.name = "a\nb".into();
        assert_eq!(
            control.encode(),
            Err(CommitError::ForbiddenCharacter("author name"))
        );
        let mut twice = commit();
        twice.parents.push(twice.parents[0]);
        assert_eq!(twice.encode(), Err(CommitError::Invalid("parent list")));
    }

    #[test]
    fn signature_and_delta_are_checked_beside_the_record() {
        let delta = b"delta".to_vec();
        let mut commit = commit();
        commit.delta_digest = Some(DeltaDigest::of(&delta));
        let mut envelope = CommitEnvelope {
            record: commit.encode().expect("valid"),
            signature: None,
            delta: None,
        };
        assert_eq!(envelope.open(), Err(CommitError::DeltaMismatch));
        envelope.delta = Some(delta);
        let key = SigningKey::from_bytes(&[3; 32]);
        let signature = key.sign(envelope.id().as_bytes()).to_bytes();
        envelope.signature = Some(Signature {
            public_key: key.verifying_key().to_bytes(),
            signature,
        });
        assert_eq!(envelope.open(), Ok(commit));
        envelope.signature.as_mut().expect("just set").signature[0] ^= 1;
        assert_eq!(envelope.open(), Err(CommitError::BadSignature));
        let packed = rmp_serde::to_vec(&envelope).expect("encodes");
        assert_eq!(
            rmp_serde::from_slice::<CommitEnvelope>(&packed).expect("decodes"),
            envelope
        );
    }
}
