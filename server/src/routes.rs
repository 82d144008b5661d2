//! The calls of the protocol, one file per group. Routes check who asks and what is asked, call
//! the store, ingest or fetch, and put the outcome into words; they hold no SQL and no format.

pub(crate) mod blobs;
pub(crate) mod fetch;
pub(crate) mod health;
pub(crate) mod jobs;
pub(crate) mod objects;
pub(crate) mod push;
pub(crate) mod refs;
pub(crate) mod repos;

#[cfg(test)]
mod tests;
