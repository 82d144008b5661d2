//! The envelope: a commit's record, and what stands beside it.

use super::error::CommitError;
use super::public_key::PublicKey;
use super::record::Commit;
use super::signature::Signature;
use crate::id::{CommitId, DeltaDigest, Hasher};
use crate::limits::{
    MAX_COMMIT_BYTES, MAX_COMMIT_RECORD_BYTES, MAX_SIGNATURES, MAX_STRUCTURED_DELTA_BYTES,
};
use crate::msgpack::{DecodeError, Reader, Writer};

/// Prefix of the hashed bytes, so that no other kind of record can share an id.
const COMMIT_DOMAIN: &[u8] = b"muse/commit/1\0";

/// What is stored and sent for one commit: the record verbatim, and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitEnvelope {
    /// The encoded record; its hash is the commit's id.
    pub record: Vec<u8>,
    /// Signatures over the id, strictly ascending by key: those of the signers that the record
    /// names, and any others.
    pub signatures: Vec<Signature>,
    /// Structured delta, as it came. It may be missing although its digest stands in the record.
    pub delta: Option<Vec<u8>>,
}

impl CommitEnvelope {
    /// An envelope with neither signatures nor structured delta.
    pub const fn plain(record: Vec<u8>) -> Self {
        Self {
            record,
            signatures: Vec::new(),
            delta: None,
        }
    }

    /// The commit's id: the hash of the record.
    pub fn id(&self) -> CommitId {
        commit_id(&self.record)
    }

    /// Encodes the envelope.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(3);
        writer.bin(&self.record);
        writer.array(self.signatures.len());
        for signature in &self.signatures {
            writer.array(2);
            writer.bin(signature.public_key.as_bytes());
            writer.bin(&signature.signature);
        }
        match &self.delta {
            Some(delta) => writer.bin(delta),
            None => writer.nil(),
        }
        writer.finish()
    }

    /// Decodes an envelope. [`CommitEnvelope::open`] checks what it holds.
    ///
    /// # Errors
    /// [`CommitError::Decode`] where the bytes are no envelope, or break a limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, CommitError> {
        if bytes.len() > MAX_COMMIT_BYTES {
            return Err(CommitError::TooLarge {
                what: "envelope",
                actual: bytes.len(),
                limit: MAX_COMMIT_BYTES,
                unit: "bytes",
            });
        }
        let mut reader = Reader::new(bytes, bytes.len() as u64);
        reader.array_of("commit", 3)?;
        let record = reader.bin("commit record", MAX_COMMIT_RECORD_BYTES)?;
        let signatures = read_signatures(&mut reader)?;
        let delta = match reader.nil("structured delta")? {
            true => None,
            false => Some(reader.bin("structured delta", MAX_STRUCTURED_DELTA_BYTES)?),
        };
        reader.finish("commit")?;
        Ok(Self {
            record,
            signatures,
            delta,
        })
    }

    /// Decodes the record and checks what stands beside it: the delta's digest, and that every
    /// signature verifies and no signer's is missing.
    ///
    /// # Errors
    /// [`CommitError`] naming the first rule that is broken.
    pub fn open(&self) -> Result<Commit, CommitError> {
        let commit = Commit::decode(&self.record)?;
        if let Some(delta) = &self.delta
            && commit.delta_digest != Some(DeltaDigest::of(delta))
        {
            return Err(CommitError::DeltaMismatch);
        }
        for signer in &commit.signers {
            let by_key = |signature: &Signature| signature.public_key.cmp(signer);
            if self.signatures.binary_search_by(by_key).is_err() {
                return Err(CommitError::MissingSignature(*signer));
            }
        }
        if !self.signatures.is_empty() {
            let id = self.id();
            if let Some(bad) = self.signatures.iter().find(|one| !one.verifies(&id)) {
                return Err(CommitError::BadSignature(bad.public_key));
            }
        }
        Ok(commit)
    }
}

fn read_signatures(reader: &mut Reader<&[u8]>) -> Result<Vec<Signature>, DecodeError> {
    let mut signatures: Vec<Signature> = Vec::new();
    for _ in 0..reader.array("list of signatures", MAX_SIGNATURES)? {
        reader.array_of("signature", 2)?;
        let public_key = PublicKey::from_bytes(reader.bin_of("signature's key")?);
        if signatures
            .last()
            .is_some_and(|last| last.public_key >= public_key)
        {
            return Err(reader.invalid("signature's key", "does not come after the one before it"));
        }
        signatures.push(Signature {
            public_key,
            signature: reader.bin_of("signature")?,
        });
    }
    Ok(signatures)
}

/// The id of an encoded record.
pub fn commit_id(record: &[u8]) -> CommitId {
    let mut hasher = Hasher::new();
    hasher.update(COMMIT_DOMAIN);
    hasher.update(record);
    CommitId::from_bytes(hasher.finish())
}
