//! The commit record: its fields, their rules, and their encoding.

use std::collections::BTreeMap;

use super::error::CommitError;
use super::public_key::PublicKey;
use crate::id::{CommitId, DeltaDigest, SnapshotId};
use crate::limits::{
    MAX_AUTHOR_EMAIL_BYTES, MAX_AUTHOR_NAME_BYTES, MAX_COMMIT_RECORD_BYTES, MAX_MESSAGE_BYTES,
    MAX_METADATA_ENTRIES, MAX_METADATA_KEY_BYTES, MAX_METADATA_VALUE_BYTES, MAX_PARENTS,
    MAX_SIGNERS,
};
use crate::msgpack::{DecodeError, Reader, Writer};

/// Version of the record's encoding; the first element of the encoded array.
const RECORD_VERSION: i64 = 1;

/// Elements of the encoded array.
const RECORD_FIELDS: usize = 9;

/// Metadata key of the commit that an annotated tag is stored as: the tag's name.
pub const TAG: &str = "tag";

/// Furthest that a clock may be from UTC, in minutes.
const MAX_OFFSET_MINUTES: i16 = 24 * 60;

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Display name; no control characters, `<` or `>`.
    pub name: String,
    /// E-mail address, under the same rule; may be empty.
    pub email: String,
}

/// A moment, with the UTC offset of the clock that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Minutes east of UTC; at most a day in either direction.
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
    /// Whose signatures belong to the commit: without them it is not valid. Strictly ascending.
    pub signers: Vec<PublicKey>,
}

impl Commit {
    /// Encodes the record, after checking it against the same rules that [`Commit::decode`]
    /// applies.
    ///
    /// # Errors
    /// [`CommitError`] where a field breaks a limit or a rule.
    pub fn encode(&self) -> Result<Vec<u8>, CommitError> {
        self.check()?;
        let mut writer = Writer::new();
        writer.array(RECORD_FIELDS);
        writer.integer(RECORD_VERSION);
        writer.array(self.parents.len());
        for parent in &self.parents {
            writer.bin(parent.as_bytes());
        }
        writer.bin(self.snapshot.as_bytes());
        writer.array(2);
        writer.str(&self.author.name);
        writer.str(&self.author.email);
        writer.array(2);
        writer.integer(self.committed_at.seconds);
        writer.integer(self.committed_at.offset_minutes.into());
        writer.str(&self.message);
        writer.map(self.metadata.len());
        for (key, value) in &self.metadata {
            writer.str(key);
            writer.str(value);
        }
        match &self.delta_digest {
            Some(digest) => writer.bin(digest.as_bytes()),
            None => writer.nil(),
        }
        writer.array(self.signers.len());
        for signer in &self.signers {
            writer.bin(signer.as_bytes());
        }
        let record = writer.finish();
        check_size("record", record.len(), MAX_COMMIT_RECORD_BYTES)?;
        Ok(record)
    }

    /// Decodes and checks a record.
    ///
    /// # Errors
    /// [`CommitError`] where the bytes are no record, are followed by others, or break a limit.
    pub fn decode(record: &[u8]) -> Result<Self, CommitError> {
        check_size("record", record.len(), MAX_COMMIT_RECORD_BYTES)?;
        let mut reader = Reader::new(record, record.len() as u64);
        // Of another version not even the number of fields is known.
        let field_count = reader.array("commit record", usize::MAX)?;
        let version = reader.integer("version")?;
        if version != RECORD_VERSION {
            return Err(CommitError::Version(version));
        }
        if field_count != RECORD_FIELDS {
            return Err(reader.invalid("version", "is 1, but there are not nine fields"))?;
        }
        let commit = Self::read_fields(&mut reader)?;
        reader.finish("commit record")?;
        commit.check()?;
        Ok(commit)
    }

