//! The input of a job: a request, kept in the jobs table.

use muse_wire::id::Hasher;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::store::jobs::Job;

/// A request as a job's input, and the digest by which the same request gets the same job. `tag`
/// tells the requests of different jobs apart.
///
/// # Errors
/// [`Error::Internal`] where it cannot be encoded.
pub(crate) fn encode_request(tag: &str, request: &impl Serialize) -> Result<(Vec<u8>, [u8; 32])> {
    let payload = rmp_serde::to_vec_named(request)
        .map_err(|error| Error::internal("encoding a job", error))?;
    let mut digest = Hasher::new();
    digest.update(tag.as_bytes());
    digest.update(&payload);
    Ok((payload, digest.finish()))
}

/// The request that is a job's input.
///
/// # Errors
/// [`Error::Internal`] where it is not what the job's kind needs.
pub(crate) fn decode_request<T: DeserializeOwned>(job: &Job) -> Result<T> {
    rmp_serde::from_slice(&job.payload).map_err(|error| Error::internal("decoding a job", error))
}
