//! Ingest: verifies pushed mpacks, indexes them, and moves refs. All or nothing.
//!
//! Every push goes through one pipeline: in a job for an uploaded mpack, in the request itself for
//! a streamed one. Its steps, in order:
//!
//! 1. *pin*: the bytes get a key that no presigned URL reaches and that only this attempt knows, so
//!    that nobody can change them while they are checked; *assemble*, of an upload in parts: they
//!    are put together in a file of this attempt;
//! 2. *thicken*, of a thin mpack alone: the thick one is written that everything else is about;
//! 3. *scan*: trailer and tables are read by range;
//! 4. *check*: counts, sizes and declared totals against the limits, ids against the block list;
//! 5. *wait*: until as much memory is free as the rest takes;
//! 6. *verify*: one streaming pass over every byte, and the closure rule over every record;
//! 7. *closure*: objects and chunks that are not in the mpack are in the repository, links have
//!    targets, and large objects whose chunks did not come by in their order are read and hashed;
//! 8. *verdict*: the ref updates are allowed, those of protected branches, too;
//! 9. *promote*: the bytes get the mpack's own key, under which only verified bytes ever lie;
//! 10. *publish*: one transaction.
//!
//! Every object is verified, even one that the repository already has: the mpack will be served
//! whole, so all of it must be correct. A push whose bytes alone prove that they are bad loses them
//! to the quarantine. Every other refusal leaves the upload where it is.

mod boundary;
mod content;
mod large_objects;
mod limits;
mod outside_objects;
mod parts;
mod pipeline;
mod protection;
mod publish;
mod push;
mod quota;
mod service;
mod step;
mod steps;
#[cfg(test)]
mod tests;
mod thicken;
mod unverified;
mod updates;
mod verify;

pub(crate) use service::{Ingest, IngestOptions};
