//! `musehub`: the server that `muse` pushes to and clones from.
//!
//! It is a library first: the binary, the tests and the demo all start the same [`Server`].
//!
//! * [`config`], [`app`]: settings, and what a running server shares.
//! * `http`, `routes`, [`auth`]: the listener, the calls, and who may make them.
//! * [`store`]: the database; [`blobs`]: where mpacks lie. Neither knows of HTTP requests.
//! * [`ingest`], [`fetch`], [`jobs`]: what a push and a clone do, and the workers that do it.
//! * [`admin`]: what an operator does on the command line.

pub mod admin;
pub mod app;
pub mod auth;
pub mod blobs;
pub mod config;
pub mod failure;
pub mod fault;
pub mod fetch;
mod history;
mod http;
pub mod ingest;
pub mod jobs;
mod routes;
#[cfg(test)]
mod sandbox;
pub mod store;

pub use app::{RunningServer, Server, StartError};
pub use config::Config;
