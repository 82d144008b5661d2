//! What columns cannot hold as it is: unsigned numbers, times, and values that only the server
//! reads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Result, StoreError};

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A count or a size for a column. No value that passed a limit comes near the end of the range.
pub(super) fn to_column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count or a size from a column.
pub(super) fn from_column<N: TryFrom<i64>>(value: i64) -> Result<N> {
    N::try_from(value).map_err(|_| StoreError::Corrupt("number"))
}

/// Encodes what only the server reads again.
pub(super) fn pack<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec_named(value).expect("ids, numbers and texts always encode into memory")
}

/// Decodes what [`pack`] encoded.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T> {
    rmp_serde::from_slice(bytes).map_err(|_| StoreError::Corrupt(what))
}

/// A duration in milliseconds.
pub(super) fn duration_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