    /// Reads what follows the version.
    fn read_fields(reader: &mut Reader<&[u8]>) -> Result<Self, DecodeError> {
        let parent_count = reader.array("parent list", MAX_PARENTS)?;
        let parents = (0..parent_count).map(|_| reader.bin_of("parent").map(CommitId::from_bytes));
        let parents = parents.collect::<Result<_, _>>()?;
        let snapshot = SnapshotId::from_bytes(reader.bin_of("snapshot")?);
        reader.array_of("author", 2)?;
        let author = Author {
            name: reader.str("author name", MAX_AUTHOR_NAME_BYTES)?.to_owned(),
            email: reader
                .str("author e-mail", MAX_AUTHOR_EMAIL_BYTES)?
                .to_owned(),
        };
        reader.array_of("time", 2)?;
        let seconds = reader.integer("time in seconds")?;
        let offset_minutes = reader.integer("UTC offset")?;
        let committed_at = Timestamp {
            seconds,
            offset_minutes: i16::try_from(offset_minutes)
                .map_err(|_| reader.invalid("UTC offset", "is more than a day"))?,
        };
        let message = reader.str("message", MAX_MESSAGE_BYTES)?.to_owned();
        let metadata = read_metadata(reader)?;
        let delta_digest = match reader.nil("digest of the structured delta")? {
            true => None,
            false => Some(DeltaDigest::from_bytes(
                reader.bin_of("digest of the structured delta")?,
            )),
        };
        let signer_count = reader.array("list of signers", MAX_SIGNERS)?;
        let signers = (0..signer_count).map(|_| reader.bin_of("signer").map(PublicKey::from_bytes));
        let signers = signers.collect::<Result<_, _>>()?;
        Ok(Self {
            parents,
            snapshot,
            author,
            committed_at,
            message,
            metadata,
            delta_digest,
            signers,
        })
    }

    /// The tagged commit, where this one is an annotated tag.
    pub fn tagged(&self) -> Option<CommitId> {
        let tagged = self.parents.first();
        tagged.copied().filter(|_| self.metadata.contains_key(TAG))
    }

    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// Checks what the types do not say.
    fn check(&self) -> Result<(), CommitError> {
        let Author { name, email } = &self.author;
        check_size("author name", name.len(), MAX_AUTHOR_NAME_BYTES)?;
        check_size("author e-mail", email.len(), MAX_AUTHOR_EMAIL_BYTES)?;
        check_size("message", self.message.len(), MAX_MESSAGE_BYTES)?;
        check_count("parent list", self.parents.len(), MAX_PARENTS)?;
        check_count("metadata", self.metadata.len(), MAX_METADATA_ENTRIES)?;
        check_count("list of signers", self.signers.len(), MAX_SIGNERS)?;
        for (key, value) in &self.metadata {
            check_size("metadata key", key.len(), MAX_METADATA_KEY_BYTES)?;
            check_size("metadata value", value.len(), MAX_METADATA_VALUE_BYTES)?;
            if key.is_empty() {
                return Err(invalid("metadata", "a key is empty"));
            }
        }
        for (at, parent) in self.parents.iter().enumerate() {
            if self.parents[..at].contains(parent) {
                return Err(invalid("parent list", "a parent stands twice"));
            }
        }
        if !self.signers.is_sorted_by(|one, next| one < next) {
            return Err(invalid("list of signers", "it is not strictly ascending"));
        }
        if self.committed_at.offset_minutes.unsigned_abs() > MAX_OFFSET_MINUTES.unsigned_abs() {
            return Err(invalid("UTC offset", "it is more than a day"));
        }
        for (what, text) in [("author name", name), ("author e-mail", email)] {
            if text
                .chars()
                .any(|c| c.is_control() || matches!(c, '<' | '>'))
            {
                return Err(CommitError::ForbiddenCharacter(what));
            }
        }
        if self.message.contains('\0') {
            return Err(CommitError::ForbiddenCharacter("message"));
        }
        Ok(())
    }
}

/// Reads a map whose keys are strictly ascending, so that none stands twice.
fn read_metadata(reader: &mut Reader<&[u8]>) -> Result<BTreeMap<String, String>, DecodeError> {
    let mut metadata: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..reader.map("metadata", MAX_METADATA_ENTRIES)? {
        let key = reader.str("metadata key", MAX_METADATA_KEY_BYTES)?;
        let key = key.to_owned();
        if metadata
            .last_key_value()
            .is_some_and(|(last, _)| *last >= key)
        {
            return Err(reader.invalid("metadata key", "does not come after the one before it"));
        }
        let value = reader.str("metadata value", MAX_METADATA_VALUE_BYTES)?;
        metadata.insert(key, value.to_owned());
    }
    Ok(metadata)
}

fn check_size(what: &'static str, bytes: usize, limit: usize) -> Result<(), CommitError> {
    check(what, bytes, limit, "bytes")
}

fn check_count(what: &'static str, count: usize, limit: usize) -> Result<(), CommitError> {
    check(what, count, limit, "entries")
}

fn check(
    what: &'static str,
    actual: usize,
    limit: usize,
    unit: &'static str,
) -> Result<(), CommitError> {
    if actual <= limit {
        return Ok(());
    }
    Err(CommitError::TooLarge {
        what,
        actual,
        limit,
        unit,
    })
}

const fn invalid(what: &'static str, reason: &'static str) -> CommitError {
    CommitError::Invalid { what, reason }
}
