//! Between the types of `muse-wire` and the columns, which know only 64-bit integers, text and bytes.

use muse_wire::api::job::JobState;
use muse_wire::commit::CommitEnvelope;
use muse_wire::id::{CommitId, ID_BYTES, MpackKey, ObjectId, SnapshotId};
use muse_wire::name::RefName;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Result, StoreError};

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A count or a size as a column holds it. None that passed a limit comes near the end of the range.
pub(super) fn column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count or a size out of a column.
pub(super) fn number<N: TryFrom<i64>>(value: i64) -> Result<N> {
    N::try_from(value).map_err(|_| StoreError::Corrupt("number"))
}

pub(super) fn commit_id(bytes: &[u8]) -> Result<CommitId> {
    CommitId::from_slice(bytes).ok_or(StoreError::Corrupt("commit id"))
}

pub(super) fn snapshot_id(bytes: &[u8]) -> Result<SnapshotId> {
    SnapshotId::from_slice(bytes).ok_or(StoreError::Corrupt("snapshot id"))
}

pub(super) fn object_id(bytes: &[u8]) -> Result<ObjectId> {
    ObjectId::from_slice(bytes).ok_or(StoreError::Corrupt("object id"))
}

pub(super) fn mpack_key(bytes: &[u8]) -> Result<MpackKey> {
    MpackKey::from_slice(bytes).ok_or(StoreError::Corrupt("mpack key"))
}

pub(super) fn ref_name(name: String) -> Result<RefName> {
    RefName::new(name).map_err(|_| StoreError::Corrupt("ref name"))
}

/// Parents' ids, one after the other.
pub(super) fn join_parents(parents: &[CommitId]) -> Vec<u8> {
    parents.iter().flat_map(|id| *id.as_bytes()).collect()
}

pub(super) fn split_parents<C: FromIterator<CommitId>>(bytes: &[u8]) -> Result<C> {
    bytes.chunks(ID_BYTES).map(commit_id).collect()
}

pub(super) fn envelope(bytes: &[u8]) -> Result<CommitEnvelope> {
    unpack(bytes, "commit envelope")
}

pub(super) fn job_state(text: &str) -> Result<JobState> {
    [
        JobState::Pending,
        JobState::Running,
        JobState::Done,
        JobState::Failed,
    ]
    .into_iter()
    .find(|state| state.as_str() == text)
    .ok_or(StoreError::Corrupt("job state"))
}

/// Encodes what only the server reads again.
pub(super) fn pack<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec_named(value).expect("ids, numbers and texts always encode into memory")
}

pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T> {
    rmp_serde::from_slice(bytes).map_err(|_| StoreError::Corrupt(what))
}
