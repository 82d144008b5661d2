//! Fetch: answers "everything in `want` that is not in `have`" with a short list of mpacks.
//!
//! A plan that is kept, or put together from kept ones, answers at once: `kept_plans`. Else:
//!
//! 1. `missing`: which commits the client lacks, by a walk over the commit graph.
//! 2. `cover`: which stored mpacks can be given whole. A pushed mpack is exactly what lies between
//!    two states of a branch, so the usual clone and the usual pull need nothing else.
//! 3. `residual`: mpacks built for the rest, and kept for the next client that needs the same.
//!
//! The mpacks of a plan are in an order in which each one fits onto what the client has by then.

mod answer;
mod bases;
mod built_mpacks;
mod cover;
mod kept_plans;
mod large_objects;
mod missing;
mod moves;
mod plan;
mod records;
mod residual;
mod service;
mod source;
#[cfg(test)]
mod tests;
mod withheld;

pub(crate) use service::{Fetch, FetchOptions, FetchOutcome};
