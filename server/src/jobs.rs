//! Background jobs: the queue lives in the database, the workers in any process.
//!
//! A worker knows jobs only by their kind: what a kind does is registered in [`JobHandlers`] by
//! whoever starts the workers.

mod cancellation;
mod failure;
mod handlers;
mod lease;
mod payload;
mod retention;
mod status;
#[cfg(test)]
mod tests;
mod worker;

pub(crate) use cancellation::Cancellation;
pub(crate) use handlers::JobHandlers;
pub(crate) use lease::complete;
pub(crate) use payload::{decode_request, encode_request};
pub(crate) use status::job_status;
pub(crate) use worker::{WorkerOptions, Workers};
