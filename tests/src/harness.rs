//! One temporary world per test: an environment with nothing of the host's in it, the real
//! binaries, and a server on either pair of backends.
//!
//! A test function takes a [`Scenario`]; [`on_both_backends!`](crate::on_both_backends) turns it
//! into one test on SQLite and a directory and one on PostgreSQL and S3.

mod api;
mod backend;
mod binaries;
mod canned;
mod command;
mod files;
mod forge;
mod plan;
mod postgres;
mod s3;
mod sandbox;
mod scenario;
mod scripted;
mod server;
mod ssh_agent;

pub use api::{Answer, Api, key_of};
pub use backend::{Backend, skip};
pub use binaries::binary;
pub use canned::CannedServer;
pub use command::{Invocation, Outcome};
pub use files::{Item, Listing, copy_directory, listing};
pub use forge::{ForgedCommit, ForgedSnapshot, Forgery};
pub use plan::{nothing_known, planned_at, planned_inline, refs_with_main};
pub use postgres::{
    Cluster, Database, URL_VARIABLE as POSTGRES_URL_VARIABLE, find_binaries as postgres_binaries,
    is_root,
};
pub use s3::{S3Fault, S3Server};
pub use sandbox::Sandbox;
pub use scenario::{Scenario, USER};
pub use scripted::{Reply, Request, ScriptedServer};
pub use server::{ServerOptions, TestServer};
pub use ssh_agent::{SshAgent, ssh_keygen};
