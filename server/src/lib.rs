//! `musehub`: the server that `muse` pushes to and clones from.
//!
//! It is a library first: the binary, the tests and the demo all start the same [`Server`]. Modules
//! only look down, from the top:
//!
//! * `server`: opens, assembles, starts and stops all of the below.
//! * `routes`: the calls of the protocol, on `http`, which knows no route; `access`: who may make
//!   them.
//! * `ingest`, `fetch`: what a push and a clone do; `deletion`: what remains to be done after a
//!   repository was deleted; [`gc`]: which blobs are deleted; `consolidation`: merging mpacks. None
//!   knows another, but that `fetch` queues the job of `consolidation`; [`doctor`], above `gc`:
//!   whether all is there that readers are given; [`backup`]: a server as one file. `memory`: what
//!   verifying and merging may take together.
//! * `jobs`: workers, which know jobs by their kind only; `history` and `mpacks`: reading a
//!   repository's commits, trees and mpacks.
//! * [`store`]: the database; [`blobs`]: where mpacks lie; [`config`]: the settings; [`metrics`]:
//!   what is counted.
//!
//! Public is what an embedder needs to start a server and to create users, repositories and tokens
//! in it, what the binary needs, and the conformance suites of [`store`] and [`blobs`].

mod access;
pub mod admin;
pub mod backup;
pub mod blobs;
mod blocking;
pub mod config;
mod consolidation;
mod deletion;
pub mod doctor;
mod error;
pub mod fault;
mod fetch;
pub mod gc;
mod history;
mod http;
mod ingest;
mod jobs;
mod memory;
pub mod metrics;
mod mpacks;
mod process;
mod request_id;
mod routes;
#[cfg(test)]
mod sandbox;
mod server;
pub mod store;

pub use config::Config;
pub use error::with_causes;
pub use process::{give_back_memory, limit_memory_pools};
pub use server::{
    Server, StartError, open_blobs, open_existing_store, open_store, pending_migrations,
};
